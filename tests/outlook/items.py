"""What every object in a folder can do: it is opened as a copy, and what is changed counts when it is saved."""

import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any

from outlook.columns import TAG, seconds
from outlook.dispatched import Dispatched, Session
from outlook.properties import PropertyAccessor, UserProperties
from outlook.refusals import ACCESS_DENIED, CHANGED, NOT_FOUND, refused
from outlook.store import Record, StoredFolder
from outlook.times import given, to_wall

if TYPE_CHECKING:
    from outlook.application import FakeOutlook


class Item(Dispatched):
    """One object of a folder, open."""

    KIND = "IPM.Note"
    CLASS = 43

    def __init__(self, outlook: "FakeOutlook", session: Session, folder: StoredFolder, record: Record | None) -> None:
        super().__init__(outlook, session)
        self._folder = folder
        self._record = record
        self._entry_id = record.entry_id if record else ""
        self._seen = record.change if record else 0
        contents = record.contents() if record else (self._new_fields(), {}, {})
        self._fields, self._user, self._mapi = contents

    def _new_fields(self) -> dict[str, Any]:
        return {}

    @property
    def Class(self) -> int:
        return self.CLASS

    @property
    def MessageClass(self) -> str:
        return self._record.message_class if self._record else self.KIND

    @property
    def EntryID(self) -> str:
        return self._entry_id

    @property
    def Saved(self) -> bool:
        return self._record is not None and self._record.contents() == (self._fields, self._user, self._mapi)

    @property
    def Parent(self) -> Any:
        return self._outlook.folder_object(self._session, self._folder)

    @property
    def _saved(self) -> Record:
        if self._record is None:
            raise refused(NOT_FOUND, "The item was never saved.")
        return self._record

    @property
    def _there(self) -> Record:
        """What was opened; it must lie where it lay then, under the same id."""
        record = self._saved
        if self._folder.records.get(self._entry_id) is not record:
            raise refused(NOT_FOUND, "The item has been moved or deleted.")
        return record

    @property
    def CreationTime(self) -> datetime:
        return given(seconds(to_wall(self._saved.created, self._outlook.system)))

    @property
    def LastModificationTime(self) -> datetime:
        return given(seconds(to_wall(self._saved.modified, self._outlook.system)))

    @property
    def UserProperties(self) -> UserProperties:
        return UserProperties(self._outlook, self._session, self._user)

    @property
    def PropertyAccessor(self) -> PropertyAccessor:
        found = {TAG + "0x30080040": given(seconds(self._record.modified))} if self._record else {}
        return PropertyAccessor(self._outlook, self._session, found, self._mapi)

    def Save(self) -> None:
        self._check_writable(self._folder)
        outlook = self._outlook
        now = outlook.clock()
        if self._record is None:
            self._record = outlook.new_record(self._folder, self.KIND)
            self._entry_id = self._record.entry_id
        elif self._there.change != self._seen:
            raise refused(CHANGED, "The operation cannot be performed because the message has been changed.")
        self._record.fields, self._record.user, self._record.mapi = self._copy_of_contents()
        self._record.modified = now
        self._record.change += 1
        self._seen = self._record.change
        outlook.tell(self._folder, "ItemAdd" if self._record.created == now else "ItemChange", self)

    def _check_writable(self, folder: StoredFolder) -> None:
        if folder.read_only:
            raise refused(ACCESS_DENIED, "You do not have sufficient permission to perform this operation.")

    def _copy_of_contents(self) -> tuple[dict[str, Any], dict[str, str], dict[str, Any]]:
        return copy.deepcopy((self._fields, self._user, self._mapi))

    def Delete(self) -> None:
        self._check_writable(self._folder)
        if self._record:
            self._outlook.delete(self._there)

    def Move(self, target: Any) -> "Item":
        """Move what was saved to another folder, and give it as it lies there; this object is of no use any more (facts A4)."""
        record = self._there
        self._check_writable(self._folder)
        self._check_writable(target._folder)
        self._outlook.move(record, target._folder)
        return self._outlook.open_record(self._session, record)

    def Close(self, mode: int) -> None:
        if mode != 1:
            raise NotImplementedError("the fake can only discard")
        if self._record:
            self._fields, self._user, self._mapi = self._record.contents()

    def Copy(self) -> "Item":
        """A copy in the same folder, saved, with the user-defined fields of the original (facts A4)."""
        copied = type(self)(self._outlook, self._session, self._folder, None)
        copied._fields, copied._user, copied._mapi = self._copy_of_contents()
        copied.Save()
        return copied
