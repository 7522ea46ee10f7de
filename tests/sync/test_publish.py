"""The owner's decisions, over the whole table of what was told and what is seen."""

from datetime import date, datetime

import pytest

from osync.ical.privacy import Leaving
from osync.model import ChangeAction, PublishedEvent
from osync.sync.publish import Observation, PlannedRevision, numbered, plan_revisions

_FLOOR = date(2026, 8, 1)


def _leaving(fingerprint: str = "f1", part: str = "", last: date | None = date(2026, 12, 1)) -> Leaving:
    return Leaving(part, f"text {fingerprint}", fingerprint, "Lunch", datetime(2026, 12, 1, 12), last, ())


def _published(
    *, live: bool = True, fingerprint: str = "f1", part: str = "", last: str = "2026-12-01"
) -> PublishedEvent:
    return PublishedEvent(f"k{part}", "uid", part, 5, 3, live, fingerprint, "Lunch", "2026-12-01T12:00", last, 100)


def _plan(known: list[PublishedEvent], seen: Observation) -> list[PlannedRevision]:
    return list(plan_revisions({"uid": known}, [seen], lambda uid, part: f"key of {uid}{part}", _FLOOR))


_NEVER: list[PublishedEvent] = []
_SAME, _OTHER = [_published()], [_published(fingerprint="f0")]
_GONE = [_published(live=False, fingerprint="", last="")]
_LEAVES, _STAYS, _UNSURE = Observation("uid", (_leaving(),)), Observation("uid"), Observation("uid", uncertain=True)


@pytest.mark.parametrize(
    ("known", "seen", "action"),
    [
        (_NEVER, _LEAVES, ChangeAction.NEW),
        (_NEVER, _STAYS, None),
        (_NEVER, _UNSURE, None),
        (_SAME, _LEAVES, None),
        (_SAME, _STAYS, ChangeAction.DELETED),
        (_SAME, _UNSURE, None),
        (_OTHER, _LEAVES, ChangeAction.CHANGED),
        (_OTHER, _STAYS, ChangeAction.DELETED),
        (_OTHER, _UNSURE, None),
        (_GONE, _LEAVES, ChangeAction.NEW),
        (_GONE, _STAYS, None),
        (_GONE, _UNSURE, None),
    ],
)
def test_each_case_has_its_revision(
    known: list[PublishedEvent], seen: Observation, action: ChangeAction | None
) -> None:
    assert [each.action for each in _plan(known, seen)] == ([action] if action else [])


def test_a_change_counts_on() -> None:
    (planned,) = _plan(_OTHER, _LEAVES)
    assert (planned.event.count, planned.event.fingerprint, planned.text) == (4, "f1", "text f1")


def test_a_tombstone_keeps_the_key_and_loses_the_text() -> None:
    (planned,) = _plan(_SAME, _STAYS)
    assert (planned.event.event_key, planned.event.live, planned.text, planned.event.fingerprint) == (
        "k",
        False,
        "",
        "",
    )


def test_an_event_that_comes_back_counts_on() -> None:
    (planned,) = _plan(_GONE, _LEAVES)
    assert planned.event.count == 4


def test_an_event_below_the_floor_needs_no_tombstone() -> None:
    assert _plan([_published(last="2026-07-31")], _STAYS) == []
    assert len(_plan([_published(last="2026-08-01")], _STAYS)) == 1
    assert len(_plan([_published(last="")], _STAYS)) == 1


def test_each_part_of_an_event_is_decided_by_itself() -> None:
    known = [_published(), _published(part="2", fingerprint="f2"), _published(part="3", fingerprint="f3")]
    seen = Observation("uid", (_leaving(), _leaving("f9", "2"), _leaving("f4", "4")))
    planned = {each.event.part: each.action for each in _plan(known, seen)}
    assert planned == {"2": ChangeAction.CHANGED, "3": ChangeAction.DELETED, "4": ChangeAction.NEW}


def test_a_new_event_gets_its_key_and_its_days() -> None:
    (planned,) = _plan(_NEVER, Observation("uid", (_leaving(last=None),)))
    assert planned.event.event_key == "key of uid"
    assert (planned.event.first, planned.event.last_day) == ("2026-12-01T12:00:00", "")


def test_revisions_are_numbered_above_the_head_without_gaps() -> None:
    planned = _plan([_published(), _published(part="2")], _STAYS)
    assert [each.event.revision for each in numbered(planned, 7, 123)] == [8, 9]
    assert {each.event.changed_at for each in numbered(planned, 7, 123)} == {123}
