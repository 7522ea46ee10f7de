"""Where an installation can get its mailbox and its calendars from. Each source asks its own questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from osync.config import PlaceSettings
from osync.setup.accounts import NewPassword
from osync.setup.conversation import Conversation


@dataclass(frozen=True, slots=True)
class ChosenAccounts:
    """What the user chose; nothing of it is made yet. `create` allows to make the folder of a calendar.

    The first calendar is the default one. `passwords` go into the credential store.
    """

    mailbox: PlaceSettings
    calendars: Mapping[str, PlaceSettings]
    passwords: tuple[NewPassword, ...] = ()
    create: bool = False


class AccountSource(Protocol):
    """A kind of place that has mail and calendars, like a mail provider or Outlook on this computer."""

    @property
    def description(self) -> str:
        """What it is, as one line to choose."""
        ...

    def is_there(self) -> bool:
        """Tell whether this computer has it."""
        ...

    def ask(self, talk: Conversation, address: str) -> ChosenAccounts:
        """Ask for what is needed for a mail address, and check it. OSyncError if it cannot be used at all."""
        ...
