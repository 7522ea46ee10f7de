"""The text block survives what mail systems do to text, and says when it did not."""

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osync.message.armour import BEGIN, END, armour, find_armour

BLOB = bytes(range(256)) * 3
BLOCK = armour(BLOB)

MANGLINGS: dict[str, Callable[[str], bytes]] = {
    "untouched": lambda text: text.encode(),
    "LF line ends": lambda text: text.replace("\r\n", "\n").encode(),
    "CR line ends": lambda text: text.replace("\r\n", "\r").encode(),
    "quoted": lambda text: "".join(f"> {line}\r\n" for line in text.splitlines()).encode(),
    "quoted twice": lambda text: "".join(f">> {line}\r\n" for line in text.splitlines()).encode(),
    "quoted by a bar": lambda text: "".join(f"| {line}\r\n" for line in text.splitlines()).encode(),
    "trailing blanks": lambda text: text.replace("\r\n", " \t \r\n").encode(),
    "indented": lambda text: text.replace("\r\n", "\r\n    ").encode(),
    "non-breaking blanks": lambda text: text.replace("\r\n", "\r\n\u00a0 ").encode(),
    "blank lines": lambda text: text.replace("\r\n", "\r\n\r\n").encode(),
    "dash-escaped": lambda text: text.replace("-----B", "- -----B").replace("-----E", "- -----E").encode(),
    "named lines": lambda text: text.replace("\r\n\r\n", "\r\nVersion: 9\r\nComment: a: b\r\n\r\n").encode(),
    "named lines between CR": lambda text: text.replace("\r\n\r\n", "\rVersion: 9\r\r").replace("\r\n", "\r").encode(),
    "list footer": lambda text: (text + "\r\n_____\r\nYou receive this: https://list.example\r\n").encode(),
    "text around": lambda text: ("Dear all,\r\n\r\n" + text + "\r\nBye\r\n").encode(),
    "rewrapped": lambda text: "\n".join(_wrapped("".join(text.split("\r\n")[2:-2]), 50)).join([BEGIN, END]).encode(),
    "one line": lambda text: text.replace("\r\n", " ").encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16 big-endian": lambda text: text.encode("utf-16-be"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "UTF-8 with BOM": lambda text: text.encode("utf-8-sig"),
    "among other bytes": lambda text: b"\x78\x9f\x3e\x22\xff\x00" + text.encode() + b"\x00\xff\x02",
    "without its last line": lambda text: text.replace(END, "").encode(),
    "in one line before a note": lambda text: (text.replace("\r\n", " ") + " Note: bye").encode(),
    "in one line without its end": lambda text: (text.replace("\r\n", " ").replace(END, "") + " Note: bye").encode(),
    "em dashes": lambda text: text.replace("-----", "\u2014\u2013").encode(),
    "em dashes in Windows-1252": lambda text: text.replace("-----", "\u2014 ").encode("cp1252"),
    "em dashes in UTF-16": lambda text: text.replace("-----", "\u2014").encode("utf-16"),
    "dashes that were lost": lambda text: text.replace("-----", "?").encode(),
    "non-breaking blanks between the words": lambda text: text.replace(" ", "\u00a0").encode(),
    "marks quoted over two lines": lambda text: text.replace(" MESSAGE", "\r\n> MESSAGE").encode(),
    "UTF-7": lambda text: text.replace("+", "+-").encode(),
    "cut off, then whole": lambda text: (text[: len(text) // 2] + text).encode(),
}


def _wrapped(text: str, width: int) -> list[str]:
    return [text[start : start + width] for start in range(0, len(text), width)]


@pytest.mark.parametrize("mangling", MANGLINGS)
def test_a_block_survives(mangling: str) -> None:
    assert find_armour(MANGLINGS[mangling](BLOCK)).blobs == (BLOB,)


@given(st.binary(max_size=400))
def test_every_blob_comes_back(blob: bytes) -> None:
    found = find_armour(armour(blob).encode())
    assert found.blobs == (blob,)
    assert not found.damaged


def test_lines_are_ascii_and_short() -> None:
    lines = armour(BLOB).split("\r\n")
    assert lines[0] == BEGIN
    assert lines[-3:] == ["=" + hashlib.sha256(BLOB).hexdigest()[:8], END, ""]
    assert max(map(len, lines[2:-3])) == 64
    assert all(line.isascii() for line in lines)


def test_several_blocks_are_found_in_order() -> None:
    found = find_armour((armour(b"one") + "between\r\n" + armour(b"two")).encode())
    assert found.blobs == (b"one", b"two")
    assert not found.damaged


@pytest.mark.parametrize(
    "text",
    [
        BLOCK[: len(BLOCK) // 2],
        BLOCK.replace("AAEC", "AAEB"),
        BLOCK.replace("AAEC", "AA?C"),
        BLOCK.replace("AAEC", ""),
        BLOCK.replace("AAEC", "AAE"),
        BLOCK.replace("\r\n=", "\r\n"),
        f"{BEGIN}\n{END}\n",
        f"{BEGIN}\n=e3b0c44\n{END}\n",
        BEGIN,
    ],
)
def test_a_cut_or_changed_block_is_damaged(text: str) -> None:
    found = find_armour(text.encode())
    assert found.blobs == ()
    assert found.damaged


@pytest.mark.parametrize(
    "text", [b"", b"\0", b"Hello", END.encode(), b"-----BEGIN PGP MESSAGE-----", b"Look for BEGIN OSYNC MESSAGE in it."]
)
def test_a_text_without_a_block_is_not_damaged(text: bytes) -> None:
    assert find_armour(text) == find_armour(b"")
    assert not find_armour(text).damaged


@given(st.binary(max_size=300), st.integers(0, len(BLOCK)), st.integers(0, len(BLOCK)))
def test_no_bytes_make_it_fail(noise: bytes, cut: int, end: int) -> None:
    content = BLOCK[:cut].encode() + noise + BLOCK[end:].encode()
    assert all(blob == BLOB for blob in find_armour(content).blobs)
