"""Draw the icon of the program, a calendar sheet with an arrow that leaves it, as a Windows .ico file. No library is needed."""

import struct
import sys
from pathlib import Path

_SIZES = (16, 24, 32, 48, 64)
_PAPER, _HEAD, _ARROW, _NOTHING = (255, 255, 255, 255), (0x20, 0x5E, 0x8C, 255), (0xD9, 0x6B, 0x1F, 255), (0, 0, 0, 0)


def _colour(x: float, y: float) -> tuple[int, int, int, int]:
    """Give red, green, blue and opacity at a point of the unit square, y downwards."""
    if 0.5 < x < 0.96 and abs(y - 0.62) < (0.08 if x < 0.74 else max(0.0, 0.22 - (x - 0.74))):
        return _ARROW
    if not (0.06 < x < 0.8 and 0.1 < y < 0.94):
        return _NOTHING
    if y < 0.3 or x < 0.11 or x > 0.75 or y > 0.89:
        return _HEAD
    return _PAPER


def _picture(size: int) -> bytes:
    """Give a device-independent bitmap with 32 bits a point, from the bottom line up, and its empty mask."""
    points = bytearray()
    for line in range(size - 1, -1, -1):
        for column in range(size):
            red, green, blue, opacity = _colour((column + 0.5) / size, (line + 0.5) / size)
            points += bytes((blue, green, red, opacity))
    mask = bytes((size + 31) // 32 * 4 * size)
    return struct.pack("<IiiHHIIiiII", 40, size, size * 2, 1, 32, 0, len(points), 0, 0, 0, 0) + points + mask


def icon() -> bytes:
    """Give the whole .ico file."""
    pictures = [_picture(size) for size in _SIZES]
    offset = 6 + 16 * len(pictures)
    head = struct.pack("<HHH", 0, 1, len(pictures))
    for size, picture in zip(_SIZES, pictures, strict=True):
        head += struct.pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(picture), offset)
        offset += len(picture)
    return head + b"".join(pictures)


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(icon())
