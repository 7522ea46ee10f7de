"""A post office in a folder: one Maildir per address below a root that all users reach (one machine, a drive, a synced folder).

New mails lie in `new/`; a settled mail moves to `cur/` and is never deleted. What a mail program moves to `cur/` counts
as settled, so nobody should open these folders with one. It needs no mail server and checks nobody's identity.
"""

import contextlib
import errno
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from osync import disk
from osync.errors import DiskFullError, MailboxUnavailableError, OSyncError, RecipientRefusedError
from osync.mailboxes.base import SIZE_LIMIT, IncomingMail, OutgoingMail, Refusal
from osync.safe_names import address_folder_name

_SUBFOLDERS = ("tmp", "new", "cur")
# Windows forbids the ":" of the Maildir rules, and a folder that is synchronised to Windows would carry it there.
_SEEN = ";2,S"
_MAIL_NAME = re.compile(r"(?P<handle>[0-9]+[._][A-Za-z0-9._,=+@-]*)(?:[:;!]2,[A-Za-z]*)?")
_SIZE_IN_NAME = re.compile(r",S=([0-9]+)")
_STILL_ON_THE_WAY = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".swp", ".lock")


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A mail on its way into one recipient's Maildir."""

    address: str
    staged: disk.StagedFile
    target: Path


class FolderMailbox:
    """The mailbox of one address in the post office at `root`.

    An account is a subfolder of `root` named after the address. Who may read and write it is the user's matter: files
    and folders are made with the permissions that the system gives to new ones.
    """

    def __init__(self, root: Path, address: str) -> None:
        self._root = root
        self._address = address
        self._account = root / address_folder_name(address)
        self._sent = 0

    @property
    def folder(self) -> Path:
        """The folder in which new mails appear."""
        return self._account / "new"

    def open_account(self) -> None:
        """Make the Maildir of the address, and the post office if there is none; a second time changes nothing."""
        with self._explained():
            for name in _SUBFOLDERS:
                (self._account / name).mkdir(parents=True, exist_ok=True)

    def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
        """Lay a copy into the Maildir of each recipient; refused are those who have none here, or one that is closed to us.

        Nobody gets it if room or the folder is missing: DiskFullError, MailboxUnavailableError.
        """
        deliveries: list[_Delivery] = []
        refusals: list[Refusal] = []
        with self._explained(), contextlib.ExitStack() as staging:
            self._check_open()
            for address in _once_each(mail.recipients):
                with self._collecting(refusals, address):
                    deliveries.append(self._prepare(address, mail.content, staging))
            for delivery in deliveries:
                with self._collecting(refusals, delivery.address):
                    _deliver(delivery)
        return tuple(refusals)

    def pending(self) -> Iterator[IncomingMail]:
        """Give the mails in `new/`, oldest first, one in memory at a time; the cost does not grow with the settled ones.

        A mail that has not arrived whole waits. MailboxUnavailableError after all others if one of them cannot be read.
        """
        with self._explained():
            self._check_open()
            names = {handle: name for name in _file_names(self._account / "new") if (handle := _handle(name))}
        return self._load_all([names[handle] for handle in sorted(names)])

    def settle(self, handle: str) -> None:
        """Move a mail to `cur/` and mark it as seen. Silent if it is settled or gone."""
        with self._explained():
            for name in self._names_of(handle):
                with contextlib.suppress(FileNotFoundError):
                    target = self._account / "cur" / (handle + _SEEN)
                    target.parent.mkdir(exist_ok=True)
                    (self._account / "new" / name).replace(target)

    def _prepare(self, address: str, content: bytes, staging: contextlib.ExitStack) -> _Delivery:
        """Write a mail into the recipient's `tmp/`, safe against a power failure. RecipientRefusedError."""
        account = self._root / address_folder_name(address)
        if not _is_address(address) or not account.is_dir():
            raise RecipientRefusedError(
                f"There is no mailbox for {address} in the post office {self._root}.", address=address
            )
        for name in _SUBFOLDERS:
            (account / name).mkdir(exist_ok=True)
        staged = staging.enter_context(disk.staged_file(account / "tmp", content, durable=True))
        disk.remove_leftovers(account / "tmp", staged.written_at)
        self._sent += 1
        return _Delivery(address, staged, account / "new" / _mail_name(staged.written_at, self._sent, content))

    @contextlib.contextmanager
    def _collecting(self, refusals: list[Refusal], address: str) -> Iterator[None]:
        """Turn what concerns one recipient only into a refusal."""
        try:
            yield
        except RecipientRefusedError as error:
            refusals.append(Refusal(address, str(error)))
        except PermissionError as error:
            reason = f"The mailbox of {address} in {self._root} may not be written: {error.strerror}."
            refusals.append(Refusal(address, reason))

    def _check_open(self) -> None:
        """Check that the post office is the right one: an empty folder may be a drive that is not connected."""
        if not self._root.is_dir():
            raise MailboxUnavailableError(
                f"The post office {self._root} is not there.",
                unharmed="Mails wait until it is back.",
                advice="Connect its drive, or correct its path in the configuration.",
            )
        if not (self._account / "new").is_dir():
            raise MailboxUnavailableError(
                f"The post office {self._root} has no mailbox for {self._address}.",
                unharmed="Mails wait until it is there.",
                advice="Connect its drive, or open the mailbox with: osync init.",
            )

    def _load_all(self, names: list[str]) -> Iterator[IncomingMail]:
        unreadable = 0
        for name in names:
            try:
                mail = _load(self._account / "new", name)
            except FileNotFoundError:
                continue
            except OSError:
                unreadable += 1
                continue
            if mail:
                yield mail
        if unreadable:
            raise MailboxUnavailableError(
                f"{unreadable} of the mails in {self._account / 'new'} cannot be read.",
                unharmed="What cannot be read waits there.",
                advice="Check their permissions.",
            )

    def _names_of(self, handle: str) -> list[str]:
        new = self._account / "new"
        if not handle or _handle(handle) != handle:
            return []
        if (new / handle).exists():
            return [handle]
        return [name for name in _file_names(new) if _handle(name) == handle] if new.is_dir() else []

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._explanation(error) from error

    def _explanation(self, error: OSError) -> OSyncError:
        if disk.is_full(error):
            return DiskFullError(
                f"There is no room left in the post office {self._root}.",
                unharmed="The mail was sent to nobody and waits.",
                advice="Make room; OSync sends it at the next sync.",
            )
        return MailboxUnavailableError(
            f"The post office {self._root} does not work now: {error.strerror or error}.",
            unharmed="Mails wait until it does.",
            advice="Check its drive and permissions."
            if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS)
            else "",
        )


def _is_address(address: str) -> bool:
    name, _, domain = address.strip().rpartition("@")
    return bool(name and domain) and address.strip().isprintable()


def _once_each(addresses: Iterable[str]) -> Iterable[str]:
    """Give the addresses without those that mean the same mailbox as an earlier one."""
    once: dict[str, str] = {}
    for address in addresses:
        once.setdefault(address_folder_name(address), address)
    return once.values()


def _deliver(delivery: _Delivery) -> None:
    try:
        disk.publish_over(delivery.staged, delivery.target)
    except OSError:
        disk.discard(delivery.staged)
        raise
    disk.flush(delivery.target.parent, [])


def _mail_name(written_at: int, number: int, content: bytes) -> str:
    """Name a mail so that no other has its name, names sort by time, and a reader knows its size (Maildir, Maildir++).

    The hash stands in for the host name: it makes names differ just as well and tells nothing about the sender.
    """
    seconds, rest = divmod(written_at, 10**9)
    digest = hashlib.sha256(content).hexdigest()[:16]
    return f"{seconds}.M{rest // 1000:06}P{os.getpid()}Q{number:06}.{digest},S={len(content)}"


def _handle(name: str) -> str:
    """Give the part of a mail's file name that stays the same, "" for what is no mail or only a part of one."""
    match = _MAIL_NAME.fullmatch(name)
    return "" if match is None or match["handle"].lower().endswith(_STILL_ON_THE_WAY) else match["handle"]


def _file_names(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                yield entry.name


def _load(folder: Path, name: str) -> IncomingMail | None:
    """Read a mail, without its content if it is too large; None if a synchronised folder has only a part of it yet."""
    size = (folder / name).stat().st_size
    told = _SIZE_IN_NAME.search(name)
    if told and size < int(told[1]):
        return None
    return IncomingMail(_handle(name), size, (folder / name).read_bytes() if size <= SIZE_LIMIT else None)
