"""A fake of Outlook, in plain Python: it plays what our facts say of Outlook's object model, and refuses what that refuses."""

import random
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from outlook.appointment import TimeZones
from outlook.columns import TAG
from outlook.dispatched import Collection, Dispatched, Session
from outlook.items import Item
from outlook.lists import Items
from outlook.locales import GERMAN, Locale
from outlook.mail import BY_METHOD, MEETINGS, Account, AttachedFile, MailItem, MeetingItem, Outgoing, ReportItem
from outlook.properties import PropertyAccessor
from outlook.recurrence import SeriesItem, described
from outlook.refusals import BUSY, FAILED, GONE, NOT_CONNECTED, NOT_FOUND, refused, transport_error
from outlook.store import Record, StoredFolder, StoredStore, lies_below
from outlook.table import Table

DELETED, OUTBOX, SENT, INBOX, CALENDAR = 3, 4, 5, 6, 9
_NAMES = {
    DELETED: "Gelöschte Elemente",
    OUTBOX: "Postausgang",
    SENT: "Gesendete Elemente",
    INBOX: "Posteingang",
    CALENDAR: "Kalender",
}
_NO_OBJECT = "The attempted operation failed. An object could not be found."
_BEGIN = datetime(2026, 11, 23, 9, 0)
_TOO_MANY_TO_TELL = 16


@dataclass
class Listening:
    """Somebody who listens to the events of an object; `waiting` events are told when messages are pumped."""

    key: object
    handlers: dict[str, Callable[..., None]]
    active: bool = True


class FakeOutlook:
    """One user's Outlook on one Windows computer, with what lies on its disk; it may be opened and closed."""

    def __init__(
        self,
        zone: str = "Europe/Berlin",
        list_separator: str = "",
        addresses: tuple[str, ...] = ("pat@example.org",),
        seed: int = 1,
        locale: Locale = GERMAN,
    ) -> None:
        self.zone = zone
        self.system = ZoneInfo(zone)
        self.locale = locale
        self.list_separator = list_separator or locale.list_separator
        self.chance = random.Random(seed)
        self.now = _BEGIN
        self.calls = 0
        self.opened: list[str] = []
        self.failures: list[Exception] = []
        self.guard_denies = False
        self.has_change_keys = False
        self.connection_mode = 0
        self.moves_change_ids = False
        self.missing_folders_raise = False
        self.instant_search = False
        self.arrays_by_row = False
        self.counts_rows = True
        self.categories: list[str] = []
        self.outgoing: list[Outgoing] = []
        self.deliver: Callable[[Outgoing], None] = lambda mail: None
        self.sent: list[Outgoing] = []
        self.stores_of_accounts: dict[str, StoredStore] = {}
        self.outbox_waits = False
        self.ends_at = 0
        self.years_count_months = True
        self.keeps_stale_copies = True
        self.held: dict[str, weakref.WeakSet[Any]] = {}
        self.workdays_have_interval_zero = False
        self._ids = 0
        self._session: Session | None = None
        self._listening: list[Listening] = []
        self._events: list[tuple[object, str, tuple[object, ...]]] = []
        self.stores = [self._new_store("Outlook", 3)]
        self.addresses = addresses

    def clock(self) -> datetime:
        """The time in UTC; a tenth of a second later each time."""
        self.now += timedelta(milliseconds=100)
        return self.now

    @property
    def is_open(self) -> bool:
        return self._session is not None

    def application(self) -> "Application":
        """What `Dispatch("Outlook.Application")` gives; it opens Outlook if need be."""
        if self._session is None:
            self._session = Session()
        if self.failures:
            raise self.failures.pop(0)
        return Application(self, self._session)

    def close(self) -> None:
        """The user closes Outlook: every object of it is dead."""
        if self._session:
            self._session.alive = False
        self._session = None
        self._listening.clear()

    def be_busy(self, times: int) -> None:
        self.failures += [transport_error(BUSY)] * times

    def die_at_next_call(self) -> None:
        """Outlook ends in the middle of something."""
        self.failures.append(transport_error(GONE))

    def end_after(self, calls: int) -> None:
        """Let Outlook end at a later call, and be opened again by whoever asks next; 0 forgets it."""
        self.ends_at = self.calls + calls if calls else 0

    def folder(self, number: int = CALENDAR) -> StoredFolder:
        return self.stores[0].defaults[number]

    # What the objects ask for.

    def new_id(self, prefix: str) -> str:
        self._ids += 1
        return f"{prefix}{self._ids:08X}{self.chance.getrandbits(64):016X}"

    def new_global_id(self) -> str:
        return "040000008200E00074C5B7101A82E008" + "0" * 40 + "10000000" + f"{self.chance.getrandbits(128):032X}"

    def new_record(self, folder: StoredFolder, kind: str) -> Record:
        now = self.now
        record = Record(self.new_id("00000000"), folder, kind, {}, {}, {}, now, now)
        folder.records[record.entry_id] = record
        return record

    def post(self, mail: Outgoing) -> None:
        """Let a mail leave at once, or with the next sending where it waits in the Outbox."""
        record = self.new_record(self.folder(OUTBOX), "IPM.Note")
        record.fields = {"Subject": mail.subject}
        self.outgoing.append(mail)
        if not self.outbox_waits:
            self.empty_outbox()

    def empty_outbox(self) -> None:
        outbox, sent = self.folder(OUTBOX), self.folder(SENT)
        sent.records.update(outbox.records)
        outbox.records.clear()
        waiting, self.outgoing = self.outgoing, []
        self.sent += waiting
        for mail in waiting:
            self.deliver(mail)

    # What a test in another process asks for: plain values only.

    def take_sent(self) -> tuple[tuple[Any, ...], ...]:
        """Give the mails that left since this was asked last: sender, recipients, subject, text, names and texts of files."""
        sent, self.sent = self.sent, []
        return tuple(
            (
                mail.sender,
                (*mail.shown, *mail.hidden),
                mail.subject,
                mail.body,
                tuple((each.name, each.content.decode("latin-1")) for each in mail.files),
            )
            for mail in sent
        )

    def lay_into_inbox(self, sender: str, subject: str, body: str, files: tuple[tuple[str, str], ...]) -> None:
        """Let a mail arrive."""
        attached = tuple(AttachedFile(name, content.encode("latin-1")) for name, content in files)
        self.arrive(Outgoing(sender, self.addresses, (), subject, body, "", attached, {}, self.clock()))

    def dump(self) -> str:
        """Say for people what lies in the calendar, and which mails are there."""
        lines = ["Calendar:"]
        for record in sorted(self.folder().records.values(), key=lambda each: str(each.fields.get("start"))):
            lines += [f"  {line}" for line in described(record, self.system)]
        for number in (INBOX, SENT):
            records = self.folder(number).records.values()
            lines += [f"{_NAMES[number]}:", *(f"  {record.fields['Subject']}" for record in records)]
        return "\n".join(lines)

    def open_account(self, address: str) -> None:
        """Add an account with a store of its own; mails between the accounts of this Outlook arrive, others come back."""
        if not self.stores_of_accounts:
            self.addresses, self.deliver = (), self._deliver_inside
        if address not in self.stores_of_accounts:
            self.stores.append(self._new_store(address, 3))
            self.stores_of_accounts[address] = self.stores[-1]
            self.addresses = (*self.addresses, address)

    def _deliver_inside(self, mail: Outgoing) -> None:
        for address in (*mail.shown, *mail.hidden):
            if address.lower() in self.stores_of_accounts:
                self.arrive(mail, account=address.lower())
            else:
                words = f"Delivery has failed to these recipients:\n\n<{address}>\nIt wasn't found.\n550 5.1.1\n"
                original = {TAG + "0x1046001F": mail.mapi.get(TAG + "0x1035001F", "")}
                report = Outgoing("", (), (), f"Undeliverable: {mail.subject}", words, "", (), original, mail.sent_at)
                self.arrive(report, kind="REPORT.IPM.Note.NDR", account=mail.sender)

    def arrive(
        self,
        mail: Outgoing,
        *,
        kind: str = "IPM.Note",
        header: str = "",
        exchange: bool = False,
        left: bool = False,
        account: str = "",
        method: str = "",
    ) -> Record:
        """Lay a mail into the Inbox; `exchange` if its sender is of the same Exchange, so that no header came with it, `left` if
        nobody there knows that user any more.

        `method` is that of its text/calendar part, if it has one.
        """
        kind = BY_METHOD.get(method, kind)
        store = self.stores_of_accounts.get(account, self.stores[0])
        record = self.new_record(store.defaults[INBOX], kind)
        address = (
            f"/O=EXCHANGE/OU=FIRST/CN=RECIPIENTS/CN={mail.sender.partition('@')[0].upper()}"
            if exchange
            else mail.sender
        )
        record.fields = {
            "Subject": mail.subject, "Body": mail.body, "HTMLBody": mail.html, "BodyFormat": 1, "SenderName": mail.sender,
            "SenderEmailAddress": address, "SenderEmailType": "EX" if exchange else "SMTP", "smtp": "" if left else mail.sender,
            "files": [] if method else list(mail.files), "UnRead": True, "ReceivedTime": self.clock(),
            "Size": len(mail.body) + sum(len(each.content) for each in mail.files) + 1000,
        }  # fmt: skip
        record.mapi = dict(mail.mapi)
        if header:
            record.mapi[TAG + "0x007D001F"] = header
        self.tell(self, "NewMailEx", record.entry_id)
        self.tell(record.folder, "ItemAdd", record.entry_id)
        return record

    def delete(self, record: Record) -> None:
        """Move to Deleted Items; delete for good what lies there or below (facts A11)."""
        folder, bin_ = record.folder, record.folder.store.defaults.get(DELETED)
        if bin_ and not lies_below(folder, bin_):
            self.move(record, bin_)
        else:
            folder.records.pop(record.entry_id, None)
            self.tell(folder, "ItemRemove")

    def delete_together(self, records: list[Record]) -> None:
        """Delete what the user has chosen in a list; of 16 or more nobody is told (facts A11)."""
        before = len(self._events)
        for record in records:
            self.delete(record)
        if len(records) >= _TOO_MANY_TO_TELL:
            self._events[before:] = [each for each in self._events[before:] if each[1] != "ItemRemove"]

    def move(self, record: Record, target: StoredFolder) -> None:
        """Move to another folder; the id changes with the store, and within one where `moves_change_ids` (facts A4, A11)."""
        before = record.folder
        before.records.pop(record.entry_id, None)
        if target.store is not before.store or self.moves_change_ids:
            record.entry_id = self.new_id("00000000")
        record.folder = target
        target.records[record.entry_id] = record
        self.tell(before, "ItemRemove")
        self.tell(target, "ItemAdd", record.entry_id)

    def touch(self, record: Record) -> None:
        """Change nothing but the time of the last change, as a dismissed reminder or a server does (facts A3)."""
        record.modified = self.clock()
        record.change += 1
        self.tell(record.folder, "ItemChange", record.entry_id)

    def find(self, entry_id: str, store_id: str = "") -> Record | None:
        """Find what is saved under an id in a store, the first one if none is named; ids are hex, capitals do not count."""
        wanted = entry_id.upper()
        folders = self.all_folders(store_id or self.stores[0].store_id)
        return next((folder.records[wanted] for folder in folders if wanted in folder.records), None)

    def all_folders(self, store_id: str = "") -> list[StoredFolder]:
        """Give the folders of one store, or of all."""
        found: list[StoredFolder] = []
        waiting = [store.root for store in self.stores if store_id.upper() in ("", store.store_id.upper())]
        while waiting:
            folder = waiting.pop()
            found.append(folder)
            waiting += folder.folders
        return found

    def open_record(self, session: Session, record: Record) -> Item:
        self.opened.append(record.entry_id)
        kinds: dict[str, type[Item]] = {
            "IPM.Appointment": SeriesItem,
            "IPM.Note": MailItem,
            "REPORT.IPM.Note.NDR": ReportItem,
            **dict.fromkeys(MEETINGS, MeetingItem),
        }
        return kinds.get(record.message_class, Item)(self, session, record.folder, record)

    def new_item(self, session: Session, folder: StoredFolder, kind: int | str) -> Item:
        kinds: dict[int | str, type[Item]] = {0: MailItem, 1: SeriesItem, "IPM.Appointment": SeriesItem}
        return kinds.get(kind, Item)(self, session, folder, None)

    def folder_object(self, session: Session, folder: StoredFolder) -> "Folder":
        return Folder(self, session, folder)

    def tell(self, key: object, event: str, *arguments: object) -> None:
        """Note an event; it is delivered while messages are pumped only (facts A11)."""
        # An event that waits holds no reference to the item: that would keep an old copy alive.
        told = (each._record.entry_id if isinstance(each, Item) and each._record else each for each in arguments)
        self._events.append((key, event, tuple(told)))

    def listen(self, found: object, handlers: dict[str, Callable[..., None]]) -> Listening:
        """What `WithEvents` gives."""
        key: object = found._folder if isinstance(found, Items) else self
        listening = Listening(key, dict(handlers))
        self._listening.append(listening)
        return listening

    def pump(self) -> None:
        """What `PumpWaitingMessages` does."""
        events, self._events = self._events, []
        for key, event, arguments in events:
            for listening in self._listening:
                if listening.key is key and event in listening.handlers:
                    listening.handlers[event](*arguments)

    def _new_store(self, name: str, exchange_type: int) -> StoredStore:
        store = StoredStore(self.new_id("STORE"), name, exchange_type)
        store.root = StoredFolder(self.new_id("ROOT"), name, 0, store)
        for number, folder_name in _NAMES.items():
            kind = 1 if number == CALENDAR else 0
            folder = StoredFolder(self.new_id("FOLDER"), folder_name, kind, store, store.root)
            store.defaults[number] = folder
            store.root.folders.append(folder)
        return store


class Folder(Dispatched):
    """A MAPIFolder."""

    def __init__(self, outlook: FakeOutlook, session: Session, folder: StoredFolder) -> None:
        super().__init__(outlook, session)
        self._folder = folder

    @property
    def Name(self) -> str:
        return self._folder.name

    @property
    def EntryID(self) -> str:
        return self._folder.entry_id

    @property
    def StoreID(self) -> str:
        return self._folder.store.store_id

    @property
    def DefaultItemType(self) -> int:
        return self._folder.item_type

    @property
    def Store(self) -> "Store":
        return Store(self._outlook, self._session, self._folder.store)

    @property
    def Items(self) -> Items:
        return Items(self._outlook, self._session, self._folder)

    @property
    def Folders(self) -> "Folders":
        return Folders(self._outlook, self._session, self._folder)

    @property
    def PropertyAccessor(self) -> PropertyAccessor:
        access = 0x2 if self._folder.read_only else 0x3F
        return PropertyAccessor(self._outlook, self._session, {TAG + "0x0FF40003": access}, {})

    def GetTable(self, filter_text: str = "", contents: int = 0) -> Table:
        if self._outlook.connection_mode in (100, 300) and self._folder.store.exchange_type != 3:
            raise refused(NOT_CONNECTED, "Network problems are preventing connection to Microsoft Exchange.")
        return Table(self._outlook, self._session, self._folder, filter_text)

    def Delete(self) -> None:
        parent = self._folder.parent
        if parent is None:
            raise refused(NOT_FOUND, "The folder cannot be deleted.")
        parent.folders.remove(self._folder)
        bin_ = self._folder.store.defaults[DELETED]
        if not lies_below(parent, bin_):
            self._folder.parent = bin_
            bin_.folders.append(self._folder)


class Folders(Collection):
    """The folders below one."""

    def __init__(self, outlook: FakeOutlook, session: Session, parent: StoredFolder) -> None:
        super().__init__(outlook, session, [Folder(outlook, session, each) for each in parent.folders])
        self._parent = parent

    def Add(self, name: str, kind: int = 0) -> Folder:
        item_type = 1 if kind == CALENDAR else 0
        folder = StoredFolder(self._outlook.new_id("FOLDER"), name, item_type, self._parent.store, self._parent)
        self._parent.folders.append(folder)
        return Folder(self._outlook, self._session, folder)


class Store(Dispatched):
    """One store."""

    def __init__(self, outlook: FakeOutlook, session: Session, store: StoredStore) -> None:
        super().__init__(outlook, session)
        self._store = store

    @property
    def DisplayName(self) -> str:
        return self._store.name

    @property
    def StoreID(self) -> str:
        return self._store.store_id

    @property
    def ExchangeStoreType(self) -> int:
        return self._store.exchange_type

    @property
    def IsInstantSearchEnabled(self) -> bool:
        return self._outlook.instant_search

    def GetRootFolder(self) -> Folder:
        return Folder(self._outlook, self._session, self._store.root)

    def GetDefaultFolder(self, number: int) -> Folder | None:
        """Give nothing for what the store does not have, or raise, as other programs have seen (facts A2)."""
        if number in self._store.defaults:
            return Folder(self._outlook, self._session, self._store.defaults[number])
        if self._outlook.missing_folders_raise:
            raise refused(NOT_FOUND, _NO_OBJECT)
        return None


class Category(Dispatched):
    """One category of the master list."""

    def __init__(self, outlook: FakeOutlook, session: Session, name: str) -> None:
        super().__init__(outlook, session)
        self._name = name

    @property
    def Name(self) -> str:
        return self._name


class Categories(Collection):
    """The master list (facts A6)."""

    def __init__(self, outlook: FakeOutlook, session: Session) -> None:
        super().__init__(outlook, session, [Category(outlook, session, name) for name in outlook.categories])

    def Add(self, name: str, colour: int = 0) -> Category:
        if name.casefold() in map(str.casefold, self._outlook.categories):
            raise refused(NOT_FOUND, "The category exists already.")
        self._outlook.categories.append(name)
        return Category(self._outlook, self._session, name)


class NameSpace(Dispatched):
    """The MAPI name space."""

    @property
    def ExchangeConnectionMode(self) -> int:
        return self._outlook.connection_mode

    @property
    def Stores(self) -> Collection:
        stores = [Store(self._outlook, self._session, each) for each in self._outlook.stores]
        return Collection(self._outlook, self._session, stores)

    @property
    def Accounts(self) -> Collection:
        found = [Account(self._outlook, self._session, address) for address in self._outlook.addresses]
        return Collection(self._outlook, self._session, found)

    @property
    def Categories(self) -> Categories:
        return Categories(self._outlook, self._session)

    def GetDefaultFolder(self, number: int) -> Folder:
        if number not in self._outlook.stores[0].defaults:
            raise refused(NOT_FOUND, _NO_OBJECT)
        return Folder(self._outlook, self._session, self._outlook.folder(number))

    def GetFolderFromID(self, entry_id: str, store_id: str = "") -> Folder:
        for folder in self._outlook.all_folders(store_id or self._outlook.stores[0].store_id):
            if folder.entry_id.upper() == entry_id.upper():
                return Folder(self._outlook, self._session, folder)
        raise refused(NOT_FOUND, _NO_OBJECT)

    def GetItemFromID(self, entry_id: str, store_id: str = "") -> Item:
        record = self._outlook.find(entry_id, store_id)
        if record is None:
            raise refused(NOT_FOUND, _NO_OBJECT)
        return self._outlook.open_record(self._session, record)

    def CompareEntryIDs(self, first: str, second: str) -> bool:
        return first.casefold() == second.casefold()

    def SendAndReceive(self, show: bool) -> None:
        self._outlook.empty_outbox()


class Application(Dispatched):
    """Outlook.Application."""

    @property
    def Version(self) -> str:
        return "16.0.0.17928"

    @property
    def Name(self) -> str:
        return "Outlook"

    @property
    def TimeZones(self) -> TimeZones:
        return TimeZones(self._outlook, self._session)

    def GetNamespace(self, kind: str) -> NameSpace:
        return NameSpace(self._outlook, self._session)

    def CreateItem(self, kind: int) -> Item:
        number = {0: INBOX, 1: CALENDAR}.get(kind)
        if number is None:
            raise refused(FAILED, "The fake makes mails and events only.")
        return self._outlook.new_item(self._session, self._outlook.folder(number), kind)
