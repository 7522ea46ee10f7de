"""The instances of series among single events, as `Items.IncludeRecurrences` shows them (facts A3)."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from outlook.dispatched import Session
from outlook.recurrence import Occurrence, days_of, instance_fields
from outlook.store import Record

if TYPE_CHECKING:
    from outlook.application import FakeOutlook


@dataclass(frozen=True)
class Instance:
    """One instance as filters see it; `day` is None for what does not repeat, `whole` the event that it belongs to."""

    shown: Record
    whole: Record
    day: date | None


def instances_of(records: Iterable[Record]) -> Iterator[Instance]:
    """List all by their start; a series without an end goes on as long as the fake's calendar does, until 2080."""
    return heapq.merge(*map(_instances, records), key=lambda each: each.shown.fields["start"])


def open_instance(outlook: "FakeOutlook", session: Session, instance: Instance) -> Any:
    if instance.day is None:
        return outlook.open_record(session, instance.whole)
    return Occurrence(outlook, session, instance.whole, instance.day)


def _instances(record: Record) -> Iterator[Instance]:
    pattern = record.fields.get("recurrence")
    if "start" not in record.fields:
        return
    if pattern is None:
        yield Instance(record, record, None)
        return
    for day in days_of(pattern):
        fields = instance_fields(record, day)
        if fields is not None:
            yield Instance(replace(record, fields={**fields, "recurrence": pattern}), record, day)
