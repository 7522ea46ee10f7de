"""Files of OSync that people carry by themselves, as blocks of ASCII lines: keys, answers to a new device.

Unlike `armour` it never looks for them in mails.
"""

import binascii
import hashlib
import re

from osync.errors import ConfigurationError

MAX_BLOCK_BYTES = 24 << 20

_LINE_CHARACTERS = 64
_CHECKSUM_DIGITS = 8
_BEGIN = re.compile(r"-{3,}[ \t]*BEGIN OSYNC ([A-Z]{3,20})[ \t]*-{3,}")
_CHECKSUM = re.compile(r"=([0-9a-f]{8})\Z")
_NOT_WRITTEN = re.compile(r"[\s>|]")


def write_block(word: str, blob: bytes) -> str:
    """Write `blob` between lines that name it with `word`, like IDENTITY."""
    text = binascii.b2a_base64(blob, newline=False).decode()
    lines = [f"-----BEGIN OSYNC {word}-----", ""]
    lines += [text[start : start + _LINE_CHARACTERS] for start in range(0, len(text), _LINE_CHARACTERS)]
    lines += ["=" + hashlib.sha256(blob).hexdigest()[:_CHECKSUM_DIGITS], f"-----END OSYNC {word}-----", ""]
    return "\n".join(lines)


def read_block(word: str, text: str) -> bytes:
    """Give what `write_block` wrote, also with quoting marks, blanks and other line ends in it, and text around it.

    ConfigurationError tells whether it is something else or was cut off or changed.
    """
    if len(text) > MAX_BLOCK_BYTES:
        raise ConfigurationError("The file is too large to be one of OSync.")
    begin = _BEGIN.search(text)
    if begin is None or begin[1] != word:
        raise ConfigurationError(
            f"This is no {word.lower()} file of OSync; one begins with -----BEGIN OSYNC {word}-----."
        )
    end = text.find("-----END OSYNC", begin.end())
    packed = _NOT_WRITTEN.sub("", text[begin.end() : end if end >= 0 else len(text)])
    checksum = _CHECKSUM.search(packed)
    try:
        blob = binascii.a2b_base64(packed[: checksum.start()] if checksum else "", strict_mode=True)
    except ValueError:
        blob = b""
    if checksum is None or hashlib.sha256(blob).hexdigest()[:_CHECKSUM_DIGITS] != checksum[1]:
        raise ConfigurationError(
            "The file is damaged: it was cut off or changed.", advice="Copy it again as a whole, or take another copy."
        )
    return blob
