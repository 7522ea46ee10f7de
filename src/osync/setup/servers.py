"""Where the mail and the calendars of an account may be, as values."""

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Candidate:
    """A server that may be the right one: its `url`, who signs in (`user`), and who says so (`source`, for people).

    A `trusted` one comes from OSync's own list, and is not doubted when it does not answer.
    """

    url: str
    user: str
    source: str
    trusted: bool = False

    @property
    def host(self) -> str:
        """The host of the server, in small letters."""
        return (urlsplit(self.url).hostname or "").lower()


@dataclass(frozen=True, slots=True)
class Candidates:
    """What is tried, the most trustworthy first: IMAP, SMTP and CalDAV servers, and what the user should know (`advice`).

    With `oauth` the provider takes tokens of Google or Microsoft ("google", "microsoft"); with `passwords` (app) passwords.
    """

    imap: tuple[Candidate, ...] = ()
    smtp: tuple[Candidate, ...] = ()
    caldav: tuple[Candidate, ...] = ()
    advice: str = ""
    oauth: str = ""
    passwords: bool = True


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """A record of DNS that says where a service is (SRV, RFC 2782)."""

    priority: int
    weight: int
    port: int
    host: str


@dataclass(frozen=True, slots=True)
class Records:
    """What the domain of an address says about its servers; what is not there is empty.

    Services are named like "_imaps._tcp". `mail_hosts` are those that receive mail for the domain, the preferred first;
    `caldav_path` is the TXT record of RFC 6764, `automatic` the text of Thunderbird's autoconfiguration.
    """

    services: dict[str, tuple[ServiceRecord, ...]]
    mail_hosts: tuple[str, ...] = ()
    caldav_path: str = ""
    automatic: str = ""
