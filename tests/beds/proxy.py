"""A small TCP proxy that stands between OSync and a server and does what networks do: cut, delay, dribble, garble, refuse."""

import contextlib
import select
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one connection.

    `refuse` hangs up at once, `silent` never says anything. After `answers` bytes from the server, or `requests` bytes from
    the client, the connection is cut, or, with `garbage`, goes on with that in the place of all that the server says. With
    `dribble` each byte from the server waits so many seconds, with `delay` each piece does. `rewrite` changes what the
    server says, piece by piece.
    """

    refuse: bool = False
    silent: bool = False
    answers: int | None = None
    requests: int | None = None
    garbage: bytes = b""
    dribble: float = 0.0
    delay: float = 0.0
    rewrite: Callable[[bytes], bytes] = bytes


HEALTHY = Fault()


class FaultProxy:
    """Listens at `port` of loopback and leads to `target`. Each connection takes the next of `faults`, then `always`."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.faults: deque[Fault] = deque()
        self.always = HEALTHY
        self.connections = 0
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        """End all connections and the proxy."""
        self._ended.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            fault = self.faults.popleft() if self.faults else self.always
            thread = threading.Thread(target=self._serve, args=(client, fault))
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket, fault: Fault) -> None:
        with client, contextlib.suppress(OSError):
            if fault.refuse:
                return
            if fault.silent:
                self._ended.wait(60)
                return
            with socket.create_connection(("127.0.0.1", self.target)) as server:
                _Pump(client, server, fault, self._ended).run()


class _Pump:
    def __init__(self, client: socket.socket, server: socket.socket, fault: Fault, ended: threading.Event) -> None:
        self._client, self._server, self._fault, self._ended = client, server, fault, ended
        self._answered = self._requested = 0

    def run(self) -> None:
        while not self._ended.is_set():
            readable, _, _ = select.select([self._client, self._server], [], [], 0.1)
            for each in readable:
                piece = each.recv(_PIECE)
                if not piece or not (self._to_server(piece) if each is self._client else self._to_client(piece)):
                    return

    def _to_server(self, piece: bytes) -> bool:
        most = self._fault.requests
        if most is not None:
            piece = piece[: most - self._requested]
        self._requested += len(piece)
        self._server.sendall(piece)
        return most is None or self._requested < most

    def _to_client(self, piece: bytes) -> bool:
        fault = self._fault
        piece = fault.rewrite(piece)
        if fault.answers is not None:
            piece = piece[: max(0, fault.answers - self._answered)]
        self._answered += len(piece)
        if fault.dribble:
            for byte in piece:
                self._client.sendall(bytes((byte,)))
                if self._ended.wait(fault.dribble):
                    return False
        else:
            if fault.delay and self._ended.wait(fault.delay):
                return False
            self._client.sendall(piece)
        if fault.answers is not None and self._answered >= fault.answers:
            if not fault.garbage:
                return False
            self._client.sendall(fault.garbage)
        return True


@contextlib.contextmanager
def fault_proxy(target: int) -> Iterator[FaultProxy]:
    """Stand before a port of loopback."""
    proxy = FaultProxy(target)
    try:
        yield proxy
    finally:
        proxy.close()


@contextlib.contextmanager
def dribbling(content: bytes, endless: bytes, pause: float = 0.05) -> Iterator[int]:
    """Start a server that says `content` to whoever comes and then, a piece every `pause` seconds, `endless`; give its port."""
    ended = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            client.sendall(content)
            while not ended.wait(pause):
                client.sendall(endless)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threads.append(threading.Thread(target=serve, args=(listener.accept()[0],)))
                threads[-1].start()

    threads = [threading.Thread(target=accept)]
    threads[0].start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        ended.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in threads:
            thread.join()
