"""Outlook's Global Object ID and the UID that it stands for (MS-OXOCAL, PidLidGlobalObjectId); pure."""

_CLASS_ID = bytes.fromhex("040000008200E00074C5B7101A82E008")
_DATE = slice(16, 20)
_SIZE = slice(36, 40)
_DATA = 40
_FOREIGN = b"vCal-Uid\x01\0\0\0"


def uid_of_global_id(text: str) -> str:
    """Give the UID of an event from its Global Object ID in hexadecimal; "" if it is none.

    An id that was made from the UID of another program gives that UID, any other one itself, without the date of an instance.
    """
    try:
        found = bytearray.fromhex(text)
    except ValueError:
        return ""
    if len(found) < _DATA or not found.startswith(_CLASS_ID):
        return text.upper()
    content = bytes(found[_DATA : _DATA + int.from_bytes(found[_SIZE], "little")])
    if content.startswith(_FOREIGN):
        return content.removeprefix(_FOREIGN).rstrip(b"\0").decode("utf-8", "replace").strip()
    found[_DATE] = bytes(4)
    return found.hex().upper()


def global_id_of_uid(uid: str) -> str:
    """Give the Global Object ID that stands for the UID of another program, as Outlook makes it for an imported event."""
    content = _FOREIGN + uid.encode() + b"\0"
    return (_CLASS_ID + bytes(4 + 8 + 8) + len(content).to_bytes(4, "little") + content).hex().upper()
