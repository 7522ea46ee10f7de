"""A connection that is given up when it takes too long as a whole, too: a server that sends a byte now and then is late."""

import io
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class TimedSocket:
    """A connection, read with limits in seconds: `pause` for each piece, `whole` for all that comes after `begin`.

    TimeoutError when one of them is over, and what else a socket raises.
    """

    def __init__(self, connection: socket.socket, pause: float, whole: float) -> None:
        self._socket = connection
        self._pause = pause
        self._whole = whole
        self.begin()

    def begin(self) -> None:
        """Expect a new answer."""
        self._until = time.monotonic() + self._whole

    def wait(self) -> None:
        """Let the next reading take as long as is left. TimeoutError if nothing is."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._socket.settimeout(min(left, self._pause))

    def recv(self, size: int) -> bytes:
        """Read what has come, at most `size` bytes; nothing if the other end has hung up."""
        self.wait()
        return self._socket.recv(size)

    def sendall(self, content: bytes) -> None:
        """Send all of it."""
        self._socket.settimeout(self._pause)
        self._socket.sendall(content)

    def makefile(self, mode: str = "rb") -> io.BufferedReader:
        """Give what `http.client` reads from; it stays open when this is closed."""
        return io.BufferedReader(_Pieces(self, self._socket.makefile("rb", buffering=0)))

    def close(self) -> None:
        """Hang up, as soon as nobody reads any more."""
        self._socket.close()


class _Pieces(io.RawIOBase):
    """What comes on a connection, piece by piece."""

    def __init__(self, timed: TimedSocket, pieces: socket.SocketIO) -> None:
        self._timed = timed
        self._pieces = pieces

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        self._timed.wait()
        return self._pieces.readinto(buffer)

    def close(self) -> None:
        self._pieces.close()
        super().close()
