"""Find the servers of an address: the first candidate of each kind that answers in TLS that can be trusted."""

from dataclasses import dataclass

from osync.setup.candidates import candidates, domain_of
from osync.setup.lookups import Answer, Lookups
from osync.setup.providers import provider_of
from osync.setup.servers import Candidate, Records


@dataclass(frozen=True, slots=True)
class FoundServers:
    """The servers of an account, None where nothing answers; CalDAV may be at several (the search for calendars tells).

    `distrusted` are hosts that answered with a certificate that cannot be trusted; they were not used.
    """

    imap: Candidate | None
    smtp: Candidate | None
    caldav: tuple[Candidate, ...]
    advice: str
    oauth: str
    passwords: bool
    distrusted: tuple[str, ...] = ()


def find_servers(address: str, lookups: Lookups) -> FoundServers:
    """Find the servers of an address. No password is needed, and nobody is told the address."""
    domain = domain_of(address)
    known = provider_of(domain) is not None
    records = Records({}) if known or not domain else lookups.records(domain)
    tried = candidates(address, records)
    distrusted: list[str] = []
    imap = _first(tried.imap, lookups, distrusted)
    smtp = _first(tried.smtp, lookups, distrusted)
    caldav = tuple(each for each in tried.caldav if each.trusted or lookups.answer(each.url) is Answer.READY)
    return FoundServers(
        imap, smtp, caldav, tried.advice, tried.oauth, tried.passwords, tuple(dict.fromkeys(distrusted))
    )


def _first(tried: tuple[Candidate, ...], lookups: Lookups, distrusted: list[str]) -> Candidate | None:
    for candidate in tried:
        if candidate.trusted:
            return candidate
        answer = lookups.answer(candidate.url)
        if answer is Answer.READY:
            return candidate
        if answer is Answer.DISTRUSTED:
            distrusted.append(candidate.host)
    return None
