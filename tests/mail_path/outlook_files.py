"""Files that Outlook makes of a mail: winmail.dat (MS-OXTNEF) and .msg (MS-OXMSG in MS-CFB), written from their specifications."""

import struct
import zlib
from dataclasses import dataclass

_MESSAGE, _ATTACHMENT = 1, 2
_BODY, _MAPI, _RENDERING, _TITLE, _DATA = 0x0002800C, 0x00069003, 0x00069002, 0x00018010, 0x0006800F
_RTF_PROPERTY = 0x10090102
_SECTOR = 512
_SMALL = 64
_LINKS = _SECTOR // 4
_END, _FREE, _FAT, _LIST = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFC


def winmail(text: str, files: dict[str, bytes], rich_text: bytes = b"") -> bytes:
    """Write a TNEF stream: the text as it is, or as compressed Rich Text, and the files."""
    stream = struct.pack("<IH", 0x223E9F78, 1)
    if text:
        stream += _attribute(_MESSAGE, _BODY, text.encode("cp1252", "replace") + b"\0")
    if rich_text:
        packed = compressed(rich_text)
        padded = packed + bytes(-len(packed) % 4)
        stream += _attribute(_MESSAGE, _MAPI, struct.pack("<IIII", 1, _RTF_PROPERTY, 1, len(packed)) + padded)
    for name, content in files.items():
        stream += _attribute(_ATTACHMENT, _RENDERING, bytes(14))
        stream += _attribute(_ATTACHMENT, _TITLE, name.encode() + b"\0")
        stream += _attribute(_ATTACHMENT, _DATA, content)
    return stream


def _attribute(level: int, tag: int, content: bytes) -> bytes:
    return struct.pack("<BII", level, tag, len(content)) + content + struct.pack("<H", sum(content) & 0xFFFF)


def compressed(rich_text: bytes) -> bytes:
    """Write compressed Rich Text (MS-OXRTFCP) of literal bytes alone, closed by the token that points at its own place."""
    tokens = bytearray()
    place = 207
    ended = [*rich_text, None]
    for start in range(0, len(ended), 8):
        eight = ended[start : start + 8]
        tokens.append(1 << len(eight) - 1 if eight[-1] is None else 0)
        for byte in eight:
            tokens += bytes((byte,)) if byte is not None else struct.pack(">H", (place + len(rich_text)) % 4096 << 4)
    check = zlib.crc32(tokens, 0xFFFFFFFF) ^ 0xFFFFFFFF
    return struct.pack("<II4sI", len(tokens) + 12, len(rich_text), b"LZFu", check) + bytes(tokens)


def rich_text(text: str) -> bytes:
    """Write a text as Outlook's editor does, which makes long dashes of short ones."""
    body = text.replace("\\", "\\\\").replace("{", "\\{").replace("}", "\\}")
    body = body.replace("-----", "\\emdash\\endash ").replace("\r\n", "\n").replace("\n", "\\par\r\n")
    return (
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Arial;}}{\*\generator Word;}\pard\f0\fs20 " + body + "}"
    ).encode()


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    content: bytes


def msg(text: str, files: dict[str, bytes]) -> bytes:
    """Write a .msg: the text in UTF-16, each file as a stream. Sectors are laid backwards, so that none is in one piece."""
    listed = [_File("__substg1.0_1000001F", text.encode("utf-16-le"))]
    listed += [_File(f"__substg1.0_3701{number:02}02", content) for number, content in enumerate(files.values())]
    small = [each for each in listed if len(each.content) < 4096]
    sectors: list[bytes] = []
    links: list[int] = []
    small_links: list[int] = []
    root, starts = b"", {}
    for each in small:
        starts[each.name] = len(root) // _SMALL
        count = -(-len(each.content) // _SMALL)
        small_links += [len(small_links) + 1 + step for step in range(count - 1)] + [_END]
        root += each.content + bytes(-len(each.content) % _SMALL)
    starts |= {each.name: _lay(sectors, links, each.content) for each in listed if each not in small}
    root_start = _lay(sectors, links, root)
    table_start = _lay(sectors, links, struct.pack(f"<{len(small_links)}I", *small_links))
    names = [_directory("Root Entry", 5, root_start, len(root), child=1)]
    for number, each in enumerate(listed, 1):
        right = number + 1 if number < len(listed) else _FREE
        names.append(_directory(each.name, 2, starts[each.name], len(each.content), right=right))
    directory_start = _lay(sectors, links, b"".join(names))
    return _compound(sectors, links, directory_start, table_start)


def _lay(sectors: list[bytes], links: list[int], content: bytes) -> int:
    """Lay a stream into new sectors, the last one first; give where it starts."""
    pieces = [content[start : start + _SECTOR].ljust(_SECTOR, b"\0") for start in range(0, len(content), _SECTOR)]
    following = _END
    for piece in reversed(pieces):
        sectors.append(piece)
        links.append(following)
        following = len(sectors) - 1
    return following


def _directory(name: str, kind: int, start: int, length: int, *, right: int = _FREE, child: int = _FREE) -> bytes:
    written = name.encode("utf-16-le")
    head = written.ljust(64, b"\0") + struct.pack("<HBBIII", len(written) + 2, kind, 1, _FREE, right, child)
    return head.ljust(116, b"\0") + struct.pack("<IQ", start, length)


def _compound(sectors: list[bytes], links: list[int], directory: int, small_table: int) -> bytes:
    """Write the file: header, sectors, the table of what follows what, and for large files where the table is."""
    tables, lists = 1, 0
    while len(sectors) + tables + lists > tables * _LINKS:
        tables += 1
        lists = -(-max(0, tables - 109) // (_LINKS - 1))
    places = [len(sectors) + number for number in range(tables)]
    whole = [*links, *[_FAT] * tables, *[_LIST] * lists]
    whole += [_FREE] * (tables * _LINKS - len(whole))
    listed = places[109:] + [_FREE] * (lists * (_LINKS - 1) - max(0, tables - 109))
    first_list = len(sectors) + tables
    more = b""
    for number in range(lists):
        own = listed[number * (_LINKS - 1) : (number + 1) * (_LINKS - 1)]
        more += struct.pack(f"<{_LINKS}I", *own, first_list + number + 1 if number + 1 < lists else _END)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    head = head.ljust(44, b"\0") + struct.pack("<IIIII", tables, directory, 0, 4096, small_table)
    head += struct.pack("<III", 1, first_list if lists else _END, lists)
    head += struct.pack("<109I", *places[:109], *[_FREE] * (109 - min(109, tables)))
    return head + b"".join(sectors) + struct.pack(f"<{len(whole)}I", *whole) + more
