"""What a calendar or mailbox notes for its next run, page by page; the ledger keeps it. It decides nothing."""

from typing import Protocol


class Notebook(Protocol):
    """Pages of text under names. Losing them costs time, or reads a mail again; it never loses an event."""

    def read(self, page: str) -> str:
        """Give what was written last on a page, "" if nothing was."""
        ...

    def write(self, page: str, text: str) -> None:
        """Write a page anew, safe against a crash when it returns; "" forgets it."""
        ...


class LooseNotebook:
    """A notebook that is thrown away at the end: for checks before there is a ledger, for rehearsals, and for tests."""

    def __init__(self) -> None:
        self._pages: dict[str, str] = {}

    def read(self, page: str) -> str:
        """Give what was written last on a page, "" if nothing was."""
        return self._pages.get(page, "")

    def write(self, page: str, text: str) -> None:
        """Write a page anew; "" forgets it."""
        self._pages[page] = text
