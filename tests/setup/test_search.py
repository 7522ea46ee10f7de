"""The first server that answers and can be trusted is found; no password is needed for that."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from beds.authority import Authority
from beds.dav import DavServer
from beds.front import Said, running_front
from beds.mail import MailBed

from osync.network import Network
from osync.setup.lookups import Answer, NetworkLookups
from osync.setup.search import find_servers
from osync.setup.servers import Records, ServiceRecord

PAT = "pat@example.org"


@dataclass(frozen=True, slots=True)
class FakeLookups:
    """What a domain says, and which servers answer."""

    said: Records = field(default_factory=lambda: Records({}))
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def records(self, domain: str) -> Records:
        self.asked.append(domain)
        return self.said

    def answer(self, url: str) -> Answer:
        self.asked.append(url)
        return self.answers.get(url, Answer.SILENT)


def test_the_servers_of_a_known_provider_need_no_question() -> None:
    lookups = FakeLookups()
    found = find_servers("pat@posteo.de", lookups)
    assert found.imap is not None
    assert found.imap.url == "imaps://posteo.de"
    assert [each.url for each in found.caldav] == ["https://posteo.de:8443"]
    assert lookups.asked == []


def test_a_guess_has_to_answer() -> None:
    lookups = FakeLookups(
        answers={"imaps://mail.example.org": Answer.READY, "smtp://smtp.example.org:587": Answer.READY}
    )
    found = find_servers(PAT, lookups)
    assert found.imap is not None
    assert found.smtp is not None
    assert (found.imap.url, found.smtp.url) == ("imaps://mail.example.org", "smtp://smtp.example.org:587")
    assert found.caldav == ()


def test_a_server_with_a_certificate_of_somebody_else_is_never_used() -> None:
    said = Records({"_imaps._tcp": (ServiceRecord(0, 0, 993, "imap.example.org"),)})
    lookups = FakeLookups(said, {"imaps://imap.example.org:993": Answer.DISTRUSTED})
    found = find_servers(PAT, lookups)
    assert found.imap is None
    assert found.distrusted == ("imap.example.org",)


def test_nothing_found_is_no_error() -> None:
    found = find_servers(PAT, FakeLookups())
    assert (found.imap, found.smtp, found.caldav, found.distrusted) == (None, None, (), ())


def test_nobody_is_told_the_address() -> None:
    lookups = FakeLookups()
    find_servers(PAT, lookups)
    assert lookups.asked
    assert not any("pat" in each for each in lookups.asked)


@pytest.mark.xdist_group("mail_bed")
def test_real_servers_answer_in_tls(mail_bed: MailBed) -> None:
    lookups = NetworkLookups(Network(ca_file=str(mail_bed.ca_file), timeout=20))
    for scheme in ("imaps", "imap", "smtps", "smtp"):
        assert lookups.answer(f"{scheme}://localhost:{getattr(mail_bed, scheme)}") is Answer.READY
    assert lookups.answer(f"imaps://localhost:{mail_bed.imap}") is Answer.SILENT
    assert lookups.answer(f"https://localhost:{mail_bed.imaps}") is Answer.SILENT


@pytest.mark.xdist_group("mail_bed")
def test_a_real_server_whose_certificate_is_unknown_is_distrusted(mail_bed: MailBed) -> None:
    lookups = NetworkLookups(Network(timeout=20))
    assert lookups.answer(f"imaps://localhost:{mail_bed.imaps}") is Answer.DISTRUSTED
    assert lookups.answer(f"smtps://localhost:{mail_bed.smtps}") is Answer.DISTRUSTED
    assert lookups.answer(f"imap://localhost:{mail_bed.imap}") is Answer.DISTRUSTED
    assert lookups.answer(f"smtp://localhost:{mail_bed.smtp}") is Answer.DISTRUSTED


@pytest.mark.xdist_group("radicale")
def test_a_calendar_server_is_told_from_a_site_with_pages(radicale: DavServer, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    lookups = NetworkLookups(Network(ca_file=str(authority.ca_file), timeout=20))
    with running_front(radicale.port, authority.issue("server", "localhost")) as front:
        url = f"https://localhost:{front.port}"
        assert lookups.answer(url) is Answer.READY
        assert NetworkLookups(Network(timeout=20)).answer(url) is Answer.DISTRUSTED
        assert not any("authorization" in asked.headers for asked in front.asked)
        for status in (200, 404, 405, 500):
            front.rule = lambda asked, forward, status=status: Said(status, b"<html>Welcome")  # type: ignore[misc]
            assert lookups.answer(url) is Answer.SILENT
        front.rule = lambda asked, forward: Said(301, b"", {"Location": f"https://www.example.org{asked.path}"})
        assert lookups.answer(url) is Answer.SILENT
        front.rule = lambda asked, forward: Said(301, b"", {"Location": "/dav.php"})
        assert lookups.answer(url) is Answer.READY
        front.rule = lambda asked, forward: None
        assert lookups.answer(url) is Answer.SILENT


@pytest.mark.xdist_group("radicale")
def test_a_web_server_without_tls_is_no_calendar_server(radicale: DavServer) -> None:
    assert NetworkLookups(Network(timeout=20)).answer(f"https://localhost:{radicale.port}") is Answer.SILENT
