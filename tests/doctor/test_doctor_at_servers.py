"""The doctor at real servers: nothing is mangled by Dovecot and Postfix, and nothing is left behind at Radicale."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from beds.dav import DavServer
from beds.dav_client import DavClient, calendar_at
from beds.mail import MailBed
from engine.world import Story

from osync.doctor.examination import examine
from osync.doctor.findings import Verdict
from osync.doctor.trying_mails import Patience
from osync.ical.event import read_events
from osync.model import World


@pytest.mark.xdist_group("mail_bed")
def test_every_way_of_mail_is_tried_and_the_clocks_are_compared(mail_bed: MailBed, tmp_path: Path) -> None:
    account = mail_bed.account("carol@example.org")
    account.empty()
    mailbox = account.mailbox()
    pat = Story().pat.installation
    world = World(lambda: datetime.now(UTC), pat.world.random_bytes)
    ours = replace(pat, address="carol@example.org", mailbox=mailbox, world=world)
    seconds = Patience(30, time.monotonic, lambda seconds: None)
    found = list(examine(ours, tmp_path, (), seconds))
    told = {(each.subject, each.verdict) for each in found}
    assert told == {(name, Verdict.GOOD) for name in ("home", "key", "mailbox", "mail", "clock")}
    assert sum(each.subject == "mail" for each in found) == 3
    assert list(mailbox.pending()) == []
    mailbox.close()


@pytest.mark.xdist_group("radicale")
def test_a_calendar_at_a_server_is_as_it_was(radicale: DavServer, tmp_path: Path) -> None:
    client = DavClient(radicale.user("alice"))
    url = client.make_calendar("doctor")
    lunch = (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:lunch\r\nDTSTAMP:20260101T000000Z\r\n"
        b"DTSTART:20261201T120000Z\r\nDURATION:PT1H\r\nSUMMARY:Lunch\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    client.put(f"{url}lunch.ics", lunch)
    calendar = calendar_at(url)
    ours = replace(Story().pat.installation, calendar=lambda name: calendar)
    found = [each for each in examine(ours, tmp_path, ("default",), None) if each.subject == "calendar default"]
    assert {each.verdict for each in found} <= {Verdict.GOOD, Verdict.NOTICE}
    assert [each.uid for each in read_events(client.get(url)).events] == ["lunch"]
