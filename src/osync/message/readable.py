"""What people read: the text of each mail (protocol 6.5).

The texts of encrypted messages say nothing about their events or the share.
"""

import time

from osync.message.identity import safety_code
from osync.message.manifest import Invite
from osync.message.plain_tokens import Wish, way_to_wish
from osync.model import PrivacyLevel, PublicIdentity

REPLY_TEXT = "This is an automatic message from one OSync to another; there is nothing to read or to do here.\n"

LEVELS = {
    PrivacyLevel.FULL: "when its events are, what they are called, and where",
    PrivacyLevel.TITLES: "when its events are and what they are called",
    PrivacyLevel.BUSY: "when its owner is busy, nothing else",
}


def invite_text(invite: Invite, owner: PublicIdentity) -> str:
    """Give the text of an invitation. The command names the share by its id, so that no name can become a command."""
    until = f"\nThe invitation can be accepted until {_day(invite.until)}.\n" if invite.until is not None else ""
    protection = "encrypted" if invite.encrypted else "signed, but not encrypted"
    return f"""{invite.owner_name} <{invite.owner_address}> offers to share calendar events with you.

    Share:   {invite.share_name} ({_counted(invite.count, "event")} now)
    Shows:   {LEVELS[invite.level]}
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
{_without_osync(invite)}{until}
If you did not expect this invitation, ignore it: nothing happens, and
nobody is told.
"""


def _without_osync(invite: Invite) -> str:
    """Say how to read the share without OSync; a mailing list has no token, as everybody on it could use it."""
    if not invite.token:
        return ""
    plain = way_to_wish(Wish.PLAIN, invite.token, invite.owner_address)
    leave = way_to_wish(Wish.LEAVE, invite.token, invite.owner_address)
    return f"""
Without OSync you can have the events and their changes as mails that anybody
can read, with files for your calendar program, but not encrypted. For that,
send a mail to {invite.owner_address} with this subject:

    {plain.subject}
    <{plain.link}>

To get no more mails about this share, send one with this subject:

    {leave.subject}
    <{leave.link}>
"""


def update_text(share: str) -> str:
    """Give the text of an encrypted update, snapshot or end."""
    return f"""Calendar changes for OSync, nothing to read here.

OSync reads the attached file with its next sync; please leave this mail
where it is until then. To receive no more of these mails:

    osync leave {share}
"""


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _day(seconds: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
