"""Strict reading of the JSON documents that come from others: bounded work, no surprise types (protocol 4.5, step 6).

It knows nothing of the kinds of messages.
"""

import binascii
import enum
import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NoReturn, TypeVar

from osync.errors import MessageDamagedError, MessageTooLargeError, MessageTooNewError

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]
"""What a document can hold; there are no fractions."""

MAX_DEPTH = 8
MAX_VALUES = 250_000
MAX_QUOTES = 1_000_000
MAX_INTEGER = 2**53 - 1
MAX_SECONDS = 253_402_300_799
"""The last second of the year 9999."""

_INTEGER_DIGITS = 17
# A string that is not closed reaches to the end, so that no input is looked at twice.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_EMPTY_PAIR = re.compile(rb"\[\]|\{\}")
_KEY = re.compile(r"[a-z2-7]{26}")
_HEXADECIMAL = re.compile(r"[0-9a-f]*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ADDRESS = re.compile(r"""[^\s<>()\[\]\\,;:"@]+@[^\s<>()\[\]\\,;:"@]+""")
_MAX_ADDRESS = 254
# Control characters, line ends, and marks that hide text or turn its direction (CVE-2021-42574).
_NOT_FOR_LINES = re.compile(
    "[\0-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)

_Choice = TypeVar("_Choice", bound=enum.StrEnum)


def parse(document: bytes) -> "Fields":
    """Read a JSON object. Raises MessageDamagedError, or MessageTooLargeError before anything large is built."""
    _check_structure(document)
    try:
        found = json.loads(
            document.decode(),
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=_fraction,
            object_pairs_hook=_object,
        )
    except ValueError as error:
        raise damaged("it is no JSON text") from error
    if not isinstance(found, dict):
        raise damaged("it is no JSON object")
    return Fields(found)


def damaged(what: str) -> MessageDamagedError:
    """Give the error for a message that is not as it must be; `what` completes the sentence."""
    return MessageDamagedError(f"The message is damaged: {what}.")


def write_base64(content: bytes) -> str:
    """Write bytes as `Fields.base64` reads them."""
    return binascii.b2a_base64(content, newline=False).decode()


def check_quotes(document: bytes) -> None:
    """Refuse a text whose strings alone would need much memory to look at; MessageTooLargeError."""
    if document.count(b'"') > MAX_QUOTES:
        raise MessageTooLargeError(f"The message holds more than {MAX_QUOTES:,} quotation marks.")


def _check_structure(document: bytes) -> None:
    check_quotes(document)
    structure = _STRING.sub(b"", document)
    values = structure.count(b",") + structure.count(b"[") + structure.count(b"{")
    if values > MAX_VALUES:
        raise MessageTooLargeError(f"The message holds more than {MAX_VALUES:,} values.")
    brackets = structure.translate(None, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        brackets = _EMPTY_PAIR.sub(b"", brackets)
    if brackets:
        raise damaged(f"its brackets do not match or nest deeper than {MAX_DEPTH}")


def _integer(digits: str) -> int:
    if len(digits) > _INTEGER_DIGITS or abs(int(digits)) > MAX_INTEGER:
        raise damaged("it holds a number that is too large")
    return int(digits)


def _fraction(_digits: str) -> NoReturn:
    raise damaged("it holds a number that is not whole")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise damaged("it names a field twice")
    return found


class Fields:
    """A JSON object whose fields are asked for by name and type; what nobody asks for is ignored.

    Every method raises MessageDamagedError if the field is missing or is not what was asked for. A field that is null
    counts as missing.
    """

    __slots__ = ("_asked", "_values")

    def __init__(self, values: Mapping[str, Json]) -> None:
        self._values = values
        self._asked: set[str] = set()

    def has(self, name: str) -> bool:
        """Tell whether the field is there."""
        self._asked.add(name)
        return self._values.get(name) is not None

    def unknown(self, names: Iterable[str]) -> list[str]:
        """Give those of `names` that nobody has asked for."""
        return [name for name in names if name not in self._asked]

    def integer(self, name: str, low: int = 0, high: int = MAX_INTEGER) -> int:
        """Give a whole number from `low` to `high`."""
        value = self._value(name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise _wrong(name)
        return value

    def flag(self, name: str) -> bool:
        """Give true or false."""
        value = self._value(name)
        if not isinstance(value, bool):
            raise _wrong(name)
        return value

    def text(self, name: str, most: int) -> str:
        """Give a text of at most `most` bytes of UTF-8; MessageTooLargeError if it is longer."""
        value = self._string(name)
        try:
            size = len(value.encode())
        except UnicodeEncodeError as error:
            raise _wrong(name) from error
        if size > most:
            raise MessageTooLargeError(f"The field {name} of the message has more than {most:,} bytes.")
        return value

    def line(self, name: str, most: int, least: int = 1) -> str:
        """Give a text for people in one line, `least` to `most` characters, without marks that hide or turn text."""
        value = self.text(name, 4 * most)
        if not least <= len(value) <= most or _NOT_FOR_LINES.search(value):
            raise _wrong(name)
        return value

    def address(self, name: str) -> str:
        """Give a bare mail address."""
        value = self.line(name, _MAX_ADDRESS)
        if not _ADDRESS.fullmatch(value):
            raise _wrong(name)
        return value

    def key(self, name: str) -> str:
        """Give 26 characters of base32: a share id or an event key."""
        value = self._string(name)
        if not _KEY.fullmatch(value):
            raise _wrong(name)
        return value

    def hexadecimal(self, name: str, least: int, most: int = 0) -> str:
        """Give hex digits, exactly `least`, or up to `most` if that is given."""
        value = self._string(name)
        if not least <= len(value) <= (most or least) or not _HEXADECIMAL.fullmatch(value):
            raise _wrong(name)
        return value

    def base64(self, name: str, size: int) -> bytes:
        """Give `size` bytes written in base64."""
        try:
            value = binascii.a2b_base64(self._string(name), strict_mode=True)
        except ValueError as error:
            raise _wrong(name) from error
        if len(value) != size:
            raise _wrong(name)
        return value

    def day(self, name: str) -> date:
        """Give a date written as `2026-08-03`."""
        value = self._string(name)
        if not _DAY.fullmatch(value):
            raise _wrong(name)
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise _wrong(name) from error

    def choice(self, name: str, choices: type[_Choice]) -> _Choice:
        """Give one of `choices`; MessageTooNewError for a word that we do not know."""
        value = self._string(name)
        try:
            return choices(value)
        except ValueError as error:
            raise MessageTooNewError(
                f"The field {name} of the message has a value that this OSync does not know."
            ) from error

    def inner(self, name: str) -> "Fields":
        """Give the fields of an object."""
        value = self._value(name)
        if not isinstance(value, dict):
            raise _wrong(name)
        return Fields(value)

    def inners(self, name: str, most: int) -> list["Fields"]:
        """Give the fields of each object of a list; MessageTooLargeError if there are more than `most`."""
        return [Fields(value) if isinstance(value, dict) else self._refuse(name) for value in self.values(name, most)]

    def rows(self, name: str, most: int, columns: tuple[str, ...]) -> list["Fields"]:
        """Give a list of lists as fields with the names `columns`; columns beyond those are ignored."""
        found = []
        for value in self.values(name, most):
            if not isinstance(value, list) or len(value) < len(columns):
                raise _wrong(name)
            found.append(Fields(dict(zip(columns, value, strict=False))))
        return found

    def words(self, name: str, most: int) -> tuple[str, ...]:
        """Give a list of strings."""
        return tuple(value if isinstance(value, str) else self._refuse(name) for value in self.values(name, most))

    def values(self, name: str, most: int) -> list[Json]:
        """Give a list of anything; MessageTooLargeError if there is more than `most`."""
        value = self._value(name)
        if not isinstance(value, list):
            raise _wrong(name)
        if len(value) > most:
            raise MessageTooLargeError(f"The field {name} of the message lists more than {most:,}.")
        return value

    def keys(self, name: str, most: int) -> tuple[str, ...]:
        """Give a list of share ids."""
        return tuple(Fields({name: value}).key(name) for value in self.values(name, most))

    def names(self, most: int, characters: int) -> tuple[str, ...]:
        """Give the names of all fields, for an object that is a table; MessageTooLargeError above `most`."""
        if len(self._values) > most:
            raise MessageTooLargeError(f"A table in the message has more than {most:,} rows.")
        return tuple(Fields({"name": name}).line("name", characters) for name in self._values)

    def _value(self, name: str) -> Json:
        self._asked.add(name)
        return self._values.get(name)

    def _string(self, name: str) -> str:
        value = self._value(name)
        if not isinstance(value, str):
            raise _wrong(name)
        return value

    @staticmethod
    def _refuse(name: str) -> NoReturn:
        raise _wrong(name)


def _wrong(name: str) -> MessageDamagedError:
    return damaged(f"its field {name} is missing or not as it must be")
