"""The tag by which OSync knows its own events in Outlook, kept in user-defined fields that Outlook copies with the event.

A copy that somebody makes bears the tag of the original; it tells that it is one by the id that the tag was made for.
"""

from dataclasses import dataclass

UID_FIELD = "OSyncId"
NOTE_FIELD = "OSyncNote"
MORE_FIELD = "OSyncMore"
LONGEST_UID = 200
"""Outlook's tables show the first 255 characters of a text."""
_UNBOUND = "-"


@dataclass(frozen=True, slots=True)
class Tag:
    """What OSync notes with an event that it wrote.

    `count` grows with each writing. `bound_to` is the EntryID of the event that it was made for, "" until Outlook has given
    one. `marker` is the value of X-OSYNC, `more` the lines that Outlook has no field for.
    """

    uid: str
    count: int = 1
    bound_to: str = ""
    marker: str = ""
    more: str = ""

    @property
    def note(self) -> str:
        """Give what stands in the second field."""
        return f"{self.count} {self.bound_to or _UNBOUND} {self.marker}".rstrip()


def read_tag(uid: str, note: str, more: str = "") -> Tag | None:
    """Read the fields of a tag; None without a UID. A damaged note counts as one that was made for nothing that is there."""
    if not uid:
        return None
    count, _, rest = note.partition(" ")
    bound_to, _, marker = rest.partition(" ")
    if not (count.isascii() and count.isdecimal() and len(count) < 10 and bound_to):
        return Tag(uid, 0, "damaged", "", more)
    return Tag(uid, int(count), "" if bound_to == _UNBOUND else bound_to, marker, more)


def belongs(tag: Tag, entry_id: str) -> bool:
    """Tell whether a tag was made for the event `entry_id`, and not for one that this is a copy of."""
    return tag.bound_to in ("", entry_id)
