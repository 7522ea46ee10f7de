"""How events, announcements, updates and snapshots are written in a document and read back (protocol 5, 6.3)."""

from collections.abc import Sequence

from osync.errors import MessageDamagedError, MessageTooLargeError
from osync.ical.zones import ZoneText
from osync.message.fields import MAX_SECONDS, Fields, Json, damaged, write_base64
from osync.message.manifest import (
    BUCKETS,
    MAX_ANNOUNCEMENTS,
    MAX_CHAIN,
    MAX_EVENT_BYTES,
    MAX_EVENTS,
    MAX_OCCURRENCES,
    MAX_ZONE_BYTES,
    MAX_ZONES,
    Announcement,
    Common,
    EventRevision,
    Snapshot,
    Update,
    bucket_of,
)

_SIGNATURE_BYTES = 64
_DIGEST_DIGITS = 32
_MAX_ZONE_NAME = 100
_MIN_WRITER, _MAX_WRITER = 16, 64
_ANNOUNCEMENT = ("e", "head", "dig", "wr", "asig")


def _write_event(event: EventRevision) -> Json:
    written: dict[str, Json] = {"k": event.key, "r": event.revision, "i": event.text}
    if event.count:
        written["n"] = event.count
    if event.changed_at:
        written["t"] = event.changed_at
    if event.last_day is not None:
        written["z"] = event.last_day.isoformat()
    if event.chain:
        written["p"] = list(event.chain)
    if event.occurrences:
        written["o"] = list(event.occurrences)
    return written


def _read_event(fields: Fields) -> EventRevision:
    live = fields.has("i")
    event = EventRevision(
        key=fields.key("k"),
        revision=fields.integer("r", low=1),
        count=fields.integer("n") if fields.has("n") else 0,
        changed_at=fields.integer("t", high=MAX_SECONDS) if fields.has("t") else 0,
        last_day=fields.day("z") if fields.has("z") else None,
        text=fields.text("i", MAX_EVENT_BYTES) if live else None,
        chain=fields.keys("p", MAX_CHAIN) if fields.has("p") else (),
        occurrences=_read_occurrences(fields) if live and fields.has("o") else (),
    )
    if live and not (event.text and event.count):
        raise damaged("an event has no text or no count")
    return event


def _read_occurrences(fields: Fields) -> tuple[int, ...]:
    """Read the starts that an owner names; what is not as it must be counts as missing, because nothing depends on it."""
    try:
        found = fields.values("o", MAX_OCCURRENCES)
    except (MessageDamagedError, MessageTooLargeError):
        return ()
    moments = [each for each in found if isinstance(each, int) and not isinstance(each, bool)]
    usable = len(moments) == len(found) and all(0 <= each <= MAX_SECONDS for each in moments)
    return tuple(moments) if usable and moments == sorted(set(moments)) else ()


def _read_events(fields: Fields) -> tuple[EventRevision, ...]:
    events = tuple(_read_event(event) for event in fields.inners("items", MAX_EVENTS))
    if len({event.key for event in events}) < len(events):
        raise damaged("it names an event twice")
    return events


def _write_zones(zones: Sequence[ZoneText]) -> Json:
    return {zone.name: zone.text for zone in zones}


def _read_zones(fields: Fields) -> tuple[ZoneText, ...]:
    if not fields.has("tz"):
        return ()
    table = fields.inner("tz")
    names = sorted(table.names(MAX_ZONES, _MAX_ZONE_NAME))
    return tuple(ZoneText(name, table.text(name, MAX_ZONE_BYTES)) for name in names)


def _write_announcement(announcement: Announcement) -> dict[str, Json]:
    return {
        "e": announcement.epoch,
        "head": announcement.head,
        "dig": announcement.digest,
        "wr": announcement.writer,
        "asig": write_base64(announcement.signature),
    }


def _read_announcement(fields: Fields) -> Announcement:
    return Announcement(
        epoch=fields.integer("e"),
        head=fields.integer("head"),
        digest=fields.hexadecimal("dig", _DIGEST_DIGITS),
        writer=fields.hexadecimal("wr", _MIN_WRITER, _MAX_WRITER),
        signature=fields.base64("asig", _SIGNATURE_BYTES),
    )


def write_announcements(announcements: Sequence[Announcement]) -> Json:
    """Write announcements as rows."""
    return [[_write_announcement(each)[column] for column in _ANNOUNCEMENT] for each in announcements]


def read_announcements(fields: Fields) -> tuple[Announcement, ...]:
    """Read the rows of `ann`."""
    return tuple(_read_announcement(row) for row in fields.rows("ann", MAX_ANNOUNCEMENTS, _ANNOUNCEMENT))


def _write_share_state(message: Update | Snapshot) -> dict[str, Json]:
    return _write_announcement(message.announcement) | {
        "floor": message.floor.isoformat(),
        "cnt": message.live_count,
        "items": [_write_event(event) for event in message.events],
        "tz": _write_zones(message.zones),
    }


def write_update(update: Update) -> dict[str, Json]:
    """Give the fields of an update beside the common ones."""
    return _write_share_state(update) | {"a": update.after, "b": update.through}


def read_update(fields: Fields, common: Common) -> Update:
    """Read an update; its numbers must agree with each other."""
    update = Update(
        common=common,
        announcement=_read_announcement(fields),
        floor=fields.day("floor"),
        live_count=fields.integer("cnt"),
        after=fields.integer("a"),
        through=fields.integer("b"),
        events=_read_events(fields),
        zones=_read_zones(fields),
    )
    if not update.after <= update.through <= update.announcement.head:
        raise damaged("its revisions are out of order")
    if any(not update.after < event.revision <= update.through for event in update.events):
        raise damaged("an event has a revision that is not announced")
    return update


def write_snapshot(snapshot: Snapshot) -> dict[str, Json]:
    """Give the fields of a snapshot beside the common ones."""
    return _write_share_state(snapshot) | {
        "at": snapshot.at,
        "lo": snapshot.first_bucket,
        "hi": snapshot.end_bucket,
    }


def read_snapshot(fields: Fields, common: Common) -> Snapshot:
    """Read a snapshot; it lists nothing but live events of its buckets."""
    snapshot = Snapshot(
        common=common,
        announcement=_read_announcement(fields),
        floor=fields.day("floor"),
        live_count=fields.integer("cnt"),
        at=fields.integer("at"),
        first_bucket=fields.integer("lo", high=BUCKETS),
        end_bucket=fields.integer("hi", high=BUCKETS),
        events=_read_events(fields),
        zones=_read_zones(fields),
    )
    if snapshot.first_bucket >= snapshot.end_bucket or snapshot.at > snapshot.announcement.head:
        raise damaged("its range is empty or not announced")
    for event in snapshot.events:
        inside = snapshot.first_bucket <= bucket_of(event.key) < snapshot.end_bucket
        if not inside or event.text is None or event.revision > snapshot.at:
            raise damaged("it lists an event that does not belong in it")
    return snapshot
