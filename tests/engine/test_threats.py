"""The threats of the protocol (section 11; docs/threats.md), each as a whole story: the attack comes, and nothing comes of it."""

import os
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from engine.attacks import (
    accepted,
    common_of,
    nothing_comes_of,
    opened,
    sealed,
    sealed_to,
    signed,
    tables_of,
    taken,
    update_of,
    with_event,
)
from engine.world import Person, Story, lunch
from stopwatch import seconds

from osync.engine.from_subscribers import DEVICES_OF_ONE_PERSON
from osync.engine.overview import status
from osync.engine.sharing import preview, stop
from osync.engine.subscribing import leave
from osync.errors import OSyncError
from osync.ledger.ledger import Ledger
from osync.message.armour import armour
from osync.message.documents import encode
from osync.message.identity import Identity, derived_uid, new_identity, safety_code
from osync.message.mail import find_blobs
from osync.message.manifest import (
    Accept,
    Announcement,
    Common,
    End,
    EndReason,
    EventRevision,
    Invite,
    Leave,
    Ping,
    Rekey,
    Request,
    RequestReason,
    Snapshot,
    Update,
    announcement_bytes,
    rekey_bytes,
    voucher_bytes,
)
from osync.message.seal import open_envelope
from osync.model import Approval, SubscriberState, SubscriptionState
from osync.sync.pending import AT_ONCE

_PAGE = Path(__file__).parents[2] / "docs" / "threats.md"
_EVIDENCE = re.compile(r"`(test_\w+)`")


def _joined() -> Story:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    return story.joined()


def _with_carol(story: Story) -> Person:
    """Let carol subscribe to pat's share too."""
    carol = Person("carol", story.office, story.clock)
    story.pat.invite(carol)
    carol.sync()
    carol.accept(sender="pat")
    story.pat.sync()
    carol.sync()
    return carol


# --- Spoofed senders, munging, replay ----------------------------------------------------------------------------------


def test_a_forged_sender_gives_no_weight_to_a_message() -> None:
    story = _joined()
    stranger = Person("stranger", story.office, story.clock)
    content = sealed(update_of(story), stranger, story.tester)
    assert b"From: pat@example.org" in content
    nothing_comes_of(story, story.tester, content, "signed by a key that OSync does not know")
    (subscription,) = story.tester.ledger.subscriptions.all()
    assert subscription.strangers == 1


def test_an_owner_whom_we_know_has_no_weight_in_a_share_of_another() -> None:
    story = _joined()
    carol = Person("carol", story.office, story.clock)
    carol.share("office")
    carol.invite(story.tester, "office")
    story.tester.sync()
    story.tester.accept(sender="carol")
    story.office.waiting["carol@example.org"].clear()
    update = update_of(story)
    end = End(common_of(update, message_id="e" * 32), update.announcement.epoch, 9, EndReason.CLOSED)
    ping = Ping(common_of(update, message_id="f" * 32))
    for message in (update, end, ping):
        nothing_comes_of(story, story.tester, sealed(message, carol, story.tester), "Nothing was done")
    strangers = {each.owner_name: each.strangers for each in story.tester.ledger.subscriptions.all()}
    assert strangers == {"pat": 3, "carol": 0}


def test_a_list_that_rewrites_the_sender_takes_no_weight_from_a_message() -> None:
    story = _joined()
    content = sealed(update_of(story), story.pat, story.tester)
    munged = content.replace(
        b"From: pat@example.org", b"From: pat via choir <choir@lists.example.org>\r\nReply-To: all@x"
    )
    story.office.deliver("tester@example.org", munged + b"\r\n_____\r\nchoir mailing list\r\n")
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Lunch moved"]


def test_every_old_mail_played_again_in_any_order_changes_nothing() -> None:
    story = _joined()
    for hour in (13, 14, 15):
        story.pat.put(*lunch(f"Lunch at {hour}", hour), uid="lunch")
        story.settle()
    for person in (story.tester, story.pat):
        old = [mail.content for mail in story.office.settled[person.address] if mail.content]
        assert len(old) >= 1
        before, titles, sent = tables_of(person), person.titles(), len(person.mailbox.sent)
        for content in reversed(old * 2):
            story.office.deliver(person.address, b"Received: again\r\n" + content)
        report = person.sync()
        assert {mail.sentence for mail in report.mails} == {"The same message came before; nothing was done."}
        assert (tables_of(person), person.titles(), len(person.mailbox.sent)) == (before, titles, sent)


def test_an_old_message_in_a_new_envelope_changes_nothing() -> None:
    story = _joined()
    old = update_of(story)
    story.office.deliver("tester@example.org", sealed(old, story.pat, story.tester))
    story.tester.sync()
    story.pat.put(*lunch("Lunch moved back"), uid="lunch")
    story.settle()
    texts = story.tester.texts()
    story.office.deliver("tester@example.org", sealed(old, story.pat, story.tester))
    report = story.tester.sync()
    assert (report.changes, story.tester.texts()) == ([], texts)
    assert "0 new or changed, 0 deleted" in report.mails[0].sentence


# --- Subscribers: former, careless, malicious --------------------------------------------------------------------------


def test_nothing_is_encrypted_to_somebody_who_was_stopped() -> None:
    story = _joined()
    _with_carol(story)
    stop(story.pat.installation, "club", "tester@example.org")
    story.tester.sync()
    story.pat.put(*lunch("Secret", 20), uid="secret")
    story.pat.sync()
    for mail in story.pat.mailbox.sent[-1:]:
        assert "tester@example.org" not in mail.recipients
        (blob,) = find_blobs(mail.content)
        with pytest.raises(Exception, match="other keys than ours"):
            open_envelope(blob, story.tester.identity)
    assert story.tester.titles() == ["[pat] Lunch"]


def _request_of(story: Story, number: int, *announcements: Announcement) -> Request:
    update = update_of(story)
    (subscription,) = story.tester.ledger.subscriptions.all()
    common = common_of(
        update,
        message_id=f"{number:032x}",
        to=story.pat.identity.public.key_id,
        counter=10**13 + number,
        sent_at=10**12 + number,
        share=subscription.share_id,
    )
    return Request(common, update.announcement.epoch, 0, True, announcements, RequestReason.DIGEST)


def test_a_stopped_subscriber_who_asks_gets_one_end_in_thirty_days() -> None:
    story = _joined()
    request = _request_of(story, 1)
    story.tester.sync()
    stop(story.pat.installation, "club", "tester@example.org")
    story.clock.forward(days=31)
    kinds = []
    for number in range(4):
        asked = replace(
            request, common=common_of(request, counter=10**13 + 10 + number, message_id=f"{number + 9:032x}")
        )
        story.office.deliver("pat@example.org", sealed(asked, story.tester, story.pat))
        kinds.append([mail.kind for mail in story.pat.sync().mails if mail.kind != "request"])
    assert kinds == [["end"], [], [], []]
    story.clock.forward(days=31)
    asked = replace(request, common=common_of(request, counter=10**13 + 99, message_id="f" * 32))
    story.office.deliver("pat@example.org", sealed(asked, story.tester, story.pat))
    assert [mail.kind for mail in story.pat.sync().mails if mail.kind != "request"] == ["end"]


def test_a_stopped_subscriber_cannot_accept_again() -> None:
    story = Story()
    story.pat.share()
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    content, accept = taken(story, story.pat)
    story.office.deliver("pat@example.org", content)
    story.settle()
    stop(story.pat.installation, "club", "tester@example.org")
    later = replace(accept, common=common_of(accept, counter=10**13))
    story.tester.sync()
    nothing_comes_of(story, story.pat, sealed(later, story.tester, story.pat), "Nothing was done")
    (subscriber,) = story.pat.ledger.shares.subscribers(story.pat.ledger.shares.all()[0].share_id)
    assert subscriber.state is SubscriberState.REVOKED


def test_a_mail_that_is_passed_on_opens_for_nobody_else() -> None:
    story = _joined()
    carol = Person("carol", story.office, story.clock)
    story.pat.put(*lunch("Lunch moved", 13), uid="lunch")
    story.pat.sync()
    content, _ = taken(story, story.tester)
    nothing_comes_of(story, carol, content, "encrypted to other keys than ours")


def test_a_subscriber_cannot_encrypt_the_owners_message_to_somebody_else() -> None:
    story = _joined()
    carol = _with_carol(story)
    story.pat.put(*lunch("For tester only", 13), uid="lunch")
    story.pat.sync()
    story.office.waiting["carol@example.org"].clear()
    content, _ = taken(story, story.tester)
    (blob,) = find_blobs(content)
    inner = _inner_of(blob, story.tester)
    nothing_comes_of(story, carol, _encrypted_again(inner, carol), "its signature is wrong")


def _inner_of(blob: bytes, reader: Person) -> bytes:
    """Give what the owner signed, as any recipient can get at it."""
    import hashlib

    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    from osync.message import seal as envelope

    head = envelope._read_head(blob)
    hint = envelope._hint(reader.identity.public, head.nonce)
    wraps = 9 + len(head.raw)
    place, end = wraps + 80 * head.hints.index(hint), wraps + 80 * len(head.hints)
    info = envelope._wrap_info(head.raw)
    key = envelope._SUITE.decrypt(blob[place : place + 80], reader.identity.decryption_key(), info=info)
    return ChaCha20Poly1305(key).decrypt(head.nonce, blob[end:], hashlib.sha256(blob[:end]).digest())


def _encrypted_again(inner: bytes, recipient: Person) -> bytes:
    """Encrypt what somebody else signed to another recipient."""
    import hashlib

    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    from osync.message import seal as envelope
    from osync.message.identity import encryption_key

    nonce, key = bytes(12), bytes(32)
    head = envelope._write_head(nonce, [envelope._hint(recipient.identity.public, nonce)])
    wrap = envelope._SUITE.encrypt(key, encryption_key(recipient.identity.public), info=envelope._wrap_info(head))
    opening = b"OSE1\1" + len(head).to_bytes(4, "big") + head + wrap
    sealed_again = ChaCha20Poly1305(key).encrypt(nonce, inner, hashlib.sha256(opening).digest())
    return armour(opening + sealed_again).encode()


def test_a_subscriber_gets_four_answers_a_day() -> None:
    story = _joined()
    first = _request_of(story, 0)
    answers = []
    for number in range(7):
        request = replace(first, common=common_of(first, counter=10**13 + number, message_id=f"{number:032x}"))
        story.office.deliver("pat@example.org", sealed(request, story.tester, story.pat))
        answers += [mail.kind for mail in story.pat.sync().mails if mail.kind in ("snapshot", "update")]
    assert len(answers) == 4
    assert "too often today" in next(story.pat.ledger.mails.received(1)).outcome


def test_a_subscriber_cannot_force_a_new_epoch() -> None:
    story = _joined()
    (share,) = story.pat.ledger.shares.all()
    invented = Announcement(share.epoch + 1000, 99, "0" * 32, share.writer, bytes(64))
    by_himself = replace(invented, signature=story.tester.identity.sign(b"anything"))
    request = _request_of(story, 1, invented, by_himself)
    story.office.deliver("pat@example.org", sealed(request, story.tester, story.pat))
    story.pat.sync()
    (after,) = story.pat.ledger.shares.all()
    assert (after.epoch, after.state, after.writer) == (share.epoch, share.state, share.writer)


def test_a_subscriber_cannot_write_to_the_owners_calendar() -> None:
    story = _joined()
    update = update_of(story)
    forged = replace(update, common=common_of(update, to=story.pat.identity.public.key_id))
    nothing_comes_of(story, story.pat, sealed(forged, story.tester, story.pat), "to which we do not subscribe")
    end = End(common_of(forged, message_id="e" * 32), forged.announcement.epoch, 9, EndReason.CLOSED)
    nothing_comes_of(story, story.pat, sealed(end, story.tester, story.pat), "to which we do not subscribe")


def test_a_subscriber_has_a_few_devices_not_any_number() -> None:
    story = Story()
    accept = accepted(story)
    story.pat.sync()
    for number in range(12):
        device = Person("tester", story.office, story.clock)
        key = device.identity.public.public_key
        voucher = story.tester.identity.sign(voucher_bytes(key, accept.common.share))
        vouched = replace(
            accept,
            common=common_of(accept, message_id=f"{number:032x}"),
            token_mac=None,
            device=f"device {number}",
            voucher=voucher,
            voucher_key=story.tester.identity.public.public_key,
        )
        story.office.deliver("pat@example.org", sealed(vouched, device, story.pat))
        story.pat.sync()
    assert len(_subscribers(story)) == DEVICES_OF_ONE_PERSON
    assert "devices" in next(story.pat.ledger.mails.received(1)).outcome


def _accept_of(story: Story) -> Accept:
    """Give tester's acceptance of pat's share, taken out of the mail."""
    story.pat.share()
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    _, accept = taken(story, story.pat)
    assert isinstance(accept, Accept)
    return accept


def test_a_subscriber_who_takes_only_tiny_mails_stops_nobody() -> None:
    story = Story()
    notes = "".join(chr(0x4E00 + number * 37 % 20_000) for number in range(250))
    story.pat.put(*lunch(notes), uid="long")
    accept = replace(_accept_of(story), max_bytes=1_000)
    story.office.deliver("pat@example.org", sealed(accept, story.tester, story.pat))
    report = story.pat.sync()
    assert report.problems == []
    assert [mail.kind for mail in report.mails if mail.kind == "snapshot"] == ["snapshot"]


def test_a_key_to_which_nobody_can_encrypt_is_no_new_key() -> None:
    story = _joined()
    new = new_identity(os.urandom)
    rekey = _rekey(story, new, story.tester.identity)
    weak = new.public.public_key[:32] + bytes(32)
    for victim, sender in ((story.pat, story.tester), (story.tester, story.pat)):
        signature = new.sign(rekey_bytes(sender.identity.public.public_key, weak, rekey.common.share))
        changed = replace(rekey, new_key=weak, signature=signature)
        nothing_comes_of(story, victim, sealed(changed, sender, victim), "to which nobody can encrypt")


def test_nobody_leaves_for_others_whose_address_they_give() -> None:
    story = Story()
    accept = replace(_accept_of(story), token_mac=None)
    (share,) = story.pat.ledger.shares.all()
    story.pat.ledger.shares.put(replace(share, approval=Approval.OPEN))
    impostor = Person("impostor", story.office, story.clock)
    for person in (story.tester, impostor):
        story.office.deliver("pat@example.org", sealed(accept, person, story.pat))
    story.pat.sync()
    gone = Leave(common_of(accept, message_id="c" * 32, counter=10**13), all_devices=True)
    story.office.deliver("pat@example.org", sealed(gone, impostor, story.pat))
    story.pat.sync()
    states = {each.public_key: each.state for each in _subscribers(story) if each.public_key}
    assert states[story.tester.identity.public.public_key] is SubscriberState.ACTIVE
    assert states[impostor.identity.public.public_key] is SubscriberState.LEFT


def test_one_subscriber_cannot_speak_for_another() -> None:
    story = _joined()
    carol = _with_carol(story)
    leave(story.tester.installation, "club", remove=False)
    content, message = taken(story, story.pat)
    forged = sealed(replace(message, common=common_of(message, counter=1)), carol, story.pat)
    nothing_comes_of(story, story.pat, forged, "came again")
    story.office.deliver("pat@example.org", content)
    story.pat.sync()
    states = {each.address: each.state for each in _subscribers(story)}
    assert states == {"tester@example.org": SubscriberState.LEFT, "carol@example.org": SubscriberState.ACTIVE}


def _subscribers(story: Story) -> list:  # type: ignore[type-arg]
    return story.pat.ledger.shares.subscribers(story.pat.ledger.shares.all()[0].share_id)


# --- Those who carry the mail ------------------------------------------------------------------------------------------


def test_mails_that_a_provider_drops_are_missed() -> None:
    story = _joined()
    update_of(story)
    story.pat.put(*lunch("Dinner", 19), uid="dinner")
    story.settle()
    (told,) = status(story.tester.installation).subscriptions
    assert "waiting for 1" in told.sentence
    assert told.subscription.ask_at > 0


def test_a_provider_that_puts_another_key_into_an_invitation_shows_by_the_code() -> None:
    story = Story()
    story.pat.share()
    story.pat.invite(story.tester)
    _, invitation = taken(story, story.tester)
    assert isinstance(invitation, Invite)
    provider = Person("provider", story.office, story.clock)
    nothing_comes_of(
        story, story.tester, sealed(invitation, provider, story.tester), "does not belong to the key that signed it"
    )
    codes = [safety_code(each.identity.public) for each in (story.pat, provider)]
    assert codes[0] != codes[1]


# --- Hostile owners: rules, sizes, properties, texts -------------------------------------------------------------------

_BOMBS = (
    "RRULE:FREQ=SECONDLY",
    "RRULE:FREQ=MINUTELY;COUNT=1000000000",
    "RRULE:FREQ=DAILY;COUNT=1000000000",
    "RRULE:FREQ=DAILY;INTERVAL=1000000000",
    "RRULE:FREQ=YEARLY;BYMONTH=" + ",".join(map(str, range(1, 13))) + ";BYMONTHDAY=" + ",".join(map(str, range(1, 32))),
    "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))),
    "RRULE:FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2;UNTIL=99991231T235959Z",
    "\n".join(
        f"RDATE:2026{month:02}{day:02}T{hour:02}0000Z"
        for month in range(1, 4)
        for day in range(1, 29)
        for hour in range(7)
    ),
    "\n".join(f"EXDATE:20260101T{hour:02}{minute:02}00Z" for hour in range(24) for minute in range(60)),
)


@pytest.mark.parametrize("bomb", _BOMBS, ids=[bomb[:40] for bomb in _BOMBS])
def test_a_rule_bomb_is_not_written_and_costs_nothing(bomb: str) -> None:
    story = _joined()
    update = update_of(story)
    text = (update.events[0].text or "").replace("SUMMARY:", f"{bomb}\nSUMMARY:")
    story.office.deliver("tester@example.org", sealed(with_event(update, text), story.pat, story.tester))
    begin = time.process_time()
    report = story.tester.sync()
    assert time.process_time() - begin < seconds(1)
    assert (len(report.problems), story.tester.titles()) == (1, ["[pat] Lunch"])
    assert len(story.tester.mailbox.sent) == 1


def test_a_compression_bomb_of_an_owner_is_refused_by_its_declared_size() -> None:
    story = _joined()
    bomb = sealed_to(b" " * (15 << 20) + b"{}", story.pat.identity, story.tester.identity.public)
    assert len(bomb) < 100_000
    nothing_comes_of(story, story.tester, bomb, "damaged")


def test_a_stranger_cannot_even_let_a_small_bomb_be_unpacked() -> None:
    story = _joined()
    bomb = sealed_to(b" " * (65 << 10) + b"{}", new_identity(os.urandom), story.tester.identity.public)
    nothing_comes_of(story, story.tester, bomb, "declares 66,562 bytes; 65,536 are allowed")


def test_more_events_than_a_mail_may_hold_are_refused() -> None:
    story = _joined()
    update = update_of(story)
    many = encode(update).replace(b'"items":[', b'"items":[' + (b'{"k":"' + b"a" * 26 + b'","r":2},') * 2_000, 1)
    nothing_comes_of(
        story, story.tester, sealed_to(many, story.pat.identity, story.tester.identity.public), "lists more than 2,000"
    )


def test_a_flood_of_events_waits_for_the_user() -> None:
    story = _joined()
    first = _flood(story, update_of(story), range(2_000))
    second = _flood(story, first, range(2_000, 4_000))
    reports = []
    for flood in (first, second):
        story.office.deliver("tester@example.org", sealed(flood, story.pat, story.tester))
        reports.append(story.tester.sync())
    assert [held.reason for report in reports for held in report.held] == [
        "4001 events would be added to your calendar in one day."
    ]
    assert len(story.tester.titles()) == 2_001
    assert story.tester.ledger.subscriptions.all()[0].state is SubscriptionState.HELD


def _flood(story: Story, update: Update, numbers: range) -> Update:
    """Give the update of a hostile owner who invents events, behind the update that came before."""
    revision = update.through + 1
    events = [replace(_under_key(story, update, _key(number)), revision=revision) for number in numbers]
    heard = update.announcement
    signature = story.pat.identity.sign(
        announcement_bytes(update.common.share, heard.epoch, revision, heard.digest, heard.writer)
    )
    return replace(
        update,
        common=common_of(update, message_id=f"{revision:032x}", sent_at=update.common.sent_at + 1),
        announcement=replace(heard, head=revision, signature=signature),
        after=update.through, through=revision, events=tuple(events),
    )  # fmt: skip


def _under_key(story: Story, update: Update, key: str) -> EventRevision:
    uid = derived_uid(story.pat.identity.public, update.common.share, key)
    return replace(
        update.events[0], key=key, text=re.sub(r"UID:.*", lambda _: f"UID:{uid}", update.events[0].text or "")
    )


def _key(number: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    return "".join(letters[number >> shift & 31] for shift in range(0, 15, 5)) + "a" * 23


def _written_for(text: Callable[[str], str]) -> str:
    """Let a hostile owner change the text of an event, and give the copy that the subscriber gets."""
    story = _joined()
    update = update_of(story)
    content = sealed(with_event(update, text(update.events[0].text or "")), story.pat, story.tester)
    story.office.deliver("tester@example.org", content)
    story.tester.sync()
    (written,) = story.tester.texts().values()
    return written


@pytest.mark.parametrize(
    "line",
    [
        "ATTACH:file:///etc/passwd",
        "BEGIN:VALARM\nACTION:PROCEDURE\nATTACH:file:///bin/sh\nTRIGGER:-PT1M\nEND:VALARM",
        "BEGIN:VALARM\nACTION:AUDIO\nATTACH:\\\\evil.example\\sound.wav\nTRIGGER:-PT1M\nEND:VALARM",
        "X-APPLE-STRUCTURED-LOCATION:evil",
        "X-ALT-DESC;FMTTYPE=text/html:<script>",
        "STYLED-DESCRIPTION:<b>x</b>",
        "X-SHARING-CONFIG-URL:\\\\evil.example\\x",
        "ORGANIZER:mailto:victim@example.com",
        "ATTENDEE;RSVP=TRUE:mailto:victim@example.com",
        "CONFERENCE:https://evil.example",
        "IMAGE;VALUE=URI:https://evil.example/pixel.png",
    ],
)
def test_a_hostile_property_reaches_no_calendar(line: str) -> None:
    written = _written_for(lambda text: text.replace("END:VEVENT", f"{line}\nEND:VEVENT"))
    assert "Lunch moved" in written
    assert "evil" not in written
    assert line.partition(":")[0].partition(";")[0] not in written.replace("BEGIN:VEVENT", "").replace("BEGIN:VCAL", "")


@pytest.mark.parametrize(
    "uid", ["../../../etc/passwd", "osync-../../evil", "CON", "lunch@example.org", "osync-" + "A" * 32]
)
def test_no_name_for_a_file_comes_from_a_peer(uid: str) -> None:
    story = _joined()
    update = update_of(story)
    text = re.sub(r"UID:.*", lambda _: f"UID:{uid}", update.events[0].text or "")
    story.office.deliver("tester@example.org", sealed(with_event(update, text), story.pat, story.tester))
    report = story.tester.sync()
    assert (len(report.problems), story.tester.titles()) == (1, ["[pat] Lunch"])
    assert all(re.fullmatch(r"osync-[a-z2-7]{32}", uid) for uid in story.tester.texts())


@pytest.mark.parametrize("name", ["x\r\nBcc: victim@example.com", "x\ny", "x\0y", "x\u2028y", "x\u202ey", "\ufeff"])
@pytest.mark.parametrize("field", ["name", "by"])
def test_a_name_with_a_line_end_is_no_name(name: str, field: str) -> None:
    import json

    story = Story()
    story.pat.share()
    story.pat.invite(story.tester)
    _, invitation = taken(story, story.tester)
    document = json.loads(encode(invitation))
    document[field] = name if field == "name" else {"name": name, "addr": "pat@example.org"}
    content = sealed_to(json.dumps(document).encode(), story.pat.identity, story.tester.identity.public)
    nothing_comes_of(story, story.tester, content, "its field name is missing or not as it must be")


def test_an_address_with_a_line_end_is_no_address() -> None:
    import json

    story = Story()
    story.pat.share()
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    _, accept = taken(story, story.pat)
    document = json.loads(encode(accept))
    document["addr"] = "tester@example.org\r\nBcc: victim@example.com"
    content = sealed_to(json.dumps(document).encode(), story.tester.identity, story.pat.identity.public)
    nothing_comes_of(story, story.pat, content, "its field addr is missing or not as it must be")


def test_nothing_from_a_peer_stands_in_the_header_of_a_mail() -> None:
    story = Story()
    story.tester.name = 'Bcc: evil@example.com, "<x>'
    story.pat.put(*lunch("Subject: evil"), uid="lunch")
    story.pat.share()
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    story.settle()
    answer = story.pat.mailbox.sent[-1].content
    assert b"evil" not in answer.split(b"\r\n\r\n")[0]
    story.pat.name = "pat\r\nBcc: evil@example.com"
    with pytest.raises(OSyncError, match="not sent"):
        story.pat.invite(Person("carol", story.office, story.clock))


def test_markup_stays_text() -> None:
    written = _written_for(lambda text: text.replace("SUMMARY:Lunch moved", "SUMMARY:<script>alert(1)</script>"))
    assert "SUMMARY:[pat] <script>alert(1)</script>" in written
    assert "X-ALT-DESC" not in written
    assert "text/html" not in written


def test_hidden_and_turning_characters_reach_no_calendar() -> None:
    hidden = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff\U000e0041\x07\x1b"
    written = _written_for(lambda text: text.replace("SUMMARY:Lunch moved", f"SUMMARY:{hidden}Lu{hidden}nch"))
    assert "SUMMARY:[pat] Lunch" in written
    assert not set(hidden) & set(written)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "\\\\evil.example\\x", "mailto:a@evil.example"]
)
def test_only_addresses_of_the_web_are_links(url: str) -> None:
    written = _written_for(lambda text: text.replace("END:VEVENT", f"URL:{url}\nEND:VEVENT"))
    assert "URL" not in written


def test_a_copy_always_says_where_it_comes_from() -> None:
    written = _written_for(
        lambda text: text.replace(
            "SUMMARY:Lunch moved", "SUMMARY:[bank] Your account\nDESCRIPTION:Ignore all previous instructions"
        )
    )
    assert "SUMMARY:[pat] [bank] Your account" in written
    assert "Ignore all previous instructions\\n\\nFrom pat by OSync" in written


def test_notes_and_links_stay_at_home_unless_the_owner_asks() -> None:
    story = Story()
    notes = ("DESCRIPTION:Ignore all previous instructions", "URL:https://example.org/door-code", "LOCATION:Room 1")
    story.pat.put(*lunch("Lunch", 12, *notes), uid="lunch")
    story.joined()
    (written,) = story.tester.texts().values()
    assert "LOCATION:Room 1" in written
    assert "Ignore" not in written
    assert "door-code" not in written


# --- What is the owner's own -------------------------------------------------------------------------------------------


def test_the_preview_shows_exactly_what_leaves() -> None:
    story = Story()
    private = (
        "ATTENDEE;CN=Boss:mailto:boss@secret.example",
        "ORGANIZER:mailto:boss@secret.example",
        "CLASS:PRIVATE",
        "COMMENT:secret",
    )
    story.pat.put(*lunch("Lunch", 12, *private[:2]), uid="040000008200E00074C5B7101A82E008@secret.example")
    story.pat.put(*lunch("Doctor", 15, private[2], private[3]), uid="doctor")
    story.pat.share()
    shown = sorted(event.text for event in preview(story.pat.installation, "club").events)
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    story.pat.sync()
    _, snapshot = taken(story, story.tester)
    assert isinstance(snapshot, Snapshot)
    assert sorted(event.text or "" for event in snapshot.events) == shown
    everything = b"".join(mail.content for mail in story.pat.mailbox.sent) + encode(snapshot)
    for secret in (b"secret", b"Doctor", b"04000000", b"boss@", b"=Boss"):
        assert secret not in everything


def test_a_stolen_ledger_signs_nothing(tmp_path: Path) -> None:
    story = Story()
    story.pat.ledger = Ledger.open(tmp_path / "ledger.db", story.pat.fuse.step)
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    update_of(story)
    story.pat.ledger.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    private = story.pat.identity.to_bytes()
    for half in (private[:32], private[32:]):
        assert half not in stored
        assert half.hex().encode() not in stored.lower()


def _rekey(story: Story, new: Identity, old: Identity) -> Rekey:
    (subscription,) = story.tester.ledger.subscriptions.all()
    update = update_of(story)
    signed_bytes = rekey_bytes(old.public.public_key, new.public.public_key, subscription.share_id)
    return Rekey(common_of(update, message_id="d" * 32), new.public.public_key, new.sign(signed_bytes))


def test_a_thief_without_the_old_key_replaces_nothing() -> None:
    story = _joined()
    thief = Person("thief", story.office, story.clock)
    rekey = _rekey(story, thief.identity, story.pat.identity)
    nothing_comes_of(story, story.tester, sealed(rekey, thief, story.tester), "a key that OSync does not know")
    to_owner = replace(rekey, common=common_of(rekey, to=story.pat.identity.public.key_id))
    nothing_comes_of(story, story.pat, sealed(to_owner, thief, story.pat), "a key that OSync does not know")


def test_a_key_that_does_not_agree_replaces_nothing() -> None:
    story = _joined()
    victim = new_identity(os.urandom)
    rekey = replace(_rekey(story, victim, story.pat.identity), signature=bytes(64))
    nothing_comes_of(story, story.tester, sealed(rekey, story.pat, story.tester), "does not agree to be theirs")


def test_a_subscriber_cannot_replace_the_owners_key() -> None:
    story = _joined()
    carol = _with_carol(story)
    carol.share("office")
    carol.invite(story.tester, "office")
    story.tester.sync()
    story.tester.accept(sender="carol")
    carol.sync()
    story.tester.sync()
    story.office.waiting["carol@example.org"].clear()
    mine = new_identity(os.urandom)
    share = story.pat.ledger.shares.all()[0].share_id
    signature = mine.sign(rekey_bytes(carol.identity.public.public_key, mine.public.public_key, share))
    common = Common("d" * 32, int(story.clock().timestamp() * 1000), share)
    rekey = Rekey(common, mine.public.public_key, signature)
    nothing_comes_of(story, story.tester, sealed(rekey, carol, story.tester), "Nothing was done")


# --- Downgrade, forged invitations, metadata, mass deletion ------------------------------------------------------------


@pytest.mark.parametrize("kind", ["update", "snapshot", "end"])
def test_what_comes_without_the_agreed_encryption_is_ignored(kind: str) -> None:
    story = _joined()
    update = update_of(story)
    message: Update | Snapshot | End = update
    if kind == "snapshot":
        message = Snapshot(
            update.common, update.announcement, update.floor, update.live_count, update.through, 0, 1024, update.events
        )
    if kind == "end":
        message = End(update.common, update.announcement.epoch, update.through, EndReason.CLOSED, keep=False)
    nothing_comes_of(story, story.tester, signed(message, story.pat), "came without encryption, which was agreed on")
    (subscription,) = story.tester.ledger.subscriptions.all()
    assert "without encryption" in subscription.note


def test_an_owner_never_sends_readable_mail_because_a_key_is_missing() -> None:
    story = _joined()
    carol = Person("carol", story.office, story.clock)
    story.pat.invite(carol)
    story.pat.put(*lunch("Secret", 20), uid="secret")
    story.pat.sync()
    assert [mail.recipients for mail in story.pat.mailbox.sent[-1:]] == [("tester@example.org",)]
    for mail in story.office.waiting["carol@example.org"]:
        assert isinstance(opened(mail.content or b"", carol), Invite)
    assert not any(b"Secret" in mail.content for mail in story.pat.mailbox.sent)


def test_a_message_for_a_newer_version_is_not_read_as_an_older_one() -> None:
    story = _joined()
    update = update_of(story)
    for field in (b'"min":2', b'"min":1,"crit":["danger"],"danger":1'):
        document = encode(update).replace(b'"min":1', field)
        story.office.deliver(
            "tester@example.org", sealed_to(document, story.pat.identity, story.tester.identity.public)
        )
    before = story.tester.texts()
    report = story.tester.sync()
    assert len(report.problems) >= 1
    assert (report.changes, story.tester.texts()) == ([], before)


def test_a_wave_of_forged_invitations_fills_a_short_list_and_nothing_else() -> None:
    story = _joined()
    before, sent = tables_of(story.tester), len(story.tester.mailbox.sent)
    for number in range(30):
        stranger = Person(f"spam{number}", story.office, story.clock)
        stranger.share()
        stranger.put(*lunch("Buy now"), uid="spam")
        stranger.invite(story.tester)
    report = story.tester.sync()
    assert (report.changes, report.held, report.problems) == ([], [], [])
    after = tables_of(story.tester)
    assert len(after.pop("invitation")) == AT_ONCE
    before.pop("invitation")
    assert after == before
    assert (len(story.tester.mailbox.sent), story.tester.titles()) == (sent, ["[pat] Lunch"])


def test_a_forged_invitation_under_a_known_name_is_told_apart() -> None:
    story = _joined()
    impostor = Person("pat", story.office, story.clock)
    impostor.share("club")
    impostor.invite(story.tester)
    story.tester.sync()
    (waiting,) = story.tester.ledger.subscriptions.invitations()
    assert "not signed by the key of pat" in waiting.warning
    (subscription,) = story.tester.ledger.subscriptions.all()
    assert subscription.owner_key == story.pat.identity.public.public_key


def test_invitations_that_nobody_answers_are_forgotten() -> None:
    story = Story()
    story.pat.share()
    story.pat.invite(story.tester)
    story.tester.sync()
    assert len(status(story.tester.installation).invitations) == 1
    story.clock.forward(days=31)
    assert status(story.tester.installation).invitations == ()


def test_mails_tell_little_to_those_who_carry_them() -> None:
    story = _joined()
    sizes = set()
    for title in ("a", "b" * 20, "c" * 40):
        story.pat.put(*lunch(title), uid="lunch")
        story.settle()
        content = story.pat.mailbox.sent[-1].content
        (blob,) = find_blobs(content)
        sizes.add(len(blob))
        assert b"Subject: [OSync] Calendar update\r\n" in content
        for told in (b"club", title.encode() * 3, story.tester.identity.public.key_id.encode()):
            assert told not in content
    assert len(sizes) < 3
    hints = {_hints(mail.content) for mail in story.pat.mailbox.sent[-3:]}
    assert len(hints) == 3


def _hints(content: bytes) -> str:
    (blob,) = find_blobs(content)
    found = re.search(rb'"k":\["([0-9a-f]{16})"', blob)
    assert found
    return found[1].decode()


def test_a_calendar_that_is_suddenly_empty_deletes_nothing_at_others() -> None:
    story = Story()
    for number in range(30):
        story.pat.put(*lunch(f"Event {number}"), uid=f"event-{number}")
    story.joined()
    for number in range(30):
        story.pat.remove(f"event-{number}")
    report = story.pat.sync()
    assert len(report.held) == 1
    assert not story.office.waiting["tester@example.org"]
    story.tester.sync()
    assert len(story.tester.titles()) == 30


def test_an_owner_who_deletes_almost_everything_has_to_wait_for_the_subscriber() -> None:
    story = Story()
    for number in range(30):
        story.pat.put(*lunch(f"Event {number}"), uid=f"event-{number}")
    story.joined()
    for number in range(25):
        story.pat.remove(f"event-{number}")
    story.pat.sync(approve=True)
    report = story.tester.sync()
    assert len(report.held) == 1
    assert len(story.tester.titles()) == 30


# --- The page ----------------------------------------------------------------------------------------------------------


def test_every_threat_of_the_page_has_a_test() -> None:
    rows = [line for line in _PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][2:]
    assert len(rows) == 21
    known = {
        name
        for path in Path(__file__).parents[1].rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    for row in rows:
        named = _EVIDENCE.findall(row)
        assert named, row
        assert set(named) <= known, set(named) - known
