"""The marks of a component that decide who sees what of it, and the view that a share gives of it (protocol 8.1).

The marks are cheap to see, because most events of a calendar stay at home.
"""

import enum
import unicodedata
from dataclasses import dataclass
from typing import Literal

from osync.ical.bodies import View
from osync.ical.lines import Component, line_name, parse_line, split_texts
from osync.ical.quirks.encoded_values import decoded_value
from osync.model import PrivacyLevel

_MARKS = frozenset(("CLASS", "STATUS", "TRANSP"))
_MARK_STARTS = frozenset(name[:5] for name in _MARKS)
_BUSY = View(title=False, place=False, notes=False, status=False)


@dataclass(frozen=True, slots=True)
class SharingRules:
    """What a share lets out. `private` says what becomes of events marked as private: shown as busy, or skipped."""

    category: str
    level: PrivacyLevel
    notes: bool = False
    conference: bool = False
    private: Literal["busy", "skip"] = "busy"


class StayReason(enum.StrEnum):
    """Why an event does not leave."""

    NO_CATEGORY = "it does not have the category"
    RECEIVED = "it was received from somebody"
    CANCELLED = "it is cancelled"
    PRIVATE = "it is marked as private"
    FREE = "it leaves the time free, and the share shows busy times only"
    PAST = "it ended too long ago"
    TOO_FAR = "it begins too far in the future"
    NOTHING_LEFT = "none of its instances is left"


@dataclass(frozen=True, slots=True)
class Marks:
    """What a component says that decides who may see it."""

    private: bool
    cancelled: bool
    transparent: bool


_NO_MARKS = Marks(private=False, cancelled=False, transparent=False)


def marks_of(component: Component) -> Marks:
    """Read the marks of a component; of two contradictory ones the more private counts."""
    private = cancelled = transparent = False
    for line in component.contents:
        if isinstance(line, str) and line[:5].upper() in _MARK_STARTS and (name := line_name(line)) in _MARKS:
            found = parse_line(line)
            value = found.value.strip().upper() if found else ""
            # RFC 5545 section 3.8.1.3: a class that is not known counts as PRIVATE. Of two marks the more private one wins.
            private = private or (name == "CLASS" and value not in ("", "PUBLIC"))
            cancelled = cancelled or (name == "STATUS" and value == "CANCELLED")
            transparent = transparent or (name == "TRANSP" and value == "TRANSPARENT")
    return Marks(private, cancelled, transparent)


@dataclass(frozen=True, slots=True)
class Views:
    """What the rules of a share show of each component of an event; `marks` are those of its `series`, if it has one."""

    rules: SharingRules
    series: Component | None
    marks: Marks

    @staticmethod
    def under(rules: SharingRules, series: Component | None) -> "Views":
        """Give the views of an event with this series."""
        return Views(rules, series, marks_of(series) if series else _NO_MARKS)

    def of(self, component: Component) -> View | None:
        """Give what may be seen of a component, None if it stays at home."""
        marks = self._marks(component)
        return None if self._reason(component, marks) else self._view(marks)

    def reason_to_stay(self, component: Component) -> StayReason | None:
        """Say why a component stays at home, None if it leaves."""
        return self._reason(component, self._marks(component))

    def _marks(self, component: Component) -> Marks:
        return self.marks if component is self.series else marks_of(component)

    def _reason(self, component: Component, marks: Marks) -> StayReason | None:
        if marks.cancelled:
            return StayReason.CANCELLED
        if self._is_private(marks) and self.rules.private == "skip":
            return StayReason.PRIVATE
        if self._level(marks) is PrivacyLevel.BUSY and marks.transparent:
            return StayReason.FREE
        if self.series is None and not has_category(component, self.rules.category):
            return StayReason.NO_CATEGORY
        return None

    def _is_private(self, marks: Marks) -> bool:
        return marks.private or self.marks.private

    def _level(self, marks: Marks) -> PrivacyLevel:
        return PrivacyLevel.BUSY if self._is_private(marks) else self.rules.level

    def _view(self, marks: Marks) -> View:
        level, conference = self._level(marks), self.rules.conference
        if level is PrivacyLevel.BUSY:
            return _BUSY
        if level is PrivacyLevel.TITLES:
            return View(place=False, notes=False, conference=conference)
        return View(notes=self.rules.notes, conference=conference)


def has_category(component: Component, category: str) -> bool:
    """Tell whether a component has exactly this category; capitals and blanks around it do not count."""
    wanted = _folded(category)
    for line in component.contents:
        if not isinstance(line, str) or line[:10].upper() != "CATEGORIES":
            continue
        found = parse_line(line)
        if found and found.name == "CATEGORIES" and wanted in map(_folded, split_texts(decoded_value(found))):
            return True
    return False


def _folded(text: str) -> str:
    text = text.strip()
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).casefold()
