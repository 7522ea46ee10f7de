"""Any message in words: every field is there, and nothing in it steers the terminal."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from message import samples
from message.samples import EVENTS, MESSAGES, PAT, SHARE, SNAPSHOT, STRANGER, TESTER, TEXT, UPDATE

from osync.message.described import describe
from osync.message.identity import safety_code
from osync.message.manifest import EndReason, EventRevision, Message, Succession, kind_of, voucher_bytes
from osync.model import Approval, Delivery

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def _described(message: Message) -> str:
    return describe(message, PAT.public, NOW)


@pytest.mark.parametrize("message", MESSAGES, ids=kind_of)
def test_every_message_is_described_with_what_all_have(message: Message) -> None:
    text = _described(message)
    assert f"Kind:       {kind_of(message)}\n" in text
    assert f"Share:      {SHARE}\n" in text
    assert "Sent:       2026-07-22 06:00:00 UTC\n" in text
    assert f"Message:    {message.common.message_id}\n" in text
    assert "Program:    OSync 0.1\n" in text
    assert (f"For:        only the key with the id {message.common.to}" in text) == (message.common.to is not None)
    assert (f"Counter:    {message.common.counter}" in text) == (message.common.counter is not None)


def test_an_update_is_described_event_by_event() -> None:
    text = _described(UPDATE)
    for line in (
        "Revisions:  42 to 43 of 43",
        "Epoch:      1784000000 (begun 2026-07-14), written by installation 51c0ffee51c0ffee",
        f"Announced:  {samples.DIGEST} for the whole share; its signature is right",
        "Floor:      2026-04-01",
        "Time zone:  X-OSYNC-0123456789abcdef, defined in the message",
        "Events:     2 here, 1 in the share",
        "       42  changed  Choir, first rehearsal",
        "Mon, 3 Aug 2026, 09:00–10:00 (Europe/Berlin)",
        f"(version 3, changed 2026-07-22 05:43:20 UTC, ends 2026-08-03, event {EVENTS[0].key})",
        f"       43  deleted  event {EVENTS[1].key}",
    ):
        assert line in text
    assert "42  new " in _described(replace(UPDATE, events=(replace(EVENTS[0], count=1),)))


def test_an_event_tells_its_place_notes_link_and_the_way_it_came() -> None:
    lines = (
        "LOCATION:Room 7",
        "DESCRIPTION:Bring\\nscores",
        "URL:https://example.org/choir",
        "STATUS:TENTATIVE",
        "END:VEVENT",
    )
    told = replace(EVENTS[0], text=TEXT.replace("END:VEVENT", "\n".join(lines)), chain=("a" * 26,), last_day=None)
    text = _described(replace(UPDATE, events=(replace(told, occurrences=(1_785_740_400,)),)))
    for words in (
        "Place: Room 7",
        "Notes: Bring",
        "scores",
        "Link: https://example.org/choir",
        "tentative",
        "has no end",
        f"came through {'a' * 26}",
        "next: 2026-08-03 07:00:00 UTC",
    ):
        assert words in text


def test_a_series_tells_how_it_repeats() -> None:
    event = replace(EVENTS[0], text=TEXT.replace("SUMMARY", "RRULE:FREQ=WEEKLY;BYDAY=MO\nSUMMARY"), last_day=None)
    assert "every Monday" in _described(replace(UPDATE, events=(event,))).replace("Every", "every")


def test_a_snapshot_is_described_as_a_state() -> None:
    assert "everything as of 43 of 43\n" in _described(SNAPSHOT)
    assert "42  is there Choir, first rehearsal" in _described(SNAPSHOT)
    assert "a part of the share (groups 0 to 999)" in _described(replace(SNAPSHOT, end_bucket=1000))


def test_a_wrong_signature_inside_a_message_is_named() -> None:
    forged = replace(UPDATE, announcement=replace(UPDATE.announcement, head=99))
    assert "its signature is WRONG" in _described(forged)
    assert "new key is WRONG" in _described(replace(samples.REKEY, signature=bytes(64)))
    vouched = replace(samples.ACCEPT, voucher=bytes(64), voucher_key=STRANGER.public.public_key)
    assert "another device; its signature is WRONG" in _described(vouched)
    voucher = STRANGER.sign(voucher_bytes(TESTER.public.public_key, SHARE))
    assert "device; its signature is right" in describe(replace(vouched, voucher=voucher), TESTER.public, NOW)


_SECRET = samples.TOKEN.hex()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (samples.ACCEPT, "Accepts:    Tester <tester@example.org>, on laptop"),
        (replace(samples.ACCEPT, token_mac=None, device=""), "Token:      none"),
        (replace(samples.ACCEPT, max_bytes=500_000), "up to 500,000 bytes"),
        (replace(samples.LEAVE, all_devices=True), "with all devices"),
        (replace(samples.END, what=EndReason.CLOSED, keep=False), "for everybody; the owner wishes that the copies go"),
        (samples.END, "Last:       revision 43 of epoch 1784000000"),
        (replace(samples.REQUEST, damaged=True), "and it is damaged"),
        (samples.REQUEST, f"Heard:      revision 43 of epoch 1784000000 (begun 2026-07-14), {samples.DIGEST}"),
        (samples.STATUS, "Has:        everything up to revision 43"),
        (samples.INVITE, "Token:      given; not shown here"),
        (replace(samples.INVITE, until=None, encrypted=False), "not encrypted"),
        (replace(samples.INVITE, token=None), "Token:      none"),
        (replace(samples.INVITE, mode=Delivery.LIST, list_address="team@lists.example"), "by team@lists.example"),
        (replace(samples.INVITE, approval=Approval.OPEN), "Lets in:    anybody"),
        (
            replace(samples.INVITE, successions=(Succession(STRANGER.public.public_key, bytes(64), bytes(64)),)),
            f"Old key:    {safety_code(STRANGER.public)}",
        ),
        (samples.REKEY, f"New key:    {safety_code(STRANGER.public)}"),
        (replace(samples.PING, common=replace(samples.PING.common, app="")), "whether we are still there"),
        (
            replace(samples.PING, common=replace(samples.PING.common, answers="f" * 32)),
            f"Answers:    message {'f' * 32}",
        ),
    ],
)
def test_the_variants_are_told_apart(message: Message, expected: str) -> None:
    text = _described(message)
    assert expected in text
    assert _SECRET not in text


def _event(*lines: str) -> EventRevision:
    return replace(EVENTS[0], text="\n".join(("BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines)))


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (_event("DTSTART;VALUE=DATE:20260803", "SUMMARY:Day"), "Day\n"),
        (_event("DTSTART:20260803T070000Z", "SUMMARY:Call"), "Begins 20260803T070000Z."),
        (_event("SUMMARYX:no", "SUMMARY", "SUMMARY:"), "(no title)\n"),
        (_event(), "Begins at no time."),
        (_event("SUMMARY:\x1b]0;evil\x07 \u202eback\\nline"), " ]0;evil back line\n"),
        (_event("SUMMARY:" + "x" * 500), "x" * 119 + "…\n"),
        (replace(EVENTS[0], text=TEXT.replace("Choir", "\u05d0\u202e\x1b[2J")), "[2J"),
        (replace(EVENTS[0], last_day=date(9999, 12, 31), changed_at=253_402_300_799), "9999-12-31"),
    ],
)
def test_no_event_breaks_or_steers_the_description(event: EventRevision, expected: str) -> None:
    text = _described(replace(UPDATE, events=(event,)))
    assert expected in text
    assert all(character.isprintable() for character in text.replace("\n", ""))
