"""Setting up with Outlook: what it knows is not asked, and what it lists is told."""

import pytest
from cli.conversations import Script
from outlook.application import CALENDAR, DELETED, FakeOutlook
from outlook.in_process import machine_of

from osync.calendars.base import OffersCategories
from osync.calendars.outlook import OutlookCalendar
from osync.config import PlaceSettings
from osync.errors import ConfigurationError, MailboxUnavailableError, MailboxUnusableError
from osync.microsoft.inventory import take_inventory
from osync.microsoft.outlook import Outlook, Words
from osync.notebook import LooseNotebook
from osync.setup.outlook import OutlookSource, outlook_of_this_computer
from osync.setup.sources import ChosenAccounts

_WORDS = Words(MailboxUnavailableError, MailboxUnusableError, "")


def ask(outlook: FakeOutlook, address: str, *answers: tuple[str, str]) -> ChosenAccounts:
    script = Script(*answers)
    chosen = OutlookSource(Outlook(machine_of(outlook))).ask(script.talk, address)
    assert script.pairs == []
    return chosen


def test_where_there_is_one_account_and_one_calendar_nothing_is_asked() -> None:
    chosen = ask(FakeOutlook(), "Pat@Example.org")
    assert chosen.mailbox == PlaceSettings("outlook", "pat@example.org")
    assert chosen.calendars == {"default": PlaceSettings("outlook", "default")}


def test_of_several_accounts_and_calendars_the_user_chooses() -> None:
    outlook = FakeOutlook(addresses=("pat@example.org", "pat@work.example"))
    calendar = outlook.application().GetNamespace("MAPI").GetDefaultFolder(CALENDAR)
    club = calendar.Folders.Add("Club", CALENDAR)
    calendar.Folders.Add("Gone", CALENDAR).Delete()
    chosen = ask(outlook, "other@example.org", ("carries your mail", "2"), ("Which calendar", "2"))
    assert chosen.mailbox.location == "pat@work.example"
    assert chosen.calendars["default"].location == f"{club.EntryID}/{club.StoreID}"


@pytest.mark.parametrize("raises", [False, True])
def test_a_store_without_deleted_items_is_listed_too(raises: bool) -> None:
    outlook = FakeOutlook()
    outlook.missing_folders_raise = raises
    outlook.open_account("pat@work.example")
    del outlook.stores[1].defaults[DELETED]
    found = Outlook(machine_of(outlook)).read(_WORDS, take_inventory)
    assert [each.name for each in found.calendars] == ["Kalender", "Kalender (pat@work.example)"]


def test_an_outlook_without_accounts_or_that_refuses_is_explained() -> None:
    with pytest.raises(ConfigurationError, match="no mail account"):
        ask(FakeOutlook(addresses=()), "pat@example.org")
    outlook = FakeOutlook()
    outlook.guard_denies = True
    with pytest.raises(MailboxUnusableError, match="Programmatic Access"):
        ask(outlook, "pat@example.org")


def test_other_computers_have_no_outlook() -> None:
    assert not OutlookSource(None).is_there()
    assert isinstance(outlook_of_this_computer().is_there(), bool)


def test_the_category_of_a_new_share_is_in_outlooks_list_once() -> None:
    outlook = FakeOutlook()
    outlook.categories = ["Blue"]
    calendar = OutlookCalendar(Outlook(machine_of(outlook)), "default", LooseNotebook())
    assert isinstance(calendar, OffersCategories)
    for name in ("Team", "TEAM", "blue"):
        calendar.offer_category(name)
    assert outlook.categories == ["Blue", "Team"]
