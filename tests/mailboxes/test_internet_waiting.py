"""Waiting for mail: it is told soon after it came, also between two calls, and the waiting can be ended at any time."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from beds.accounts import Account
from beds.mail import MailBed
from beds.proxy import Fault, FaultProxy, fault_proxy
from contracts.mailbox_contract import TESTER, mail

from osync.errors import MailboxUnavailableError
from osync.mailboxes.base import WaitsForMail
from osync.mailboxes.internet import InternetMailbox, Server

pytestmark = pytest.mark.xdist_group("mail_bed")
LONG = 15.0


@pytest.fixture
def tester(mail_bed: MailBed) -> Account:
    account = mail_bed.account(TESTER)
    account.empty()
    return account


@pytest.fixture
def waiting(tester: Account) -> Iterator[InternetMailbox]:
    mailbox = tester.mailbox()
    assert isinstance(mailbox, WaitsForMail)
    assert not mailbox.wait(0)
    yield mailbox
    mailbox.close()


@pytest.fixture
def imap(mail_bed: MailBed) -> Iterator[FaultProxy]:
    with fault_proxy(mail_bed.imap) as proxy:
        yield proxy


def append(account: Account, text: str = "Hello", folder: str = "INBOX") -> None:
    with account.log_in() as connection:
        connection.append(folder, "", "", mail(text).content)


def test_a_mail_that_comes_ends_the_waiting(tester: Account, waiting: InternetMailbox) -> None:
    sender = threading.Thread(target=append, args=(tester,))
    sender.start()
    began = time.monotonic()
    assert waiting.wait(LONG)
    assert time.monotonic() - began < LONG / 2
    sender.join()
    assert not waiting.wait(0)


def test_a_mail_that_came_between_two_calls_counts(tester: Account, waiting: InternetMailbox) -> None:
    append(tester)
    assert waiting.wait(0)
    assert not waiting.wait(0)


def test_a_mail_that_came_while_the_connection_was_closed_counts(tester: Account, waiting: InternetMailbox) -> None:
    waiting.close()
    append(tester)
    assert waiting.wait(LONG)
    waiting.close()
    assert not waiting.wait(0)


def test_a_mail_that_goes_and_one_that_comes_are_told_apart(tester: Account, waiting: InternetMailbox) -> None:
    append(tester)
    assert waiting.wait(LONG)
    tester.empty()
    assert not waiting.wait(0)
    append(tester)
    assert waiting.wait(LONG)


def test_the_waiting_of_another_thread_is_ended_at_once(waiting: InternetMailbox) -> None:
    ended = threading.Thread(target=waiting.interrupt)
    began = time.monotonic()
    ended.start()
    assert not waiting.wait(LONG)
    assert time.monotonic() - began < LONG / 2
    ended.join()


def test_an_interruption_just_before_the_waiting_counts_once(waiting: InternetMailbox) -> None:
    waiting.interrupt()
    waiting.interrupt()
    assert not waiting.wait(LONG)
    began = time.monotonic()
    assert not waiting.wait(0.05)
    assert time.monotonic() - began >= 0.05


def test_a_mail_in_another_folder_counts(tester: Account) -> None:
    settings = replace(tester.settings, folders=("INBOX", "Archive"))
    mailbox = replace(tester, settings=settings).mailbox()
    assert not mailbox.wait(0)
    append(tester, folder="Archive")
    assert mailbox.wait(0)
    assert not mailbox.wait(0)
    mailbox.close()


def test_a_server_that_is_started_again_goes_unnoticed_and_loses_no_mail(
    mail_bed: MailBed, tester: Account, waiting: InternetMailbox
) -> None:
    mail_bed.restart_imap()
    append(tester)
    assert waiting.wait(LONG)
    assert not waiting.wait(0)


def test_a_server_without_idle_is_asked_again_and_again(tester: Account, imap: FaultProxy) -> None:
    imap.always = Fault(rewrite=lambda piece: piece.replace(b" IDLE", b"").replace(b"STARTTLS", b"X-NOTHING"))
    settings = replace(tester.settings, imap=Server(f"imap://localhost:{imap.port}", TESTER))
    mailbox = replace(tester, settings=settings).mailbox()
    assert not mailbox.wait(0)
    append(tester)
    assert mailbox.wait(0)
    mailbox.interrupt()
    assert not mailbox.wait(LONG)
    mailbox.close()


def test_a_server_that_cannot_be_reached_is_told(tester: Account, imap: FaultProxy) -> None:
    settings = replace(tester.settings, imap=Server(f"imap://localhost:{imap.port}", TESTER))
    mailbox = replace(tester, settings=settings).mailbox()
    assert not mailbox.wait(0)
    imap.close()
    with pytest.raises(MailboxUnavailableError):
        mailbox.wait(LONG)
    mailbox.close()


def test_a_mail_that_was_waited_for_still_counts_as_new(tester: Account, waiting: InternetMailbox) -> None:
    append(tester)
    assert waiting.wait(LONG)
    mailbox = tester.mailbox()
    assert len(list(mailbox.pending())) == 1
    mailbox.close()
