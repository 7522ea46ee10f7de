"""A mailbox of Outlook keeps the contract of mailboxes, as far as Outlook lets anybody: mails are put together again."""

import email
import email.policy
import threading
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from contracts.mailbox_contract import PAT, TESTER, THIRD, MailboxContract, PostOffice, contents, mail
from outlook.application import INBOX, FakeOutlook
from outlook.in_process import machine_of
from outlook.mail import AttachedFile, MailItem, Outgoing
from outlook.refusals import refused

from osync.errors import MailboxUnavailableError, MailboxUnusableError
from osync.mailboxes.base import SIZE_LIMIT, Mailbox, OutgoingMail
from osync.mailboxes.outlook import OutlookMailbox
from osync.message.bounce import find_bounce
from osync.message.mail import Letter, Purpose, compose, find_blobs, new_message_id
from osync.microsoft.outlook import Outlook
from osync.microsoft.settled_mails import SettledMails
from osync.notebook import LooseNotebook


def mailbox_of(outlook: FakeOutlook, address: str, notebook: LooseNotebook | None = None) -> OutlookMailbox:
    settled = SettledMails(notebook or LooseNotebook(), 30, outlook.clock)
    return OutlookMailbox(Outlook(machine_of(outlook)), "default", address, ("INBOX",), settled)


class OutlookRoad:
    """What lies between several Outlooks: each has an account of its own; who is not known comes back as a report."""

    def __init__(self) -> None:
        self.outlooks: dict[str, FakeOutlook] = {}
        self.notebooks: dict[str, LooseNotebook] = {}
        self.mails: list[Outgoing] = []

    def outlook(self, address: str) -> FakeOutlook:
        folded = address.lower()
        if folded not in self.outlooks:
            found = self.outlooks[folded] = FakeOutlook(addresses=(folded,))
            found.deliver = self._deliver
        return self.outlooks[folded]

    def adopt(self, outlook: FakeOutlook) -> None:
        """Let an Outlook that was made elsewhere be reached."""
        self.outlooks[outlook.addresses[0]] = outlook
        outlook.deliver = self._deliver

    def mailbox(self, address: str) -> Mailbox:
        notebook = self.notebooks.setdefault(address.lower(), LooseNotebook())
        return mailbox_of(self.outlook(address), address, notebook)

    def _deliver(self, sent: Outgoing) -> None:
        self.mails.append(sent)
        for address in (*sent.shown, *sent.hidden):
            if there := self.outlooks.get(address.lower()):
                there.arrive(sent)
            else:
                self._return(sent, address)

    def _return(self, sent: Outgoing, address: str) -> None:
        words = f"Delivery has failed to these recipients:\n\n<{address}>\nThe email address wasn't found.\n550 5.1.1\n"
        original = {"http://schemas.microsoft.com/mapi/proptag/0x1046001F": sent.mapi.get(MESSAGE_ID, "")}
        report = Outgoing("", (), (), f"Undeliverable: {sent.subject}", words, "", (), original, sent.sent_at)
        self.outlooks[sent.sender].arrive(report, kind="REPORT.IPM.Note.NDR")


MESSAGE_ID = "http://schemas.microsoft.com/mapi/proptag/0x1035001F"


class OutlookMailboxContract(MailboxContract):
    @staticmethod
    def as_sent(content: bytes | None) -> bytes | None:
        """Outlook keeps the subject, the text and the files of a mail."""
        if content is None:
            return None
        found = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        text = next(part for part in found.walk() if part.get_content_type() == "text/plain").get_content()
        return mail(str(found["Subject"])).content if text.strip() == found["Subject"] else content

    def test_a_mail_arrives_byte_for_byte(self, pat: Mailbox, tester: Mailbox) -> None:
        """Not the mail, but the message in it."""
        blob = bytes(range(256)) * 40
        assert pat.send(OutgoingMail(PAT, (TESTER,), letter(blob))) == ()
        (arrived,) = tester.pending()
        assert arrived.content
        assert list(find_blobs(arrived.content)) == [blob]
        assert arrived.size == len(arrived.content)
        assert list(pat.pending()) == []

    def test_an_unknown_recipient_is_refused_and_the_others_get_the_mail(self, pat: Mailbox, tester: Mailbox) -> None:
        """Outlook refuses what is no address; that nobody is there comes back as a report."""
        sent = OutgoingMail(PAT, ("nobody@example.org", TESTER, "no address", ""), letter(b"x"))
        refusals = pat.send(sent)
        assert [refusal.address for refusal in refusals] == ["no address", ""]
        assert all(refusal.reason.endswith(".") for refusal in refusals)
        assert len(contents(tester)) == 1
        (report,) = pat.pending()
        assert report.content
        bounce = find_bounce(report.content)
        assert bounce
        assert [each.address for each in bounce.returned] == ["nobody@example.org"]
        sent_id = email.message_from_bytes(sent.content)["Message-ID"]
        assert bounce.message_ids == (sent_id,)

    def test_a_mail_that_is_too_large_is_told_but_not_read(self, pat: Mailbox) -> None:
        pat.send(mail("Fits", PAT))
        large = EmailMessage()
        large["Subject"] = "Large"
        large.set_content("x")
        large.add_attachment(b"x" * SIZE_LIMIT, maintype="application", subtype="octet-stream", filename="large.bin")
        pat.send(OutgoingMail(PAT, (PAT,), large.as_bytes()))
        fits, too_large = pat.pending()
        assert fits.content is not None
        assert too_large.content is None
        assert too_large.size > SIZE_LIMIT
        pat.settle(too_large.handle)
        assert len(list(pat.pending())) == 1


class TestOutlookMailbox(OutlookMailboxContract):
    @pytest.fixture
    def post(self) -> PostOffice:
        return OutlookRoad()


class OneOutlook:
    """Several accounts of one Outlook, each with a store of its own."""

    def __init__(self, outlook: FakeOutlook) -> None:
        self.outlook = outlook
        self.notebooks: dict[str, LooseNotebook] = {}

    def mailbox(self, address: str) -> Mailbox:
        self.outlook.open_account(address.lower())
        return mailbox_of(self.outlook, address, self.notebooks.setdefault(address.lower(), LooseNotebook()))


class TestSeveralAccountsOfOneOutlook(OutlookMailboxContract):
    @pytest.fixture
    def post(self) -> PostOffice:
        return OneOutlook(FakeOutlook())


def letter(blob: bytes, *recipients: str, text: str = "Pat shares a calendar.") -> bytes:
    message_id = new_message_id(PAT, bytes)
    named = recipients or (TESTER,)
    return compose(Letter("Pat", PAT, named, Purpose.UPDATE, "a" * 26, text, blob, message_id, 1_764_000_000))


@pytest.fixture
def road() -> OutlookRoad:
    return OutlookRoad()


def test_who_is_not_named_in_the_header_gets_a_blind_copy(road: OutlookRoad) -> None:
    for address in (TESTER, THIRD):
        road.outlook(address)
    road.mailbox(PAT).send(OutgoingMail(PAT, (TESTER, THIRD), letter(b"x", TESTER)))
    (sent,) = road.mails
    assert (sent.shown, sent.hidden) == ((TESTER,), (THIRD,))


def test_the_account_of_the_settings_sends_plain_text_with_a_neutral_file(road: OutlookRoad) -> None:
    road.outlook(TESTER)
    outlook = road.outlook(PAT)
    outlook.addresses = ("other@example.org", PAT)
    road.outlooks["other@example.org"] = outlook
    road.mailbox(PAT).send(OutgoingMail(PAT, (TESTER,), letter(b"x")))
    (sent,) = road.mails
    assert sent.sender == PAT
    assert sent.html == ""
    assert sent.body.startswith("Pat shares a calendar.")
    assert [each.name.rpartition(".")[2] for each in sent.files] == ["osync"]
    assert sent.mapi["http://schemas.microsoft.com/mapi/string/{00020386-0000-0000-C000-000000000046}/X-OSync"] == "1"


def test_an_account_that_is_not_there_is_refused(road: OutlookRoad) -> None:
    outlook = Outlook(machine_of(road.outlook(PAT)))
    settled = SettledMails(LooseNotebook(), 30, road.outlook(PAT).clock)
    mailbox = OutlookMailbox(outlook, "nobody@example.org", PAT, ("INBOX",), settled)
    with pytest.raises(MailboxUnusableError, match="account"):
        mailbox.send(mail("Hello"))
    assert road.mails == []


@pytest.mark.parametrize("raises", [False, True])
def test_an_account_whose_store_has_no_inbox_is_explained(raises: bool) -> None:
    outlook = FakeOutlook()
    outlook.missing_folders_raise = raises
    outlook.open_account(PAT)
    del outlook.stores[1].defaults[INBOX]
    with pytest.raises(MailboxUnusableError, match="does not find the folder"):
        list(mailbox_of(outlook, PAT).pending())


def test_a_mail_that_waits_in_the_outbox_is_pushed(road: OutlookRoad) -> None:
    road.outlook(TESTER)
    road.outlook(PAT).outbox_waits = True
    road.mailbox(PAT).send(mail("Hello"))
    assert len(contents(road.mailbox(TESTER))) == 1


def test_nothing_is_marked_moved_or_deleted(road: OutlookRoad) -> None:
    outlook = road.outlook(TESTER)
    road.mailbox(PAT).send(mail("Hello"))
    mailbox = road.mailbox(TESTER)
    before = {key: record.contents() for key, record in outlook.folder(INBOX).records.items()}
    for arrived in mailbox.pending():
        mailbox.settle(arrived.handle)
    assert list(mailbox.pending()) == []
    assert {key: record.contents() for key, record in outlook.folder(INBOX).records.items()} == before


def test_settled_mails_are_not_opened_again(road: OutlookRoad) -> None:
    outlook = road.outlook(PAT)
    mailbox = road.mailbox(PAT)
    for number in range(20):
        mailbox.send(mail(f"Number {number}", PAT))
    for arrived in mailbox.pending():
        mailbox.settle(arrived.handle)
    outlook.opened.clear()
    assert list(road.mailbox(PAT).pending()) == []
    assert outlook.opened == []


def incoming(outlook: FakeOutlook, *files: AttachedFile, body: str = "Hello", **more: object) -> None:
    sent = Outgoing(TESTER, (PAT,), (), "[OSync] Calendar update", body, "", files, {}, outlook.clock())
    outlook.arrive(sent, header=str(more.get("header", "")), exchange=bool(more.get("exchange", False)))


def arrived(road: OutlookRoad) -> EmailMessage:
    (found,) = road.mailbox(PAT).pending()
    assert found.content
    parsed = email.message_from_bytes(found.content, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_a_sender_of_the_same_exchange_is_known_by_the_internet_address(road: OutlookRoad) -> None:
    incoming(road.outlook(PAT), exchange=True)
    found = arrived(road)
    assert found["From"].addresses[0].addr_spec == TESTER
    assert found["Date"]


def test_the_header_that_came_with_a_mail_is_told_without_that_of_its_content(road: OutlookRoad) -> None:
    header = (
        "Received: from a\r\n by b\r\nFrom: Tester <tester@example.org>\r\nSubject: [OSync]\r\n Calendar update\r\n"
        "Message-ID: <1@example.org>\r\nAuto-Submitted: auto-generated\r\nContent-Type: multipart/mixed; boundary=x\r\n"
    )
    incoming(road.outlook(PAT), header=header)
    found = arrived(road)
    assert (found["Message-ID"], found["Auto-Submitted"]) == ("<1@example.org>", "auto-generated")
    assert found["Subject"] == "[OSync] Calendar update"
    assert found.get_content_type() == "multipart/mixed"


def test_nothing_in_a_name_or_subject_begins_a_header_field(road: OutlookRoad) -> None:
    outlook = road.outlook(PAT)
    evil = Outgoing("Eve\r\nX-Evil: 1 <e@example.org>", (PAT,), (), "Hi\r\nX-Evil: 2", "x", "", (), {}, outlook.clock())
    outlook.arrive(evil)
    assert arrived(road)["X-Evil"] is None


def test_winmail_dat_is_passed_on_and_a_blocked_file_is_not_there(road: OutlookRoad) -> None:
    incoming(road.outlook(PAT), AttachedFile("winmail.dat", b"\x78\x9f\x3e\x22"), AttachedFile("run.vbs", b"x"))
    files = list(arrived(road).iter_attachments())
    assert [each.get_filename() for each in files] == ["winmail.dat"]
    assert files[0].get_content() == b"\x78\x9f\x3e\x22"


@pytest.mark.parametrize(
    "act", [lambda box: list(box.pending()), lambda box: box.send(mail("x"))], ids=["read", "send"]
)
def test_a_guard_that_denies_is_explained_with_another_way(
    road: OutlookRoad, act: Callable[[OutlookMailbox], object]
) -> None:
    incoming(road.outlook(PAT))
    road.outlook(PAT).guard_denies = True
    mailbox = road.mailbox(PAT)
    assert isinstance(mailbox, OutlookMailbox)
    with pytest.raises(MailboxUnusableError, match=r"Programmatic Access.*internet"):
        act(mailbox)
    assert road.mails == []


def test_outlook_that_closes_while_it_sends_sends_later(road: OutlookRoad) -> None:
    road.outlook(TESTER)
    mailbox = road.mailbox(PAT)
    list(mailbox.pending())
    road.outlook(PAT).close()
    with pytest.raises(MailboxUnavailableError, match="closed"):
        mailbox.send(mail("Hello"))
    assert mailbox.send(mail("Hello")) == ()
    assert len(road.mails) == 1


def test_a_waiting_thread_hears_of_new_mail(road: OutlookRoad) -> None:
    outlook = road.outlook(PAT)
    mailbox = road.mailbox(PAT)
    assert isinstance(mailbox, OutlookMailbox)
    assert mailbox.wait(0) is False
    assert not outlook.is_open
    outlook.application()
    assert mailbox.wait(5) is True
    incoming(outlook)
    assert mailbox.wait(5) is True
    threading.Timer(0.2, mailbox.interrupt).start()
    assert mailbox.wait(10) is False
    mailbox.close()


def test_an_old_mail_is_not_looked_at(road: OutlookRoad) -> None:
    outlook = road.outlook(PAT)
    incoming(outlook, body="old")
    for record in outlook.folder(INBOX).records.values():
        record.fields["ReceivedTime"] = record.fields["ReceivedTime"].replace(year=2025)
    incoming(outlook, body="new")
    (found,) = road.mailbox(PAT).pending()
    assert found.content
    assert b"new" in found.content


def test_a_mail_from_the_future_hides_none_of_those_that_come(road: OutlookRoad) -> None:
    outlook = road.outlook(PAT)
    incoming(outlook, body="future")
    for record in outlook.folder(INBOX).records.values():
        record.fields["ReceivedTime"] = record.fields["ReceivedTime"].replace(year=2099)
    for found in road.mailbox(PAT).pending():
        road.mailbox(PAT).settle(found.handle)
    incoming(outlook, body="present")
    (found,) = road.mailbox(PAT).pending()
    assert found.content
    assert b"present" in found.content


def test_a_note_from_the_future_is_not_believed(road: OutlookRoad) -> None:
    incoming(road.outlook(PAT))
    notebook = road.notebooks[PAT] = LooseNotebook()
    notebook.write("mails since", "2099-01-01T00:00:00")
    assert len(list(road.mailbox(PAT).pending())) == 1


@pytest.mark.parametrize("number", [0x80040201, 0x80070005, 0x8004010F], ids=["failed", "protected", "gone"])
def test_a_mail_that_outlook_cannot_show_keeps_no_other_from_being_read(
    road: OutlookRoad, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    incoming(road.outlook(PAT), body="protected")
    incoming(road.outlook(PAT), body="open")
    whole = MailItem.Body.fget
    assert whole

    def body(item: MailItem) -> str:
        text = str(whole(item))
        if text == "protected":
            raise refused(number)
        return text

    with monkeypatch.context() as patched:
        patched.setattr(MailItem, "Body", property(body))
        (found,) = road.mailbox(PAT).pending()
        assert found.content
        assert b"open" in found.content
    assert len(list(road.mailbox(PAT).pending())) == 2


def test_a_mail_that_was_handed_over_counts_as_sent_whatever_outlook_refuses_then(
    road: OutlookRoad, monkeypatch: pytest.MonkeyPatch
) -> None:
    road.outlook(TESTER)
    mailbox, send = road.mailbox(PAT), MailItem.Send

    def send_and_close(item: MailItem) -> None:
        send(item)
        road.outlook(PAT).close()

    monkeypatch.setattr(MailItem, "Send", send_and_close)
    assert mailbox.send(mail("Hello")) == ()
    assert len(road.mails) == 1
