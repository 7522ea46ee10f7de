"""Mails that are done stay, or are moved or deleted after 30 days, and only those that were released."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from beds.accounts import Account
from beds.mail import MailBed
from contracts.mailbox_contract import TESTER, mail

from osync.errors import ConfigurationError, MailboxUnusableError
from osync.mailboxes.base import CleansUp
from osync.mailboxes.internet import read_internet_settings
from osync.options import Options

pytestmark = pytest.mark.xdist_group("mail_bed")


@pytest.fixture
def tester(mail_bed: MailBed) -> Iterator[Account]:
    account = mail_bed.account(TESTER)
    account.empty()
    with account.log_in() as connection:
        connection.delete("Done")
        for text in ("One", "Two", "Three"):
            connection.append("INBOX", "", "", mail(text).content)
    yield account
    with account.log_in() as connection:
        connection.delete("Done")


def after(account: Account, cleanup: str, days: int) -> None:
    """Settle all three mails, release the first two, and look again after some days."""
    account.settings = replace(account.settings, cleanup=cleanup)
    mailbox = account.mailbox()
    assert isinstance(mailbox, CleansUp)
    for number, each in enumerate(mailbox.pending()):
        mailbox.settle(each.handle)
        if number < 2:
            mailbox.release(each.handle)
            mailbox.release(each.handle)
    account.now += timedelta(days=days)
    try:
        for _ in range(2):
            assert list(mailbox.pending()) == []
            mailbox.clean_up()
    finally:
        mailbox.close()


def test_by_default_nothing_is_moved_or_deleted(tester: Account) -> None:
    after(tester, "keep", 400)
    assert tester.count() == 3


def test_mails_that_may_go_stay_for_thirty_days(tester: Account) -> None:
    after(tester, "delete", 29)
    assert tester.count() == 3


def test_mails_that_may_go_are_deleted_and_no_other_even_if_it_is_marked(tester: Account) -> None:
    with tester.log_in() as connection:
        connection.select("INBOX")
        connection.store("3", "+FLAGS", "(\\Deleted)")
    after(tester, "delete", 31)
    assert tester.count() == 1


def test_mails_that_may_go_are_moved_to_a_folder_that_is_there(tester: Account) -> None:
    with tester.log_in() as connection:
        connection.create("Done")
    after(tester, "move Done", 31)
    assert (tester.count(), tester.count("Done")) == (1, 2)


def test_a_folder_that_is_missing_is_not_made_but_told(tester: Account) -> None:
    with pytest.raises(MailboxUnusableError, match="cannot be moved to the folder 'Done'"):
        after(tester, "move Done", 31)
    assert tester.count() == 3


@pytest.mark.parametrize("cleanup", ["move INBOX", "move", "burn", ""])
def test_a_cleanup_that_makes_no_sense_is_refused(cleanup: str) -> None:
    options = Options("mailbox", {"user": "pat", "smtp": "smtps://mail.example.org", "cleanup": cleanup})
    with pytest.raises(ConfigurationError, match="cleanup"):
        read_internet_settings("imaps://mail.example.org", options)
