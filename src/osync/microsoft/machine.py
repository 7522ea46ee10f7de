"""What Outlook needs of the computer it runs on, as an argument: Windows itself, or a fake of it in tests."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from osync.errors import UserMustActError
from osync.microsoft.com_thread import Apartment

Handler = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Machine:
    """One computer with Outlook.

    `connect` gives Outlook's Application object and starts Outlook if need be; `is_running` tells whether it runs, so that
    nobody starts it just to wait; `has_outlook` tells whether it is installed. `listen` calls the handlers, named after the
    events of an object, until what it gives is called: an object that is merely let go goes on listening, and Outlook waits
    for it. `list_separator` gives what stands between categories (Control Panel, Region).
    """

    apartment: Apartment
    connect: Callable[[], object]
    is_running: Callable[[], bool]
    has_outlook: Callable[[], bool]
    listen: Callable[[object, Mapping[str, Handler]], Callable[[], None]]
    list_separator: Callable[[], str]


def this_machine() -> Machine:
    """Give the computer that OSync runs on. UserMustActError if it is not Windows."""
    if sys.platform != "win32":
        raise UserMustActError(
            "Outlook can be used on Windows only.",
            unharmed="Nothing was sent or changed.",
            advice='Use a CalDAV calendar (kind = "caldav") and a mail account (kind = "internet") on this computer.',
        )
    from osync.microsoft.windows import windows_machine

    return windows_machine()
