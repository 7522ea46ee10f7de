"""The post office in memory keeps the contract, and lets a test do what the world does to mails."""

import pytest
from contracts.mailbox_contract import PAT, TESTER, MailboxContract, PostOffice, contents, mail

from osync.mailboxes.memory import MemoryPostOffice


class TestMemoryMailbox(MailboxContract):
    @pytest.fixture
    def post(self) -> PostOffice:
        return MemoryPostOffice()


def test_mails_can_be_lost_doubled_and_reordered() -> None:
    office = MemoryPostOffice()
    pat, tester = office.mailbox(PAT), office.mailbox(TESTER)
    for text in ("Lost", "Doubled", "Last"):
        pat.send(mail(text))
    waiting = office.waiting[TESTER]
    waiting.popleft()
    waiting.append(waiting[0])
    waiting.reverse()
    assert contents(tester) == [mail(text).content for text in ("Doubled", "Last", "Doubled")]
    for each in list(tester.pending()):
        tester.settle(each.handle)
    assert len(office.settled[TESTER]) == 3
