"""What the streams of a compound file hold (MS-CFB): a mail that Outlook saved as .msg is one. With bounded work."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How every compound file begins."""

_SHIFTS = struct.Struct("<HH")
_PLACES = struct.Struct("<IIIIII")
_TABLE_PLACE = 76
_HEADER_BYTES = 512
_SMALL_SECTOR_BYTES = 64
_DIRECTORY_BYTES = 128
_STREAM, _ROOT = 2, 5


@dataclass(frozen=True, slots=True)
class _Sectors:
    """Sectors of one size, and the table that tells which follows which. `taken` marks those that were given."""

    content: memoryview
    size: int
    following: Sequence[int]
    taken: bytearray

    def chain(self, first: int) -> bytes:
        """Give the sectors from the first one on; none a second time, so that circles end and cost nothing."""
        found = []
        while first < len(self.following) and not self.taken[first]:
            self.taken[first] = 1
            found.append(self.content[first * self.size : (first + 1) * self.size])
            first = self.following[first]
        return b"".join(found)


def streams(content: bytes) -> bytes:
    """Give what all streams of a compound file hold, each behind a line end; as much as can be read of a broken one."""
    if len(content) < _HEADER_BYTES or not content.startswith(MAGIC):
        return b""
    shift, small_shift = _SHIFTS.unpack_from(content, 30)
    if shift not in (9, 12) or 1 << small_shift != _SMALL_SECTOR_BYTES:
        return b""
    size = 1 << shift
    body = memoryview(content)[size:]
    directory, _, cutoff, small_table, _, more = _PLACES.unpack_from(content, 48)
    sectors = _sectors(body, size, _table(content, size, more))
    files = list(_files(sectors.chain(directory)))
    root = b"".join(sectors.chain(first) for kind, first, _ in files if kind == _ROOT)
    small = _sectors(memoryview(root), _SMALL_SECTOR_BYTES, _numbers(sectors.chain(small_table)))
    found = [
        (sectors if length >= cutoff else small).chain(first)[:length]
        for kind, first, length in files
        if kind == _STREAM
    ]
    return b"\n".join(found)


def _sectors(content: memoryview, size: int, following: Sequence[int]) -> _Sectors:
    return _Sectors(content, size, following, bytearray(len(following)))


def _table(content: bytes, size: int, more: int) -> Sequence[int]:
    """Give the table of all sectors. Where its own sectors are stands in the header and, for large files, in a chain."""
    listed = list(_numbers(content[_TABLE_PLACE:_HEADER_BYTES]))
    needed = len(content) // size * 4 // size + 1
    while len(listed) < needed and (more + 2) * size <= len(content):
        *further, more = _numbers(_sector(content, size, more))
        listed += further
    return _numbers(b"".join(_sector(content, size, each) for each in listed[:needed]))


def _sector(content: bytes, size: int, number: int) -> bytes:
    return content[(number + 1) * size : (number + 2) * size]


def _numbers(content: bytes) -> Sequence[int]:
    return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])


def _files(directory: bytes) -> Iterator[tuple[int, int, int]]:
    for start in range(0, len(directory) - _DIRECTORY_BYTES + 1, _DIRECTORY_BYTES):
        first, length = struct.unpack_from("<IQ", directory, start + 116)
        yield directory[start + 66], first, length
