"""A connection to a mail server: bytes and lines, plain or TLS, with limits on time and on what a server may answer."""

import contextlib
import socket
import ssl
import time

_PIECE = 65_536
_SLOWEST = 1_000
"""How many bytes a second an answer has to bring, after a first while."""


class Stream:
    """One connection. `timeout` in seconds holds for each pause, and for an answer as a whole unless it is long.

    Raises OSError: TimeoutError for a server that is silent or dribbles, ConnectionError for one that hangs up or breaks a limit.
    """

    def __init__(self, connection: socket.socket, timeout: float) -> None:
        self._socket = connection
        self._timeout = timeout
        self._received = bytearray()
        self.keep = 1_000_000
        self.begin(_PIECE)

    def begin(self, most: int, timeout: float | None = None) -> None:
        """Expect a new answer, of at most `most` bytes, which may take longer to begin if `timeout` says so."""
        self._most = most
        self._got = 0
        self._pause = timeout or self._timeout
        self._until = time.monotonic() + self._pause

    def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Go on in TLS; the certificate has to be that of `host`. ConnectionError if anything came before that was not asked for."""
        if self._received:
            # Whoever sits on the way could have put it there (CVE-2011-0411).
            raise ConnectionError("it sends more than it was asked for before the encryption begins")
        self._socket.settimeout(self._timeout)
        self._socket = context.wrap_socket(self._socket, server_hostname=host)

    @property
    def is_encrypted(self) -> bool:
        """Whether it is TLS."""
        return isinstance(self._socket, ssl.SSLSocket)

    def sendall(self, content: bytes) -> None:
        """Send; each piece has the whole timeout."""
        view = memoryview(content)
        for start in range(0, len(view), _PIECE):
            self._socket.settimeout(self._timeout)
            self._socket.sendall(view[start : start + _PIECE])

    def readline(self, most: int = -1) -> bytes:
        """Read to the end of a line. `most` is there because the standard library asks so; the limit is that of `begin`."""
        searched = 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            self._receive()
        return self._take(end + 1)

    def read(self, size: int) -> bytes:
        """Read `size` bytes; no more than `keep` of them are kept and given."""
        if size > self._most:
            raise ConnectionError(f"it announces an answer of {size:,} bytes")
        kept = bytearray()
        while size:
            if not self._received:
                self._receive()
            piece = self._take(min(size, len(self._received)))
            size -= len(piece)
            kept += piece[: self.keep - len(kept)]
        return bytes(kept)

    def lines_so_far(self) -> list[bytes]:
        """Give the whole lines that have come, without waiting for more."""
        self._socket.settimeout(0)
        with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError):
            # The rest of a record of TLS is nothing that `select` would tell of.
            while len(self._received) <= self._most:
                self._append(self._socket.recv(_PIECE))
        whole = self._received.rfind(b"\n") + 1
        return self._take(whole).splitlines(keepends=True)

    def fileno(self) -> int:
        """Give what `select` waits for."""
        return self._socket.fileno()

    def makefile(self, mode: str = "rb") -> "Stream":
        """Give itself: the standard library reads from what it calls a file."""
        return self

    def close(self) -> None:
        """Hang up. A second time does nothing."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _take(self, size: int) -> bytes:
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken

    def _receive(self) -> None:
        left = self._until + self._got / _SLOWEST - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._socket.settimeout(min(left, self._pause))
        self._append(self._socket.recv(_PIECE))

    def _append(self, piece: bytes) -> None:
        if not piece:
            raise ConnectionError("it hung up")
        self._got += len(piece)
        if self._got > self._most:
            raise ConnectionError("its answer is too long")
        self._received += piece
