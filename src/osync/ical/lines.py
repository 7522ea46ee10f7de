"""iCalendar text as a tree of content lines: lossless, fast, and calm about odd input (RFC 5545 section 3.1).

It does not know what a property means; `event`, `zones` and `canonical` do.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z0-9_.\-]+[ \t]*[:;]")
_PARAMETER = re.compile(r';[ \t]*([A-Za-z0-9_\-]+)[ \t]*=((?:"[^"]*"|[^";:,])*(?:,(?:"[^"]*"|[^";:,])*)*)')
_VALUE = re.compile(r'(?:"[^"]*"|[^,])*')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TEXT = re.compile(r"(?:[^\\,]|\\.|\\$)*", re.DOTALL)
_FOLD_OCTETS = 75
_WRONG_FOLD_OCTETS = 70
# How many bare line ends one line may have: each one costs a copy of the line.
_MOST_MENDED = 500
# Calendars nest three deep; what nests deeper is made to break programs.
_DEEPEST = 20
_BOM = "\ufeff"
# With the blanks behind it, which would otherwise make a line that looks like the rest of the one before it.
_MARKS = re.compile(f"^{_BOM}[{_BOM} \t]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `name` in capitals, `values` without their quotes."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Property:
    """One content line taken apart; `name` in capitals, `value` as written (still escaped)."""

    name: str
    parameters: tuple[Parameter, ...]
    value: str

    def parameter(self, name: str) -> str | None:
        """Give the first value of parameter `name` (in capitals), or None."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter.values[0] if parameter.values else ""
        return None


@dataclass(frozen=True, slots=True)
class Component:
    """One BEGIN…END block; `name` in capitals, `contents` its unfolded lines and inner components in their order."""

    name: str
    contents: "tuple[str | Component, ...]"
    closed: bool = True

    def properties(self, *names: str) -> Iterator[Property]:
        """Give the properties with one of `names` (in capitals), in order; without names, all that can be taken apart."""
        longest = max(map(len, names), default=0)
        for line in self.contents:
            # Comparing the beginning first is what makes looking for one property cheap.
            if (
                isinstance(line, str)
                and (not names or (line[:longest].upper().startswith(names) and line_name(line) in names))
                and (found := parse_line(line))
            ):
                yield found

    def first(self, name: str) -> Property | None:
        """Give the first property `name` (in capitals), or None."""
        return next(self.properties(name), None)

    def components(self, *names: str) -> "Iterator[Component]":
        """Give the inner components with one of `names` (in capitals), or all."""
        for inner in self.contents:
            if isinstance(inner, Component) and (not names or inner.name in names):
                yield inner


@dataclass(frozen=True, slots=True)
class Document:
    """What one text holds: its outermost components, and lines that stand outside of any."""

    components: tuple[Component, ...]
    strays: tuple[str, ...]


def decode(data: bytes) -> str:
    """Turn bytes as found in life into text with unfolded lines, separated by line feeds.

    Knows UTF-8 with and without BOM and UTF-16; a line that is not UTF-8 is read as Windows-1252. Unfolds before it
    decodes, because some programs fold inside a character.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode()
    elif b"\0" in data[:2]:
        data = data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", "replace").encode()
    elif data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    if b"\r" in data:
        data = data.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = data.replace(b"\n ", b"").replace(b"\n\t", b"")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "\n".join(_decode_line(line) for line in data.split(b"\n"))


def _decode_line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        pass
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def read(data: bytes) -> Document:
    """Read iCalendar bytes into a tree; never raises. A block without its END is there with `closed` False."""
    return parse(decode(data))


def parse(text: str) -> Document:
    """Read unfolded text, lines separated by line feeds, into a tree; never raises.

    A line that stands outside of all components, or nests too deep, is kept as a line.
    """
    if _BOM in text:
        # Calendars that were copied behind each other.
        text = _MARKS.sub("", text)
    outermost: list[str | Component] = []
    names: list[str] = []
    blocks: list[list[str | Component]] = [outermost]
    block = outermost
    mended = 0
    for line in text.split("\n"):
        if not line:
            continue
        mark = line[:6].upper() if line[0] in "BbEe" else ""
        if mark == "BEGIN:" and len(names) < _DEEPEST:
            names.append(line[6:].strip().upper())
            block = []
            blocks.append(block)
        elif mark[:4] == "END:":
            name = line[4:].strip().upper()
            if name not in names:
                block.append(line)
                continue
            while names[-1] != name:
                _close(names, blocks, closed=False)
            _close(names, blocks, closed=True)
            block = blocks[-1]
        elif mended < _MOST_MENDED and block and not begins_property(line) and isinstance(block[-1], str):
            block[-1] = _rejoin(block[-1], line)
            mended += 1
        else:
            block.append(line)
            mended = 0
    while names:
        _close(names, blocks, closed=False)
    return _document(outermost)


def _document(parts: list[str | Component]) -> Document:
    return Document(
        tuple(part for part in parts if isinstance(part, Component)),
        tuple(part for part in parts if isinstance(part, str)),
    )


def _close(names: list[str], blocks: list[list[str | Component]], *, closed: bool) -> None:
    contents = blocks.pop()
    blocks[-1].append(Component(names.pop(), tuple(contents), closed))


def _rejoin(line: str, rest: str) -> str:
    """Mend a line that was broken without the blank of RFC 5545: a long one was folded, a short one held a bare line end."""
    last = line.rsplit("\\n", 1)[-1]
    return line + rest if len(last.encode(errors="replace")) >= _WRONG_FOLD_OCTETS else line + "\\n" + rest


def begins_property(line: str) -> bool:
    """Tell whether a line begins as a property does; where it stands behind a property, one that does not belongs to that."""
    return _NAME.match(line) is not None


def line_name(line: str) -> str:
    """Give the property name of a content line in capitals."""
    colon = line.find(":")
    semicolon = line.find(";", 0, colon)
    return line[: colon if semicolon < 0 else semicolon].strip().upper() if colon >= 0 else ""


def parse_line(line: str) -> Property | None:
    """Take one content line apart; None if it has no colon that could end its name and parameters."""
    name = line_name(line)
    if not name:
        return None
    position = line.find(":")
    semicolon = line.find(";", 0, position)
    if semicolon < 0:
        return Property(name, (), line[position + 1 :])
    position = semicolon
    parameters = []
    while match := _PARAMETER.match(line, position):
        parameters.append(Parameter(match[1].upper(), _split_values(match[2])))
        position = match.end()
    colon = line.find(":", position)
    if colon < 0:
        return None
    return Property(name, tuple(parameters), line[colon + 1 :])


def _split_values(text: str) -> tuple[str, ...]:
    if '"' not in text:
        return tuple(text.split(","))
    return tuple(value.replace('"', "") for value in _split(text, _VALUE))


def _split(text: str, part: re.Pattern[str]) -> Iterator[str]:
    """Give the parts of a list, each as long as `part` matches and followed by a comma."""
    position = 0
    while position <= len(text):
        found = part.match(text, position)
        if found is None:
            return
        yield found[0]
        position = found.end() + 1


def write_line(found: Property) -> str:
    """Put a property together as one unfolded line; parameter values are quoted where they must be."""
    parameters = (f";{each.name}={','.join(map(_quote, each.values))}" for each in found.parameters)
    return f"{found.name}{''.join(parameters)}:{found.value}"


def _quote(value: str) -> str:
    clean = value.replace('"', "'").replace("\r", "").replace("\n", " ")
    return f'"{clean}"' if any(mark in clean for mark in ",;:") else clean


def escape_text(text: str) -> str:
    """Escape a TEXT value (RFC 5545 section 3.3.11)."""
    return (
        text.replace("\\", "\\\\")
        .replace(";", "\\;")
        .replace(",", "\\,")
        .replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\n", "\\n")
    )


def unescape_text(value: str) -> str:
    """Undo `escape_text`; a backslash before any other character is dropped, as most programs do."""
    if "\\" not in value:
        return value
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


def split_texts(value: str) -> tuple[str, ...]:
    """Split a list of TEXT values (CATEGORIES, RESOURCES) at its bare commas and unescape each."""
    if "\\" not in value:
        return tuple(value.split(","))
    return tuple(map(unescape_text, _split(value, _TEXT)))


def write(*components: Component) -> bytes:
    """Write components as RFC 5545 text: CRLF, UTF-8, folded at 75 octets without cutting a character."""
    out: list[bytes] = []
    for component in components:
        _write_component(component, out)
    return b"\r\n".join(out) + b"\r\n" if out else b""


def _write_component(component: Component, out: list[bytes]) -> None:
    out.append(_written("BEGIN:" + component.name))
    for part in component.contents:
        if isinstance(part, Component):
            _write_component(part, out)
        elif part.isascii() and len(part) <= _FOLD_OCTETS and "\n" not in part and "\r" not in part:
            out.append(part.encode())
        else:
            out.append(_written(part))
    out.append(_written("END:" + component.name))


def _written(line: str) -> bytes:
    # Nothing in a line may make a second one.
    line = line.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")
    raw = line.encode("utf-8", "replace")
    return raw if len(raw) <= _FOLD_OCTETS else _fold(raw)


def _fold(raw: bytes) -> bytes:
    pieces = []
    start, room = 0, _FOLD_OCTETS
    while len(raw) - start > room:
        end = start + room
        while raw[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(raw[start:end])
        start, room = end, _FOLD_OCTETS - 1
    pieces.append(raw[start:])
    return b"\r\n ".join(pieces)
