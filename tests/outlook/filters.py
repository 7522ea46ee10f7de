"""Filters of `Items.Restrict`, `Items.Find` and `Folder.GetTable`: Jet and DASL, as far as our facts tell (facts A3)."""

import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from outlook.columns import TAG, UTC_NAMES, is_built_in, reader
from outlook.refusals import FAILED, ComError, refused
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

# Microsoft, Items.Sort: "will cause an error" [D].
_NOT_SORTED = """
    Categories Children Class CompanyLastFirstNoSpace CompanyLastFirstSpaceOnly DLName LastFirstAndSuffix LastFirstNoSpace
    LastFirstNoSpaceCompany LastFirstSpaceOnly LastFirstSpaceOnlyCompany MemberCount NetMeetingAlias RecurrenceState
    ResponseState Saved Sent
"""
NOT_FOR_SORT = frozenset(_NOT_SORTED.split())

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_SEARCHES = ("ci_startswith", "ci_phrasematch")
_CONDITION = re.compile(
    r"""\s*(?:\[(?P<jet>[^\]]+)\]|"(?P<dasl>[^"]+)")\s*(?:(?P<null>is\s+null\b)|
    (?P<how><=|>=|<>|=|<|>|like\b|ci_startswith\b|ci_phrasematch\b)\s*
    (?:'(?P<text>(?:[^']|'')*)'|"(?P<quoted>(?:[^"]|"")*)"|(?P<number>-?\d+|True\b|False\b)))""",
    re.VERBOSE | re.IGNORECASE,
)
_OR, _AND, _NOT, _OPEN, _CLOSE, _END = (
    re.compile(rf"\s*{each}", re.IGNORECASE) for each in (r"or\b", r"and\b", r"not\b", r"\(", r"\)", r"\Z")
)


def wanted_by(outlook: "FakeOutlook", text: str, refused_names: frozenset[str]) -> Wanted:
    """Give what a filter lets through: Jet, or DASL after "@SQL=". What Outlook refuses raises."""
    if not text:
        return lambda record: True
    is_dasl = text[:5].upper() == "@SQL="
    return _Filter(outlook, text[5:] if is_dasl else text, is_dasl, refused_names).read()


class _Filter:
    """One filter while it is read: conditions with not, and, or, and parentheses."""

    def __init__(self, outlook: "FakeOutlook", text: str, is_dasl: bool, refused_names: frozenset[str]) -> None:
        self._outlook = outlook
        self._text = text
        self._is_dasl = is_dasl
        self._refused_names = refused_names
        self._at = 0

    def read(self) -> Wanted:
        found = self._alternatives()
        if not self._take(_END):
            raise self._nonsense()
        return found

    def _take(self, what: re.Pattern[str]) -> re.Match[str] | None:
        found = what.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return found

    def _nonsense(self) -> ComError:
        return refused(FAILED, f"Cannot parse condition. Error at {self._text[self._at : self._at + 20]!r}.")

    def _alternatives(self) -> Wanted:
        tests = [self._conditions()]
        while self._take(_OR):
            tests.append(self._conditions())
        return lambda record: any(test(record) for test in tests)

    def _conditions(self) -> Wanted:
        tests = [self._condition()]
        while self._take(_AND):
            tests.append(self._condition())
        return lambda record: all(test(record) for test in tests)

    def _condition(self) -> Wanted:
        if self._take(_NOT):
            negated = self._condition()
            return lambda record: not negated(record)
        if self._take(_OPEN):
            inner = self._alternatives()
            if not self._take(_CLOSE):
                raise self._nonsense()
            return inner
        found = self._take(_CONDITION)
        if found is None or bool(found["dasl"]) != self._is_dasl:
            raise self._nonsense()
        name = found["dasl"] or found["jet"]
        if name in self._refused_names:
            raise refused(FAILED, f'The property "{name}" cannot be used in a condition.')
        if is_built_in(name) is self._is_dasl:
            raise refused(FAILED, f'The property "{name}" is unknown.')
        return _test(self._outlook, name, found)


def _test(outlook: "FakeOutlook", name: str, found: re.Match[str]) -> Wanted:
    read = reader(outlook, name)
    if read is None:
        raise refused(FAILED, f'The property "{name}" is unknown.')
    if found["null"]:
        return lambda record: read(record) is None
    how, text = found["how"].lower(), _text_of(found)
    if how in _SEARCHES and not outlook.instant_search:
        raise refused(FAILED, f"{how} needs Instant Search.")
    # A date that cannot be read is refused before anything is looked at.
    if name in _DATES and text is not None:
        outlook.locale.read(text)
    if name == "Categories":
        return _has_words(text or "")
    if how == "like":
        return _like(read, text or "")
    if how in _SEARCHES:
        return _has_phrase(read, text or "", at_start=how == "ci_startswith")

    def test(record: Record) -> bool:
        value = read(record)
        if value is None:
            return False
        if isinstance(value, tuple):
            return (text or "").casefold() in [each.casefold() for each in value]
        return _OPERATORS[how](_comparable(value), _meant(outlook, value, text, found["number"] or "0"))

    return test


def _text_of(found: re.Match[str]) -> str | None:
    if found["quoted"] is not None:
        return found["quoted"].replace('""', '"')
    return found["text"].replace("''", "'") if found["text"] is not None else None


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


def _has_phrase(read: Callable[[Record], Any], text: str, *, at_start: bool) -> Wanted:
    """Instant Search looks for whole words, or for words that begin so."""
    end = "" if at_start else r"(?!\w)"
    words = re.compile(rf"(?<!\w){re.escape(text)}{end}", re.IGNORECASE)
    return lambda record: words.search(str(read(record) or "")) is not None
