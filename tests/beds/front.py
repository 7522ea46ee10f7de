"""A server in front of a calendar server, in the process of the test: it passes requests on, or does what a test wants."""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from beds.authority import Certificate

_HOP = ("connection", "transfer-encoding", "content-length", "keep-alive", "upgrade", "alt-svc")


_METHODS = ("GET", "PUT", "DELETE", "PROPFIND", "REPORT", "OPTIONS", "MKCALENDAR")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came; names of headers in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """One answer. With `cut`, only so many bytes of its body are sent before the connection is cut."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None


Forward = Callable[[], Said]
Rule = Callable[[Asked, Forward], Said | None]


def pass_on(asked: Asked, forward: Forward) -> Said | None:
    """Stand in nobody's way."""
    return forward()


class Front:
    """A server at `port` before the one at `upstream`. Its `rule` says what comes of a request; None hangs up silently."""

    def __init__(self, upstream: int, certificate: Certificate | None = None) -> None:
        self.rule: Rule = pass_on
        self.asked: list[Asked] = []
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, self.rfile.read(length))
                front.asked.append(asked)
                said = front.rule(asked, lambda: _forwarded(upstream, asked))
                if said is None:
                    self._hang_up()
                    return
                self.send_response_only(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said.body)))
                self.end_headers()
                self.wfile.write(said.body if said.cut is None else said.body[: said.cut])
                if said.cut is not None:
                    self._hang_up()

            def _hang_up(self) -> None:
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.wfile.flush()
                    self.connection.shutdown(socket.SHUT_RDWR)

            def log_message(self, *words: object) -> None:
                """Be silent."""

        for method in _METHODS:
            setattr(Handler, f"do_{method}", Handler._answer)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if certificate:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate.certificate, certificate.key)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def in_front(self, url: str, upstream: int) -> str:
        """Give the URL by which something behind is reached through here."""
        return url.replace(f":{upstream}/", f":{self.port}/")


def _forwarded(port: int, asked: Asked) -> Said:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        headers = {name: value for name, value in asked.headers.items() if name not in (*_HOP, "accept-encoding")}
        connection.request(asked.method, asked.path, asked.body, headers)
        answer = connection.getresponse()
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
        return Said(answer.status, answer.read(), kept)
    finally:
        connection.close()


@contextlib.contextmanager
def running_front(upstream: int, certificate: Certificate | None = None) -> Iterator[Front]:
    """Start a front before a port of loopback, and end it; it speaks TLS if it has a certificate."""
    front = Front(upstream, certificate)
    try:
        yield front
    finally:
        front.close()
