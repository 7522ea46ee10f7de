"""Talk with a sign-in server: a form goes out over HTTPS, a small JSON object comes back."""

import http.client
import json
import socket
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlencode, urlsplit

from osync.errors import RetryLaterError, SignInRefusedError
from osync.network import Network
from osync.network.connecting import connect
from osync.network.proxies import is_loopback
from osync.network.timed import TimedSocket
from osync.network.tls import client_context

_MOST = 1 << 18
_UNHARMED = "Nothing was sent or changed."


def post_form(url: str, fields: Mapping[str, str], network: Network) -> dict[str, object]:
    """Send a form and give the answer, also that of a refusal (RFC 6749, 5.2). RetryLaterError, SignInRefusedError."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        status, body = _exchange(url, urlencode(fields), network)
        answer = json.loads(body)
    except (OSError, http.client.HTTPException) as error:
        raise RetryLaterError(
            f"The sign-in server {host} cannot be reached ({type(error).__name__}).", unharmed=_UNHARMED
        ) from error
    except (ValueError, RecursionError) as error:
        raise RetryLaterError(
            f"The sign-in server {host} gives an answer that OSync does not understand.", unharmed=_UNHARMED
        ) from error
    if status >= http.client.INTERNAL_SERVER_ERROR or status == http.client.TOO_MANY_REQUESTS:
        raise RetryLaterError(f"The sign-in server {host} does not work now ({status}).", unharmed=_UNHARMED)
    if not isinstance(answer, dict):
        raise SignInRefusedError(f"The sign-in server {host} says nothing that OSync understands.", unharmed=_UNHARMED)
    return answer


def _exchange(url: str, body: str, network: Network) -> tuple[int, bytes]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_secure = parts.scheme == "https"
    if not is_secure and not is_loopback(host):
        raise ConnectionError("without encryption nothing is told")
    port = parts.port or (443 if is_secure else 80)
    channel = http.client.HTTPConnection(host, port, timeout=network.timeout)
    connection = connect(network, host, port)
    try:
        if is_secure:
            connection = client_context(network).wrap_socket(connection, server_hostname=host)
        # It is content with whatever sends and has what it calls a file.
        channel.sock = cast("socket.socket", TimedSocket(connection, network.timeout, 2 * network.timeout))
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "User-Agent": "OSync",
            "Connection": "close",
        }
        channel.request("POST", parts.path or "/", body, headers)
        with channel.getresponse() as response:
            return response.status, response.read(_MOST)
    finally:
        channel.close()
        connection.close()
