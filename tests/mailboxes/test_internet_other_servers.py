"""Servers with other abilities than Dovecot's: played by hiding or changing what Dovecot says."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from beds.accounts import Account
from beds.mail import MailBed
from beds.proxy import Fault, FaultProxy, fault_proxy
from contracts.mailbox_contract import TESTER, mail

from osync.errors import MailboxUnavailableError, OSyncError
from osync.mailboxes.internet import InternetMailbox, Server

pytestmark = pytest.mark.xdist_group("mail_bed")
TEXTS = ("One", "Two", "Three", "Four", "Five")
Rewrite = Callable[[bytes], bytes]


@pytest.fixture
def imap(mail_bed: MailBed) -> Iterator[FaultProxy]:
    with fault_proxy(mail_bed.imap) as proxy:
        yield proxy


@pytest.fixture
def tester(mail_bed: MailBed, imap: FaultProxy) -> Account:
    account = mail_bed.account(TESTER)
    account.empty()
    settings = replace(account.settings, imap=Server(f"imap://localhost:{imap.port}", TESTER))
    with account.log_in() as connection:
        for text in TEXTS:
            connection.append("INBOX", "", "", mail(text).content)
    return replace(account, settings=settings, network=replace(account.network, timeout=10))


def without(*words: str) -> Rewrite:
    """Hide abilities, and STARTTLS."""

    def rewrite(piece: bytes) -> bytes:
        for word in ("STARTTLS", *words):
            piece = piece.replace(f" {word}".encode(), b"")
        return piece

    return rewrite


def subjects(mailbox: InternetMailbox) -> list[str]:
    found = (re.search(rb"^Subject: ([^\r\n]*)", each.content or b"", re.MULTILINE) for each in mailbox.pending())
    return [match[1].decode() for match in found if match]


def read_all(account: Account) -> list[str]:
    """Read and settle everything, in three runs; the last one has to be quiet."""
    mailbox = account.mailbox()
    found = subjects(mailbox)
    first = next(mailbox.pending())
    mailbox.settle(first.handle)
    assert subjects(mailbox) == found[1:]
    for each in mailbox.pending():
        mailbox.settle(each.handle)
    assert subjects(mailbox) == []
    mailbox.close()
    return found


@pytest.mark.parametrize("hidden", ["ESEARCH", "IDLE", "UIDPLUS", "SASL-IR", "LITERAL+"])
def test_a_server_may_lack_abilities(tester: Account, imap: FaultProxy, hidden: str) -> None:
    imap.always = Fault(rewrite=without(hidden))
    assert read_all(tester) == list(TEXTS)


def test_a_server_may_speak_the_newer_protocol_only(tester: Account, imap: FaultProxy) -> None:
    imap.always = Fault(rewrite=lambda piece: without()(piece).replace(b"IMAP4rev1", b"IMAP4rev2"))
    assert read_all(tester) == list(TEXTS)


def test_a_server_may_not_tell_the_next_number(tester: Account, imap: FaultProxy) -> None:
    imap.always = Fault(rewrite=lambda piece: without()(piece).replace(b"[UIDNEXT ", b"[X-OTHER "))
    assert read_all(tester) == list(TEXTS)
    with tester.log_in() as connection:
        connection.append("INBOX", "", "", mail("Six").content)
    assert read_all(tester) == ["Six"]


def test_a_server_whose_numbers_are_never_valid_is_told(tester: Account, imap: FaultProxy) -> None:
    imap.always = Fault(rewrite=lambda piece: without()(piece).replace(b"[UIDVALIDITY ", b"[X-OTHER "))
    mailbox = tester.mailbox()
    with pytest.raises(MailboxUnavailableError, match="does not understand"):
        list(mailbox.pending())
    mailbox.close()


def test_a_server_that_finds_more_mails_than_it_has_is_told(tester: Account, imap: FaultProxy) -> None:
    imap.always = Fault(
        rewrite=lambda piece: re.sub(rb"(ESEARCH [^\r]*ALL )[0-9:,]+", rb"\g<1>1:4000000000", without()(piece))
    )
    mailbox = tester.mailbox()
    with pytest.raises(MailboxUnavailableError, match="does not understand"):
        list(mailbox.pending())
    mailbox.close()


def test_a_header_that_makes_a_server_fail_keeps_no_other_mail_from_being_read(
    tester: Account, imap: FaultProxy
) -> None:
    with tester.log_in() as connection:
        connection.select("INBOX", readonly=True)
        third = bytes(connection.uid("SEARCH", "ALL")[1][0]).split()[2]

    def fail(piece: bytes) -> bytes:
        return b"*\r\nfailed\r\n" if b"UID " + third + b" RFC822.SIZE" in piece else without()(piece)

    imap.always = Fault(rewrite=fail)
    mailbox = tester.mailbox()
    found: list[str] = []
    error: OSyncError | None = None
    try:
        for each in mailbox.pending():
            mailbox.settle(each.handle)
            found += re.findall(r"^Subject: ([^\r\n]*)", (each.content or b"").decode(), re.MULTILINE)
    except OSyncError as raised:
        error = raised
    assert found == ["One", "Two", "Four", "Five"]
    assert "cannot give 1 of the mails" in str(error)
    imap.always = Fault(rewrite=without())
    assert subjects(mailbox) == ["Three"]
    mailbox.close()


def test_a_mail_that_an_answer_left_out_is_not_taken_for_deleted(tester: Account, imap: FaultProxy) -> None:
    def leave_out(piece: bytes) -> bytes:
        return re.sub(rb"\* 2 FETCH \(UID [0-9]+ RFC822\.SIZE.*?\r\n\r\n\)\r\n", b"", without()(piece), flags=re.DOTALL)

    imap.always = Fault(rewrite=leave_out)
    mailbox = tester.mailbox()
    with pytest.raises(MailboxUnavailableError, match="cannot give 1 of the mails"):
        subjects(mailbox)
    imap.always = Fault(rewrite=without())
    mailbox.close()
    assert subjects(mailbox) == list(TEXTS)
    mailbox.close()


@pytest.mark.parametrize(
    ("hidden", "cleanup", "left"),
    [
        (("MOVE",), "move Done", 0),
        (("MOVE", "UIDPLUS"), "move Done", 5),
        (("UIDPLUS",), "delete", 5),
    ],
    ids=["copied-and-deleted", "copied-and-marked", "marked"],
)
def test_mails_are_cleaned_up_as_far_as_a_server_can(
    tester: Account, imap: FaultProxy, hidden: tuple[str, ...], cleanup: str, left: int
) -> None:
    imap.always = Fault(rewrite=without(*hidden))
    tester.settings = replace(tester.settings, cleanup=cleanup)
    with tester.log_in() as connection:
        connection.create("Done")
    mailbox = tester.mailbox()
    for each in mailbox.pending():
        mailbox.settle(each.handle)
        mailbox.release(each.handle)
    tester.now += timedelta(days=31)
    mailbox.clean_up()
    mailbox.close()
    with tester.log_in() as connection:
        connection.select("INBOX", readonly=True)
        _, (marked,) = connection.search(None, "DELETED")
        moved = int(connection.select("Done", readonly=True)[1][0] or b"0")
    assert (tester.count(), len(marked.split())) == (left, left)
    assert moved == (5 if cleanup.startswith("move") else 0)
    with tester.log_in() as connection:
        connection.delete("Done")
