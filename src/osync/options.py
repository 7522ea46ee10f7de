"""The options of one calendar or mailbox in the settings, checked word by word. Each kind says which it knows."""

import difflib
from collections.abc import Mapping

from osync.errors import ConfigurationError

_UNHARMED = "Nothing was sent or changed."


class Options:
    """The options of one section, like "mailbox" or "calendars.work". Every question checks; `finish` refuses the rest."""

    def __init__(self, section: str, values: Mapping[str, object]) -> None:
        self._section = section
        self._values = values
        self._known: list[str] = []

    @property
    def section(self) -> str:
        """The name of the section."""
        return self._section

    def text(self, name: str, default: str | None = None) -> str:
        """Give one line of text; without a default it has to be there. ConfigurationError."""
        value = self._value(name, default)
        if not isinstance(value, str) or (not value.strip() and default is None) or not value.isprintable():
            raise self._wrong(name, "has to be one line of text in quotes", f'Write it as {name} = "…".')
        return value.strip()

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """Give one of the allowed words; the first one is the default. ConfigurationError."""
        value = self._value(name, allowed[0])
        if value not in allowed:
            words = ", ".join(f'"{word}"' for word in allowed)
            raise self._wrong(name, f"is {value!r}", f"Allowed: {words}.")
        return str(value)

    def texts(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Give a list of texts that is not empty. ConfigurationError."""
        value = self._value(name, list(default))
        if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
            raise self._wrong(name, "has to be a list of texts", f'Write it as {name} = ["…"].')
        return tuple(value)

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Give a whole number. ConfigurationError."""
        value = self._value(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self._wrong(name, "is no number that is allowed", f"Write a whole number from {least} to {most}.")
        return value

    def finish(self) -> None:
        """Refuse options that nobody asked for. ConfigurationError."""
        for name in self._values:
            if name not in self._known:
                close = difflib.get_close_matches(name.lower(), self._known, n=1)
                meant = f" Did you mean {close[0]}?" if close else ""
                allowed = f"Allowed here: {', '.join(self._known)}." if self._known else "Take this line out."
                raise self._wrong(name, "is not known", f"{allowed}{meant}")

    def _value(self, name: str, default: object) -> object:
        self._known.append(name)
        value = self._values.get(name, default)
        if value is None:
            raise self._wrong(name, "is missing", f'Add a line {name} = "…" to [{self._section}].')
        return value

    def _wrong(self, name: str, what: str, advice: str) -> ConfigurationError:
        return ConfigurationError(
            f"{name} in [{self._section}] of the settings {what}.", unharmed=_UNHARMED, advice=advice
        )
