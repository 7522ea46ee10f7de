"""A mailbox on the internet keeps the contract, on Dovecot with Postfix."""

from collections.abc import Iterator

import pytest
from beds.accounts import RealPostOffice, without_trace
from beds.mail import MailBed
from contracts.mailbox_contract import PAT, TESTER, THIRD, MailboxContract, PostOffice

pytestmark = pytest.mark.xdist_group("mail_bed")


class TestInternetMailbox(MailboxContract):
    strange = bytes(set(range(256)) - {0, 10, 13})
    added = 2_000
    as_sent = staticmethod(without_trace)

    @pytest.fixture
    def post(self, mail_bed: MailBed) -> Iterator[PostOffice]:
        office = RealPostOffice({address: mail_bed.account(address) for address in (PAT, TESTER, THIRD)})
        yield office
        office.close()
