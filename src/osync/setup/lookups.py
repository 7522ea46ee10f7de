"""Ask the world where servers are: DNS, the autoconfiguration of a domain, and whether a server answers in TLS."""

import contextlib
import http.client
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol
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

if TYPE_CHECKING:
    import dns.resolver

PATIENCE = 6.0
"""Seconds for each question: most servers that are asked for do not exist."""
_MOST_TEXT = 65_536
Ask = Callable[[str, str], list[str]]
"""Asks DNS for a name and a kind of record, like "SRV"."""
_WELL_KNOWN = "/.well-known/caldav"
_ELSEWHERE = (301, 302, 303, 307, 308)
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


@dataclass(frozen=True, slots=True)
class _Response:
    """What a web server says: the status, where it leads to, and the beginning of the text."""

    status: int
    location: str
    text: str


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

    def __init__(self, network: Network, ask: Ask | None = None) -> None:
        self._network = Network(network.proxy, network.ca_file, min(network.timeout, PATIENCE))
        self._ask = ask or ask_dns

    def records(self, domain: str) -> Records:
        """Ask DNS and the domain's own autoconfiguration, all at the same time."""
        questions = [(f"{service}.{domain}", "SRV") for service in SERVICES]
        with ThreadPoolExecutor(max_workers=len(questions) + 3) as pool:
            answers = [pool.submit(self._ask, *question) for question in questions]
            hosts = pool.submit(self._ask, domain, "MX")
            texts = pool.submit(self._ask, f"{CALDAV_SERVICE}.{domain}", "TXT")
            automatic = pool.submit(self._automatic, domain)
        services = {
            service: tuple(_services(answer.result())) for service, answer in zip(SERVICES, answers, strict=True)
        }
        return Records(services, _mail_hosts(hosts.result()), _path(texts.result()), automatic.result())

    def answer(self, url: str) -> Answer:
        """Begin a connection and hang up."""
        parts = urlsplit(url)
        try:
            with explained(url):
                if parts.scheme in _SCHEMES:
                    self._greet(url, parts.scheme)
                elif not self._speaks_caldav(parts.hostname or "", parts.port or 443, parts.path):
                    return Answer.SILENT
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

    def _speaks_caldav(self, host: str, port: int, path: str) -> bool:
        """Tell whether a web server seems to keep calendars: most only have pages."""
        for each in (path or _WELL_KNOWN, "/"):
            response = self._exchange(host, port, "PROPFIND", each)
            leads_on = response.status in _ELSEWHERE and not response.location.endswith(each)
            if response.status in (http.client.UNAUTHORIZED, http.client.MULTI_STATUS) or leads_on:
                return True
        return False

    def _page(self, host: str, port: int, path: str) -> str:
        """Give a page that is there (200), "" if another answer comes."""
        response = self._exchange(host, port, "GET", path)
        return response.text if response.status == http.client.OK else ""

    def _exchange(self, host: str, port: int, method: str, path: str) -> _Response:
        channel = http.client.HTTPSConnection(host, port, timeout=self._network.timeout)
        connection = connect(self._network, host, port)
        try:
            channel.sock = client_context(self._network).wrap_socket(connection, server_hostname=host)
            channel.request(method, path, headers={"User-Agent": "OSync", "Depth": "0"})
            response = channel.getresponse()
            text = response.read(_MOST_TEXT).decode("utf-8", "replace")
            return _Response(response.status, response.headers.get("Location", ""), text)
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


def _services(answers: list[str]) -> Iterator[ServiceRecord]:
    for record in answers:
        words = record.split()
        with contextlib.suppress(ValueError, IndexError):
            yield ServiceRecord(int(words[0]), int(words[1]), int(words[2]), words[3])


def _mail_hosts(answers: list[str]) -> tuple[str, ...]:
    found = [record.partition(" ") for record in answers]
    known = [(int(preference), host.rstrip(".").lower()) for preference, _, host in found if preference.isdecimal()]
    return tuple(host for _, host in sorted(known))


def _path(answers: list[str]) -> str:
    """Give the path in a TXT record (RFC 6764, 4), "" if there is none."""
    texts = [record.strip('"') for record in answers]
    return next((text.removeprefix("path=") for text in texts if text.startswith("path=/")), "")


def ask_dns(name: str, kind: str, resolver: "dns.resolver.Resolver | None" = None) -> list[str]:
    """Ask DNS, and give the records in the words of a zone file; none if nobody knows."""
    import dns.exception
    import dns.resolver

    try:
        asked = resolver or dns.resolver.get_default_resolver()
        return [record.to_text() for record in asked.resolve(f"{name}.", kind, lifetime=PATIENCE)]
    except (dns.exception.DNSException, OSError, ValueError):
        return []
