"""Decide which servers an address may have, the most trustworthy first: OSync's list, the domain's own words, guesses. Pure.

The words of a domain come by DNS, which anybody on the way could have written, so people see them before a password leaves.
"""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from osync.setup.providers import Provider, provider_of
from osync.setup.servers import Candidate, Candidates, Records, ServiceRecord

IMAP_SERVICES = {"_imaps._tcp": "imaps", "_imap._tcp": "imap"}
SMTP_SERVICES = {"_submissions._tcp": "smtps", "_submission._tcp": "smtp"}
CALDAV_SERVICE = "_caldavs._tcp"
SERVICES = (*IMAP_SERVICES, *SMTP_SERVICES, CALDAV_SERVICE)
_NOT_HERE = "."
"""The target that says that a service is decidedly not there (RFC 2782)."""
_MOST_AUTOMATIC = 65_536


def candidates(address: str, records: Records) -> Candidates:
    """Give what is tried for an address."""
    domain = domain_of(address)
    provider = provider_of(domain, records.mail_hosts)
    if provider:
        return _of_provider(provider, address)
    automatic = _automatic(records.automatic, address)
    return Candidates(
        imap=_once(
            (
                *_of_services(records, IMAP_SERVICES, address),
                *(each for each in automatic if each.url.startswith("imap")),
                *_guessed(address, ("imaps://imap.{}", "imaps://mail.{}", "imaps://{}", "imap://imap.{}:143")),
                *_guessed(address, ("imap://mail.{}:143",)),
            )
        ),
        smtp=_once(
            (
                *_of_services(records, SMTP_SERVICES, address),
                *(each for each in automatic if each.url.startswith("smtp")),
                *_guessed(address, ("smtps://smtp.{}", "smtp://smtp.{}:587", "smtps://mail.{}", "smtp://mail.{}:587")),
                *_guessed(address, ("smtps://{}",)),
            )
        ),
        caldav=_once(
            (
                *_of_services(records, {CALDAV_SERVICE: "https"}, address, records.caldav_path),
                *_guessed(address, ("https://{}", "https://caldav.{}", "https://dav.{}", "https://cloud.{}")),
            )
        ),
    )


def domain_of(address: str) -> str:
    """Give the domain of an address as it stands in DNS, in small letters; "" if it cannot stand there."""
    domain = address.rpartition("@")[2].lower()
    try:
        return domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        return ""


def _of_provider(provider: Provider, address: str) -> Candidates:
    def listed(url: str) -> tuple[Candidate, ...]:
        return (Candidate(url, address, f"{provider.name}, as OSync knows it", trusted=True),) if url else ()

    return Candidates(
        listed(provider.imap),
        listed(provider.smtp),
        listed(provider.caldav),
        provider.advice,
        provider.oauth,
        provider.passwords,
    )


def _of_services(records: Records, schemes: dict[str, str], address: str, path: str = "") -> tuple[Candidate, ...]:
    """Give what SRV records say (RFC 6186, 8314 and 6764), those with TLS from the beginning first where both are as good."""
    found = [
        (record, scheme)
        for service, scheme in schemes.items()
        for record in records.services.get(service, ())
        if record.host not in ("", _NOT_HERE)
    ]
    found.sort(key=lambda each: each[0].priority)
    source = f"DNS of {domain_of(address)} (SRV)"
    return tuple(Candidate(_url(scheme, record, path), address, source) for record, scheme in found)


def _url(scheme: str, record: ServiceRecord, path: str) -> str:
    return f"{scheme}://{record.host.rstrip('.').lower()}:{record.port}{path if path.startswith('/') else ''}"


def _guessed(address: str, patterns: Iterable[str]) -> tuple[Candidate, ...]:
    domain = domain_of(address)
    return tuple(Candidate(pattern.format(domain), address, "a guess that answers") for pattern in patterns if domain)


def _automatic(text: str, address: str) -> tuple[Candidate, ...]:
    """Read the autoconfiguration that a domain keeps for Thunderbird; what is damaged or unencrypted says nothing."""
    if not text or len(text) > _MOST_AUTOMATIC or "<!" in text.replace("<!--", ""):
        return ()  # a document type could blow up
    try:
        root = ET.fromstring(text)  # noqa: S314 # no document type, so no entities
    except ET.ParseError:
        return ()
    found = (_automatic_server(server, address) for server in root.iter() if server.tag.endswith("Server"))
    return tuple(each for each in found if each)


def _automatic_server(server: ET.Element, address: str) -> Candidate | None:
    def said(name: str) -> str:
        return (server.findtext(name) or "").strip()

    scheme = {
        ("imap", "SSL"): "imaps",
        ("imap", "STARTTLS"): "imap",
        ("smtp", "SSL"): "smtps",
        ("smtp", "STARTTLS"): "smtp",
    }
    kind = scheme.get((server.get("type", ""), said("socketType")))
    host, port = said("hostname").lower(), said("port")
    if kind is None or not port.isdecimal() or not all(part.replace("-", "").isalnum() for part in host.split(".")):
        return None
    local, _, domain = address.rpartition("@")
    user = said("username")
    for name, value in (("EMAILADDRESS", address), ("EMAILLOCALPART", local), ("EMAILDOMAIN", domain)):
        user = user.replace(f"%{name}%", value)
    return Candidate(f"{kind}://{host}:{int(port)}", user or address, f"autoconfig.{domain_of(address)}")


def _once(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    once: dict[str, Candidate] = {}
    for each in found:
        once.setdefault(each.url, each)
    return tuple(once.values())
