"""The backend of Outlook keeps the contracts over COM too: pywin32 here, the fake as a COM server in another process."""

from typing import Any

import pytest
from calendars.test_outlook import OutlookContract
from contracts.calendar_contract import event
from contracts.mailbox_contract import PostOffice
from mailboxes.test_outlook import OutlookMailboxContract

from osync.assembly import clock
from osync.calendars.base import Calendar
from osync.calendars.outlook import OutlookCalendar
from osync.mailboxes.base import Mailbox
from osync.mailboxes.outlook import OutlookMailbox
from osync.microsoft.outlook import Outlook
from osync.microsoft.settled_mails import SettledMails
from osync.microsoft.windows import windows_machine
from osync.notebook import LooseNotebook


class ComOutlook:
    """The fake as tests reach it over COM: `application` gives what anybody gets, the rest is the fake's own."""

    def __init__(self, application: Any) -> None:
        self._application = application

    def application(self) -> Any:
        return self._application

    def __getattr__(self, name: str) -> Any:
        return getattr(self._application.Fake, name)


class TestOutlookOverCom(OutlookContract):
    @pytest.fixture
    def outlook(self, server: Any) -> Any:
        server.Fake.renew("Europe/Berlin", ";")
        return ComOutlook(server)

    @pytest.fixture
    def calendar(self, outlook: Any) -> Calendar:
        return over_com()

    @pytest.fixture
    def read_only(self, outlook: Any) -> Calendar:
        over_com().create(event())
        outlook.folder().read_only = True
        return over_com()


def over_com() -> OutlookCalendar:
    return OutlookCalendar(Outlook(windows_machine()), "default", LooseNotebook())


def test_changes_in_outlook_end_the_waiting(server: Any) -> None:
    server.Fake.renew("Europe/Berlin", ";")
    waiting, writing = over_com(), over_com()
    assert waiting.wait(30) is True  # Outlook has begun to run: something may have changed before
    assert waiting.wait(0.2) is False
    writing.create(event("Lunch"))
    assert waiting.wait(30) is True
    assert waiting.wait(0.2) is False
    waiting.close()


class ComPost:
    """Several accounts of the one Outlook behind the COM server."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._notebooks: dict[str, LooseNotebook] = {}

    def mailbox(self, address: str) -> Mailbox:
        self._server.Fake.open_account(address.lower())
        settled = SettledMails(self._notebooks.setdefault(address.lower(), LooseNotebook()), 30, clock)
        return OutlookMailbox(Outlook(windows_machine()), "default", address, ("INBOX",), settled)


class TestOutlookMailboxOverCom(OutlookMailboxContract):
    @pytest.fixture
    def post(self, server: Any) -> PostOffice:
        server.Fake.renew("Europe/Berlin", ";")
        return ComPost(server)
