"""What people read: the text of each mail (protocol 6.5), and any message described for `osync open`.

The texts of encrypted messages say nothing about their events or the share.
"""

import time
from collections.abc import Iterator
from typing import assert_never

from osync.ical.lines import parse_line, unescape_text
from osync.ical.texts import clean_line, cut_text
from osync.message.identity import public_identity, safety_code
from osync.message.manifest import (
    Accept,
    Announcement,
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
    kind_of,
)
from osync.model import PrivacyLevel, PublicIdentity

REPLY_TEXT = "This is an automatic message from one OSync to another; there is nothing to read or to do here.\n"

_LEVELS = {
    PrivacyLevel.FULL: "when its events are, what they are called, and where",
    PrivacyLevel.TITLES: "when its events are and what they are called",
    PrivacyLevel.BUSY: "when its owner is busy, nothing else",
}
_REASONS = {
    RequestReason.GAP: "a mail is missing",
    RequestReason.DIGEST: "the whole is not what was announced",
    RequestReason.JOIN: "it has just joined",
    RequestReason.ORDER: "the newest mail is behind an older one",
}
_TITLE_CHARACTERS = 120


def invite_text(invite: Invite, owner: PublicIdentity) -> str:
    """Give the text of an invitation. The command names the share by its id, so that no name can become a command."""
    until = f"\nThe invitation can be accepted until {_day(invite.until)}.\n" if invite.until is not None else ""
    protection = "encrypted" if invite.encrypted else "signed, but not encrypted"
    return f"""{invite.owner_name} <{invite.owner_address}> offers to share calendar events with you.

    Share:   {invite.share_name} ({_counted(invite.count, "event")} now)
    Shows:   {_LEVELS[invite.level]}
    Mails:   {protection}

To have these events in your own calendar you need OSync, the program that
sent this mail and that brings every later change as well. With OSync:

    osync sync
    osync invitations
    osync accept {invite.common.share}

To be sure that nobody changed this invitation on its way, compare the
safety code that "osync invitations" shows with {invite.owner_name}, by phone
or face to face. This is the code of {invite.owner_name}:

    {safety_code(owner)}
{until}
If you did not expect this invitation, ignore it: nothing happens, and
nobody is told.
"""


def update_text(share: str) -> str:
    """Give the text of an encrypted update, snapshot or end."""
    return f"""Calendar changes for OSync, nothing to read here.

OSync reads the attached file with its next sync; please leave this mail
where it is until then. To receive no more of these mails:

    osync leave {share}
"""


def describe(message: Message, signer: PublicIdentity) -> str:
    """Tell people what a message says: one line a fact, then one line an event. Nothing in it can steer a terminal."""
    lines = [
        f"Kind:       {kind_of(message)}",
        f"Share:      {message.common.share}",
        f"Signed by:  {safety_code(signer)}",
        f"Sent:       {_moment(message.common.sent_at // 1000)}",
    ]
    if message.common.app:
        lines.append(f"Program:    {clean_line(message.common.app)}")
    lines.extend(_facts(message))
    return "\n".join(lines) + "\n"


def _facts(message: Message) -> Iterator[str]:
    match message:
        case Update():
            yield f"Revisions:  {message.after + 1} to {message.through} {_of(message.announcement)}"
            yield from _contents(message)
        case Snapshot():
            share = "" if message.end_bucket - message.first_bucket == 1024 else ", a part of the share"
            yield f"Revisions:  everything as of {message.at} {_of(message.announcement)}{share}"
            yield from _contents(message)
        case Invite():
            yield from _invite_facts(message)
        case Accept():
            device = f", on {clean_line(message.device)}" if message.device else ""
            yield f"Accepts:    {clean_line(message.name)} <{clean_line(message.address)}>{device}"
            yield f"Token:      {'given' if message.token_mac else 'none'}"
        case Leave():
            yield f"Leaves:     {'with all devices' if message.all_devices else 'with one device'}"
        case End():
            ends = "for this subscriber" if message.what is EndReason.REVOKED else "for everybody"
            yield f"Ends:       {ends}; the owner wishes that the copies {'stay' if message.keep else 'go'}"
        case Request():
            yield f"Has:        everything up to revision {message.covered} (epoch {message.epoch})"
            yield f"Asks:       because {_REASONS[message.why]}{', and it is damaged' if message.damaged else ''}"
        case Rekey():
            yield f"New key:    {safety_code(public_identity(message.new_key))}"
        case Status():
            yield f"Has:        everything up to revision {message.covered} (epoch {message.epoch})"
        case Ping():
            yield "Asks:       whether we are still there"
        case _:
            assert_never(message)


def _of(announcement: Announcement) -> str:
    return f"of {announcement.head} (epoch {announcement.epoch})"


def _invite_facts(invite: Invite) -> Iterator[str]:
    yield f"Offers:     {clean_line(invite.share_name)} ({_counted(invite.count, 'event')})"
    yield f"Owner:      {clean_line(invite.owner_name)} <{clean_line(invite.owner_address)}>"
    yield f"Shows:      {_LEVELS[invite.level]}"
    yield f"Mails:      {'encrypted' if invite.encrypted else 'not encrypted'}"
    if invite.until is not None:
        yield f"Until:      {_day(invite.until)}"


def _contents(message: Update | Snapshot) -> Iterator[str]:
    yield f"Floor:      {message.floor.isoformat()}"
    yield f"Events:     {len(message.events)} here, {message.live_count} in the share"
    for event in message.events:
        yield f"  {event.revision:>7}  {_happens(event, message):<8} {_shown(event)}"


def _happens(event: EventRevision, message: Update | Snapshot) -> str:
    if event.text is None:
        return "deleted"
    if isinstance(message, Snapshot):
        return "is there"
    return "new" if event.count == 1 else "changed"


def _shown(event: EventRevision) -> str:
    if event.text is None:
        return f"event {event.key}"
    return f"{_first_value(event.text, 'DTSTART'):<17} {_first_value(event.text, 'SUMMARY') or '(no title)'}"


def _first_value(text: str, name: str) -> str:
    """Give the first property called `name` in a canonical text, for people."""
    for line in text.split("\n"):
        found = parse_line(line) if line.startswith(name) else None
        if found is not None and found.name == name:
            value = clean_line(unescape_text(found.value))
            return cut_text(value, _TITLE_CHARACTERS) if name == "SUMMARY" else _start(value)
    return ""


def _start(value: str) -> str:
    day = f"{value[:4]}-{value[4:6]}-{value[6:8]}"
    return f"{day} {value[9:11]}:{value[11:13]}{value[15:16]}" if "T" in value else day


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _day(seconds: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))


def _moment(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
