"""Whole runs: a peer whom we trust sends anything that is well signed, and the run ends in a report (P6, P13)."""

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.attacks import opened, sealed_to, tables_of
from engine.world import Person, Story, lunch
from fuzz.documents import NAMES, WORDS
from fuzz.mutations import mutate_json
from fuzz.target import Target, harmless
from message.samples import PAT, STRANGER, TESTER

from osync.engine.report import Direction, Report
from osync.errors import SetMailAsideError
from osync.message.documents import decode, encode
from osync.message.manifest import (
    Common,
    End,
    EndReason,
    Leave,
    Message,
    Ping,
    Rekey,
    Request,
    RequestReason,
    Snapshot,
    Status,
    Update,
    announcement_bytes,
    rekey_bytes,
)

_TO_OWNER = {"accept", "leave", "request", "status"}
_SENTENCE = 2_000


@dataclass(frozen=True, slots=True)
class _Scene:
    """A share that was joined, and a message of each kind about it."""

    story: Story
    messages: tuple[Message, ...]


@functools.cache
def _scene() -> _Scene:
    story = Story()
    story.pat.identity, story.tester.identity = PAT, TESTER
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    story.pat.put(*lunch("Lunch moved", 13), uid="lunch")
    story.pat.put(
        "SUMMARY:Choir", "DTSTART:20261201T180000Z", "RRULE:FREQ=WEEKLY;COUNT=9", "CATEGORIES:OSync", uid="choir"
    )
    story.pat.sync()
    sent = [opened(mail.content, story.tester) for mail in story.pat.mailbox.sent]
    accept = opened(story.tester.mailbox.sent[0].content, story.pat)
    story.office.waiting["tester@example.org"].clear()
    update = sent[-1]
    assert isinstance(update, Update)
    common = replace(update.common, sent_at=update.common.sent_at + 1, message_id="b" * 32)
    return _Scene(story, (*sent, accept, *_further(common, update)))


def _further(common: Common, update: Update) -> Iterator[Message]:
    heard, counted = update.announcement, replace(common, counter=10**13)
    yield Snapshot(common, heard, update.floor, 2, update.through, 0, 1024, update.events)
    yield End(common, heard.epoch, heard.head, EndReason.CLOSED)
    yield Ping(common)
    yield Leave(counted)
    yield Request(counted, heard.epoch, 0, False, (heard,), RequestReason.GAP)
    yield Status(counted, heard.epoch, heard.head, (heard,))
    for key in (PAT, TESTER):
        signature = STRANGER.sign(rekey_bytes(key.public.public_key, STRANGER.public.public_key, common.share))
        yield Rekey(common, STRANGER.public.public_key, signature)


def _check(data: bytes) -> None:
    scene = _scene()
    data = _signed_again(data)
    story, kind = scene.story, _kind(data)
    for victim, peer in ((story.pat, TESTER), (story.tester, PAT)):
        if (kind in _TO_OWNER) == (victim is story.pat) or kind == "rekey":
            _check_run(story, victim, sealed_to(data, peer, victim.identity.public))
            strange = _check_run(story, victim, sealed_to(data, STRANGER, victim.identity.public))
            assert (strange.changes, strange.held) == ([], [])
            assert not [mail for mail in strange.mails if mail.direction is Direction.OUT] or kind == "accept"


def _check_run(story: Story, victim: Person, content: bytes) -> Report:
    """Let a run take the mail in a copy of the ledger, so that the next input finds the same ledger."""
    story.office.deliver(victim.address, content)
    before = tables_of(victim)
    report = victim.sync(dry_run=True)
    story.office.waiting[victim.address].clear()
    assert tables_of(victim) == before
    assert len([mail for mail in report.mails if mail.sentence]) >= 1 or report.problems
    for sentence in (*(mail.sentence for mail in report.mails), *(problem.sentence for problem in report.problems)):
        assert harmless(sentence)
        assert len(sentence) < _SENTENCE
    return report


def _kind(data: bytes) -> str:
    try:
        return str(json.loads(data)["m"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _signed_again(data: bytes) -> bytes:
    """Let the owner sign what was announced, as a hostile owner would."""
    try:
        message = decode(data)
    except SetMailAsideError:
        return data
    if not isinstance(message, Update | Snapshot):
        return data
    heard = message.announcement
    signed = announcement_bytes(message.common.share, heard.epoch, heard.head, heard.digest, heard.writer)
    return encode(replace(message, announcement=replace(heard, signature=PAT.sign(signed))))


def _seeds() -> Iterator[bytes]:
    yield from map(encode, _scene().messages)


TARGETS = (Target("run", _check, _seeds, WORDS, mutate_json(NAMES), largest=1 << 14),)
