"""A mailbox on the internet keeps the contract, on Dovecot and on Cyrus, both with Postfix."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from beds.accounts import Account, RealPostOffice, without_trace
from beds.cyrus import Cyrus
from beds.mail import MailBed
from contracts.mailbox_contract import PAT, TESTER, THIRD, MailboxContract, PostOffice

from osync.credentials import Login
from osync.mailboxes.internet import Server
from osync.network import Network


@pytest.mark.xdist_group("mail_bed")
class TestMailboxOnDovecot(MailboxContract):
    strange = bytes(set(range(256)) - {0, 10, 13})
    added = 2_000
    as_sent = staticmethod(without_trace)

    @pytest.fixture
    def post(self, mail_bed: MailBed) -> Iterator[PostOffice]:
        office = RealPostOffice({address: mail_bed.account(address) for address in (PAT, TESTER, THIRD)})
        yield office
        office.close()


@pytest.mark.xdist_group("cyrus")
class TestMailboxOnCyrus(MailboxContract):
    strange = bytes(set(range(256)) - {0, 10, 13})
    added = 2_000
    as_sent = staticmethod(without_trace)

    @pytest.fixture
    def post(self, cyrus: Cyrus, mail_to_cyrus: MailBed) -> Iterator[PostOffice]:
        office = RealPostOffice(
            {address: account_on(cyrus, mail_to_cyrus, address) for address in (PAT, TESTER, THIRD)}
        )
        yield office
        office.close()


def account_on(cyrus: Cyrus, mail: MailBed, address: str) -> Account:
    """Give an account that sends by Postfix and receives at Cyrus; they trust different authorities."""
    user = address.partition("@")[0]
    cyrus.add_user(user)
    both = mail.folder / "both.pem"
    both.write_bytes(mail.ca_file.read_bytes() + cyrus.ca_file.read_bytes())
    sending = mail.account(address)
    settings = replace(sending.settings, imap=Server(f"imaps://localhost:{cyrus.imaps}", user))
    login = Login(user, lambda: cyrus.password(user))
    return replace(
        sending,
        settings=settings,
        login=login,
        network=Network(ca_file=str(both), timeout=20),
        log_in=lambda: cyrus.log_in(user),
    )
