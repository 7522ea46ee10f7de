"""Mails that are not what they should be: each ends in one sentence, and nothing else changes."""

import os
from dataclasses import replace

import pytest
from engine.world import Person, Story, lunch

from osync.engine.subscribing import decline
from osync.mailboxes.base import IncomingMail
from osync.message.armour import armour
from osync.message.documents import decode, encode
from osync.message.identity import new_identity
from osync.message.mail import find_blobs
from osync.message.manifest import Accept, Invite, Message, Snapshot, Update
from osync.message.seal import inflate, open_envelope, seal, seal_for_anyone

_UNTOUCHED = ("share", "subscriber", "published", "subscription", "followed", "written", "coverage", "change", "outbox")


def _joined() -> Story:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    return story.joined()


def _random(length: int) -> bytes:
    return bytes(range(length))


def _sealed(message: Message, sender: Person, recipient: Person) -> bytes:
    return armour(seal(encode(message), sender.identity, [recipient.identity.public], _random)).encode()


def _update(story: Story) -> Update:
    """Give the update that pat sends for a changed event, taken out of its mail."""
    story.pat.put(*lunch("Lunch moved", 13), uid="lunch")
    story.pat.sync()
    (mail,) = story.office.waiting["tester@example.org"]
    story.office.waiting["tester@example.org"].clear()
    message = _opened(mail.content or b"", story.tester)
    assert isinstance(message, Update)
    return message


def _opened(content: bytes, reader: Person) -> Message:
    (blob,) = find_blobs(content)
    return decode(inflate(open_envelope(blob, reader.identity).body))


def _state(person: Person) -> dict[str, list[object]]:
    """Give what no hostile mail may change; what is only counted or remarked is left out."""
    found: dict[str, list[object]] = {}
    for table in _UNTOUCHED:
        columns = [name for (name,) in person.ledger._database.rows(f"SELECT name FROM pragma_table_info('{table}')")]
        kept = ", ".join(name for name in columns if name not in ("strangers", "note"))
        found[table] = list(person.ledger._database.rows(f"SELECT {kept} FROM {table}"))
    return found


def _nothing_happens(story: Story, content: bytes, sentence: str) -> None:
    """Let tester receive a mail, and demand that only its sentence tells of it."""
    before, titles = _state(story.tester), story.tester.titles()
    story.office.deliver("tester@example.org", content)
    report = story.tester.sync()
    assert sentence in " ".join([*(mail.sentence for mail in report.mails), *(p.sentence for p in report.problems)])
    assert report.changes == []
    assert (_state(story.tester), story.tester.titles()) == (before, titles)
    assert not story.office.waiting["tester@example.org"]


def test_a_mail_without_a_message_is_left_alone() -> None:
    _nothing_happens(_joined(), b"Subject: hello\r\n\r\nHow are you?\r\n", "no message of OSync")


def test_a_cut_mail_is_left_alone() -> None:
    story = _joined()
    content = _sealed(_update(story), story.pat, story.tester)
    _nothing_happens(story, content[: len(content) // 2], "cut off or changed")


def test_a_changed_mail_is_left_alone() -> None:
    story = _joined()
    content = bytearray(_sealed(_update(story), story.pat, story.tester))
    content[200] = ord("A") if content[200] != ord("A") else ord("B")
    _nothing_happens(story, bytes(content), "changed on the way")


def test_a_mail_for_somebody_else_is_left_alone() -> None:
    story = _joined()
    carol = Person("carol", story.office, story.clock)
    _nothing_happens(story, _sealed(_update(story), story.pat, carol), "encrypted to")


def test_an_update_by_an_unknown_key_changes_nothing() -> None:
    story = _joined()
    stranger = Person("stranger", story.office, story.clock)
    _nothing_happens(story, _sealed(_update(story), stranger, story.tester), "a key that OSync does not know")


def test_an_update_by_another_subscriber_changes_nothing() -> None:
    story = _joined()
    carol = Person("carol", story.office, story.clock)
    story.tester.share("office")
    story.tester.invite(carol, "office")
    carol.sync()
    carol.accept()
    story.tester.sync()
    story.office.waiting["tester@example.org"].clear()
    _nothing_happens(story, _sealed(_update(story), carol, story.tester), "to which we do not subscribe")


def test_an_update_without_encryption_changes_nothing() -> None:
    story = _joined()
    content = armour(seal_for_anyone(encode(_update(story)), story.pat.identity)).encode()
    _nothing_happens(story, content, "without encryption")


def test_a_message_meant_for_another_key_changes_nothing() -> None:
    story = _joined()
    update = _update(story)
    other = new_identity(os.urandom).public.key_id
    forged = replace(update, common=replace(update.common, to=other))
    _nothing_happens(story, _sealed(forged, story.pat, story.tester), "meant for another key")


def test_the_same_message_in_another_mail_changes_nothing() -> None:
    story = _joined()
    content = _sealed(_update(story), story.pat, story.tester)
    story.office.deliver("tester@example.org", content)
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Lunch moved"]
    _nothing_happens(story, b"Subject: again\r\n\r\n" + content, "came before")


def test_our_own_message_changes_nothing() -> None:
    story = _joined()
    update = _update(story)
    _nothing_happens(story, _sealed(update, story.tester, story.tester), "a message of our own")


def test_a_mail_above_the_size_limit_is_not_opened() -> None:
    story = _joined()
    before = _state(story.tester)
    story.office.waiting["tester@example.org"].append(IncomingMail("big", 20_000_000, None))
    report = story.tester.sync()
    assert "more than OSync opens" in report.mails[0].sentence
    assert _state(story.tester) == before


def test_an_event_of_the_owner_under_a_foreign_uid_is_not_written() -> None:
    story = _joined()
    story.tester.put("SUMMARY:My own", "DTSTART:20261201T120000Z", uid="mine")
    update = _update(story)
    (event,) = update.events
    assert event.text
    lines = [("UID:mine" if line.startswith("UID:") else line) for line in event.text.split("\n")]
    forged = replace(update, events=(replace(event, text="\n".join(lines)),))
    story.office.deliver("tester@example.org", _sealed(forged, story.pat, story.tester))
    report = story.tester.sync()
    assert report.problems
    assert story.tester.titles() == ["My own", "[pat] Lunch"]


@pytest.mark.parametrize(
    "line",
    [
        "ATTENDEE:mailto:victim@example.com",
        "ORGANIZER:mailto:victim@example.com",
        "ATTACH:file:///etc/passwd",
        "X-EVIL:1",
        "BEGIN:VALARM\nACTION:AUDIO\nEND:VALARM",
    ],
)
def test_what_an_owner_must_not_send_is_never_written(line: str) -> None:
    story = _joined()
    update = _update(story)
    (event,) = update.events
    assert event.text
    text = event.text.replace("END:VEVENT", line + "\nEND:VEVENT")
    story.office.deliver(
        "tester@example.org", _sealed(replace(update, events=(replace(event, text=text),)), story.pat, story.tester)
    )
    story.tester.sync()
    (written,) = story.tester.texts().values()
    assert line.split("\n", maxsplit=1)[0] not in written


def test_one_bad_event_does_not_stop_the_others() -> None:
    story = _joined()
    story.pat.put(*lunch("Dinner", 19), uid="dinner")
    story.pat.sync()
    (mail,) = story.office.waiting["tester@example.org"]
    story.office.waiting["tester@example.org"].clear()
    update = _opened(mail.content or b"", story.tester)
    assert isinstance(update, Update)
    bad = replace(update.events[0], key="a" * 26, text="BEGIN:VCALENDAR\nRUBBISH\nEND:VCALENDAR\n")
    forged = replace(update, events=(bad, update.events[0]))
    story.office.deliver("tester@example.org", _sealed(forged, story.pat, story.tester))
    report = story.tester.sync()
    assert len(report.problems) == 1
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch"]


def test_a_mail_that_killed_us_three_times_is_not_opened_again() -> None:
    story = _joined()
    content = _sealed(_update(story), story.pat, story.tester)
    story.office.deliver("tester@example.org", content)
    handle = story.office.waiting["tester@example.org"][0].handle
    for _ in range(3):
        with story.tester.ledger.transaction():
            story.tester.ledger.mails.begin(handle, 0)
    report = story.tester.sync()
    assert "begun 3 times" in report.mails[0].sentence
    assert story.tester.titles() == ["[pat] Lunch"]


def test_a_mail_of_a_newer_osync_waits_in_the_mailbox_and_is_reported_once() -> None:
    story = _joined()
    document = encode(_update(story)).replace(b'"min":1', b'"min":9')
    newer = armour(seal(document, story.pat.identity, [story.tester.identity.public], _random)).encode()
    story.office.deliver("tester@example.org", newer)
    first, second = story.tester.sync(), story.tester.sync()
    assert "newer OSync" in first.problems[0].sentence
    assert (second.problems, second.mails) == ([], [])
    assert len(story.office.waiting["tester@example.org"]) == 1


def test_a_newer_message_lets_the_others_of_its_mail_take_effect_once() -> None:
    story = _joined()
    update = _update(story)
    newer = encode(replace(update, common=replace(update.common, message_id=32 * "9"))).replace(b'"min":1', b'"min":9')
    stranger = Person("stranger", story.office, story.clock)
    stranger.share()
    stranger.invite(story.tester)
    (invitation,) = story.office.waiting["tester@example.org"]
    story.office.waiting["tester@example.org"].clear()
    blocks = [
        armour(seal(newer, story.pat.identity, [story.tester.identity.public], _random)).encode(),
        _sealed(update, story.pat, story.tester),
        invitation.content or b"",
    ]
    story.office.deliver("tester@example.org", b"Subject: digest\n\n" + b"\n".join(blocks))
    report = story.tester.sync()
    assert [problem.sentence for problem in report.problems] == ["The message needs a newer OSync."]
    assert story.tester.titles() == ["[pat] Lunch moved"]
    assert len(list(story.tester.ledger.subscriptions.invitations())) == 1
    assert len(story.office.waiting["tester@example.org"]) == 1
    decline(story.tester.installation, "1")
    story.tester.ledger._database.execute("UPDATE received SET kind = 'newer than 0.0.1' WHERE kind LIKE 'newer than%'")
    again = story.tester.sync()
    assert len(again.problems) == 1
    assert [mail.kind for mail in again.mails] == ["copy", "copy"]
    assert list(story.tester.ledger.subscriptions.invitations()) == []
    assert story.tester.sync().problems == []


def _invited() -> tuple[Story, Invite]:
    story = Story()
    story.pat.share()
    story.pat.invite(story.tester)
    (mail,) = story.office.waiting["tester@example.org"]
    message = _opened(mail.content or b"", story.tester)
    assert isinstance(message, Invite)
    return story, message


def test_an_invitation_to_a_share_of_another_key_is_refused() -> None:
    story, invitation = _invited()
    stranger = Person("stranger", story.office, story.clock)
    story.office.waiting["tester@example.org"].clear()
    story.office.deliver("tester@example.org", _sealed(invitation, stranger, story.tester))
    report = story.tester.sync()
    assert "does not belong to the key" in report.mails[0].sentence
    assert story.tester.ledger.subscriptions.invitations() == []


def test_an_old_invitation_is_refused() -> None:
    story, _ = _invited()
    story.clock.forward(days=30)
    assert "too old" in story.tester.sync().mails[0].sentence


def test_an_invitation_under_the_name_of_somebody_known_warns() -> None:
    story = _joined()
    impostor = Person("pat", story.office, story.clock)
    impostor.share("club")
    impostor.invite(story.tester)
    story.tester.sync()
    (waiting,) = story.tester.ledger.subscriptions.invitations()
    assert "not signed by the key of pat" in waiting.warning


def test_many_invitations_do_not_pile_up() -> None:
    story = Story()
    for number in range(25):
        stranger = Person(f"stranger{number}", story.office, story.clock)
        stranger.share()
        stranger.invite(story.tester)
    story.tester.sync()
    assert len(story.tester.ledger.subscriptions.invitations()) == 20
    assert story.tester.titles() == []


def _accepted() -> tuple[Story, Accept]:
    story = Story()
    story.pat.share()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept()
    (mail,) = story.office.waiting["pat@example.org"]
    message = _opened(mail.content or b"", story.pat)
    assert isinstance(message, Accept)
    return story, message


def test_a_stolen_acceptance_makes_nobody_a_subscriber() -> None:
    story, accept = _accepted()
    thief = Person("thief", story.office, story.clock)
    story.office.waiting["pat@example.org"].clear()
    story.office.deliver("pat@example.org", _sealed(accept, thief, story.pat))
    report = story.pat.sync()
    assert "wrong, old or used token" in report.mails[0].sentence
    assert not any(mail.kind == "snapshot" for mail in report.mails)


def test_a_token_works_once() -> None:
    story, accept = _accepted()
    story.pat.sync()
    thief = Person("thief", story.office, story.clock)
    story.office.deliver("pat@example.org", _sealed(accept, thief, story.pat))
    report = story.pat.sync()
    assert "wrong, old or used token" in report.mails[0].sentence


def test_a_replayed_acceptance_is_ignored() -> None:
    story, accept = _accepted()
    story.pat.sync()
    story.office.deliver("pat@example.org", _sealed(accept, story.tester, story.pat))
    report = story.pat.sync()
    assert "came again" in report.mails[0].sentence
    assert not any(mail.kind == "snapshot" for mail in report.mails)


def test_a_later_acceptance_brings_the_share_again() -> None:
    story, accept = _accepted()
    story.pat.sync()
    story.clock.forward(hours=7)
    later = replace(accept, common=replace(accept.common, counter=(accept.common.counter or 0) + 1))
    story.office.deliver("pat@example.org", _sealed(later, story.tester, story.pat))
    report = story.pat.sync()
    assert [mail.kind for mail in report.mails if mail.kind == "snapshot"] == ["snapshot"]


def test_an_expired_token_makes_nobody_a_subscriber() -> None:
    story, _ = _accepted()
    story.clock.forward(days=20)
    assert "wrong, old or used token" in story.pat.sync().mails[0].sentence


def test_the_snapshot_is_what_the_owner_shared() -> None:
    story, _ = _accepted()
    story.pat.sync()
    (mail,) = story.office.waiting["tester@example.org"]
    message = _opened(mail.content or b"", story.tester)
    assert isinstance(message, Snapshot)
    assert len(message.events) == message.live_count == 1
