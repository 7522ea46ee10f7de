"""Where a mail server is, and a connection to it that is as private as the user wants."""

import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from osync.errors import ConfigurationError, MailboxUnusableError
from osync.internet.stream import Stream
from osync.network import Network
from osync.network.connecting import connect
from osync.network.proxies import is_loopback
from osync.network.tls import client_context

_PORTS = {"imaps": 993, "imap": 143, "smtps": 465, "smtp": 587}


@dataclass(frozen=True, slots=True)
class ServerPlace:
    """A mail server. With `tls_first` TLS begins at once, else by STARTTLS; `plain_text` allows to go without."""

    host: str
    port: int
    tls_first: bool
    plain_text: bool

    @property
    def name(self) -> str:
        """Its host and port, for people."""
        return f"{self.host}:{self.port}"


def read_place(url: str, schemes: tuple[str, str], option: str, *, plain_text: bool) -> ServerPlace:
    """Read a URL like imaps://imap.example.org:993; `schemes` are the one with TLS first and the one with STARTTLS.

    Plain text is allowed to this computer itself, and elsewhere only with `plain_text`. ConfigurationError names the `option`.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        surplus = parts.username or parts.path.strip("/") or parts.query or parts.fragment
    except (KeyError, ValueError):
        host, port, surplus, parts = "", 0, "", urlsplit("")
    if parts.scheme not in schemes or not host or surplus or not host.isprintable() or " " in host:
        raise ConfigurationError(
            f"{option} in [mailbox] of the settings is no mail server.",
            unharmed="Nothing was sent or changed.",
            advice=f"Write it like {schemes[0]}://mail.example.org or {schemes[1]}://mail.example.org:{_PORTS[schemes[1]]},"
            " without user and password.",
        )
    return ServerPlace(host, port, parts.scheme == schemes[0], plain_text or is_loopback(host))


def open_stream(place: ServerPlace, network: Network) -> Stream:
    """Connect to a server, in TLS if it begins with that. OSError, ConfigurationError."""
    stream = Stream(connect(network, place.host, place.port), network.timeout)
    if place.tls_first:
        secure(stream, place, network)
    return stream


def secure(stream: Stream, place: ServerPlace, network: Network) -> None:
    """Begin TLS on a connection; what fails closes it. OSError, ConfigurationError."""
    try:
        stream.start_tls(client_context(network), place.host)
    except (OSError, ValueError) as error:
        stream.close()
        if isinstance(error, OSError):
            raise
        raise ssl.SSLError(f"{place.host!r} is no name that a certificate can have") from error
    except ConfigurationError:
        stream.close()
        raise


def no_encryption(place: ServerPlace) -> MailboxUnusableError:
    """Give the error for a server that does not encrypt."""
    return MailboxUnusableError(
        f"The mail server {place.name} does not offer encryption.",
        unharmed="It was not told your password, and nothing was sent.",
        advice="Use the server's encrypted port, like imaps://HOST or smtps://HOST. If it really has none, see plain_text in"
        " docs/accounts.md.",
    )
