"""Text broken into lines by the columns that it takes, with wide characters of East Asia counted twice (UAX 11).

Foreign text that runs from right to left is set apart, so that it does not turn around what stands beside it (UAX 9).
"""

import re
import unicodedata
from collections.abc import Iterator

WIDTH = 76
FSI, PDI = "\u2068", "\u2069"
_FROM_THE_RIGHT = frozenset(("R", "AL", "AN"))
_NO_COLUMN = frozenset(("Mn", "Me", "Cf"))
_WIDE = frozenset("WF")
_ADDRESS = re.compile(r"<?(?:https?://|mailto:)", re.IGNORECASE)
# No line begins with one of these (JIS X 4051, the most common ones).
_NEVER_FIRST = frozenset("、。，．・：；？！）」』】〕〉》ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.;:!?)]}")


def columns(text: str) -> int:
    """Count the columns that a text takes in a terminal or a mail in a fixed font."""
    if text.isascii():
        return len(text)
    return sum(map(_columns_of, text))


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in _NO_COLUMN:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def isolated(text: str) -> str:
    """Set foreign text apart if anything in it runs from right to left (protocol 11)."""
    if text.isascii() or not any(unicodedata.bidirectional(character) in _FROM_THE_RIGHT for character in text):
        return text
    return f"{FSI}{text}{PDI}"


def wrapped(text: str, first: str = "", rest: str = "", width: int = WIDTH) -> list[str]:
    """Break one paragraph into lines; the first begins with `first`, the others with `rest`. Web addresses stay whole."""
    lines, line = [], first
    blank = False
    for piece in _pieces(text, width - max(columns(first), columns(rest))):
        if piece == " ":
            blank = True
            continue
        gap = " " if blank and line not in (first, rest) else ""
        blank = False
        if columns(line) + columns(gap + piece) > width and line.strip() and line not in (first, rest):
            lines.append(line)
            line = rest + piece
        else:
            line += gap + piece
    return list(_closed([*lines, line]))


def _pieces(text: str, width: int) -> Iterator[str]:
    """Give blanks and what must not be broken: words, single wide characters, and parts of words that are too long."""
    for number, word in enumerate(text.split()):
        if number:
            yield " "
        if _ADDRESS.match(word.lstrip(FSI)):
            yield word
        else:
            yield from _cut(word, width)


def _cut(word: str, width: int) -> Iterator[str]:
    piece = ""
    for character in word:
        ends = bool(piece) and (
            columns(piece + character) > width
            or (_is_wide(character) and character not in _NEVER_FIRST and piece != FSI)
            or (_is_wide(piece[-1]) and not unicodedata.combining(character) and character not in (*_NEVER_FIRST, PDI))
        )
        if ends:
            yield piece
            piece = ""
        piece += character
    yield piece


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in _WIDE


def _closed(lines: list[str]) -> Iterator[str]:
    """Let what is set apart end with each line and begin again on the next one."""
    is_open = False
    for line in lines:
        blanks = line[: len(line) - len(line.lstrip())]
        begun = f"{blanks}{FSI}{line[len(blanks) :]}" if is_open else line
        is_open = begun.count(FSI) > begun.count(PDI)
        yield begun + PDI if is_open else begun
