import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from engine.world import Killed, Story, lunch
from message.bounce_samples import OUR_ID, PEER, report
from message.told_events import body_of, read_mail

from osync.engine.people import decide
from osync.engine.report import Report
from osync.engine.sharing import NewShare, invite, new_share, stop
from osync.ledger.mails import WaitingMail
from osync.message.mail import find_blobs
from osync.message.plain_tokens import Wish, wish_subject
from osync.model import Approval, PrivacyLevel, Subscriber, SubscriberState
from osync.sync.budget import MailLimits

READER = "reader@example.org"


class Reading(Story):
    """pat shares with somebody who has no OSync."""

    def __init__(self, approval: Approval = Approval.TOKEN, level: PrivacyLevel = PrivacyLevel.FULL) -> None:
        super().__init__()
        self.reader = self.office.mailbox(READER)
        new_share(self.pat.installation, NewShare("club", "OSync", "default", level, approval=approval))

    def mails(self) -> list[bytes]:
        """Take what waits for the reader."""
        found = []
        for mail in list(self.reader.pending()):
            assert mail.content is not None
            found.append(mail.content)
            self.reader.settle(mail.handle)
        return found

    def add_reader(self) -> "Reading":
        invite(self.pat.installation, "club", [READER], plain=True)
        return self

    def invite(self) -> "Reading":
        invite(self.pat.installation, "club", [READER])
        return self

    def write(self, subject: str, *headers: str, sender: str = READER) -> None:
        lines = (f"From: {sender}", f"To: {self.pat.address}", f"Subject: {subject}", *headers, "", "", "")
        self.office.deliver(self.pat.address, "\r\n".join(lines).encode())

    def wish(self, wish: Wish, *headers: str) -> Report:
        self.write(wish_subject(wish, self.token), *headers)
        return self.pat.sync()

    @property
    def token(self) -> bytes:
        return self.subscriber.token

    @property
    def subscriber(self) -> Subscriber:
        (found,) = self.pat.ledger.shares.subscribers(self.share_id)
        return found

    @property
    def share_id(self) -> str:
        (share,) = self.pat.ledger.shares.all()
        return share.share_id

    @property
    def state(self) -> SubscriberState:
        return self.subscriber.state


def texts(mails: list[bytes]) -> list[str]:
    return [body_of(read_mail(mail), "plain") for mail in mails]


def subjects(mails: list[bytes]) -> list[str]:
    return [str(read_mail(mail)["subject"]) for mail in mails]


def first_file(mail: bytes) -> bytes:
    content = next(iter(read_mail(mail).iter_attachments())).get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def headings(text: str) -> list[str]:
    return re.findall(r"^[A-Z]+ \(\d+\)$", text, re.MULTILINE)


def sentences(report: Report) -> Iterator[str]:
    return (mail.sentence for mail in report.mails if mail.sentence)


def test_a_reader_whom_the_owner_adds_gets_everything_at_once_and_then_the_news() -> None:
    story = Reading()
    story.pat.put(*lunch(), uid="1")
    story.add_reader()
    (first,) = story.mails()
    assert read_mail(first)["subject"] == 'Calendar "club" of pat: 1 event'
    assert [part.get_filename() for part in read_mail(first).iter_attachments()] == ["calendar.ics"]
    assert read_mail(first)["auto-submitted"] == "auto-generated"
    story.pat.put(*lunch("Dinner", 18), uid="2")
    story.pat.put(*lunch("Lunch", 13), uid="1")
    story.pat.sync()
    (news,) = story.mails()
    (text,) = texts([news])
    assert headings(text) == ["NEW (1)", "CHANGED (1)"]
    assert "  When: Tue, 1 Dec 2026, 12:00–13:00 → Tue, 1 Dec 2026, 13:00–14:00\n" in text
    story.pat.remove("1")
    story.pat.sync()
    assert headings(texts(story.mails())[0]) == ["CANCELLED (1)"]


def test_without_news_there_is_no_mail() -> None:
    story = Reading().add_reader()
    assert len(story.mails()) == 1
    for _ in range(3):
        report = story.pat.sync()
        assert report.mails == []
    assert story.mails() == []


def test_sequence_grows_with_each_revision_also_when_the_event_is_cancelled() -> None:
    story = Reading()
    story.pat.put(*lunch("Another"), uid="other")
    story.add_reader()
    found = []
    for hour in (12, 13, 14):
        story.pat.put(*lunch(hour=hour), uid="1")
        story.pat.sync()
        found += story.mails()[-1:]
    story.pat.remove("1")
    story.pat.sync()
    found += story.mails()
    files = [first_file(mail) for mail in found]
    assert [re.findall(rb"SEQUENCE:(\d+)", file) for file in files] == [[b"0"], [b"1"], [b"2"], [b"3"]]
    assert b"METHOD:CANCEL" in files[-1]


def test_an_invited_person_can_become_a_reader_by_a_mail() -> None:
    story = Reading()
    story.pat.put(*lunch(), uid="1")
    story.invite()
    (invitation,) = story.mails()
    assert f"\n    {wish_subject(Wish.PLAIN, story.token)}\n".encode() in invitation.replace(b"\r\n", b"\n")
    report = story.wish(Wish.PLAIN)
    assert "reader@example.org reads club without OSync from now on." in list(sentences(report))
    (first,) = story.mails()
    assert read_mail(first)["auto-submitted"] == "auto-replied"
    assert "Lunch" in texts([first])[0]
    assert story.state is SubscriberState.PLAIN


def test_only_the_token_counts_and_the_answer_goes_to_the_address_that_was_invited() -> None:
    story = Reading().invite()
    story.office.mailbox("eve@example.org")
    story.mails()
    story.write(f"Re: AW:  {wish_subject(Wish.PLAIN, story.token)}", sender="eve@example.org")
    story.pat.sync()
    assert len(story.mails()) == 1
    assert not story.office.waiting["eve@example.org"]
    assert story.subscriber.address == READER


def test_a_share_that_asks_its_owner_lets_a_reader_wait() -> None:
    story = Reading(Approval.ASK).invite()
    story.mails()
    story.wish(Wish.PLAIN)
    assert (story.state, story.mails()) == (SubscriberState.PENDING, [])
    decide(story.pat.installation, "club", READER, approved=True)
    assert story.state is SubscriberState.PLAIN
    assert len(story.mails()) == 1


def test_a_reader_whom_the_owner_refuses_gets_nothing() -> None:
    story = Reading(Approval.ASK).invite()
    story.mails()
    story.wish(Wish.PLAIN)
    decide(story.pat.installation, "club", READER, approved=False)
    assert story.pat.ledger.shares.subscribers(story.share_id) == []
    story.pat.put(*lunch(), uid="1")
    story.pat.sync()
    assert story.mails() == []


def test_a_reader_leaves_by_a_mail_and_is_told_so_once() -> None:
    story = Reading().add_reader()
    story.mails()
    story.wish(Wish.LEAVE)
    (confirmation,) = story.mails()
    assert read_mail(confirmation)["subject"] == 'Calendar "club": no more mails'
    assert read_mail(confirmation)["auto-submitted"] == "auto-replied"
    story.pat.put(*lunch(), uid="1")
    story.pat.sync()
    assert (story.state, story.mails()) == (SubscriberState.LEFT, [])


def test_leaving_again_is_confirmed_once_a_day() -> None:
    story = Reading().add_reader()
    story.mails()
    for _ in range(3):
        story.wish(Wish.LEAVE)
    assert len(story.mails()) == 1
    story.clock.forward(days=1)
    for _ in range(2):
        story.wish(Wish.LEAVE)
    assert len(story.mails()) == 1


def test_two_mails_at_once_are_confirmed_once() -> None:
    story = Reading().add_reader()
    story.mails()
    for _ in range(2):
        story.write(wish_subject(Wish.LEAVE, story.token))
    story.pat.sync()
    assert len(story.mails()) == 1


def test_what_waits_for_somebody_who_leaves_stays() -> None:
    story = Reading().add_reader()
    story.mails()
    story.pat.put(*lunch(), uid="1")
    del story.office.waiting[READER]
    story.pat.sync()
    story.office.mailbox(READER)
    story.wish(Wish.LEAVE)
    assert subjects(story.mails()) == ['Calendar "club": no more mails']


def test_somebody_invited_can_say_that_they_want_no_mails() -> None:
    story = Reading().invite()
    story.mails()
    story.wish(Wish.LEAVE)
    assert subjects(story.mails()) == ['Calendar "club": no more mails']
    story.wish(Wish.PLAIN)
    assert (story.state, story.mails()) == (SubscriberState.LEFT, [])


def test_somebody_who_left_can_be_added_again() -> None:
    story = Reading().add_reader()
    story.wish(Wish.LEAVE)
    story.mails()
    story.add_reader()
    assert (story.state, len(story.mails())) == (SubscriberState.PLAIN, 1)


AUTOMATIC = [
    "Auto-Submitted: auto-replied",
    "Auto-Submitted: auto-generated",
    "Precedence: bulk",
    "List-Id: <list.example.org>",
    "Return-Path: <>",
    "X-Autoreply: yes",
]


@pytest.mark.parametrize("header", AUTOMATIC)
@pytest.mark.parametrize("wish", list(Wish))
def test_what_a_program_writes_is_never_a_wish(header: str, wish: Wish) -> None:
    story = Reading().invite()
    story.mails()
    before = story.subscriber
    report = story.wish(wish, header)
    assert (story.subscriber, story.mails()) == (before, [])
    assert any("Nothing was done." in sentence for sentence in sentences(report))


def test_a_returned_mail_is_no_wish() -> None:
    story = Reading().invite()
    story.mails()
    before = story.subscriber
    story.wish(
        Wish.LEAVE, 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "Return-Path: <>"
    )
    assert (story.subscriber, story.mails()) == (before, [])


@pytest.mark.parametrize("wish", list(Wish))
def test_a_forged_token_changes_nothing(wish: Wish) -> None:
    story = Reading().invite()
    story.mails()
    before = story.subscriber
    story.write(wish_subject(wish, bytes(16)))
    report = story.pat.sync()
    assert (story.subscriber, story.mails()) == (before, [])
    assert list(sentences(report)) == ["It asks for a change with a token that OSync does not know. Nothing was done."]


def test_a_token_that_was_used_makes_nobody_a_reader_again() -> None:
    story = Reading().invite()
    story.wish(Wish.PLAIN)
    story.mails()
    before = story.subscriber
    story.wish(Wish.PLAIN)
    assert (story.subscriber, story.mails()) == (before, [])


def test_a_token_that_is_too_old_makes_nobody_a_reader_but_still_stops_the_mails() -> None:
    story = Reading().invite()
    story.mails()
    story.clock.forward(days=15)
    before = story.subscriber
    story.wish(Wish.PLAIN)
    assert (story.subscriber, story.mails()) == (before, [])
    story.wish(Wish.LEAVE)
    assert (story.state, len(story.mails())) == (SubscriberState.LEFT, 1)


def test_a_token_of_somebody_with_osync_changes_nothing() -> None:
    story = Story().joined()
    (subscriber,) = story.pat.ledger.shares.subscribers(story.pat.ledger.shares.all()[0].share_id)
    mail = f"From: {subscriber.address}\r\nSubject: {wish_subject(Wish.LEAVE, subscriber.token or bytes(16))}\r\n\r\n"
    story.office.deliver(story.pat.address, mail.encode())
    story.pat.sync()
    (after,) = story.pat.ledger.shares.subscribers(subscriber.share_id)
    assert after == subscriber


def test_a_wish_for_a_share_that_was_stopped_changes_nothing() -> None:
    story = Reading().invite()
    story.mails()
    token = story.token
    stop(story.pat.installation, "club")
    story.write(wish_subject(Wish.PLAIN, token))
    story.pat.sync()
    assert story.mails() == []


def test_a_reader_who_is_invited_again_gets_everything_again() -> None:
    story = Reading().add_reader()
    token = story.token
    story.mails()
    story.invite()
    assert subjects(story.mails()) == ['Calendar "club" of pat: no events yet']
    assert (story.state, story.token) == (SubscriberState.PLAIN, token)


def test_a_reader_who_has_osync_by_now_reads_there_and_leaves_once() -> None:
    story = Reading()
    story.pat.invite(story.tester)
    story.tester.sync()
    token = story.token
    story.office.deliver(story.pat.address, f"Subject: {wish_subject(Wish.PLAIN, token)}\r\n\r\n".encode())
    story.pat.sync()
    story.tester.sync()
    story.tester.accept(sender="pat")
    story.pat.sync()
    decide(story.pat.installation, "club", story.tester.address, approved=True)
    story.pat.put(*lunch(), uid="1")
    story.settle()
    assert story.tester.titles() == ["[pat] Lunch"]
    (subscriber,) = story.pat.ledger.shares.subscribers(story.share_id)
    assert (subscriber.state, bool(subscriber.public_key)) == (SubscriberState.ACTIVE, True)


def test_a_reader_is_told_when_the_owner_stops() -> None:
    story = Reading().add_reader()
    story.mails()
    stop(story.pat.installation, "club", READER)
    assert subjects(story.mails()) == ['Calendar "club" has ended']
    story.pat.put(*lunch(), uid="1")
    story.pat.sync()
    assert story.mails() == []


def test_a_later_reader_brings_the_others_up_to_date() -> None:
    story = Reading().add_reader()
    other = story.office.mailbox("other@example.org")
    story.mails()
    story.pat.put(*lunch(), uid="1")
    invite(story.pat.installation, "club", ["other@example.org"], plain=True)
    assert headings(texts(story.mails())[0]) == ["NEW (1)"]
    (first,) = [mail.content for mail in other.pending()]
    assert first
    assert headings(texts([first])[0]) == ["EVENTS (1)"]
    story.pat.put(*lunch(hour=14), uid="1")
    story.pat.sync()
    assert headings(texts(story.mails())[0]) == ["CHANGED (1)"]
    later = [mail.content for mail in other.pending()][1]
    assert later
    assert headings(texts([later])[0]) == ["CHANGED (1)"]


def test_readers_and_subscribers_with_osync_live_side_by_side() -> None:
    story = Reading()
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    story.settle()
    story.add_reader()
    story.mails()
    story.pat.put(*lunch(), uid="1")
    story.settle()
    assert story.tester.titles() == ["[pat] Lunch"]
    assert headings(texts(story.mails())[0]) == ["NEW (1)"]


def test_an_event_that_leaves_the_share_by_its_age_is_not_cancelled() -> None:
    story = Reading()
    story.pat.put(*lunch(), uid="1")
    story.add_reader()
    story.mails()
    story.clock.forward(days=200)
    story.pat.put("SUMMARY:New", "DTSTART:20270701T100000Z", "CATEGORIES:OSync", uid="2")
    story.pat.sync()
    (text,) = texts(story.mails())
    assert headings(text) == ["NEW (1)"]
    assert set(story.pat.ledger.shares.told(story.share_id)) != set()


def test_many_changes_come_as_one_calendar_with_everything() -> None:
    story = Reading()
    story.pat.put(*lunch("Kept"), uid="kept")
    story.add_reader()
    story.mails()
    for number in range(12):
        story.pat.put(*lunch(f"Event {number}"), uid=str(number))
    story.pat.sync()
    (mail,) = story.mails()
    (file,) = read_mail(mail).iter_attachments()
    assert file.get_filename() == "calendar.ics"
    assert first_file(mail).count(b"BEGIN:VEVENT") == 13


SECRETS = (
    "ATTENDEE;CN=Secret Guest:mailto:guest@secret.example",
    "ORGANIZER:mailto:boss@secret.example",
    "DESCRIPTION:secret notes https://zoom.us/j/123?pwd=secret",
    "LOCATION:secret place",
    "X-SECRET:secret",
    "COMMENT:secret",
)


@pytest.mark.parametrize(
    ("level", "shown", "hidden"),
    [
        (PrivacyLevel.FULL, ("Lunch", "secret place"), ("guest", "boss", "notes", "zoom", "X-SECRET", "secret-uid")),
        (PrivacyLevel.TITLES, ("Lunch",), ("secret",)),
        (PrivacyLevel.BUSY, ("Busy",), ("secret", "Lunch")),
    ],
)
def test_exactly_what_the_level_shows_leaves(
    level: PrivacyLevel, shown: tuple[str, ...], hidden: tuple[str, ...]
) -> None:
    story = Reading(level=level)
    story.pat.put("SUMMARY:Other", "DTSTART:20261203T100000Z", "CATEGORIES:Else", uid="else")
    story.pat.put(*lunch("Lunch", 12, *SECRETS), uid="secret-uid@secret.example")
    story.add_reader()
    story.pat.put(*lunch("Lunch", 13, *SECRETS), uid="secret-uid@secret.example")
    story.pat.sync()
    story.pat.remove("secret-uid@secret.example")
    story.pat.sync()
    mails = story.mails()
    assert len(mails) == 3
    for mail in mails:
        parts = [part.get_payload(decode=True) for part in read_mail(mail).walk() if not part.is_multipart()]
        whole = b"\n".join(part for part in parts if isinstance(part, bytes)).decode().replace("\r\n ", "")
        assert all(word in whole for word in shown)
        assert not any(word in whole for word in hidden)
        assert "ATTENDEE" not in whole


def test_a_plain_mail_carries_no_message_of_osync() -> None:
    story = Reading()
    story.pat.put(*lunch(), uid="1")
    story.add_reader()
    (first,) = story.mails()
    assert list(find_blobs(first)) == []


def test_a_run_that_ends_anywhere_tells_the_news_at_least_once_and_loses_none() -> None:
    for at in range(1, 60):
        story = Reading().add_reader()
        story.mails()
        story.pat.put(*lunch(), uid="1")
        story.pat.fuse.steps, story.pat.fuse.at = 0, at
        with suppress(Killed):
            story.pat.sync()
        story.pat.fuse.at = 0
        story.pat.sync()
        found = texts(story.mails())
        assert found
        assert all(headings(text) == ["NEW (1)"] for text in found)
        if story.pat.fuse.steps < at:
            break


class Mixed(Reading):
    """pat shares without encryption with tester, who has OSync, and with the reader, who has not."""

    def __init__(self) -> None:
        super().__init__()
        with self.pat.ledger.transaction():
            (share,) = self.pat.ledger.shares.all()
            self.pat.ledger.shares.put(replace(share, encrypted=False))
        self.pat.put(*lunch("Before"), uid="before")
        self.pat.invite(self.tester)
        self.tester.sync()
        self.tester.accept(sender="pat")
        self.settle()

    def news(self) -> bytes:
        """Let pat tell what is new, and give the mail that tester gets."""
        self.pat.sync()
        (mail,) = self.tester.mailbox.real.pending()
        assert mail.content is not None
        self.tester.sync()
        return mail.content


def test_an_update_that_is_not_encrypted_can_be_read_without_osync_too() -> None:
    story = Mixed()
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    mail = read_mail(story.news())
    text = body_of(mail, "plain")
    assert mail["subject"] == 'Calendar "club": Dinner, Tue, 1 Dec 2026 (new)'
    assert headings(text) == ["NEW (1)"]
    assert "Before" not in text
    assert "Who has OSync need not do anything" in " ".join(text.split())
    assert [part.get_content_type() for part in mail.iter_attachments()] == [
        "text/calendar",
        "application/octet-stream",
    ]
    assert story.tester.titles() == ["[pat] Before", "[pat] Dinner"]


def test_what_changed_before_anybody_kept_note_is_told_as_it_is_now() -> None:
    story = Mixed()
    story.pat.put(*lunch("Before", 18), uid="before")
    text = body_of(read_mail(story.news()), "plain")
    assert headings(text) == ["CHANGED (1)"]
    assert "Tue, 1 Dec 2026, 18:00–19:00" in text
    story.pat.put(*lunch("Before", 19), uid="before")
    text = body_of(read_mail(story.news()), "plain")
    assert "18:00–19:00 → Tue, 1 Dec 2026, 19:00–20:00" in text


def test_an_encrypted_update_says_nothing_to_people() -> None:
    story = Story().joined()
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.pat.sync()
    (mail,) = story.tester.mailbox.real.pending()
    assert mail.content is not None
    assert b"Dinner" not in mail.content
    assert read_mail(mail.content)["subject"] == "[OSync] Calendar update"


def test_a_reader_who_comes_between_two_updates_takes_nothing_from_the_others() -> None:
    story = Mixed()
    story.pat.limits = MailLimits(broadcast_seconds=600)
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.news()
    story.pat.put(*lunch("Dinner", 20), uid="dinner")
    story.add_reader()
    assert headings(texts(story.mails())[0]) == ["EVENTS (2)"]
    story.clock.forward(minutes=10)
    text = body_of(read_mail(story.news()), "plain")
    assert "18:00–19:00 → Tue, 1 Dec 2026, 20:00–21:00" in text


def test_a_dry_run_tells_what_would_be_sent_and_sends_nothing() -> None:
    story = Reading().add_reader()
    story.mails()
    story.pat.put(*lunch(), uid="1")
    report = story.pat.sync(dry_run=True)
    assert [(mail.kind, mail.peer) for mail in report.mails] == [("news", READER)]
    assert story.mails() == []
    story.pat.sync()
    assert headings(texts(story.mails())[0]) == ["NEW (1)"]


@pytest.mark.parametrize(("wish", "state"), [(Wish.PLAIN, SubscriberState.PLAIN), (Wish.LEAVE, SubscriberState.LEFT)])
def test_a_run_that_ends_anywhere_still_grants_a_wish(wish: Wish, state: SubscriberState) -> None:
    for at in range(1, 80):
        story = Reading().invite()
        story.mails()
        story.write(wish_subject(wish, story.token))
        story.pat.fuse.steps, story.pat.fuse.at = 0, at
        with suppress(Killed):
            story.pat.sync()
        finished = story.pat.fuse.steps < at
        story.pat.fuse.at = 0
        story.pat.sync()
        assert story.state is state
        assert len(set(subjects(story.mails()))) == 1
        if finished:
            break


def test_mails_to_readers_wait_for_the_next_broadcast_like_all_others() -> None:
    story = Reading().add_reader()
    story.mails()
    story.pat.limits = MailLimits(broadcast_seconds=600)
    story.pat.put(*lunch("One"), uid="1")
    story.pat.sync()
    story.pat.put(*lunch("Two"), uid="2")
    story.pat.sync()
    story.pat.put(*lunch("Three"), uid="3")
    story.pat.sync()
    assert [headings(text) for text in texts(story.mails())] == [["NEW (1)"]]
    story.clock.forward(minutes=10)
    story.pat.sync()
    assert [headings(text) for text in texts(story.mails())] == [["NEW (2)"]]


def test_a_reader_who_wished_too_often_today_gets_the_first_mail_tomorrow() -> None:
    story = Reading(Approval.OPEN).invite()
    story.mails()
    with story.pat.ledger.transaction():
        for number in range(6):
            mail = WaitingMail(0, "update", story.share_id, (READER,), f"<{number}@x>", b"", automatic=True)
            out = story.pat.ledger.mails.put_out(mail, 100 + number, story.pat.installation.now)
            story.pat.ledger.mails.mark_sent(out, story.pat.installation.now)
    story.wish(Wish.PLAIN)
    assert (story.state, story.mails()) == (SubscriberState.PLAIN, [])
    story.clock.forward(days=1)
    story.pat.sync()
    assert len(story.mails()) == 1


def test_a_first_mail_that_was_too_large_comes_again_with_what_fits() -> None:
    story = Reading()
    with story.pat.ledger.transaction():
        (share,) = story.pat.ledger.shares.all()
        story.pat.ledger.shares.put(replace(share, notes=True))
    for number in range(60):
        story.pat.put(*lunch(f"Event {number}", 12, "DESCRIPTION:" + f"{number} " * 2_500), uid=str(number))
    story.add_reader()
    (large,) = story.mails()
    sample = report("5.2.3", "smtp; 552 5.2.3 too large").replace(PEER.encode(), READER.encode())
    story.office.deliver(
        story.pat.address, sample.replace(OUR_ID.encode(), str(read_mail(large)["message-id"]).encode())
    )
    story.pat.sync()
    (small,) = story.mails()
    assert len(small) < len(large) * 2 // 3
    assert "of 60 events, as many as one mail carries" in " ".join(texts([small])[0].split())
