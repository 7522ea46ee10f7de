"""Find the servers of an address: the first candidate of each kind that answers in TLS that can be trusted."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from osync.setup.candidates import candidates, domain_of
from osync.setup.lookups import Answer, Lookups
from osync.setup.providers import provider_of
from osync.setup.servers import Candidate, Records

_AT_ONCE = 8


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
    answers = _ask((*tried.imap, *tried.smtp, *tried.caldav), lookups)
    distrusted = [each.host for each in (*tried.imap, *tried.smtp) if answers.get(each.url) is Answer.DISTRUSTED]
    return FoundServers(
        imap=_first(tried.imap, answers),
        smtp=_first(tried.smtp, answers),
        caldav=tuple(each for each in tried.caldav if each.trusted or answers[each.url] is Answer.READY),
        advice=tried.advice,
        oauth=tried.oauth,
        passwords=tried.passwords,
        distrusted=tuple(dict.fromkeys(distrusted)),
    )


def _ask(tried: tuple[Candidate, ...], lookups: Lookups) -> dict[str, Answer]:
    """Ask all at the same time who is there: most of them are not, and take their time to say so."""
    urls = [each.url for each in tried if not each.trusted]
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        return dict(zip(urls, pool.map(lookups.answer, urls), strict=True))


def _first(tried: tuple[Candidate, ...], answers: dict[str, Answer]) -> Candidate | None:
    return next((each for each in tried if each.trusted or answers[each.url] is Answer.READY), None)
