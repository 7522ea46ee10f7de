"""Messages as bytes: faithful both ways, and strict about what comes from others."""

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from message import samples
from message.samples import ANNOUNCEMENT, EVENTS, KEY, MESSAGES, SNAPSHOT, UPDATE, ZONE

from osync.errors import (
    MessageDamagedError,
    MessageTooLargeError,
    MessageTooNewError,
    OSyncError,
    SetMailAsideError,
)
from osync.ical.zones import ZoneText
from osync.message.documents import MAX_DOCUMENT_BYTES, decode, encode
from osync.message.fields import MAX_SECONDS, parse
from osync.message.manifest import (
    MAX_EVENTS,
    Accept,
    Announcement,
    Common,
    End,
    EndReason,
    EventRevision,
    Invite,
    Leave,
    Message,
    Ping,
    Rekey,
    Request,
    RequestReason,
    Snapshot,
    Status,
    Update,
    bucket_of,
    kind_of,
    share_digest,
)
from osync.model import Approval, Delivery, PrivacyLevel

Document = dict[str, Any]

# --- Any message ------------------------------------------------------------------------------------------------------

_INTEGER = st.integers(0, 2**53 - 1)
_HEX32 = st.binary(min_size=16, max_size=16).map(bytes.hex)
_KEYS = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)
_LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Cn", "Zl", "Zp"]), min_size=1, max_size=40)
_ADDRESS = st.sampled_from(["pat@example.org", "päter@exämple.org", "a+b@x"])
_SIGNATURE = st.binary(min_size=64, max_size=64)
_NONCE = st.binary(min_size=16, max_size=16)


def _common(*, counted: bool = False) -> st.SearchStrategy[Common]:
    counter = _INTEGER if counted else st.none() | _INTEGER
    return st.builds(
        Common,
        message_id=_HEX32,
        sent_at=st.integers(0, MAX_SECONDS * 1000),
        share=_KEYS,
        to=st.none() | _HEX32,
        counter=counter,
        answers=st.none() | _HEX32,
        app=st.just("") | _LINE,
    )


_ANNOUNCEMENTS = st.builds(
    Announcement,
    epoch=_INTEGER,
    head=st.just(1000),
    digest=_HEX32,
    writer=st.binary(min_size=8, max_size=32).map(bytes.hex),
    signature=_SIGNATURE,
)
_LIVE = st.builds(
    EventRevision,
    key=_KEYS,
    revision=st.integers(1, 1000),
    count=st.integers(1, 2**53 - 1),
    changed_at=st.integers(0, MAX_SECONDS),
    last_day=st.none() | st.dates(),
    text=_TEXT,
    chain=st.lists(_KEYS, max_size=3).map(tuple),
    occurrences=st.sets(st.integers(0, MAX_SECONDS), max_size=8).map(sorted).map(tuple),
)
_TOMBSTONE = st.builds(EventRevision, key=_KEYS, revision=st.integers(1, 1000), count=_INTEGER)
_ZONES = st.lists(st.builds(ZoneText, _LINE, _TEXT), max_size=3, unique_by=lambda zone: zone.name).map(
    lambda zones: tuple(sorted(zones, key=lambda zone: zone.name))
)
_LISTS = st.lists(_ANNOUNCEMENTS, max_size=16).map(tuple)


def _unique(events: st.SearchStrategy[EventRevision]) -> st.SearchStrategy[tuple[EventRevision, ...]]:
    return st.lists(events, max_size=5, unique_by=lambda event: event.key).map(tuple)


_ANY_MESSAGE: st.SearchStrategy[Message] = st.one_of(
    st.builds(
        Update,
        _common(),
        _ANNOUNCEMENTS,
        st.dates(),
        _INTEGER,
        after=st.just(0),
        through=st.just(1000),
        events=_unique(_LIVE | _TOMBSTONE),
        zones=_ZONES,
    ),
    st.builds(
        Snapshot,
        _common(),
        _ANNOUNCEMENTS,
        st.dates(),
        _INTEGER,
        at=st.just(1000),
        first_bucket=st.just(0),
        end_bucket=st.just(1024),
        events=_unique(_LIVE),
        zones=_ZONES,
    ),
    st.builds(
        Invite,
        _common(),
        share_name=_LINE,
        owner_name=_LINE,
        owner_address=_ADDRESS,
        share_nonce=_NONCE,
        level=st.sampled_from(PrivacyLevel),
        encrypted=st.booleans(),
        token=st.none() | _NONCE,
        until=st.none() | st.integers(0, MAX_SECONDS),
        count=_INTEGER,
        mode=st.sampled_from(Delivery),
        list_address=st.just("") | _ADDRESS,
        approval=st.sampled_from(Approval),
    ),
    st.builds(
        Accept,
        _common(counted=True),
        share_nonce=_NONCE,
        token_mac=st.none() | _HEX32,
        name=_LINE,
        address=_ADDRESS,
        device=st.just("") | _LINE,
        max_bytes=st.integers(1_000, 2**31),
    ),
    st.builds(Leave, _common(counted=True), st.booleans()),
    st.builds(End, _common(), _INTEGER, _INTEGER, st.sampled_from(EndReason), st.booleans()),
    st.builds(
        Request,
        _common(counted=True),
        _INTEGER,
        _INTEGER,
        st.booleans(),
        _LISTS,
        st.sampled_from(RequestReason),
    ),
    st.builds(Rekey, _common(), _SIGNATURE, _SIGNATURE),
    st.builds(Ping, _common()),
    st.builds(Status, _common(counted=True), _INTEGER, _INTEGER, _LISTS),
)


@given(_ANY_MESSAGE)
def test_every_message_comes_back_as_it_was(message: Message) -> None:
    content = encode(message)
    assert decode(content) == message
    assert encode(decode(content)) == content


@pytest.mark.parametrize("message", MESSAGES, ids=kind_of)
def test_each_kind_is_named_and_written_in_one_way(message: Message) -> None:
    content = encode(message)
    document = json.loads(content)
    assert document["m"] == kind_of(message)
    assert content == json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def test_optional_fields_come_back() -> None:
    answer = replace(samples.INVITE.common, answers="ab" * 16, app="")
    invite = replace(
        samples.INVITE, common=answer, mode=Delivery.LIST, list_address="all@example.org", until=None, token=None
    )
    accept = replace(samples.ACCEPT, token_mac=None, device="")
    chained = replace(UPDATE, events=(replace(EVENTS[0], last_day=None, chain=("a" * 26,)),))
    for message in (invite, accept, chained):
        assert decode(encode(message)) == message


@pytest.mark.parametrize(
    "occurrences",
    [[2, 1], [1, 1], [-1], [True], ["1"], [[]], list(range(9)), "1", 1, {"a": 1}, [MAX_SECONDS + 1], None],
)
def test_named_starts_that_are_not_as_they_must_be_count_as_missing(occurrences: object) -> None:
    document = json.loads(encode(UPDATE))
    document["items"][0]["o"] = occurrences
    assert decode(json.dumps(document).encode()) == UPDATE


def test_a_deleted_event_names_no_starts() -> None:
    document = json.loads(encode(UPDATE))
    document["items"][1]["o"] = [1]
    assert decode(json.dumps(document).encode()) == UPDATE


def test_zones_are_put_in_order() -> None:
    other = ZoneText("X-OSYNC-0000", "BEGIN:VTIMEZONE\n")
    decoded = decode(encode(replace(UPDATE, zones=(ZONE, other, ZONE))))
    assert isinstance(decoded, Update)
    assert decoded.zones == (other, ZONE)


def test_a_tombstone_tells_only_key_and_revision() -> None:
    document = json.loads(encode(UPDATE))
    assert document["items"][1] == {"k": EVENTS[1].key, "r": 43, "i": None}


# --- What is not sent -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        replace(samples.INVITE, share_name="x" * 61),
        replace(samples.INVITE, owner_name="Pat\x1b[2J"),
        replace(samples.INVITE, owner_name="Pat \u202egro.elpmaxe"),
        replace(samples.INVITE, owner_address="pat"),
        replace(samples.INVITE, share_nonce=b"short"),
        replace(samples.ACCEPT, common=replace(samples.ACCEPT.common, counter=None)),
        replace(samples.LEAVE, common=replace(samples.LEAVE.common, message_id="0")),
        replace(UPDATE, events=(replace(EVENTS[0], text="\ud800"),)),
        replace(UPDATE, events=(replace(EVENTS[0], revision=41),)),
        replace(UPDATE, zones=(ZONE, replace(ZONE, text="other"))),
        replace(UPDATE, announcement=replace(ANNOUNCEMENT, signature=b"")),
    ],
)
def test_what_receivers_would_refuse_is_not_sent(message: Message) -> None:
    with pytest.raises(OSyncError, match="OSync made a message") as caught:
        encode(message)
    assert not isinstance(caught.value, SetMailAsideError)


def _many(count: int, text: str = "x") -> tuple[EventRevision, ...]:
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    keys = (
        letters[number >> 10] + letters[number >> 5 & 31] + letters[number & 31] + "a" * 23 for number in range(count)
    )
    return tuple(EventRevision(key, 42, 1, 0, None, text) for key in keys)


def test_a_message_that_has_to_be_cut_says_so() -> None:
    full = replace(UPDATE, events=_many(MAX_EVENTS))
    assert decode(encode(full)) == full
    for events in (_many(MAX_EVENTS + 1), _many(1, "x" * 65_537), _many(300, "x" * 65_000)):
        with pytest.raises(MessageTooLargeError):
            encode(replace(UPDATE, events=events))


# --- What is not read -------------------------------------------------------------------------------------------------


def _with(message: Message, change: Callable[[Document], object]) -> bytes:
    document = json.loads(encode(message))
    change(document)
    return json.dumps(document).encode()


def _set(name: str, value: object) -> Callable[[Document], object]:
    return lambda document: document.update({name: value})


def _set_event(**fields: object) -> Callable[[Document], object]:
    return lambda document: document["items"][0].update(fields)


@pytest.mark.parametrize("message", MESSAGES, ids=kind_of)
def test_no_field_may_have_another_type(message: Message) -> None:
    sentences = set()
    for name in json.loads(encode(message)):
        for wrong in (None, True, -1, 2**53 - 1, "", "\ud800", "Ω", [], [5], {}, {"a": 1}):
            try:
                decode(_with(message, _set(name, wrong)))
            except SetMailAsideError as error:
                sentences.add(str(error))
    assert sentences
    assert all(sentence.endswith(".") for sentence in sentences)


@pytest.mark.parametrize("message", MESSAGES, ids=kind_of)
def test_unknown_fields_and_extensions_are_ignored(message: Message) -> None:
    def add(document: Document) -> None:
        document["x"] = {"org.example": [1, {"deep": "er"}]}
        document["later"] = "something"
        document["v"] = 7
        for event in document.get("items", []):
            event["later"] = 5
        for row in document.get("ann", []):
            row.append("later")

    assert decode(_with(message, add)) == message


@pytest.mark.parametrize(
    "change",
    [
        _set("min", 2),
        _set("m", "poll"),
        _set("crit", ["later"]),
        _set("crit", ["a", "x"]),
        _set("m", "invite-2"),
    ],
)
def test_what_only_a_newer_version_understands_is_told_from_damage(change: Callable[[Document], object]) -> None:
    with pytest.raises(MessageTooNewError):
        decode(_with(UPDATE, change))


@pytest.mark.parametrize("name", ["level", "enc", "mode", "approve"])
def test_a_word_that_we_do_not_know_is_newer(name: str) -> None:
    with pytest.raises(MessageTooNewError, match=name):
        decode(_with(samples.INVITE, _set(name, "later")))


def test_fields_that_we_know_may_be_named_as_critical() -> None:
    assert decode(_with(UPDATE, _set("crit", ["a", "b", "items", "tz", "to"]))) == UPDATE


@pytest.mark.parametrize(
    "change",
    [
        _set("v", 0),
        _set("min", 0),
        _set("m", None),
        _set("m", 5),
        _set("id", "A" * 32),
        _set("id", "0" * 31),
        _set("ts", -1),
        _set("ts", True),
        _set("ts", MAX_SECONDS * 1000 + 1),
        _set("s", "a" * 25),
        _set("s", "A" * 26),
        _set("s", "a" * 25 + "\n"),
        _set("to", "0" * 33),
        _set("n", -1),
        _set("crit", "a"),
        _set("crit", [1]),
        _set("app", "two\nlines"),
        _set("dig", "0" * 31),
        _set("wr", ""),
        _set("asig", "!" * 88),
        _set("asig", "ä" * 88),
        _set("asig", "AAAA"),
        _set("floor", "20260401"),
        _set("floor", "2026-W14-3"),
        _set("floor", "2026-02-30"),
        _set("a", 44),
        _set("b", 44),
        _set("b", 41),
        _set("items", {}),
        _set("items", [5]),
        _set("tz", []),
        _set("tz", {"X": 5}),
        _set("tz", {"": "x"}),
        _set("tz", {"a\nb": "x"}),
        _set_event(k="a" * 27),
        _set_event(k=EVENTS[1].key),
        _set_event(r=0),
        _set_event(r=41),
        _set_event(r=44),
        _set_event(n=0),
        _set_event(n=None),
        _set_event(i=""),
        _set_event(i=5),
        _set_event(i="\ud800"),
        _set_event(t=MAX_SECONDS + 1),
        _set_event(z=""),
        _set_event(p="a"),
        _set_event(p=["a"]),
        _set_event(p=[["a"]]),
    ],
)
def test_an_update_of_the_wrong_shape_is_damaged(change: Callable[[Document], object]) -> None:
    with pytest.raises(MessageDamagedError):
        decode(_with(UPDATE, change))


@pytest.mark.parametrize(
    "change",
    [
        _set("at", 44),
        _set("lo", 1024),
        _set("hi", 0),
        _set("hi", 1025),
        _set("lo", bucket_of(KEY) + 1),
        _set("hi", bucket_of(KEY)),
        _set("at", 41),
        _set_event(i=None),
    ],
)
def test_a_snapshot_that_contradicts_itself_is_damaged(change: Callable[[Document], object]) -> None:
    with pytest.raises(MessageDamagedError):
        decode(_with(SNAPSHOT, change))


@pytest.mark.parametrize(
    "change",
    [
        _set("items", [{}] * (MAX_EVENTS + 1)),
        _set_event(i="x" * 65_537),
        _set_event(i="ä" * 32_769),
        _set_event(p=["a" * 26] * 4),
        _set("tz", {f"Z{number}": "x" for number in range(21)}),
        _set("tz", {"Z": "x" * 8_193}),
        _set("crit", ["a"] * 65),
        _set("m", "x" * 41),
    ],
)
def test_more_than_the_limits_allow_is_refused(change: Callable[[Document], object]) -> None:
    with pytest.raises(MessageTooLargeError):
        decode(_with(UPDATE, change))


@pytest.mark.parametrize(
    ("message", "change"),
    [
        (samples.REQUEST, _set("ann", [[1, 2, 3]])),
        (samples.REQUEST, _set("ann", [{}])),
        (samples.REQUEST, _set("bad", 1)),
        (samples.REQUEST, _set("n", None)),
        (samples.STATUS, _set("n", None)),
        (samples.LEAVE, _set("n", None)),
        (samples.LEAVE, _set("all", "yes")),
        (samples.ACCEPT, _set("n", None)),
        (samples.ACCEPT, _set("addr", "two@at@signs")),
        (samples.ACCEPT, _set("addr", "a b@example.org")),
        (samples.ACCEPT, _set("addr", "a@" + "b" * 260)),
        (samples.ACCEPT, _set("caps", {"max": 1})),
        (samples.ACCEPT, _set("dev", "x" * 41)),
        (samples.INVITE, _set("by", "Pat")),
        (samples.INVITE, _set("name", "")),
        (samples.REKEY, _set("new", "AAAA")),
    ],
)
def test_other_messages_of_the_wrong_shape_are_damaged(message: Message, change: Callable[[Document], object]) -> None:
    with pytest.raises(MessageDamagedError):
        decode(_with(message, change))


def test_at_most_16_announcements_are_read() -> None:
    with pytest.raises(MessageTooLargeError):
        decode(_with(samples.REQUEST, lambda document: document.update(ann=document["ann"] * 17)))


# --- JSON -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"}",
        b'{"a":1,"a":1}',
        b'{"x":{"a":1,"a":2}}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":9007199254740992}',
        b'{"a":-9007199254740992}',
        b'{"a":' + b"9" * 10_000 + b"}",
        b'{"a":"\xff"}',
        b'{"a":"\n"}',
        b'{"a":"',
        b'{"a":"\\',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b'{"a":' + b"[" * 8 + b"]" * 8 + b"}",
        b'{"a":' + b'{"a":' * 8 + b"1" + b"}" * 9,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[]" * 100_000,
    ],
    ids=lambda content: repr(content[:24]),
)
def test_what_is_no_plain_json_object_is_damaged(content: bytes) -> None:
    with pytest.raises(MessageDamagedError):
        decode(content)


def test_brackets_in_strings_do_not_count() -> None:
    assert parse(b'{"a":"[[[[[[[[[[[[\\"{{{{{{{{{{{{"}').has("a")
    assert parse(b'{"a":' + b"[" * 7 + b"]" * 7 + b"}").has("a")


@pytest.mark.parametrize(
    "content",
    [b'{"a":[' + b"0," * 250_000 + b"0]}", b'{"a":[' + b"[]," * 200_000 + b"[]]}"],
)
def test_a_document_of_very_many_values_is_refused(content: bytes) -> None:
    with pytest.raises(MessageTooLargeError, match="values"):
        decode(content)


def test_a_document_of_very_many_strings_is_neither_written_nor_read() -> None:
    with pytest.raises(MessageTooLargeError, match="quotation marks"):
        encode(replace(UPDATE, events=_many(20, '"' * 60_000)))
    tracemalloc.start()
    try:
        with pytest.raises(MessageTooLargeError, match="quotation marks"):
            decode(b'"' * 8_000_000)
        with pytest.raises(MessageDamagedError):
            decode(b'"' * 1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 80_000_000
    finally:
        tracemalloc.stop()


def test_a_document_that_is_too_long_is_refused() -> None:
    with pytest.raises(MessageTooLargeError):
        decode(b" " * (MAX_DOCUMENT_BYTES + 1))


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_set_aside(noise: bytes) -> None:
    with pytest.raises(SetMailAsideError):
        decode(noise)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.sampled_from(MESSAGES), st.data())
def test_no_change_of_a_document_raises_anything_but_set_aside(message: Message, data: st.DataObject) -> None:
    document = json.loads(encode(message))
    name = data.draw(st.sampled_from(sorted(document)))
    document[name] = data.draw(_JSON)
    if data.draw(st.booleans()) and document.get("items") and isinstance(document["items"], list):
        document["items"][0] = data.draw(_JSON)
    try:
        decoded = decode(json.dumps(document).encode("utf-8", "surrogatepass"))
    except SetMailAsideError:
        return
    assert decode(encode(decoded)) == decoded


@pytest.mark.parametrize("message", MESSAGES, ids=kind_of)
def test_no_flipped_byte_raises_anything_but_set_aside(message: Message) -> None:
    content = encode(message)
    for position in range(0, len(content), 3):
        for byte in b'\0"[]{},\\9\xff':
            changed = content[:position] + bytes([byte]) + content[position + 1 :]
            try:
                decode(changed)
            except SetMailAsideError:
                continue


def test_reading_needs_a_few_times_the_size_of_a_document() -> None:
    content = encode(replace(UPDATE, events=_many(MAX_EVENTS, "x" * 1_000)))
    tracemalloc.start()
    try:
        decode(content)
        assert tracemalloc.get_traced_memory()[1] < 5 * len(content)
    finally:
        tracemalloc.stop()


def test_reading_the_messages_needs_neither_mail_nor_keys() -> None:
    program = "import sys; before = {*sys.modules}; import osync.message.documents; print(*{*sys.modules} - before)"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert not {"email", "cryptography"} & set(loaded)


# --- What is computed -------------------------------------------------------------------------------------------------


def test_the_bucket_is_the_first_ten_bits_of_a_key() -> None:
    assert bucket_of("a" * 26) == 0
    assert bucket_of("7" * 26) == 1023
    assert bucket_of("ba" + "7" * 24) == 32


@given(st.dictionaries(_KEYS, _HEX32, max_size=5), st.randoms())
def test_the_digest_does_not_depend_on_the_order(texts: dict[str, str], shuffle: Any) -> None:
    pairs = list(texts.items())
    shuffle.shuffle(pairs)
    assert share_digest(pairs) == share_digest(texts.items())


def test_the_digest_changes_with_any_key_or_text() -> None:
    digests = {
        share_digest(pairs) for pairs in ([], [("a", "1")], [("a", "2")], [("b", "1")], [("a", "1"), ("b", "1")])
    }
    assert len(digests) == 5


def test_the_floor_is_a_day() -> None:
    decoded = decode(encode(UPDATE))
    assert isinstance(decoded, Update)
    assert decoded.floor == date(2026, 4, 1)
