"""Ask the world where servers are: DNS, the autoconfiguration of a domain, and whether a server answers in TLS."""

import contextlib
import http.client
import ssl
from collections.abc import Iterator
from enum import Enum
from typing import Protocol
from urllib.parse import urlsplit

from osync.errors import MailboxUnusableError, OSyncError
from osync.internet.explained import explained
from osync.internet.servers import open_stream, read_place, secure
from osync.internet.stream import Stream
from osync.network import Network
from osync.network.connecting import connect
from osync.network.tls import client_context
from osync.setup.candidates import CALDAV_SERVICE, SERVICES
from osync.setup.servers import Records, ServiceRecord

PATIENCE = 6.0
"""Seconds for each question: most servers that are asked for do not exist."""
_MOST_TEXT = 65_536
_SCHEMES = {
    "imap": ("imaps", "imap"),
    "imaps": ("imaps", "imap"),
    "smtp": ("smtps", "smtp"),
    "smtps": ("smtps", "smtp"),
}


class Answer(Enum):
    """What a server does when it is asked for."""

    READY = "ready"
    SILENT = "silent"
    DISTRUSTED = "distrusted"


class Lookups(Protocol):
    """What can be asked about servers without a password. Nothing is raised: who does not answer says nothing."""

    def records(self, domain: str) -> Records:
        """Give what a domain says about its servers."""
        ...

    def answer(self, url: str) -> Answer:
        """Tell whether a mail server (imaps, imap, smtps, smtp) or a web server (https) answers, in TLS that can be trusted."""
        ...


class NetworkLookups:
    """The network itself."""

    def __init__(self, network: Network) -> None:
        self._network = Network(network.proxy, network.ca_file, min(network.timeout, PATIENCE))

    def records(self, domain: str) -> Records:
        """Ask DNS and the domain's own autoconfiguration."""
        services = {service: tuple(_services(f"{service}.{domain}")) for service in SERVICES}
        path = next(_texts(f"{CALDAV_SERVICE}.{domain}", "path="), "")
        automatic = "" if any(services.values()) else self._automatic(domain)
        return Records(services, tuple(_mail_hosts(domain)), path, automatic)

    def answer(self, url: str) -> Answer:
        """Begin a connection and hang up."""
        parts = urlsplit(url)
        try:
            with explained(url):
                if parts.scheme in _SCHEMES:
                    self._greet(url, parts.scheme)
                else:
                    self._page(parts.hostname or "", parts.port or 443, "/.well-known/caldav")
        except MailboxUnusableError as error:
            return Answer.DISTRUSTED if isinstance(error.__cause__, ssl.SSLCertVerificationError) else Answer.SILENT
        except OSyncError:
            return Answer.SILENT
        return Answer.READY

    def _greet(self, url: str, scheme: str) -> None:
        """Begin to talk and go on to TLS, so that the certificate is seen too."""
        place = read_place(url, (_SCHEMES[scheme][0], _SCHEMES[scheme][1]), "the address", plain_text=False)
        stream = open_stream(place, self._network)
        try:
            _expect(stream, (b"* OK", b"220"))
            if not place.tls_first:
                _ask_for_tls(stream, scheme)
                secure(stream, place, self._network)
        finally:
            stream.close()

    def _automatic(self, domain: str) -> str:
        """Only in TLS, and only from the domain itself: what it says decides who gets the password. No address is sent."""
        try:
            with explained(domain):
                return self._page(f"autoconfig.{domain}", 443, "/mail/config-v1.1.xml")
        except OSyncError:
            return ""

    def _page(self, host: str, port: int, path: str) -> str:
        """Give a page that is there (200), "" if another answer comes."""
        channel = http.client.HTTPSConnection(host, port, timeout=self._network.timeout)
        connection = connect(self._network, host, port)
        try:
            channel.sock = client_context(self._network).wrap_socket(connection, server_hostname=host)
            channel.request("GET", path, headers={"User-Agent": "OSync"})
            response = channel.getresponse()
            return response.read(_MOST_TEXT).decode("utf-8", "replace") if response.status == http.client.OK else ""
        except http.client.HTTPException as error:
            raise ConnectionError("this is no web server") from error
        finally:
            channel.close()
            connection.close()


def _ask_for_tls(stream: Stream, scheme: str) -> None:
    """Ask for TLS in a connection without it (RFC 3207; RFC 9051, 6.2.1). ConnectionError if the server has none."""
    if scheme == "smtp":
        stream.sendall(b"EHLO [127.0.0.1]\r\n")
        while _expect(stream, (b"250",))[3:4] == b"-":
            pass
        stream.sendall(b"STARTTLS\r\n")
        _expect(stream, (b"220",))
    else:
        stream.sendall(b"a STARTTLS\r\n")
        while _expect(stream, (b"a OK", b"* ")).startswith(b"* "):
            pass


def _expect(stream: Stream, beginnings: tuple[bytes, ...]) -> bytes:
    """Read a line that begins as it should. ConnectionError if it does not."""
    line = stream.readline(_MOST_TEXT)
    if not line.startswith(beginnings):
        raise ConnectionError("this is not the mail server that was asked for")
    return line


def _services(name: str) -> Iterator[ServiceRecord]:
    for record in _ask(name, "SRV"):
        words = record.split()
        with contextlib.suppress(ValueError, IndexError):
            yield ServiceRecord(int(words[0]), int(words[1]), int(words[2]), words[3])


def _mail_hosts(domain: str) -> list[str]:
    found: list[tuple[int, str]] = []
    for record in _ask(domain, "MX"):
        preference, _, host = record.partition(" ")
        if preference.isdecimal():
            found.append((int(preference), host.rstrip(".").lower()))
    return [host for _, host in sorted(found)]


def _texts(name: str, prefix: str) -> Iterator[str]:
    for record in _ask(name, "TXT"):
        text = record.strip('"')
        if text.startswith(prefix):
            yield text.removeprefix(prefix)


def _ask(name: str, kind: str) -> list[str]:
    """Ask DNS, and give the records in the words of a zone file; none if nobody knows."""
    import dns.exception
    import dns.resolver

    try:
        return [record.to_text() for record in dns.resolver.resolve(f"{name}.", kind, lifetime=PATIENCE)]
    except (dns.exception.DNSException, OSError, ValueError):
        return []
