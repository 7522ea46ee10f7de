"""Every error of OSync, grouped by what the caller does next.

The tree (a test compares it with the classes; the number is the exit code of a program that ends with it):

    OSyncError 1                    a fault of ours, unless a subclass says otherwise
    ├── UserMustActError 2          the user has to change something
    │   ├── ConfigurationError 2
    │   ├── LedgerDamagedError 2
    │   ├── LedgerTooNewError 2
    │   ├── KeyUnavailableError 2
    │   ├── NotFoundError 2
    │   ├── CalendarUnusableError 2
    │   ├── MailboxUnusableError 2
    │   └── SignInRefusedError 2
    ├── StopBeforeHarmError 3       going on could harm somebody's calendar
    ├── RetryLaterError 75          nothing is wrong with the request; the world is not ready
    │   ├── AnotherRunError 75
    │   ├── DiskFullError 75
    │   ├── CalendarUnavailableError 75
    │   ├── MailboxUnavailableError 75
    │   │   └── MailDeferredError 75
    │   └── OutlookRefusedError 75
    ├── SkipEventError 0            leave this event alone, report it, go on with the others
    │   ├── EventUnreadableError 0
    │   ├── EventRefusedError 0
    │   │   └── EventTriedError 0
    │   ├── EventExistsError 0
    │   └── EventChangedError 0
    ├── RecipientRefusedError 0     this mail did not reach this address; the others did
    └── SetMailAsideError 0         leave this mail alone, go on with the others
        ├── NoMessageError 0
        ├── NotForUsError 0
        ├── MessageDamagedError 0
        ├── MessageTooLargeError 0
        ├── MessageTooNewError 0
        └── SignerUnknownError 0
"""

from typing import ClassVar


class OSyncError(Exception):
    """Say what happened, what was not harmed, and what to do, in words for the user.

    `what`, `unharmed` and `advice` are whole sentences without event text; the last two may be empty.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, unharmed: str = "", advice: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.unharmed = unharmed
        self.advice = advice

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.unharmed, self.advice) if part)


class UserMustActError(OSyncError):
    """Ask the user to change something; trying again without that is useless."""

    exit_code = 2


class ConfigurationError(UserMustActError):
    """A setting is missing, misspelt or has a value that is not allowed."""


class LedgerDamagedError(UserMustActError):
    """The ledger cannot be read."""


class LedgerTooNewError(UserMustActError):
    """The ledger was written by a newer OSync."""


class KeyUnavailableError(UserMustActError):
    """The private key of this installation cannot be had."""


class NotFoundError(UserMustActError):
    """The share, subscription, invitation or run that the user named does not exist."""


class CalendarUnusableError(UserMustActError):
    """The calendar is missing, read-only or not what its name says."""


class MailboxUnusableError(UserMustActError):
    """The mailbox is missing, may not be used by programs, or is not what its settings say."""


class SignInRefusedError(UserMustActError):
    """An account refuses its password or token, or there is none."""


class StopBeforeHarmError(OSyncError):
    """Stop: going on could delete or overwrite what nobody asked to lose."""

    exit_code = 3


class RetryLaterError(OSyncError):
    """Try again later without changing anything."""

    exit_code = 75


class AnotherRunError(RetryLaterError):
    """Another OSync works on the same home."""


class DiskFullError(RetryLaterError):
    """No room to write."""


class CalendarUnavailableError(RetryLaterError):
    """The calendar does not answer now."""


class MailboxUnavailableError(RetryLaterError):
    """The mailbox does not answer now."""


class MailDeferredError(MailboxUnavailableError):
    """The mailbox does not take this one mail now; others may go."""


class OutlookRefusedError(RetryLaterError):
    """Outlook did not do what it was asked; `reason` is one word for what the calendar or mailbox makes of it."""

    def __init__(self, what: str, *, reason: str) -> None:
        super().__init__(what)
        self.reason = reason


class SkipEventError(OSyncError):
    """Leave this event alone, report it, and go on with the others."""

    exit_code = 0


class EventUnreadableError(SkipEventError):
    """The text is truncated, empty or not iCalendar; this never means that there is no event."""


class EventRefusedError(SkipEventError):
    """The event cannot be held, shared or written as it is."""


class EventTriedError(EventRefusedError):
    """The calendar's program was given the event and refused it; each time that it is tried somebody may see it come and go."""


class EventExistsError(SkipEventError):
    """An event with this UID or name is already there; `handle` is where."""

    def __init__(self, what: str, *, handle: str) -> None:
        super().__init__(what)
        self.handle = handle


class EventChangedError(SkipEventError):
    """The event is not the version that the caller saw, or it has vanished."""


class RecipientRefusedError(OSyncError):
    """The mailbox could not deliver to `address`."""

    exit_code = 0

    def __init__(self, what: str, *, address: str) -> None:
        super().__init__(what)
        self.address = address


class SetMailAsideError(OSyncError):
    """Leave this mail alone and go on with the others."""

    exit_code = 0


class NoMessageError(SetMailAsideError):
    """The mail carries no OSync message."""


class NotForUsError(SetMailAsideError):
    """The message is encrypted to other keys than ours, or addressed to another key."""


class MessageDamagedError(SetMailAsideError):
    """The message was cut, changed on the way, or forged."""


class MessageTooLargeError(SetMailAsideError):
    """The mail or message exceeds a limit of the protocol."""


class MessageTooNewError(SetMailAsideError):
    """The sender's OSync is newer than ours; the mail is kept for the day we can read it."""


class SignerUnknownError(SetMailAsideError):
    """The message is signed by a key that we do not know."""
