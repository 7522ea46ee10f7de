"""A hundred thousand mails in the inbox cost a first look at the latest ones, and nothing afterwards."""

import os
import shutil
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from beds.accounts import Account
from beds.mail import MailBed

from osync.mailboxes.internet import Reading
from osync.message.worth_reading import FIELDS, may_concern

pytestmark = pytest.mark.xdist_group("mail_bed")
MAILS, RECENT, OURS = 100_000, 500, 10
_DAY = 24 * 60 * 60


@pytest.fixture
def many(mail_bed: MailBed) -> Iterator[Account]:
    account = mail_bed.account("many@example.org")
    fill(mail_bed.maildir(account.address), int(account.now.timestamp()))
    yield account
    shutil.rmtree(mail_bed.maildir(account.address))


def fill(maildir: Path, now: int) -> None:
    """Lay mails into a Maildir: links to three files, since a hundred thousand files would take a while."""
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    dinner = b"From: bob@example.org\nSubject: Dinner\nContent-Type: text/plain\n\n" + b"Shall we?\n" * 50
    old = _written(maildir / "tmp" / "old", dinner, now - 100 * _DAY)
    recent = _written(maildir / "tmp" / "recent", dinner, now - _DAY)
    ours = _written(
        maildir / "tmp" / "ours", b"From: bob@example.org\nSubject: [OSync] x\nX-OSync: 1\n\nx\n", now - _DAY
    )
    for number in range(MAILS):
        is_recent = number >= MAILS - RECENT
        content = ours if is_recent and number % (RECENT // OURS) == 0 else recent if is_recent else old
        os.link(content, maildir / "cur" / f"{now - MAILS + number}.M{number}P1.host:2,S")
    for path in (maildir.parent, maildir, maildir / "cur", maildir / "new", maildir / "tmp", old, recent, ours):
        shutil.chown(path, "mail", "mail")
    for path in (old, recent, ours):
        path.unlink()


def _written(path: Path, content: bytes, at: int) -> Path:
    path.write_bytes(content)
    os.utime(path, (at, at))
    return path


def test_a_hundred_thousand_mails_are_no_burden(many: Account) -> None:
    mailbox = many.mailbox(Reading(FIELDS, may_concern))
    tracemalloc.start()
    began = time.monotonic()
    found = 0
    for each in mailbox.pending():
        found += 1
        mailbox.settle(each.handle)
    first = time.monotonic() - began
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    began = time.monotonic()
    assert list(mailbox.pending()) == []
    again = time.monotonic() - began
    mailbox.close()
    assert found == OURS
    everything = many.mailbox()
    assert list(everything.pending()) == []
    everything.close()
    assert most < 10_000_000
    assert again < first
