"""Which servers are tried for an address, in which order, and what is not believed."""

import pytest

from osync.setup.candidates import candidates
from osync.setup.providers import PROVIDERS, provider_of
from osync.setup.servers import Candidate, Records, ServiceRecord

PAT = "pat@example.org"
AUTOMATIC = """<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="example.org">
<incomingServer type="pop3"><hostname>pop.example.org</hostname><port>995</port><socketType>SSL</socketType></incomingServer>
<incomingServer type="imap"><hostname>Mail.Example.net</hostname><port>993</port><socketType>SSL</socketType>
<username>%EMAILLOCALPART%</username></incomingServer>
<incomingServer type="imap"><hostname>plain.example.net</hostname><port>143</port><socketType>plain</socketType></incomingServer>
<outgoingServer type="smtp"><hostname>mail.example.net</hostname><port>587</port><socketType>STARTTLS</socketType>
<username>%EMAILADDRESS%</username></outgoingServer>
</emailProvider></clientConfig>"""


def urls(found: tuple[Candidate, ...]) -> list[str]:
    return [each.url for each in found]


def record(host: str, port: int, priority: int = 0) -> ServiceRecord:
    return ServiceRecord(priority, 1, port, host)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda each: f"{each.name}-{each.imap}")
def test_every_provider_is_reached_in_tls(provider: object) -> None:
    from osync.internet.servers import read_place
    from osync.setup.providers import Provider
    from osync.webdav.addresses import read_address

    assert isinstance(provider, Provider)
    assert not read_place(provider.imap, ("imaps", "imap"), "imap", plain_text=False).plain_text
    assert not read_place(provider.smtp, ("smtps", "smtp"), "smtp", plain_text=False).plain_text
    if provider.caldav:
        assert read_address(provider.caldav).origin.is_secure
    assert provider.passwords or provider.oauth


def test_no_domain_belongs_to_two_providers() -> None:
    domains = [domain for provider in PROVIDERS for domain in provider.domains]
    assert len(domains) == len(set(domains))
    assert domains == [domain.lower() for domain in domains]


def test_a_known_provider_is_believed_before_its_domain() -> None:
    said = Records({"_imaps._tcp": (record("evil.example.org", 993),)}, automatic=AUTOMATIC)
    found = candidates("pat@GMX.de", said)
    assert urls(found.imap) == ["imaps://imap.gmx.net"]
    assert urls(found.caldav) == ["https://caldav.gmx.net"]
    assert "POP3/IMAP" in found.advice


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("aspmx.l.google.com.", "Gmail"),
        ("example-org.mail.protection.outlook.com", "Microsoft 365"),
        ("in1-smtp.messagingengine.com", "Fastmail"),
        ("mxext1.mailbox.org", "mailbox.org"),
        ("mx-aol.mail.gm0.yahoodns.net", "AOL"),
        ("mta5.am0.yahoodns.net", "Yahoo"),
        ("eur.olc.protection.outlook.com", "Outlook.com"),
        ("mx.zoho.com", ""),
        ("notgoogle.com", ""),
        ("google.com.evil.example", ""),
    ],
)
def test_a_domain_of_ones_own_is_recognised_by_who_receives_its_mail(host: str, name: str) -> None:
    provider = provider_of("example.org", (host, "aspmx.l.google.com"))
    assert (provider.name if provider else "") == name


def test_a_provider_without_passwords_says_so() -> None:
    found = candidates("pat@outlook.com", Records({}))
    assert (found.oauth, found.passwords) == ("microsoft", False)


def test_the_domain_is_asked_before_anything_is_guessed() -> None:
    services = {
        "_imap._tcp": (record("later.example.org.", 143, 5), record("imap.example.net.", 143),),
        "_imaps._tcp": (record("IMAP.example.net.", 993),),
        "_submission._tcp": (record("smtp.example.net", 587),),
        "_caldavs._tcp": (record("dav.example.net", 443),),
    }  # fmt: skip
    found = candidates(PAT, Records(services, caldav_path="/dav/"))
    assert urls(found.imap)[:3] == [
        "imaps://imap.example.net:993",
        "imap://imap.example.net:143",
        "imap://later.example.org:143",
    ]
    assert urls(found.imap)[3] == "imaps://imap.example.org"
    assert urls(found.smtp)[0] == "smtp://smtp.example.net:587"
    assert urls(found.caldav)[0] == "https://dav.example.net:443/dav/"
    assert found.imap[0].source == "DNS of example.org (SRV)"


def test_a_service_that_is_decidedly_not_there_is_not_tried() -> None:
    found = candidates(PAT, Records({"_imaps._tcp": (record(".", 0),)}))
    assert all(each.source == "a guess that answers" for each in found.imap)


def test_the_autoconfiguration_of_the_domain_is_read() -> None:
    found = candidates(PAT, Records({}, automatic=AUTOMATIC))
    assert found.imap[0] == Candidate("imaps://mail.example.net:993", "pat", "autoconfig.example.org")
    assert found.smtp[0] == Candidate("smtp://mail.example.net:587", PAT, "autoconfig.example.org")
    assert not any("plain." in each.url or "pop." in each.url for each in (*found.imap, *found.smtp))


@pytest.mark.parametrize(
    "text",
    [
        "<clientConfig>",
        "no xml",
        '<!DOCTYPE x [<!ENTITY a "b">]><clientConfig>&a;</clientConfig>',
        "<a>" * 30_000,
        AUTOMATIC.replace("993", "99x").replace("587", ""),
        AUTOMATIC.replace("Mail.Example.net", "mail.example.net/evil").replace("mail.example.net", "a b@c"),
    ],
)
def test_an_autoconfiguration_that_is_damaged_says_nothing(text: str) -> None:
    found = candidates(PAT, Records({}, automatic=text))
    assert found == candidates(PAT, Records({}))


@pytest.mark.parametrize("address", ["pat", "pat@", "pat@" + "ü" * 80 + ".example"])
def test_an_address_without_a_domain_has_no_servers(address: str) -> None:
    assert urls(candidates(address, Records({})).imap) == [] or address == "pat"


def test_a_domain_of_every_language_is_looked_for() -> None:
    assert "imaps://imap.xn--mnchen-3ya.example" in urls(candidates("pat@münchen.example", Records({})).imap)
