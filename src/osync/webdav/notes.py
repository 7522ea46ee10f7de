"""What a calendar notes of a collection for its next run: the token, and the list of places that belongs to it."""

import enum
import json
from dataclasses import dataclass

from osync.notebook import Notebook
from osync.webdav.addresses import Origin
from osync.webdav.collection import Listing
from osync.webdav.quirks.radicale import LastModified

_FORM = 1
_TOKEN, _PLACES = "token", "places"


class Trait(enum.StrEnum):
    """What is worth knowing of a server from the first request on."""

    SIGN_IN = "sign-in"
    ONE_BY_ONE = "one by one"
    LOSES_PROPERTIES = "loses properties"


@dataclass(frozen=True, slots=True)
class Noted:
    """What was known of a collection: its list as of `token` ("" if it gives none); `listed` is when all of it was last read.

    Times are in seconds since 1970 by the server's clock.
    """

    token: str
    listing: Listing
    listed: int
    seen: LastModified


NOTHING = Noted("", Listing({}, {}), 0, LastModified())


def read_noted(notebook: Notebook, address: str) -> Noted:
    """Give what was noted of a collection as an account sees it (`address`); `NOTHING` if that is lost, damaged, or of another one."""
    try:
        head = json.loads(notebook.read(_TOKEN) or "{}")
        if head.get("form") != _FORM or head.get("address") != address:
            return NOTHING
        listing = _read_listing(notebook.read(_PLACES))
        if len(listing.versions) != head["places"]:
            return NOTHING
        seen = LastModified(str(head["modified"]), int(head["asked"]))
        return Noted(str(head["token"]), listing, int(head["listed"]), seen)
    except (ValueError, KeyError, TypeError, AttributeError):
        return NOTHING


def write_noted(notebook: Notebook, address: str, noted: Noted, before: Noted) -> None:
    """Note what is known now in the place of `before`.

    The list goes first: killed in between, the next run has an older token with a newer list, and hears of the same changes
    once more.
    """
    if noted.listing != before.listing:
        notebook.write(_PLACES, _listing_text(noted.listing))
    if noted != before:
        head = {
            "form": _FORM,
            "address": address,
            "token": noted.token,
            "places": len(noted.listing.versions),
            "listed": noted.listed,
            "modified": noted.seen.modified,
            "asked": noted.seen.date,
        }
        notebook.write(_TOKEN, json.dumps(head))


def noted_trait(notebook: Notebook, origin: Origin, trait: Trait) -> str:
    """Give what was noted of the server, "" if nothing was."""
    return notebook.read(_page(origin, trait))


def note_trait(notebook: Notebook, origin: Origin, trait: Trait, text: str) -> None:
    """Note something of the server, if it is new."""
    if text != notebook.read(_page(origin, trait)):
        notebook.write(_page(origin, trait), text)


def _page(origin: Origin, trait: Trait) -> str:
    return f"{trait} {origin}"


def _listing_text(listing: Listing) -> str:
    spelled = listing.spellings
    return "\n".join(
        f"{name}\t{version}\t{spelled[name]}" if name in spelled else f"{name}\t{version}"
        for name, version in listing.versions.items()
    )


def _read_listing(text: str) -> Listing:
    versions: dict[str, str] = {}
    spellings: dict[str, str] = {}
    for line in text.split("\n") if text else ():
        name, _, rest = line.partition("\t")
        version, tab, spelling = rest.partition("\t")
        versions[name] = version
        if tab:
            spellings[name] = spelling
    return Listing(versions, spellings)
