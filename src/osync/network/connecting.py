"""Connections to servers: straight or through a proxy. What goes wrong is an OSError, which the caller puts into words."""

import contextlib
import socket

from osync.network import Network
from osync.network.proxies import lead_through, proxy_to
from osync.network.timed import TimedSocket

_KEEP_ALIVE_AFTER, _KEEP_ALIVE_EVERY, _KEEP_ALIVE_TRIES = 60, 30, 4


def connect(network: Network, host: str, port: int) -> socket.socket:
    """Open a TCP connection to a server. OSError; ConfigurationError for a proxy that cannot be used as it is.

    A connection that has silently died is noticed after some minutes without any word on it.
    """
    proxy = proxy_to(network, host)
    near_host, near_port = (proxy.host, proxy.port) if proxy else (host, port)
    try:
        connection = socket.create_connection((near_host, near_port), timeout=network.timeout)
    except UnicodeError as error:
        raise ConnectionError(f"{near_host!r} is no name of a server") from error
    except OSError as error:
        if proxy:
            raise ConnectionError(f"the proxy {proxy.place} cannot be reached ({error.strerror or error})") from error
        raise
    try:
        _keep_alive(connection)
        if proxy:
            lead_through(TimedSocket(connection, network.timeout, network.timeout), proxy, host, port)
            connection.settimeout(network.timeout)
    except BaseException:
        connection.close()
        raise
    return connection


def _keep_alive(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        # Not every system lets a program say when.
        for name, value in (
            ("TCP_KEEPIDLE", _KEEP_ALIVE_AFTER),
            ("TCP_KEEPINTVL", _KEEP_ALIVE_EVERY),
            ("TCP_KEEPCNT", _KEEP_ALIVE_TRIES),
        ):
            if hasattr(socket, name):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
