"""Which proxy leads to a server, and the handshake with it: HTTP CONNECT (RFC 9110, 9.3.6) and SOCKS 5 (RFC 1928, RFC 1929)."""

import base64
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from osync.errors import ConfigurationError
from osync.network import Network
from osync.network.timed import TimedSocket

NO_PROXY = "none"
_UNHARMED = "Nothing was sent or changed."
_PORTS = {"http": 80, "socks5": 1080, "socks5h": 1080}
_SOCKS_VERSION, _NO_SIGN_IN, _PASSWORD, _NOTHING_FITS = 5, 0, 2, 255
_CONNECT, _DOMAIN_NAME = 1, 3
_SOCKS_REFUSALS = {
    1: "something went wrong",
    2: "its rules forbid it",
    3: "the network cannot be reached",
    4: "the host cannot be reached",
    5: "the host refused",
    6: "it took too long",
}
_MOST_ANSWER = 16_384


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy: its `scheme` (http, socks5), where it is, and how to sign in there, "" for not at all."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)

    @property
    def place(self) -> str:
        """Its host and port, without user and password, for people."""
        return f"{self.host}:{self.port}"


def proxy_to(network: Network, host: str, environment: Mapping[str, str] = os.environ) -> Proxy | None:
    """Give the proxy that leads to `host`, None for the direct way. ConfigurationError.

    That of the settings goes first; of the environment only ALL_PROXY is for all kinds of servers, and it does not lead where
    NO_PROXY says. None leads to this computer itself: a bridge to a provider listens here, and is told a password without TLS.
    """
    if is_loopback(host):
        return None
    if network.proxy:
        return None if network.proxy == NO_PROXY else read_proxy(network.proxy, "proxy in [network] of the settings")
    named = environment.get("all_proxy") or environment.get("ALL_PROXY") or ""
    excepted = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if not named or _is_excepted(host, excepted):
        return None
    return read_proxy(named, "ALL_PROXY in the environment")


def read_proxy(url: str, where: str) -> Proxy:
    """Read the address of a proxy, which stands `where`. ConfigurationError; the address may hold a password, so it is not shown."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        host = parts.hostname or ""
    except (KeyError, ValueError):
        host, port, parts = "", 0, urlsplit("")
    if not host:
        raise ConfigurationError(
            f"OSync cannot use the {where}.",
            unharmed=_UNHARMED,
            advice="Write it like http://host:3128 or socks5://host:1080.",
        )
    return Proxy(parts.scheme, host, port, unquote(parts.username or ""), unquote(parts.password or ""))


def is_loopback(host: str) -> bool:
    """Tell whether a host is this computer itself, by its name or number; no name is looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def _is_excepted(host: str, excepted: str) -> bool:
    folded = host.lower().rstrip(".")
    for word in excepted.lower().replace(",", " ").split():
        domain = word.lstrip("*").lstrip(".")
        if word == "*" or (domain and (folded == domain or folded.endswith("." + domain))):
            return True
    return False


def lead_through(connection: TimedSocket, proxy: Proxy, host: str, port: int) -> None:
    """Ask a proxy at the other end of `connection` to lead on to a server. OSError, ConfigurationError if it wants a password."""
    if proxy.scheme == "http":
        _through_http(connection, proxy, host, port)
    else:
        _through_socks(connection, proxy, host, port)


def _through_http(connection: TimedSocket, proxy: Proxy, host: str, port: int) -> None:
    place = f"[{host}]:{port}" if ":" in host else f"{_ascii(host)}:{port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.user:
        pair = f"{proxy.user}:{proxy.password}".encode()
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(pair).decode()}")
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    answer = bytearray()
    while not answer.endswith(b"\r\n\r\n"):
        # One byte at a time: what follows the answer is already the server's.
        answer += _exactly(connection, 1)
        if len(answer) > _MOST_ANSWER:
            raise ConnectionError(f"the proxy {proxy.place} gives no answer that OSync understands")
    words = bytes(answer).split(b"\r\n", 1)[0].split()
    status = words[1].decode("ascii", "replace") if len(words) > 1 and words[0].startswith(b"HTTP/") else ""
    if status == "407":
        raise _wants_password(proxy)
    if not (status.isdigit() and status.startswith("2")):
        raise ConnectionError(f"the proxy {proxy.place} refuses to lead there ({status[:3] or 'no HTTP'})")


def _through_socks(connection: TimedSocket, proxy: Proxy, host: str, port: int) -> None:
    methods = bytes((_NO_SIGN_IN, _PASSWORD)) if proxy.user else bytes((_NO_SIGN_IN,))
    connection.sendall(bytes((_SOCKS_VERSION, len(methods))) + methods)
    version, method = _exactly(connection, 2)
    if version != _SOCKS_VERSION:
        raise ConnectionError(f"the proxy {proxy.place} does not speak SOCKS 5")
    if method == _PASSWORD:
        user, password = proxy.user.encode()[:255], proxy.password.encode()[:255]
        connection.sendall(bytes((1, len(user))) + user + bytes((len(password),)) + password)
        if _exactly(connection, 2)[1]:
            raise _wants_password(proxy)
    elif method != _NO_SIGN_IN:
        raise _wants_password(proxy)
    name = _ascii(host).encode()[:255]
    connection.sendall(bytes((_SOCKS_VERSION, _CONNECT, 0, _DOMAIN_NAME, len(name))) + name + port.to_bytes(2, "big"))
    _, code, _, kind = _exactly(connection, 4)
    if code:
        raise ConnectionError(f"the proxy {proxy.place} does not lead there: {_SOCKS_REFUSALS.get(code, str(code))}")
    length = {1: 4, 4: 16}.get(kind) or _exactly(connection, 1)[0]
    _exactly(connection, length + 2)


def _exactly(connection: TimedSocket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        piece = connection.recv(size - len(received))
        if not piece:
            raise ConnectionError("the proxy hung up")
        received += piece
    return bytes(received)


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError as error:
        raise ConnectionError(f"{host!r} is no name of a server") from error


def _wants_password(proxy: Proxy) -> ConfigurationError:
    return ConfigurationError(
        f"The proxy {proxy.place} refuses OSync's user name and password, or wants one.",
        unharmed=_UNHARMED,
        advice="Write them into its address: http://USER:PASSWORD@HOST:PORT.",
    )
