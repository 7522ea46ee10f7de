"""Filters of `Items.Restrict`, `Items.Find` and `Folder.GetTable`: Jet and DASL, as far as our facts tell (facts A3)."""

import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from outlook.columns import TAG, UTC_NAMES, reader
from outlook.refusals import FAILED, refused
from outlook.store import Record

if TYPE_CHECKING:
    from outlook.application import FakeOutlook

Wanted = Callable[[Record], bool]

# Microsoft, Items.Restrict and Items.Find: "error if the property is used" [D]. `Categories` is among them, and is shown in
# examples of the same documentation; in practice it works, as a match of words [D, facts A3].
_NAMES = """
    AutoResolvedWinner Body BodyFormat Children Class Companies CompanyLastFirstNoSpace CompanyLastFirstSpaceOnly ContactNames
    Contacts ConversationIndex DLName DownloadState Email1EntryID Email2EntryID Email3EntryID EntryID HTMLBody InternetCodePage
    IsConflict IsOnlineMeeting LastFirstAndSuffix LastFirstNoSpace LastFirstNoSpaceAndSuffix LastFirstNoSpaceCompany
    LastFirstSpaceOnly LastFirstSpaceOnlyCompany MeetingWorkspaceURL MemberCount NetMeetingAlias NetMeetingAutoStart
    NetMeetingOrganizerAlias NetMeetingServer NetMeetingType Permission ReceivedByEntryID ReceivedOnBehalfOfEntryID
    RecurrenceState ReplyRecipients ResponseState Saved Sent Submitted VotingOptions
"""
NOT_FOR_RESTRICT = frozenset(_NAMES.split())
NOT_FOR_FIND = NOT_FOR_RESTRICT | {"String", "Subject"}

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_CONDITION = re.compile(
    r"""\s*(?:\[(?P<jet>[^\]]+)\]|"(?P<dasl>[^"]+)")\s*(?P<how><=|>=|<>|=|<|>|like)\s*
    (?:'(?P<text>(?:[^']|'')*)'|(?P<number>-?\d+|True|False))\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_AND = re.compile(r"and\b", re.IGNORECASE)


def wanted_by(outlook: "FakeOutlook", text: str, refused_names: frozenset[str]) -> Wanted:
    """Give what a filter lets through; conditions may be joined by "and". What Outlook refuses raises."""
    is_dasl = text[:5].upper() == "@SQL="
    rest, tests = text[5:] if is_dasl else text, list[Wanted]()
    while rest:
        found = _CONDITION.match(rest)
        if found is None or bool(found["dasl"]) != is_dasl:
            raise refused(FAILED, "Cannot parse condition.")
        name = found["dasl"] or found["jet"]
        if name in refused_names:
            raise refused(FAILED, f'The property "{name}" cannot be used in a condition.')
        tests.append(_test(outlook, name, found))
        rest = rest[found.end() :]
        joined = _AND.match(rest)
        if rest and not joined:
            raise refused(FAILED, "Cannot parse condition.")
        rest = rest[joined.end() :] if joined else ""
    return lambda record: all(test(record) for test in tests)


def _test(outlook: "FakeOutlook", name: str, found: re.Match[str]) -> Wanted:
    read = reader(outlook, name)
    if read is None:
        raise refused(FAILED, f'The property "{name}" is unknown.')
    how = found["how"].lower()
    text = found["text"].replace("''", "'") if found["text"] is not None else None
    if name == "Categories":
        return _has_words(text or "")
    if how == "like":
        return _like(read, text or "")

    def test(record: Record) -> bool:
        value = read(record)
        if value is None:
            return False
        if isinstance(value, tuple):
            return (text or "").casefold() in [each.casefold() for each in value]
        return _OPERATORS[how](_comparable(value), _meant(outlook, value, text, found["number"] or "0"))

    # A date that cannot be read is refused before anything is looked at.
    if name in _DATES and text is not None:
        outlook.locale.read(text)
    return test


_DATES = frozenset(
    ("Start", "End", "CreationTime", "LastModificationTime", "ReceivedTime", TAG + "0x30080040", TAG + "0x0E060040", *UTC_NAMES)
)  # fmt: skip


def _comparable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None, second=0, microsecond=0)
    return value.casefold() if isinstance(value, str) else value


def _meant(outlook: "FakeOutlook", value: Any, text: str | None, number: str) -> Any:
    """Give what a filter compares with; a date is in the zone that its column is in: local for Jet's names, UTC for DASL's."""
    if text is not None:
        return outlook.locale.read(text) if isinstance(value, datetime) else text.casefold()
    truth = {"true": True, "false": False}
    return truth[number.lower()] if number.lower() in truth else int(number)


def _like(read: Callable[[Record], Any], pattern: str) -> Wanted:
    words = ".*".join(re.escape(part) for part in pattern.casefold().split("%"))
    return lambda record: re.fullmatch(words, str(read(record) or "").casefold(), re.DOTALL) is not None


def _has_words(text: str) -> Wanted:
    """Jet looks for the words anywhere in the categories: "Partner" finds "Tier1 Partner" too [D]."""
    words = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)", re.IGNORECASE)
    return lambda record: words.search("; ".join(record.fields.get("Categories", ()))) is not None
