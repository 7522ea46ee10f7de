"""What a mail to somebody without OSync says, as values that both its plain text and its HTML show."""

from dataclasses import dataclass

from osync.message.news import Kind
from osync.message.plain_tokens import Way


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of an event, under a label; with `old`, a change from it to `new`. `block` means text of several lines."""

    label: str
    new: str
    old: str | None = None
    block: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """One event of the mail; `file` is the name of its attachment, "" if it has none of its own."""

    kind: Kind
    title: str
    lines: tuple[Line, ...]
    file: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The notices of one month; the heading is "" where there is only one group."""

    heading: str
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """All notices of one kind; `more` says how many were left out and where they are, "" if none."""

    kind: Kind
    heading: str
    groups: tuple[Group, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One mail. `advice` says what the attached files do and do not do, `leave` how to get no more mails."""

    title: str
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    advice_heading: str
    advice: tuple[str, ...]
    closing: tuple[str, ...]
    leave: Way | None = None
