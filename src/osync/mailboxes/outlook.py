"""The mailbox of classic Outlook on Windows: it sends through one account, and reads its Inbox and the folders of the settings.

Outlook keeps no mail as it came, so a mail is put together again from its parts; the message of OSync in it stays as it was.
Mails are never marked, moved or deleted.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from osync.errors import MailboxUnavailableError, MailboxUnusableError, OutlookRefusedError
from osync.mailboxes.base import SIZE_LIMIT, IncomingMail, Mailbox, OutgoingMail, Refusal
from osync.microsoft.com import Com
from osync.microsoft.com_errors import Reason
from osync.microsoft.folders import DEFAULT
from osync.microsoft.listening import Listener, Source
from osync.microsoft.mail_reading import MailRow, account_of, mail_folder, mail_rows, read_mail
from osync.microsoft.outlook import Outlook, Words, shared_outlook
from osync.microsoft.settled_mails import SettledMails
from osync.notebook import Notebook
from osync.options import Options

_WORDS = Words(MailboxUnavailableError, MailboxUnusableError, "Mails wait, and nothing was lost.")
_INBOX = ("INBOX",)
_LOOK_BACK_DAYS = 30


def open_outlook_mailbox(
    location: str, address: str, options: Options, notebook: Notebook, clock: Callable[[], datetime]
) -> Mailbox:
    """Give the mailbox at `location`: "default", or the SMTP address of an account. ConfigurationError.

    Options: `folders` to be read besides or instead of "INBOX", as paths like "Archive/OSync", and `look_back_days`.
    """
    folders = options.texts("folders", _INBOX)
    settled = SettledMails(notebook, options.number("look_back_days", _LOOK_BACK_DAYS, 1, 3650), clock)
    return OutlookMailbox(shared_outlook(), location, address, folders, settled)


class OutlookMailbox:
    """One account of Outlook."""

    def __init__(
        self, outlook: Outlook, location: str, address: str, folders: tuple[str, ...], settled: SettledMails
    ) -> None:
        self._outlook = outlook
        self._location = location
        self._address = address
        self._folders = folders
        self._settled = settled
        self._listener: Listener | None = None

    def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
        """Hand a mail to Outlook, which keeps it until it has left; whom its header does not name gets a blind copy.

        Refused are those whom Outlook cannot send to; that somebody does not exist comes back as a report.
        """
        # Late, because most runs send nothing.
        from osync.microsoft.mail_values import is_address, mail_draft
        from osync.microsoft.mail_writing import send_mail

        once = {address.strip().lower(): address for address in reversed(mail.recipients)}
        addresses = [once[folded].strip() for folded in reversed(once) if is_address(folded)]
        refusals = [_refusal(once[folded]) for folded in reversed(once) if not is_address(folded)]
        if addresses:
            draft = mail_draft(mail.content)
            unreached = self._outlook.write(
                _WORDS,
                lambda application: send_mail(application, self._account(application), draft, addresses),
            )
            refusals += [_refusal(each.address) for each in unreached]
        return tuple(refusals)

    def pending(self) -> Iterator[IncomingMail]:
        """Give the mails that are not settled yet, oldest first; one is read when it is asked for. MailboxUnavailableError."""
        rows = self._outlook.read(_WORDS, self._rows)
        return self._load(self._settled.unsettled(rows))

    def settle(self, handle: str) -> None:
        """Note that a mail is done; in Outlook nothing changes."""
        if handle and handle.isalnum():
            self._settled.settle(handle)

    def wait(self, seconds: float) -> bool:
        """Return True soon after mail came, or Outlook was opened; False after `seconds` or an interruption."""
        if self._listener is None:
            self._listener = Listener(self._outlook.machine, _WORDS, self._sources)
        return self._listener.wait(seconds)

    def interrupt(self) -> None:
        """End the waiting of another thread at once."""
        if self._listener:
            self._listener.interrupt()

    def close(self) -> None:
        """Let go of Outlook; the next call connects again."""
        if self._listener:
            self._listener.close()
        self._outlook.end()

    def _rows(self, application: Com) -> list[MailRow]:
        account = self._account(application)
        rows = (row for path in self._folders for row in mail_rows(mail_folder(application, account, path)))
        return list({row.entry_id: row for row in rows}.values())

    def _load(self, rows: list[MailRow]) -> Iterator[IncomingMail]:
        from osync.microsoft.mail_values import mail_bytes

        for row in rows:
            if row.size > 2 * SIZE_LIMIT:
                yield IncomingMail(row.entry_id, row.size, None)
                continue
            found = self._outlook.read(_WORDS, partial(read_mail, row=row))
            if found:
                content = mail_bytes(found)
                size = len(content)
                yield IncomingMail(row.entry_id, size, content if size <= SIZE_LIMIT else None)

    def _account(self, application: Com) -> Com | None:
        """Give the account of the settings; without one there, that of our address, or none for Outlook's own choice."""
        if self._location == DEFAULT:
            return account_of(application, self._address)
        account = account_of(application, self._location)
        if account is None:
            raise OutlookRefusedError("Outlook has no such account.", reason=Reason.NOT_FOUND.value)
        return account

    def _sources(self, application: Com) -> list[Source]:
        """Listen to new mail in general, and to what rules move into the folders."""
        account = self._account(application)
        folders = (mail_folder(application, account, path) for path in self._folders)
        return [
            Source(application, ("NewMailEx",)),
            *(Source(folder.get("Items"), ("ItemAdd",)) for folder in folders),
        ]


def _refusal(address: str) -> Refusal:
    return Refusal(address, f"Outlook does not take {address!r} for a mail address.")
