"""Outlook on this computer, as a place that has both mail and calendars: it knows its accounts, so little has to be asked."""

from collections.abc import Sequence

from osync.config import PlaceSettings
from osync.errors import ConfigurationError, MailboxUnavailableError, MailboxUnusableError, UserMustActError
from osync.microsoft.inventory import AccountFound, CalendarFound, take_inventory
from osync.microsoft.machine import this_machine
from osync.microsoft.outlook import Outlook, Words
from osync.setup.conversation import Conversation
from osync.setup.sources import ChosenAccounts

_WORDS = Words(MailboxUnavailableError, MailboxUnusableError, "Nothing was changed.")


class OutlookSource:
    """The classic Outlook of this user; None where there cannot be one."""

    description = "Outlook on this computer (classic Outlook for Windows)"

    def __init__(self, outlook: Outlook | None) -> None:
        self._outlook = outlook

    def is_there(self) -> bool:
        """Tell whether classic Outlook is installed here; it is not started for that."""
        return self._outlook is not None and self._outlook.machine.has_outlook()

    def ask(self, talk: Conversation, address: str) -> ChosenAccounts:
        """Find the account of the address and the calendar; asked is only what Outlook has several of.

        Errors of mailboxes if Outlook cannot be used, ConfigurationError if it has no mail account.
        """
        if self._outlook is None:
            raise ConfigurationError("There is no Outlook on this computer.", unharmed=_WORDS.unharmed)
        talk.say("Looking into Outlook. If it asks whether a program may use it, please allow it.")
        found = self._outlook.read(_WORDS, take_inventory)
        account = _account(talk, found.accounts, address)
        calendar = _calendar(talk, found.calendars)
        return ChosenAccounts(
            PlaceSettings("outlook", account.address), {"default": PlaceSettings("outlook", calendar.location)}
        )


def outlook_of_this_computer() -> OutlookSource:
    """Give the Outlook of this computer, if it can have one."""
    try:
        return OutlookSource(Outlook(this_machine()))
    except UserMustActError:
        return OutlookSource(None)


def _account(talk: Conversation, accounts: Sequence[AccountFound], address: str) -> AccountFound:
    same = [each for each in accounts if each.address.lower() == address.lower()]
    if same:
        return same[0]
    if not accounts:
        raise ConfigurationError(
            "Outlook has no mail account.",
            unharmed=_WORDS.unharmed,
            advice="Add one in Outlook, or choose another way.",
        )
    names = [each.address for each in accounts]
    return accounts[talk.choose(f"Outlook has no account {address}. Which of its accounts carries your mail?", names)]


def _calendar(talk: Conversation, calendars: Sequence[CalendarFound]) -> CalendarFound:
    if len(calendars) == 1:
        return calendars[0]
    return calendars[talk.choose("Which calendar of Outlook is it?", [each.name for each in calendars])]
