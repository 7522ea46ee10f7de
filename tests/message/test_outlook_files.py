"""What Outlook packs is read from its files, and no file makes that costly or fail."""

import random
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail_path.outlook_files import compressed, msg, rich_text, winmail
from stopwatch import seconds

from osync.message.armour import armour
from osync.message.compound import MAGIC, streams
from osync.message.compressed_text import compressed_texts
from osync.message.mail import find_blobs

BLOB = random.Random(1).randbytes(3000)
BLOCK = armour(BLOB)


@pytest.mark.parametrize("size", [1, 63, 4095, 4096, 70_000, 8_000_000])
def test_a_compound_file_gives_its_streams(size: int) -> None:
    content = random.Random(size).randbytes(size)
    found = streams(msg("Hällo", {"a.osync": content, "b": b"short"}))
    assert content in found
    assert b"short" in found
    assert "Hällo".encode("utf-16-le") in found


def test_a_saved_mail_gives_its_message_from_the_text_and_from_a_file() -> None:
    assert list(find_blobs(msg(BLOCK, {}))) == [BLOB]
    assert list(find_blobs(msg("Hi", {"x.osync": BLOCK.encode()}))) == [BLOB]


def test_a_winmail_dat_gives_its_message_from_the_text_and_from_a_file() -> None:
    assert list(find_blobs(winmail(BLOCK, {}))) == [BLOB]
    assert list(find_blobs(winmail("Hi", {"x.osync": BLOCK.encode()}))) == [BLOB]
    assert list(find_blobs(winmail("", {}, rich_text(BLOCK)))) == [BLOB]


@given(st.binary(max_size=500))
def test_a_compressed_text_comes_back(text: bytes) -> None:
    assert next(compressed_texts(b"noise" + compressed(text) + b"more")) == text


def test_a_compressed_text_refers_to_what_came_before() -> None:
    # The sample of MS-OXRTFCP 3.1.1
    sample = "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
    sample += "0af32068656c090020627705b06c647d0a800fa0"
    assert list(compressed_texts(bytes.fromhex(sample))) == [b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"]


@pytest.mark.parametrize("tokens", [b"\x01\xff\xf0", b"\x01\x0c", b"\xff" + b"\x0d\x0f" * 8, b"\x01\x0c\xf0", b""])
def test_a_broken_compressed_text_ends_early(tokens: bytes) -> None:
    (found,) = compressed_texts(struct.pack("<II4sI", len(tokens) + 12, 100, b"LZFu", 0) + tokens)
    assert len(found) <= 200


def test_a_compressed_text_that_claims_much_is_cut() -> None:
    tokens = (b"\xfe" + b"A" + b"\x0c\xff" * 7) * 60_000
    (found,) = compressed_texts(struct.pack("<II4sI", 0xFFFFFFFF, 0xFFFFFFFF, b"LZFu", 0) + tokens)
    assert len(found) <= 1_000_000


def test_a_compound_file_that_points_in_circles_costs_no_more_than_its_size() -> None:
    file = bytearray(msg("x", {str(number): bytes(4096) for number in range(60)}))
    began = time.process_time()
    for place in range(512, len(file) - 4, 512):
        circle = bytearray(file)
        circle[place : place + 512] = struct.pack("<128I", *range(128))
        assert len(streams(bytes(circle))) <= 2 * len(file)
    assert time.process_time() - began < seconds(5)


@given(st.integers(0, 6000), st.binary(min_size=1, max_size=40))
def test_no_change_makes_a_compound_file_fail(place: int, noise: bytes) -> None:
    file = msg("text" * 300, {"a": b"content" * 100})
    assert len(streams(file[:place] + noise + file[place + len(noise) :])) <= 2 * len(file)
    streams(file[:place])
    streams(MAGIC + noise)
