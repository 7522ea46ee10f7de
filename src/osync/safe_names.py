"""Names of files and folders that are safe on every system: the only place where a name given by others becomes a path.

Safe means: no way out of the folder, not hidden, the same file on systems that ignore case, nothing that Windows
reserves or cuts off, short.
"""

import hashlib
import os
import re
import unicodedata

EVENT_SUFFIX = ".ics"
_PLAIN_UID = re.compile(r"[a-z0-9][a-z0-9_.+@-]{0,119}")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.DOTALL)
_UNSAFE_IN_ADDRESS = re.compile(rb"[^a-z0-9@._+-]|\A\.|\.\Z")
_LONGEST_FOLDER_NAME = 200


def event_file_name(uid: str) -> str:
    """Name the file of an event: after its UID if that is harmless, else after the hash of it.

    Capital letters are not harmless: on Windows and macOS "A.ics" and "a.ics" are one file, but two UIDs are two events.
    """
    if _PLAIN_UID.fullmatch(uid) and not _DEVICE.fullmatch(uid):
        return uid + EVENT_SUFFIX
    return f"uid-{hashlib.sha256(uid.encode(errors='surrogatepass')).hexdigest()[:40]}{EVENT_SUFFIX}"


def address_folder_name(address: str) -> str:
    """Name the folder of a mail address; addresses that differ only in case or Unicode form share it.

    Anything but small letters, digits and "@._+-" is written as %XX of its UTF-8, and a long name ends in a hash.
    """
    octets = unicodedata.normalize("NFC", address.strip().lower()).encode(errors="surrogatepass")
    name = _UNSAFE_IN_ADDRESS.sub(_percent, octets).decode("ascii")
    if _DEVICE.fullmatch(name):
        name = f"%{ord(name[0]):02x}{name[1:]}"
    if len(name) > _LONGEST_FOLDER_NAME:
        name = f"{name[:120]}%~{hashlib.sha256(octets).hexdigest()[:40]}"
    return name


def handle_of(name: str) -> str:
    """Turn the name of a file as the system lists it into text that can be stored and shown.

    They are the same unless the name is not UTF-8; then it is "/" and its octets in hex, as no file name holds a "/".
    """
    if name.isascii():
        return name
    try:
        name.encode()
    except UnicodeEncodeError:
        return "/" + os.fsencode(name).hex()
    return name


def name_of(handle: str) -> str:
    """Give the name that became `handle`. FileNotFoundError for what can be no event file's name in a folder."""
    name = handle
    if handle.startswith("/"):
        try:
            name = os.fsdecode(bytes.fromhex(handle[1:]))
        except ValueError:
            name = ""
    if not is_event_file_name(name) or os.path.basename(name) != name or "\0" in name:
        raise FileNotFoundError(f"{handle!r} is not the name of an event file")
    return name


def is_event_file_name(name: str) -> bool:
    """Tell whether a file of this name holds events for khal and vdirsyncer: it ends in .ics and is not hidden."""
    return name.endswith(EVENT_SUFFIX) and not name.startswith(".")


def _percent(match: re.Match[bytes]) -> bytes:
    return b"".join(b"%%%02x" % octet for octet in match[0])
