"""Mails that have to leave, and mails that came."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from osync.ledger.database import Database

_BETWEEN = ", "
_RECIPIENTS = "coalesce(sum(1 + length(recipient) - length(replace(recipient, ',', ''))), 0)"


@dataclass(frozen=True, slots=True)
class WaitingMail:
    """A mail of the outbox that has not left. `automatic` means that a message of its recipient caused it."""

    number: int
    kind: str
    share_id: str
    recipients: tuple[str, ...]
    message_id: str
    content: bytes
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class LeftMail:
    """A mail that left, for the day when it comes back; `refused` tells of whom it did before."""

    number: int
    kind: str
    share_id: str
    recipients: tuple[str, ...]
    size: int
    sent_at: int
    refused: str


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail of the outbox, for the log; `sent_at` 0 means that it waits, unless `refused` says why it never will leave.

    `recipient` holds all of them, separated by commas. A mail that left and is `refused` came back, or reached only some.
    """

    number: int
    run: int
    kind: str
    share_id: str
    recipient: str
    size: int
    created_at: int
    sent_at: int
    refused: str


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A mail that came. `kind` is that of its message or "", `signer` a key id or "", `outcome` one sentence."""

    number: int
    run: int
    kind: str
    share_id: str
    signer: str
    outcome: str
    received_at: int


class Mails:
    """The outbox and the list of received mails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_out(self, mail: WaitingMail, run: int, created_at: int) -> int:
        """Add a mail to the outbox; its `number` is given here and returned."""
        return self._database.execute(
            "INSERT INTO outbox (run, kind, share_id, recipient, message_id, size, content, created_at, sent_at, refused,"
            " automatic) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, '', ?)",
            run, mail.kind, mail.share_id, _BETWEEN.join(mail.recipients), mail.message_id, len(mail.content),
            mail.content, created_at, mail.automatic,
        )  # fmt: skip

    def waiting_numbers(self) -> list[int]:
        """Give the numbers of the mails that have not left, oldest first."""
        sql = "SELECT number FROM outbox WHERE sent_at = 0 AND refused = '' ORDER BY number"
        return [number for (number,) in self._database.rows(sql)]

    def waiting(self, number: int) -> WaitingMail | None:
        """Give one mail of the outbox that has not left."""
        row = self._database.row(
            "SELECT kind, share_id, recipient, message_id, content, automatic FROM outbox"
            " WHERE number = ? AND sent_at = 0 AND refused = ''",
            number,
        )
        if row is None:
            return None
        kind, share_id, recipient, message_id, content, automatic = row
        return WaitingMail(
            number, kind, share_id, tuple(recipient.split(_BETWEEN)), message_id, content, bool(automatic)
        )

    def mark_sent(self, number: int, sent_at: int) -> None:
        """Record that a mail left; its content is not kept."""
        self._database.execute("UPDATE outbox SET sent_at = ?, content = x'' WHERE number = ?", sent_at, number)

    def mark_refused(self, number: int, reason: str) -> None:
        """Record that a mail can never reach its recipient."""
        self._database.execute("UPDATE outbox SET refused = ?, content = x'' WHERE number = ?", reason, number)

    def add_refusal(self, number: int, reason: str) -> None:
        """Record that a mail that left came back, or did not reach all; beside what was recorded so before."""
        sql = "UPDATE outbox SET refused = CASE refused WHEN '' THEN ?1 ELSE refused || ' ' || ?1 END WHERE number = ?2"
        self._database.execute(sql, reason, number)

    def withdraw(self, share_id: str, recipient: str, reason: str) -> None:
        """Let no mail about a share leave any more to somebody who is not to have it; others still get theirs."""
        sql = "SELECT number, recipient FROM outbox WHERE share_id = ? AND sent_at = 0 AND refused = ''"
        for number, listed in list(self._database.rows(sql, share_id)):
            addresses = listed.split(_BETWEEN)
            if recipient not in addresses:
                continue
            others = [address for address in addresses if address != recipient]
            if not others:
                self.mark_refused(number, reason)
                continue
            self._database.execute("UPDATE outbox SET recipient = ? WHERE number = ?", _BETWEEN.join(others), number)

    def left_with(self, message_ids: Iterable[str]) -> LeftMail | None:
        """Give the mail that left with one of these Message-IDs, the first one that did."""
        sql = (
            "SELECT number, kind, share_id, recipient, size, sent_at, refused FROM outbox"
            " WHERE message_id = ? AND sent_at > 0"
        )
        for message_id in message_ids:
            row = self._database.row(sql, message_id) if message_id else None
            if row:
                number, kind, share_id, recipient, size, sent_at, refused = row
                return LeftMail(number, kind, share_id, tuple(recipient.split(_BETWEEN)), size, sent_at, refused)
        return None

    def last_refusal(self, share_id: str) -> str:
        """Tell why the newest mail about a share that was tried did not arrive, "" as long as we know no better."""
        sql = "SELECT refused FROM outbox WHERE share_id = ? AND (sent_at > 0 OR refused != '') ORDER BY number DESC LIMIT 1"
        row = self._database.row(sql, share_id)
        return str(row[0]) if row else ""

    def recipients_since(self, moment: int) -> int:
        """Count to how many addresses mails left since `moment`, each address once for each mail."""
        row = self._database.row(f"SELECT {_RECIPIENTS} FROM outbox WHERE sent_at >= ?", max(moment, 1))
        return int(row[0]) if row else 0

    def waiting_recipients(self) -> int:
        """Count for how many addresses mails wait, each address once for each mail."""
        row = self._database.row(f"SELECT {_RECIPIENTS} FROM outbox WHERE sent_at = 0 AND refused = ''")
        return int(row[0]) if row else 0

    def automatic_since(self, recipient: str, moment: int) -> list[str]:
        """Give the share of each sending to an address since `moment` that a message from there asked for.

        Several mails of one run about one share are one sending.
        """
        sql = (
            "SELECT DISTINCT run, share_id FROM outbox WHERE created_at >= ? AND automatic = 1"
            " AND instr(', ' || lower(recipient) || ',', ', ' || lower(?) || ',') > 0"
        )
        return [share_id for _, share_id in self._database.rows(sql, moment, recipient)]

    def broadcasts_since(self, share_id: str, moment: int) -> int:
        """Count how often a share was broadcast since `moment`."""
        sql = (
            "SELECT count(DISTINCT run) FROM outbox"
            " WHERE created_at >= ? AND share_id = ? AND kind IN ('update', 'news') AND automatic = 0"
        )
        row = self._database.row(sql, moment, share_id)
        return int(row[0]) if row else 0

    def sent(self, limit: int) -> Iterator[SentMail]:
        """Give the newest `limit` mails of the outbox, newest first."""
        sql = "SELECT number, run, kind, share_id, recipient, size, created_at, sent_at, refused FROM outbox"
        return (SentMail(*row) for row in self._database.rows(sql + " ORDER BY number DESC LIMIT ?", limit))

    def last_at(self) -> int:
        """Give when the last mail came or left that concerns OSync, 0 for never."""
        sql = "SELECT max(received_at) FROM received WHERE finished = 1 UNION ALL SELECT max(sent_at) FROM outbox"
        return max((int(at or 0) for (at,) in self._database.rows(sql)), default=0)

    def begin(self, handle: str, received_at: int) -> int:
        """Record one more try of the mail at `handle`; give how often it was begun without an end, 0 if it is done."""
        self._database.execute(
            "INSERT INTO received (handle, tries, finished, run, kind, share_id, signer, envelope, outcome, received_at)"
            " VALUES (?, 0, 0, 0, '', '', '', '', '', ?) ON CONFLICT DO NOTHING",
            handle, received_at,
        )  # fmt: skip
        self._database.execute("UPDATE received SET tries = tries + 1 WHERE handle = ? AND finished = 0", handle)
        row = self._database.row("SELECT tries, finished FROM received WHERE handle = ?", handle)
        return int(row[0]) if row and not row[1] else 0

    def forget_try(self, handle: str) -> None:
        """Count the last try of a mail as if it had not been begun."""
        self._database.execute("UPDATE received SET tries = tries - 1 WHERE handle = ? AND tries > 0", handle)

    def kind_of(self, handle: str) -> str:
        """Give the kind that a received mail was finished with, "" if it is not done."""
        row = self._database.row("SELECT kind FROM received WHERE handle = ? AND finished = 1", handle)
        return str(row[0]) if row else ""

    def reopen(self, handle: str) -> None:
        """Let a mail that was done be taken again, without those of its messages that were taken."""
        self._database.execute(
            "INSERT INTO further_envelope (envelope) SELECT envelope FROM received WHERE handle = ? AND envelope != ''"
            " ON CONFLICT DO NOTHING",
            handle,
        )
        self._database.execute("UPDATE received SET finished = 0, tries = 0 WHERE handle = ?", handle)

    def number_of(self, handle: str) -> int:
        """Give the number of a received mail, 0 if it never was begun."""
        row = self._database.row("SELECT number FROM received WHERE handle = ?", handle)
        return int(row[0]) if row else 0

    def received_as(self, number: int) -> ReceivedMail | None:
        """Give what a received mail was found to be."""
        sql = "SELECT number, run, kind, share_id, signer, outcome, received_at FROM received WHERE number = ?"
        row = self._database.row(sql, number)
        return ReceivedMail(*row) if row else None

    def seen(self, envelope: str) -> bool:
        """Tell whether an envelope with this SHA-256 was taken before."""
        sql = (
            "SELECT 1 FROM received WHERE envelope = ? AND envelope != '' AND finished = 1"
            " UNION ALL SELECT 1 FROM further_envelope WHERE envelope = ? LIMIT 1"
        )
        return self._database.row(sql, envelope, envelope) is not None

    def finish(self, handle: str, mail: ReceivedMail, *envelopes: str) -> None:
        """Record what a mail brought; an envelope that is not among `envelopes` can be taken again later."""
        for further in envelopes[1:]:
            self._database.execute("INSERT INTO further_envelope (envelope) VALUES (?) ON CONFLICT DO NOTHING", further)
        self._database.execute(
            "UPDATE received SET finished = 1, run = ?, kind = ?, share_id = ?, signer = ?, envelope = ?, outcome = ?"
            " WHERE handle = ?",
            mail.run, mail.kind, mail.share_id, mail.signer, next(iter(envelopes), ""), mail.outcome, handle,
        )  # fmt: skip

    def received(self, limit: int) -> Iterator[ReceivedMail]:
        """Give the newest `limit` received mails that are done, newest first."""
        sql = "SELECT number, run, kind, share_id, signer, outcome, received_at FROM received WHERE finished = 1"
        return (ReceivedMail(*row) for row in self._database.rows(sql + " ORDER BY number DESC LIMIT ?", limit))
