"""Any message in words: every field, and every event with its times. Nothing in it can steer a terminal."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from osync.errors import EventRefusedError
from osync.ical.lines import parse_line, unescape_text
from osync.ical.texts import clean_line, cut_text
from osync.message.identity import is_signed_by, public_identity, safety_code
from osync.message.manifest import (
    BUCKETS,
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
    announcement_bytes,
    kind_of,
    rekey_bytes,
    voucher_bytes,
)
from osync.message.news import Telling, news_of
from osync.message.news_words import Setting, notice_of
from osync.message.readable import LEVELS
from osync.model import Approval, Delivery, PublicIdentity

_TITLE_CHARACTERS = 120
_UNREADABLE_CHARACTERS = 200
_MARGIN = " " * 19
_REASONS = {
    RequestReason.GAP: "a mail is missing",
    RequestReason.DIGEST: "the whole is not what was announced",
    RequestReason.JOIN: "it has just joined",
    RequestReason.ORDER: "the newest mail is behind an older one",
}
_APPROVALS = {
    Approval.TOKEN: "whoever has the token of the invitation",
    Approval.ASK: "whom its owner lets in",
    Approval.OPEN: "anybody",
}


def describe(message: Message, signer: PublicIdentity, now: datetime) -> str:
    """Tell people what a message says: a fact a line, then the events. `now` tells what of a series is still to come."""
    lines = [f"Kind:       {kind_of(message)}", *_common(message.common), *_facts(message, signer, now)]
    return "\n".join(lines) + "\n"


def _common(common: Common) -> Iterator[str]:
    yield f"Share:      {common.share}"
    yield f"Sent:       {moment_words(common.sent_at // 1000)}"
    yield f"Message:    {common.message_id}"
    if common.answers is not None:
        yield f"Answers:    message {common.answers}"
    if common.to is not None:
        yield f"For:        only the key with the id {common.to}"
    if common.counter is not None:
        yield f"Counter:    {common.counter}"
    if common.app:
        yield f"Program:    {clean_line(common.app)}"


def _facts(message: Message, signer: PublicIdentity, now: datetime) -> Iterator[str]:
    match message:
        case Update() | Snapshot():
            yield from _state(message, signer)
            yield from _events(message, now)
        case Invite():
            yield from _invite(message)
        case Accept():
            yield from _accept(message, signer)
        case Leave():
            yield f"Leaves:     {'with all devices' if message.all_devices else 'with one device'}"
        case End():
            ends = "for this subscriber" if message.what is EndReason.REVOKED else "for everybody"
            yield f"Ends:       {ends}; the owner wishes that the copies {'stay' if message.keep else 'go'}"
            yield f"Last:       revision {message.head} of epoch {_epoch(message.epoch)}"
        case Request():
            yield f"Has:        everything up to revision {message.covered} of epoch {_epoch(message.epoch)}"
            yield f"Asks:       because {_REASONS[message.why]}{', and it is damaged' if message.damaged else ''}"
            yield from _heard(message.announcements)
        case Rekey():
            yield from _rekey(message, signer)
        case Status():
            yield f"Has:        everything up to revision {message.covered} of epoch {_epoch(message.epoch)}"
            yield from _heard(message.announcements)
        case Ping():
            yield "Asks:       whether we are still there"
        case _:
            assert_never(message)


def _state(message: Update | Snapshot, signer: PublicIdentity) -> Iterator[str]:
    announced = message.announcement
    if isinstance(message, Update):
        yield f"Revisions:  {message.after + 1} to {message.through} of {announced.head}"
    else:
        whole = message.end_bucket - message.first_bucket == BUCKETS
        part = "" if whole else f", a part of the share (groups {message.first_bucket} to {message.end_bucket - 1})"
        yield f"Revisions:  everything as of {message.at} of {announced.head}{part}"
    yield f"Epoch:      {_epoch(announced.epoch)}, written by installation {announced.writer}"
    share = message.common.share
    content = announcement_bytes(share, announced.epoch, announced.head, announced.digest, announced.writer)
    right = "right" if is_signed_by(signer, announced.signature, content) else "WRONG"
    yield f"Announced:  {announced.digest} for the whole share; its signature is {right}"
    yield f"Floor:      {message.floor.isoformat()}; what ended before is no longer shared"
    for zone in message.zones:
        yield f"Time zone:  {clean_line(zone.name)}, defined in the message"
    yield f"Events:     {len(message.events)} here, {message.live_count} in the share"


def _invite(invite: Invite) -> Iterator[str]:
    yield f"Offers:     {clean_line(invite.share_name)} ({invite.count:,} event{'' if invite.count == 1 else 's'})"
    yield f"Owner:      {clean_line(invite.owner_name)} <{clean_line(invite.owner_address)}>"
    yield f"Shows:      {LEVELS[invite.level]}"
    yield f"Mails:      {'encrypted' if invite.encrypted else 'not encrypted'}"
    if invite.mode is Delivery.LIST:
        yield f"List:       its mails come by {clean_line(invite.list_address) or 'a mailing list'}"
    yield f"Lets in:    {_APPROVALS[invite.approval]}"
    yield f"Token:      {'given; not shown here, as it is a secret' if invite.token else 'none'}"
    if invite.until is not None:
        yield f"Until:      {moment_words(invite.until)}"
    yield f"Nonce:      {invite.share_nonce.hex()}"
    for change in invite.successions:
        yield f"Old key:    {safety_code(public_identity(change.old_key))}"


def _accept(accept: Accept, signer: PublicIdentity) -> Iterator[str]:
    device = f", on {clean_line(accept.device)}" if accept.device else ""
    yield f"Accepts:    {clean_line(accept.name)} <{clean_line(accept.address)}>{device}"
    yield f"Token:      {'given' if accept.token_mac else 'none'}"
    yield f"Takes:      messages of up to {accept.max_bytes:,} bytes"
    yield f"Nonce:      {accept.share_nonce.hex()}"
    if accept.voucher_key:
        other = public_identity(accept.voucher_key)
        content = voucher_bytes(signer.public_key, accept.common.share)
        right = "right" if is_signed_by(other, accept.voucher, content) else "WRONG"
        yield f"Vouched by: {safety_code(other)}, another device; its signature is {right}"


def _rekey(rekey: Rekey, signer: PublicIdentity) -> Iterator[str]:
    new = public_identity(rekey.new_key)
    content = rekey_bytes(signer.public_key, rekey.new_key, rekey.common.share)
    yield f"New key:    {safety_code(new)}"
    yield f"Agrees:     the signature of the new key is {'right' if is_signed_by(new, rekey.signature, content) else 'WRONG'}"


def _heard(announcements: tuple[Announcement, ...]) -> Iterator[str]:
    for each in announcements:
        yield f"Heard:      revision {each.head} of epoch {_epoch(each.epoch)}, {each.digest}, by installation {each.writer}"


def _events(message: Update | Snapshot, now: datetime) -> Iterator[str]:
    for event in message.events:
        yield from _event(event, message, now)


def _event(event: EventRevision, message: Update | Snapshot, now: datetime) -> Iterator[str]:
    shown = f"event {event.key}"
    details: list[str] = []
    if event.text is not None:
        telling = Telling(event.key, "", event.text, event.count, event.changed_at)
        try:
            (news,) = news_of([telling], message.zones)
            notice = notice_of(news, Setting(now, ""))
            shown = notice.title
            for line in notice.lines:
                label = f"{line.label}: " if line.label else ""
                details += (label + line.new).split("\n")
        except EventRefusedError as error:
            shown = _first_value(event.text, "SUMMARY") or "(no title)"
            begins = _first_value(event.text, "DTSTART")
            details = [f"Begins {begins or 'at no time'}.", f"OSync would not write it: {clean_line(str(error))}"]
        details += _about(event)
    yield f"  {event.revision:>7}  {_happens(event, message):<8} {cut_text(clean_line(shown), _TITLE_CHARACTERS)}"
    yield from (_MARGIN + clean_line(line) for line in details)


def _about(event: EventRevision) -> Iterator[str]:
    last = f"ends {event.last_day.isoformat()}" if event.last_day else "has no end"
    yield f"(version {event.count}, changed {moment_words(event.changed_at)}, {last}, event {event.key})"
    if event.chain:
        yield f"(came through {', '.join(event.chain)})"
    if event.occurrences:
        yield f"(next: {', '.join(moment_words(each) for each in event.occurrences)})"


def _happens(event: EventRevision, message: Update | Snapshot) -> str:
    if event.text is None:
        return "deleted"
    if isinstance(message, Snapshot):
        return "is there"
    return "new" if event.count == 1 else "changed"


def _first_value(text: str, name: str) -> str:
    """Give the first property called `name` of a text that OSync would not write, for people."""
    for line in text.split("\n"):
        found = parse_line(line) if line.startswith(name) else None
        if found is not None and found.name == name:
            return cut_text(clean_line(unescape_text(found.value)), _UNREADABLE_CHARACTERS)
    return ""


def moment_words(seconds: int) -> str:
    """Say a moment in UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def _epoch(epoch: int) -> str:
    """Say an epoch, which is the time when it began unless somebody chose another number."""
    return f"{epoch} (begun {time.strftime('%Y-%m-%d', time.gmtime(epoch))})" if epoch < 253_402_300_800 else str(epoch)
