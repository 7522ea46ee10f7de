"""The fake in the same process: what a test gives to the backend instead of Windows."""

from collections.abc import Callable, Mapping

from outlook.application import FakeOutlook

from osync.microsoft.com_thread import Apartment
from osync.microsoft.machine import Handler, Machine


def machine_of(outlook: FakeOutlook) -> Machine:
    """Give the computer that an Outlook runs on."""

    def listen(found: object, handlers: Mapping[str, Handler]) -> Callable[[], None]:
        return outlook.listen(found, dict(handlers)).handlers.clear

    apartment = Apartment(enter=lambda: None, leave=lambda: None, pump=outlook.pump)
    return Machine(
        apartment, outlook.application, lambda: outlook.is_open, lambda: True, listen, lambda: outlook.list_separator
    )
