"""What a run did or, in a dry run, would do: plain values for the command line and the window."""

import enum
from dataclasses import dataclass, field

from osync.errors import OSyncError
from osync.model import ChangeAction


class Direction(enum.StrEnum):
    """Which way a change travels."""

    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True)
class ReportedChange:
    """One event and what happens to it. `share` is the name of the share; `first` an ISO date or date-time."""

    direction: Direction
    share: str
    action: ChangeAction
    title: str
    first: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportedMail:
    """One mail: `kind` of its message or "", the `peer` it goes to or comes from, and one sentence if there is more to say."""

    direction: Direction
    kind: str
    share: str
    peer: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A share or subscription whose changes wait for the user, its id, and the sentence why.

    For a share of ours, `deletions` are what waits, and `deletions_id` changes if they do. `title` is that of the one event that
    waits by itself, which no log tells.
    """

    share: str
    reason: str
    share_id: str = ""
    deletions: tuple[ReportedChange, ...] = ()
    deletions_id: str = ""
    title: str = ""

    @property
    def words(self) -> str:
        """Give the reason for the user's eyes, with the event that it is about."""
        return f"{self.title}: {self.reason}" if self.title else self.reason


@dataclass(frozen=True, slots=True)
class Waiting:
    """What leaves later, `until` being the earliest moment: `count` changes of a share, or, with `share` "", mails.

    `of_budget` tells that the mails of the day are used up, not only that the share was broadcast a moment ago.
    """

    share: str
    count: int
    until: int
    of_budget: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that went wrong and did not stop the run."""

    subject: str
    sentence: str
    exit_code: int = 0


@dataclass(slots=True)
class Report:
    """Everything one run did. Filled while it works. `refused` are deletions that the user decided not to send.

    `troubles` are the errors that kept a calendar ("calendar NAME") or the mailbox ("mailbox") from being worked through.
    """

    changes: list[ReportedChange] = field(default_factory=list)
    mails: list[ReportedMail] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    refused: list[Held] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    troubles: dict[str, OSyncError] = field(default_factory=dict)

    def add_problem(self, subject: str, error: OSyncError) -> None:
        """Note an error that does not stop the run; once, if it meets several parts of the run in the same words."""
        if error.exit_code:
            self.troubles.setdefault(subject, error)
        if not any(problem.sentence == str(error) for problem in self.problems):
            self.problems.append(Problem(subject, str(error), error.exit_code))

    @property
    def exit_code(self) -> int:
        """The exit code of the run: stopped before harm, then the user must act, then temporary, then done."""
        if self.held:
            return 3
        codes = {problem.exit_code for problem in self.problems}
        return next((code for code in (3, 2, 1, 75) if code in codes), 0)
