"""Which parts of a sync are wanted, where somebody knows that the others have no news or do not answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """The parts of a sync. What is left out is found by the next one that has it.

    `mail`: read the mailbox. `post`: send what waits. `calendars`: those whose events may have changed, None for all; the others
    are asked only if somebody is owed something from them. `avoided` calendars are neither read nor written.
    """

    mail: bool = True
    post: bool = True
    calendars: frozenset[str] | None = None
    avoided: frozenset[str] = frozenset()

    def may_have_news(self, calendar: str) -> bool:
        """Tell whether the events of a calendar may have changed."""
        return self.calendars is None or calendar in self.calendars


EVERYTHING = Scope()
"""A whole sync."""
