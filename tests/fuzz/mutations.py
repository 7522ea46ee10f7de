"""Changes that know what they change: JSON documents and iCalendar text stay well-formed and become wrong inside."""

import json
import random
from collections.abc import Sequence

from fuzz.target import Mutation

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_NUMBERS = (0, 1, -1, 2, 9, 1023, 1024, 2**31, 2**53 - 1, 2**53, 2**63, 10**40, 1.5)
_TEXTS = (
    "",
    "a",
    "\0",
    "\n",
    "\u202e",
    "é",
    "e\u0301",
    "\U0001f600",
    "A" * 100,
    "a" * 26,
    "0" * 32,
    "9999-12-31",
    "2026-02-30",
)


def mutate_json(names: Sequence[str]) -> Mutation:
    """Change one or more values of a JSON document; `names` are fields worth adding."""

    def mutate(data: bytes, chance: random.Random) -> bytes:
        try:
            document: Json = json.loads(data)
        except (ValueError, RecursionError):
            return data
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            document = _changed(document, names, chance)
        return json.dumps(document, ensure_ascii=chance.random() < 0.3, separators=(",", ":")).encode(errors="replace")

    return mutate


def _changed(value: Json, names: Sequence[str], chance: random.Random) -> Json:
    """Go down a random way and change what is there."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        return _changed_object(value, names, chance)
    if isinstance(value, list) and value and chance.random() < 0.85:
        return _changed_list(value, names, chance)
    return _other(value, chance)


def _changed_object(value: dict[str, Json], names: Sequence[str], chance: random.Random) -> Json:
    found = dict(value)
    name = chance.choice(list(found))
    kind = chance.random()
    if kind < 0.1:
        del found[name]
    elif kind < 0.2:
        found[chance.choice(names)] = found[name]
    elif kind < 0.25:
        found[chance.choice(list(found))] = found[name]
    else:
        found[name] = _changed(found[name], names, chance)
    return found


def _changed_list(value: list[Json], names: Sequence[str], chance: random.Random) -> Json:
    found = list(value)
    place = chance.randrange(len(found))
    kind = chance.random()
    if kind < 0.1:
        del found[place]
    elif kind < 0.2:
        found.insert(place, found[place])
    elif kind < 0.22:
        found = found * chance.choice((2, 10, 100))
    else:
        found[place] = _changed(found[place], names, chance)
    return found[:5000]


def _other(value: Json, chance: random.Random) -> Json:
    """Give another value, often of the same type."""
    kind = chance.random()
    if isinstance(value, str) and kind < 0.6:
        return _other_text(value, chance)
    if isinstance(value, int) and not isinstance(value, bool) and kind < 0.6:
        return value + chance.choice((-1, 1, -2, 2, 1000))
    anything: tuple[Json, ...] = (None, True, False, [], {}, [value], {"a": value}, *_NUMBERS, *_TEXTS)
    return chance.choice(anything)


def _other_text(value: str, chance: random.Random) -> str:
    if "\n" in value and chance.random() < 0.7:
        return mutate_lines(())(value.encode(errors="replace"), chance).decode(errors="replace")
    place = chance.randrange(len(value) + 1)
    kind = chance.random()
    if kind < 0.3:
        return value[:place] + chance.choice(_TEXTS) + value[place:]
    if kind < 0.5:
        return value[:place] + value[place + 1 :]
    if kind < 0.7:
        return value[:place] + chance.choice("abc0123ABC=:+/-") + value[place + 1 :]
    return value[:place] if kind < 0.85 else (value + value)[:4000]


def mutate_lines(lines: Sequence[bytes]) -> Mutation:
    """Change whole lines: leave out, double, swap, cut, join, or put one of `lines` in."""

    def mutate(data: bytes, chance: random.Random) -> bytes:
        found = data.split(b"\n")
        for _ in range(chance.choice((1, 1, 2, 4))):
            _change_lines(found, lines, chance)
        return b"\n".join(found)

    return mutate


def _change_lines(found: list[bytes], lines: Sequence[bytes], chance: random.Random) -> None:
    place, other = chance.randrange(len(found)), chance.randrange(len(found))
    kind = chance.random()
    if lines and kind < 0.35:
        found.insert(place, chance.choice(lines) + (b"\r" if found[0].endswith(b"\r") else b""))
    elif kind < 0.45 and len(found) > 1:
        del found[place]
    elif kind < 0.55:
        found.insert(place, found[other])
    elif kind < 0.65:
        found[place], found[other] = found[other], found[place]
    elif kind < 0.68 and len(found) < 2000:
        first, last = sorted((place, other))
        found[first:first] = found[first : last + 1] * chance.choice((1, 3, 20))
    else:
        found[place] = _changed_line(found[place], found[other], chance)


def _changed_line(line: bytes, other: bytes, chance: random.Random) -> bytes:
    """Change the value behind the colon, or the name before it."""
    name, colon, value = line.partition(b":")
    parts = value.split(b";" if b"=" in value else b",")
    place = chance.randrange(len(parts))
    kind = chance.random()
    if kind < 0.2:
        return name + colon + other.partition(b":")[2]
    if kind < 0.35:
        return other.partition(b":")[0] + colon + value
    if kind < 0.5:
        return (
            name + colon + value.replace(parts[place], parts[place][:-1] + b"%d" % chance.choice((0, 1, 7, 60, 99999)))
        )
    if kind < 0.65:
        return name + colon + (b";" if b"=" in value else b",").join([*parts, *parts[: place + 1]])[:4000]
    if kind < 0.8:
        return name + b";" + other.partition(b":")[0].partition(b";")[2] + colon + value
    cut = chance.randrange(len(line) + 1)
    return (
        line[:cut]
        + chance.choice((b"", b";", b":", b"=", b'"', b",", b"\\", b"\xff", b"\0", b"-"))
        + line[cut + chance.randrange(2) :]
    )
