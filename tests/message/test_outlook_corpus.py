"""Real files of Outlook: every stream and every compressed text is read."""

from pathlib import Path

import pytest
from corpus_files import corpus_root

from osync.message.compound import streams
from osync.message.compressed_text import compressed_texts
from osync.message.mail import find_blobs

_SAVED = sorted(corpus_root().rglob("*.msg"))
_PACKED = sorted(corpus_root().rglob("*.tnef"))


def _is_whole_rich_text(text: bytes) -> bool:
    return text.startswith(b"{\\rtf1") and text.rstrip(b"\0\r\n ").endswith(b"}")


@pytest.mark.parametrize("path", _SAVED, ids=lambda path: path.name)
def test_a_saved_mail_is_read(path: Path) -> None:
    found = streams(path.read_bytes())
    assert b"IPM." in found.replace(b"\0", b"")
    assert all(map(_is_whole_rich_text, compressed_texts(found)))
    assert list(find_blobs(path.read_bytes())) == []


@pytest.mark.parametrize("path", _PACKED, ids=lambda path: path.name)
def test_a_packed_mail_is_read(path: Path) -> None:
    content = path.read_bytes()
    assert all(map(_is_whole_rich_text, compressed_texts(content)))
    assert list(find_blobs(content)) == []
