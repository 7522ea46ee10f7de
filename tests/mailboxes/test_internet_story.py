"""Two whole OSyncs over real mail servers: whatever happens to servers and network, nothing is lost and nothing doubled."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from beds.accounts import Account, DeliveringMailbox
from beds.mail import MailBed
from beds.proxy import Fault, FaultProxy, fault_proxy
from contracts.mailbox_contract import PAT, TESTER
from engine.world import FusedMailbox, Person, Story, lunch

from osync.engine.report import Report
from osync.mailboxes.internet import InternetMailbox, Reading, Server
from osync.message.worth_reading import FIELDS, may_concern
from osync.notebook import LooseNotebook

pytestmark = pytest.mark.xdist_group("mail_bed")


class RealStory(Story):
    """pat shares with tester by way of proxies, which can take the network away."""

    def __init__(self, bed: MailBed, imap: FaultProxy, smtp: FaultProxy) -> None:
        super().__init__()
        self.proxies = (imap, smtp)
        self.accounts = {address: self._account(bed, address) for address in (PAT, TESTER)}
        self.mailboxes: list[InternetMailbox] = []
        for person in (self.pat, self.tester):
            self.accounts[person.address].empty()
            self.connect(person)

    def connect(self, person: Person) -> None:
        """Begin a new run of somebody's OSync, with new connections."""
        mailbox = self.accounts[person.address].mailbox(Reading(FIELDS, may_concern))
        self.mailboxes.append(mailbox)
        person.mailbox = FusedMailbox(DeliveringMailbox(mailbox, lambda address: self.accounts[address]), person.fuse)

    def network(self, *, works: bool) -> None:
        """Take the network away, or give it back."""
        for proxy in self.proxies:
            proxy.always = Fault(refuse=not works)
        if not works:
            self.close()

    def close(self) -> None:
        """Close all connections; they are opened again when they are needed."""
        for mailbox in self.mailboxes:
            mailbox.close()

    def agrees(self) -> bool:
        """Tell whether tester has exactly what pat shares, each once."""
        return self.tester.titles() == [f"[pat] {title}" for title in self.pat.titles()]

    def _account(self, bed: MailBed, address: str) -> Account:
        imap, smtp = self.proxies
        account = bed.account(address)
        servers = replace(
            account.settings,
            imap=Server(f"imap://localhost:{imap.port}", address),
            smtp=Server(f"smtp://localhost:{smtp.port}", address),
        )
        return replace(account, settings=servers)


@pytest.fixture
def story(mail_bed: MailBed) -> Iterator[RealStory]:
    with fault_proxy(mail_bed.imap) as imap, fault_proxy(mail_bed.smtp) as smtp:
        made = RealStory(mail_bed, imap, smtp)
        made.pat.put(*lunch(), uid="lunch")
        made.joined()
        assert made.agrees()
        yield made
        made.close()


def sentences(report: Report) -> list[str]:
    return [problem.sentence for problem in report.problems]


def test_revisions_and_deletions_travel_by_real_mail(story: RealStory) -> None:
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.pat.put(*lunch("Later lunch", 13), uid="lunch")
    story.settle()
    assert story.agrees()
    story.pat.remove("lunch")
    story.settle()
    assert story.tester.titles() == ["[pat] Dinner"]


def test_servers_that_are_started_again_in_the_middle_are_no_matter(mail_bed: MailBed, story: RealStory) -> None:
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    mail_bed.restart_smtp()
    assert sentences(story.pat.sync()) == []
    mail_bed.restart_imap()
    assert sentences(story.tester.sync()) == []
    assert story.agrees()


def test_a_week_without_network_loses_and_doubles_nothing(story: RealStory) -> None:
    story.network(works=False)
    for day in range(7):
        story.clock.forward(days=1)
        story.pat.put(*lunch(f"Day {day}", 8 + day), uid=f"day-{day}")
        for person in (story.pat, story.tester):
            told = sentences(person.sync())
            # Each server has its own sentence.
            assert 1 <= len(told) <= 2
            assert all(sentence.startswith("The mail server localhost:") for sentence in told)
    assert story.tester.titles() == ["[pat] Lunch"]
    story.network(works=True)
    story.settle()
    assert story.agrees()
    assert len(story.tester.titles()) == 8


@pytest.mark.parametrize("cut", [900, 2_500, 4_000, 6_000, 8_000])
def test_connections_that_are_cut_at_any_place_lose_and_double_nothing(story: RealStory, cut: int) -> None:
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.close()
    for proxy in story.proxies:
        proxy.faults.extend([Fault(requests=cut), Fault(answers=cut)])
    for _ in range(4):
        story.clock.forward(hours=1)
        story.settle()
    assert story.agrees()


def test_mails_that_are_read_anew_change_nothing(story: RealStory) -> None:
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.settle()
    before = story.tester.texts()
    for account in story.accounts.values():
        account.notebook = LooseNotebook()
    for person in (story.pat, story.tester):
        story.connect(person)
    reports = [story.tester.sync(), story.pat.sync()]
    assert [sentences(report) for report in reports] == [[], []]
    assert story.tester.texts() == before
    assert story.tester.mailbox.sent == story.pat.mailbox.sent == []
