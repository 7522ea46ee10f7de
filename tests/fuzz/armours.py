"""The text block around a message: what is found does not depend on what mail systems do to its lines."""

from collections.abc import Iterator

from fuzz.target import Target

from osync.message.armour import BEGIN, armour, find_armour

_WORDS = (
    *(
        b"-----BEGIN OSYNC MESSAGE-----",
        b"-----END OSYNC MESSAGE-----",
        b"\r\n",
        b"\n",
        b"> ",
        b"- ",
        b"Version: 1",
        b"\0",
    ),
    *(b"=", b"=e3b0c442", b"AAAA", b"==", b"\xc2\xa0"),
)


def _check(data: bytes) -> None:
    found = find_armour(data)
    for blob in found.blobs:
        assert find_armour(armour(blob).encode()).blobs == (blob,)
        assert len(blob) <= len(data)
    before = b"Hello\r\n\r\n" + data
    assert find_armour(before).blobs == found.blobs
    if b"\0" in data or data.count(b"BEGIN") != data.count(BEGIN.encode()):
        # A first line that is broken already may not stand more.
        return
    assert set(find_armour(b"".join(b"> " + line for line in data.splitlines(keepends=True))).blobs) >= set(found.blobs)
    assert set(find_armour(before + b"\r\n--\r\nfooter\r\n").blobs) >= set(found.blobs)
    if b"\r" not in data:
        assert find_armour(data.replace(b"\n", b"\r\n")).blobs == found.blobs


def _seeds() -> Iterator[bytes]:
    """Give blocks as they are sent, and as some mail systems leave them."""
    for size in (0, 1, 2, 3, 47, 48, 49, 400):
        yield armour(bytes(range(256))[:size] * (2 if size > 300 else 1)).encode()
    block = armour(b"OSE1" + bytes(100))
    yield block.replace("\r\n", "\n").encode()
    yield b"".join(b"> > " + line for line in block.encode().splitlines(keepends=True))
    yield block.replace("\r\n\r\n", "\r\nVersion: GnuPG\r\nComment: a: b\r\n\r\n", 1).encode()
    yield block.encode("utf-16-le")
    yield (block + "text between\r\n" + armour(b"second")).encode()
    yield block[: len(block) // 2].encode()


TARGETS = (Target("armour", _check, _seeds, _WORDS),)
