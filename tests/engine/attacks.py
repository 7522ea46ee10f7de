"""What an attacker can put into somebody's mailbox, and how to see that nothing came of it."""

from collections.abc import Sequence
from dataclasses import replace

from engine.world import Person, Story, lunch

from osync.engine.report import Direction, Report
from osync.message.armour import armour
from osync.message.documents import decode, encode
from osync.message.identity import Identity
from osync.message.mail import find_blobs
from osync.message.manifest import Accept, Common, EventRevision, Message, Update
from osync.message.seal import inflate, open_envelope, seal, seal_for_anyone
from osync.model import PublicIdentity

# Rows that say what came in and what was run; everything else is what a person can lose.
_DIARY = {"received", "further_envelope", "run", "setting"}
# (table, column): how often strangers knocked, and when an attempt was last noted for the user.
_COUNTERS = {("subscription", "strangers"), ("subscription", "note"), ("subscriber", "counter")}

Tables = dict[str, list[dict[str, object]]]


def tables_of(person: Person) -> Tables:
    """Give everything in a ledger that an attack must not change."""
    database = person.ledger._database
    names = [str(row[0]) for row in database.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    found: Tables = {}
    for name in set(names) - _DIARY:
        columns = [str(row[1]) for row in database.rows(f"PRAGMA table_info({name})")]
        kept = [column for column in columns if (name, column) not in _COUNTERS]
        rows = database.rows(f"SELECT {', '.join(kept)} FROM {name} ORDER BY 1, 2")
        found[name] = [dict(zip(kept, row, strict=True)) for row in rows]
    return found


def nothing_comes_of(story: Story, victim: Person, content: bytes, sentence: str) -> Report:
    """Let a victim get a mail, and demand that one sentence in the log is all that comes of it."""
    before = (tables_of(victim), victim.texts(), len(victim.mailbox.sent), _waiting(story))
    story.office.deliver(victim.address, content)
    report = victim.sync()
    (told,) = (mail for mail in report.mails if mail.direction is Direction.IN)
    assert sentence in told.sentence
    (logged,) = victim.ledger.mails.received(1)
    assert logged.outcome == told.sentence
    assert (report.changes, report.held, report.problems) == ([], [], [])
    assert (tables_of(victim), victim.texts(), len(victim.mailbox.sent), _waiting(story)) == before
    return report


def _waiting(story: Story) -> dict[str, int]:
    return {address: len(mails) for address, mails in story.office.waiting.items()}


def random(length: int) -> bytes:
    """Give randomness for an envelope; HPKE draws its own."""
    return bytes(each % 256 for each in range(length))


def sealed_to(document: bytes, sender: Identity, *recipients: PublicIdentity) -> bytes:
    """Give a mail with any document, signed and encrypted as the format asks."""
    return _mail(armour(seal(document, sender, recipients, random)))


def sealed(message: Message, sender: Person, recipient: Person) -> bytes:
    """Give a mail with a message, signed and encrypted as the format asks."""
    return sealed_to(encode(message), sender.identity, recipient.identity.public)


def signed(message: Message, sender: Person) -> bytes:
    """Give a mail with a message that is signed but not encrypted."""
    return _mail(armour(seal_for_anyone(encode(message), sender.identity)))


def _mail(block: str) -> bytes:
    return f"From: pat@example.org\r\nSubject: [OSync] Calendar update\r\n\r\n{block}".encode()


def opened(content: bytes, reader: Person) -> Message:
    """Read the message in a mail with the reader's key."""
    (blob,) = find_blobs(content)
    return decode(inflate(open_envelope(blob, reader.identity).body))


def taken(story: Story, reader: Person) -> tuple[bytes, Message]:
    """Take the only mail that waits for somebody out of the mailbox, and read it."""
    (mail,) = story.office.waiting[reader.address]
    story.office.waiting[reader.address].clear()
    assert mail.content
    return mail.content, opened(mail.content, reader)


def accepted(story: Story) -> Accept:
    """Let tester accept an invitation of pat, who has not read it yet, and give what it says."""
    story.pat.share()
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    content, message = taken(story, story.pat)
    assert isinstance(message, Accept)
    story.office.deliver(story.pat.address, content)
    return message


def update_of(story: Story) -> Update:
    """Give the update that pat sends for a changed event, taken out of tester's mailbox."""
    story.pat.put(*lunch("Lunch moved", 13), uid="lunch")
    story.pat.sync()
    _, message = taken(story, story.tester)
    assert isinstance(message, Update)
    return message


def with_event(update: Update, text: str) -> Update:
    """Give an update whose only event says something else; its owner signs it, so it is a hostile owner's."""
    (event,) = update.events
    return with_events(update, [replace(event, text=text)])


def with_events(update: Update, events: Sequence[EventRevision]) -> Update:
    """Give an update with other events."""
    return replace(update, events=tuple(events))


def common_of(message: Message, **changes: object) -> Common:
    """Give the common fields of a message with some of them changed."""
    return replace(message.common, **changes)  # type: ignore[arg-type]
