"""HTTP CONNECT and SOCKS 5 proxies for tests, which lead every name to loopback and remember what they were asked."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from beds.listening import Listening

_PIECE = 65_536


@dataclass
class LeadingProxy:
    """Talks to each client by `greet`, which gives the port to lead to, or None; what was asked stands in `asked`."""

    greet: Callable[["LeadingProxy", socket.socket], int | None]
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listening = Listening(self._lead)
        self.port = self._listening.port

    def close(self) -> None:
        """End the proxy when its clients are gone."""
        self._listening.close()

    def _lead(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError, IndexError):
            port = self.greet(self, client)
            if port is None:
                return
            with socket.create_connection(("127.0.0.1", port)) as server:
                back = threading.Thread(target=_pass_on, args=(server, client))
                back.start()
                _pass_on(client, server)
                back.join()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := one.recv(_PIECE):
            other.sendall(piece)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_WR)


Greeting = Callable[[LeadingProxy, socket.socket], int | None]
"""Talks to a client; gives the port to lead to, or None."""


def http(answer: str = "200 Connection established") -> Greeting:
    """Give the greeting of an HTTP proxy, which answers so."""

    def greet(proxy: LeadingProxy, client: socket.socket) -> int | None:
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += client.recv(1)
        proxy.asked.append(request.decode())
        client.sendall(f"HTTP/1.1 {answer}\r\nX: y\r\n\r\n".encode())
        port = request.split()[1].rpartition(b":")[2]
        return int(port) if answer.startswith("200") else None

    return greet


def socks(*, user: str = "", password: str = "", code: int = 0) -> Greeting:
    """Give the greeting of a SOCKS 5 proxy, which wants a password if there is a user, and answers with a code."""

    def greet(proxy: LeadingProxy, client: socket.socket) -> int | None:
        count = client.recv(2)[1]
        offered = client.recv(count)
        wanted = 2 if user else 0
        if wanted not in offered:
            client.sendall(b"\x05\xff")
            return None
        client.sendall(bytes((5, wanted)))
        if user:
            told = [client.recv(size).decode() for size in (client.recv(2)[1],)]
            told += [client.recv(size).decode() for size in (client.recv(1)[0],)]
            client.sendall(b"\x01\x00" if told == [user, password] else b"\x01\x01")
            if told != [user, password]:
                return None
        head = client.recv(5)
        name, port = client.recv(head[4]).decode(), int.from_bytes(client.recv(2), "big")
        proxy.asked.append(f"{name}:{port}")
        client.sendall(bytes((5, code, 0, 1, 127, 0, 0, 1, 0, 0)))
        return None if code else port

    return greet


@contextlib.contextmanager
def leading_proxy(greet: Greeting) -> Iterator[LeadingProxy]:
    """Start a proxy."""
    proxy = LeadingProxy(greet)
    try:
        yield proxy
    finally:
        proxy.close()
