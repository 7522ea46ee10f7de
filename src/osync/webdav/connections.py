"""One HTTP/1.1 connection to a server: a request goes out, an answer comes back whole or not at all."""

import contextlib
import http.client
import socket
import ssl
import threading
import weakref
import zlib
from typing import cast

from osync.network import Network
from osync.network.connecting import connect
from osync.network.timed import TimedSocket
from osync.network.tls import client_context
from osync.webdav.addresses import Origin
from osync.webdav.messages import Answer, Request

LARGEST_ANSWER = 256 * 1024 * 1024
_PIECE = 1 << 20
# A server that sends a byte now and then would never be late.
_TIMEOUTS_FOR_ALL = 10
_AGENT = "OSync"
_CHALLENGE = "www-authenticate"


class Connection:
    """One connection that is open. OSError and `http.client.HTTPException` come from `exchange`; then it is of no use any more."""

    def __init__(self, channel: http.client.HTTPConnection, stream: TimedSocket) -> None:
        self._channel = channel
        self._stream = stream
        # It is content with whatever sends and has what it calls a file.
        channel.sock = cast("socket.socket", stream)
        self.is_usable = True

    def exchange(self, request: Request, authorization: str) -> Answer:
        """Send a request and read its answer."""
        self.is_usable = False
        headers = {"User-Agent": _AGENT, **request.headers}
        if authorization:
            headers["Authorization"] = authorization
        if request.body or request.method in ("PUT", "POST"):
            headers["Content-Length"] = str(len(request.body))
        self._stream.begin()
        self._channel.request(request.method, request.path, request.body or None, headers)
        try:
            response = self._channel.getresponse()
            with contextlib.closing(response):
                body = _whole_body(response)
        except ValueError as error:
            raise http.client.HTTPException("the answer is no HTTP") from error
        self.is_usable = not response.will_close
        found = {name.lower(): value for name, value in response.getheaders()}
        if _CHALLENGE in found:
            found[_CHALLENGE] = ", ".join(response.headers.get_all(_CHALLENGE, []))
        if found.get("content-encoding", "").lower() in ("gzip", "x-gzip"):
            body = _inflated(body)
        return Answer(response.status, found, body, request.path)

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._channel.close()


class Connections:
    """The connections to one server: as many as are used at a time, kept open in between. For several threads.

    They are hung up when this object is forgotten.
    """

    def __init__(self, origin: Origin, network: Network) -> None:
        self._origin = origin
        self._network = network
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        weakref.finalize(self, _hang_up, self._idle)
        self._context: ssl.SSLContext | None = None

    def take(self) -> Connection | None:
        """Give a connection that is open already and not in use."""
        with self._lock:
            return self._idle.pop() if self._idle else None

    def open(self) -> Connection:
        """Open another one. OSError, ConfigurationError."""
        origin = self._origin
        stream = connect(self._network, origin.host, origin.port)
        try:
            if origin.is_secure:
                stream = self._tls().wrap_socket(stream, server_hostname=origin.host)
        except BaseException:
            stream.close()
            raise
        channel = http.client.HTTPConnection(origin.host, origin.port, timeout=self._network.timeout)
        channel.default_port = 443 if origin.is_secure else 80
        channel.auto_open = 0
        timeout = self._network.timeout
        return Connection(channel, TimedSocket(stream, timeout, _TIMEOUTS_FOR_ALL * timeout))

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next request, or hang up if it is of no use."""
        if not connection.is_usable:
            connection.close()
            return
        with self._lock:
            self._idle.append(connection)

    def close(self) -> None:
        """Hang up everywhere."""
        with self._lock:
            _hang_up(self._idle)

    def _tls(self) -> ssl.SSLContext:
        with self._lock:
            self._context = self._context or client_context(self._network)
            return self._context


def _hang_up(idle: list[Connection]) -> None:
    while idle:
        idle.pop().close()


def _whole_body(response: http.client.HTTPResponse) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := response.read(_PIECE):
        size += len(piece)
        pieces.append(piece)
        if size > LARGEST_ANSWER:
            raise http.client.HTTPException("the answer is too large")
    if response.length:
        raise http.client.IncompleteRead(b"")
    return b"".join(pieces)


def _inflated(body: bytes) -> bytes:
    """Undo gzip, as far as `LARGEST_ANSWER` allows."""
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = inflate.decompress(body, LARGEST_ANSWER)
    except zlib.error as error:
        raise http.client.HTTPException("the answer is damaged") from error
    if inflate.unconsumed_tail or not inflate.eof:
        raise http.client.HTTPException("the answer is too large, or cut off")
    return plain
