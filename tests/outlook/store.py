"""What lies on the disk of the fake: folders and what is saved in them. No object that a client holds is one of these."""

import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

APPOINTMENTS = 1
"""The kind of a folder of events (OlItemType)."""


@dataclass
class Record:
    """One saved object. `fields` are its properties by Outlook's names, `user` its user-defined fields, `mapi` the others."""

    entry_id: str
    folder: "StoredFolder"
    message_class: str
    fields: dict[str, Any]
    user: dict[str, str]
    mapi: dict[str, Any]
    created: datetime
    modified: datetime
    change: int = 1

    def contents(self) -> tuple[dict[str, Any], dict[str, str], dict[str, Any]]:
        return copy.deepcopy((self.fields, self.user, self.mapi))


@dataclass
class StoredFolder:
    """A folder; `item_type` as in OlItemType."""

    entry_id: str
    name: str
    item_type: int
    store: "StoredStore"
    parent: "StoredFolder | None" = None
    folders: list["StoredFolder"] = field(default_factory=list)
    records: dict[str, Record] = field(default_factory=dict)
    read_only: bool = False


@dataclass
class StoredStore:
    """One store with its default folders by OlDefaultFolders."""

    store_id: str
    name: str
    exchange_type: int
    root: StoredFolder = field(init=False)
    defaults: dict[int, StoredFolder] = field(default_factory=dict)


def lies_below(folder: StoredFolder, top: StoredFolder) -> bool:
    """Tell whether a folder is another one, or lies in it at any depth."""
    above: StoredFolder | None = folder
    while above is not None and above is not top:
        above = above.parent
    return above is not None
