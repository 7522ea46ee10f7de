"""How Windows writes dates and lists in some countries (facts A3, A6): filters are read by these, so are categories."""

import re
from dataclasses import dataclass
from datetime import datetime

from outlook.refusals import FAILED, refused


@dataclass(frozen=True)
class Locale:
    """One setting of Windows: the order of a short date, words for before and after noon ("" on a clock of 24 hours), the list separator."""

    name: str
    order: str
    noon: tuple[str, str]
    list_separator: str

    def short(self, wall: datetime) -> str:
        """Write a date and a time without seconds, as `GetDateFormatW` and `GetTimeFormatW` do."""
        parts = {"d": f"{wall.day:02}", "m": f"{wall.month:02}", "y": f"{wall.year:04}"}
        day = "".join(parts.get(character, character) for character in self.order)
        if not self.noon[0]:
            return f"{day} {wall:%H:%M}"
        return f"{day} {wall.hour % 12 or 12}:{wall.minute:02} {self.noon[wall.hour >= 12]}"

    def read(self, text: str) -> datetime:
        """Read a date of a filter. Seconds and other ways to write it are refused; a day and month in the wrong order are not noticed."""
        found = _DATE.fullmatch(text.strip())
        if not found or not (found[4] in (None, "") or found[4] in self.noon):
            raise refused(FAILED, f"Cannot parse condition. Error at {text!r}.")
        letters = [each for each in self.order if each in "dmy"]
        values = dict(zip(letters, map(int, re.split(r"\D", found[1])), strict=True))
        hour = int(found[2] or 0)
        if found[4]:
            hour = hour % 12 + (12 if found[4] == self.noon[1] else 0)
        try:
            return datetime(values["y"], values["m"], values["d"], hour, int(found[3] or 0))
        except ValueError as error:
            raise refused(FAILED, f"Cannot parse condition. Error at {text!r}.") from error


_DATE = re.compile(r"(\d{1,4}[./-]\d{1,2}[./-]\d{1,4})(?: (\d{1,2}):(\d\d) ?(\D*))?")

GERMAN = Locale("de-DE", "d.m.y", ("", ""), ";")
AMERICAN = Locale("en-US", "m/d/y", ("AM", "PM"), ",")
BRITISH = Locale("en-GB", "d/m/y", ("", ""), ",")
SWEDISH = Locale("sv-SE", "y-m-d", ("", ""), ";")
JAPANESE = Locale("ja-JP", "y/m/d", ("", ""), ",")
# Windows may count the years of ar-SA by another calendar; the fake does not (docs/decisions/0060).
ARABIC = Locale("ar-SA", "d/m/y", ("ص", "م"), ";")
LOCALES = (GERMAN, AMERICAN, BRITISH, SWEDISH, JAPANESE, ARABIC)
