"""Mails that nobody honest sent: by a stranger, by a fellow subscriber, taken apart and put together anew, or sent again.

Each is given to one of two equal OSyncs, and afterwards the two have to be equal still (P6, P7).
"""

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from simulation.running import run_sync
from simulation.sources import events_by_handle
from simulation.world import BrokenError, Chance, Person, World

from osync.errors import SetMailAsideError
from osync.message import seal as sealing
from osync.message.armour import armour
from osync.message.documents import decode, encode
from osync.message.identity import Identity, encryption_key, new_identity, public_identity
from osync.message.mail import find_blobs
from osync.message.manifest import End, EndReason, Leave, Message, Snapshot, Update
from osync.model import PublicIdentity

# What tells of the mail itself, or is random, and may differ between the two.
_TABLES_OF_MAILS = {"received", "run"}
_COLUMNS_OF_MAILS = {"mail", "run", "content", "message_id", "strangers", "heard_at"}

# A tombstone that is covered says nothing any more; any mail is an occasion to forget it.
_ROWS = {"followed": "WHERE live = 1 OR waiting = 1"}


def replay(world: World, victim: Person, number: int) -> None:
    """Let a mail come again that was taken before, and let its receiver forget that it saw it (P7)."""
    taken = [mail.content or b"" for mail in world.office.boxes[victim.name].settled]
    if taken:
        _try_out(world, victim, taken[number % len(taken)], "p7_replay")


def forge(world: World, victim: Person, number: int) -> None:
    """Let a mail come that no pinned key signed (P6)."""
    making = FORGERIES[number % len(FORGERIES)]
    mails = [mail for mail in world.office.archive if mail.recipient == victim.address]
    others = [mail for mail in world.office.archive if mail.recipient != victim.address]
    for mail in (mails or others)[number // len(FORGERIES) % max(1, len(mails or others)) :]:
        forged = making(world, victim, mail.recipient, mail.content)
        if forged is not None:
            _try_out(world, victim, mail_of(forged), f"p6_isolation ({making.__name__.strip('_')})")
        return


def mail_of(blob: bytes) -> bytes:
    """Give a mail that carries a blob and says nothing true beside it."""
    head = "From: pat <pat@example.org>\r\nSubject: [OSync] Calendar update\r\nMIME-Version: 1.0\r\n\r\n"
    return (head + armour(blob)).encode()


def _try_out(world: World, victim: Person, mail: bytes, invariant: str) -> None:
    """Sync with the mail and without it; the OSync that got it must end as the one that did not."""
    spared = world.twin(victim.name)
    now = world.clock.now
    spared.sync()
    world.clock.now = now
    world.office.lay(victim.name, mail, first=True)
    if invariant == "p7_replay":
        with victim.ledger.transaction():
            victim.ledger.mails._database.execute("UPDATE received SET envelope = ''")
    run_sync(world, victim)
    for what, one, other in (
        ("ledger", ledger_content(spared), ledger_content(victim)),
        ("calendar", events_by_handle(spared.desk.calendar), events_by_handle(victim.desk.calendar)),
    ):
        if one != other:
            differing = [name for name in one.keys() | other.keys() if one.get(name) != other.get(name)]
            raise BrokenError(invariant, f"{victim.name}: {what}: {sorted(differing)}")
    spared.ledger.close()


def ledger_content(person: Person) -> dict[str, object]:
    """Give the rows of every table but those about the mails themselves."""
    database = person.ledger.mails._database
    content: dict[str, object] = {}
    for table, columns in _columns(person):
        rows = database.rows(f"SELECT {columns} FROM {table} {_ROWS.get(table, '')}")
        content[table] = sorted(rows, key=repr)
    return content


def _columns(person: Person) -> Sequence[tuple[str, str]]:
    database = person.ledger.mails._database
    if not _COLUMNS:
        for (table,) in list(database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")):
            names = [row[1] for row in database.rows(f"PRAGMA table_info({table})")]
            if table not in _TABLES_OF_MAILS:
                _COLUMNS.append((table, ", ".join(name for name in names if name not in _COLUMNS_OF_MAILS)))
    return _COLUMNS


_COLUMNS: list[tuple[str, str]] = []


@lru_cache(maxsize=1)
def stranger() -> Identity:
    """Give the key of somebody whom nobody knows."""
    return new_identity(Chance("stranger"))


def _holder(world: World, address: str) -> Person | None:
    return next((person for person in world.persons.values() if person.address == address), None)


def _message(world: World, recipient: str, content: bytes) -> Message | None:
    """Read a mail with the key of the one it was sent to."""
    holder = _holder(world, recipient)
    try:
        for blob in find_blobs(content):
            if holder:
                return decode(sealing.inflate(sealing.open_envelope(blob, holder.identity).body))
    except SetMailAsideError:
        return None
    return None


def _fellow(world: World, victim: Person) -> Identity:
    """Give the key of somebody else, or that of the stranger."""
    others = [each.identity for each in world.persons.values() if each.desk is not victim.desk and not each.owned]
    return others[0] if others else stranger()


def _seal(world: World, message: Message, signer: Identity, victim: Person) -> bytes:
    return sealing.seal(encode(message), signer, [victim.identity.public], Chance(f"forged {world.moment}"))


def _signed_by_another(world: World, victim: Person, recipient: str, content: bytes) -> bytes | None:
    """Write what the owner wrote, with a higher epoch and other words, under another key."""
    message = _message(world, recipient, content)
    if not isinstance(message, Update | Snapshot):
        return None
    higher = dataclasses.replace(message.announcement, epoch=message.announcement.epoch + 1)
    forged = dataclasses.replace(message, announcement=higher, events=())
    return _seal(world, forged, _fellow(world, victim), victim)


def _ended_by_another(world: World, victim: Person, recipient: str, content: bytes) -> bytes | None:
    message = _message(world, recipient, content)
    if not isinstance(message, Update | Snapshot):
        return None
    common = dataclasses.replace(
        message.common, sent_at=message.common.sent_at + 10_000, to=victim.identity.public.key_id
    )
    end = End(common, message.announcement.epoch, message.announcement.head, EndReason.CLOSED)
    return _seal(world, end, _fellow(world, victim), victim)


def _left_by_a_stranger(world: World, victim: Person, recipient: str, content: bytes) -> bytes | None:
    message = _message(world, recipient, content)
    if message is None:
        return None
    common = dataclasses.replace(message.common, to=victim.identity.public.key_id, counter=2**50)
    return _seal(world, Leave(common, all_devices=True), stranger(), victim)


def _resigned(world: World, victim: Person, recipient: str, content: bytes) -> bytes | None:
    """Write what anybody wrote, word for word, under the key of a stranger: accept, leave and request among them."""
    message = _message(world, recipient, content)
    # A stranger's own invitation is put on the list, as anybody's is; nothing else of a stranger may count.
    if message is None or type(message).__name__ == "Invite":
        return None
    return _seal(world, message, stranger(), victim)


def _inner(world: World, recipient: str, content: bytes) -> bytes | None:
    """Take the signed part out of an encrypted envelope, as each of its receivers can."""
    holder = _holder(world, recipient)
    for blob in find_blobs(content):
        if holder is None or blob[4:5] != b"\1":
            return None
        head = sealing._read_head(blob)
        hint = sealing._hint(holder.identity.public, head.nonce)
        if hint not in head.hints:
            return None
        wraps = sealing._START + sealing._LENGTH_BYTES + len(head.raw)
        start = wraps + sealing._WRAP_BYTES * len(head.hints)
        wrap = wraps + sealing._WRAP_BYTES * head.hints.index(hint)
        key = sealing._SUITE.decrypt(
            blob[wrap : wrap + sealing._WRAP_BYTES],
            holder.identity.decryption_key(),
            info=sealing._wrap_info(head.raw),
        )
        sealed = hashlib.sha256(blob[:start]).digest()
        return ChaCha20Poly1305(key).decrypt(head.nonce, blob[start:], sealed)
    return None


def _wrapped_anew(world: World, victim: Person, recipient: str, content: bytes) -> bytes | None:
    """Encrypt what somebody else signed to another reader."""
    inner = _inner(world, recipient, content)
    if inner is None:
        return None
    reader: PublicIdentity = public_identity(victim.identity.public.public_key)
    nonce, key = Chance("nonce")(12), Chance("key")(32)
    head = sealing._write_head(nonce, [sealing._hint(reader, nonce)])
    wrap = sealing._SUITE.encrypt(key, encryption_key(reader), info=sealing._wrap_info(head))
    opening = b"OSE1\1" + len(head).to_bytes(4, "big") + head + wrap
    return opening + ChaCha20Poly1305(key).encrypt(nonce, inner, hashlib.sha256(opening).digest())


def _without_encryption(world: World, victim: Person, recipient: str, content: bytes) -> bytes | None:
    """Pass on in the clear what was signed for an encrypted envelope."""
    inner = _inner(world, recipient, content)
    return None if inner is None else b"OSE1\0" + inner.rstrip(b"\0")


def _rubbish(world: World, victim: Person, recipient: str, content: bytes) -> bytes:
    return b"OSE1" + Chance(f"rubbish {world.moment}")(300)


FORGERIES: tuple[Callable[[World, Person, str, bytes], bytes | None], ...] = (
    _signed_by_another,
    _ended_by_another,
    _left_by_a_stranger,
    _resigned,
    _wrapped_anew,
    _without_encryption,
    _rubbish,
)
