"""What to do with one copy: the whole table."""

import itertools

import pytest

from osync.model import WrittenEvent
from osync.sync.arrive import Found, Step, next_step

_NEVER = None
_INTENDED = WrittenEvent("s", "k", "c", "", "", 1, 1, "", "", False)
_WRITTEN = WrittenEvent("s", "k", "c", "k.ics", "v", 1, 1, "f", "", False)
_HIDDEN = WrittenEvent("s", "k", "c", "k.ics", "v", 1, 1, "f", "", True)

_TABLE = {
    # live, written, found: step
    (True, _NEVER, Found.NOTHING): Step.CREATE,
    (True, _NEVER, Found.OURS): Step.REPLACE,
    (True, _NEVER, Found.FOREIGN): Step.LEAVE,
    (True, _NEVER, Found.UNREADABLE): Step.LEAVE,
    (True, _INTENDED, Found.NOTHING): Step.CREATE,
    (True, _INTENDED, Found.OURS): Step.REPLACE,
    (True, _INTENDED, Found.FOREIGN): Step.LEAVE,
    (True, _INTENDED, Found.UNREADABLE): Step.LEAVE,
    (True, _WRITTEN, Found.NOTHING): Step.HIDE,
    (True, _WRITTEN, Found.OURS): Step.REPLACE,
    (True, _WRITTEN, Found.FOREIGN): Step.LEAVE,
    (True, _WRITTEN, Found.UNREADABLE): Step.LEAVE,
    (True, _HIDDEN, Found.NOTHING): Step.HIDE,
    (True, _HIDDEN, Found.OURS): Step.HIDE,
    (True, _HIDDEN, Found.FOREIGN): Step.HIDE,
    (True, _HIDDEN, Found.UNREADABLE): Step.HIDE,
    (False, _NEVER, Found.NOTHING): Step.FORGET,
    (False, _NEVER, Found.OURS): Step.DELETE,
    (False, _NEVER, Found.FOREIGN): Step.LEAVE,
    (False, _NEVER, Found.UNREADABLE): Step.LEAVE,
    (False, _INTENDED, Found.NOTHING): Step.FORGET,
    (False, _INTENDED, Found.OURS): Step.DELETE,
    (False, _INTENDED, Found.FOREIGN): Step.LEAVE,
    (False, _INTENDED, Found.UNREADABLE): Step.LEAVE,
    (False, _WRITTEN, Found.NOTHING): Step.FORGET,
    (False, _WRITTEN, Found.OURS): Step.DELETE,
    (False, _WRITTEN, Found.FOREIGN): Step.LEAVE,
    (False, _WRITTEN, Found.UNREADABLE): Step.LEAVE,
    (False, _HIDDEN, Found.NOTHING): Step.FORGET,
    (False, _HIDDEN, Found.OURS): Step.FORGET,
    (False, _HIDDEN, Found.FOREIGN): Step.FORGET,
    (False, _HIDDEN, Found.UNREADABLE): Step.FORGET,
}


@pytest.mark.parametrize(("live", "written", "found"), _TABLE)
def test_each_case_has_its_step(live: bool, written: WrittenEvent | None, found: Found) -> None:
    assert next_step(live=live, written=written, found=found) is _TABLE[live, written, found]


@pytest.mark.parametrize(("live", "written", "found"), _TABLE)
def test_what_the_owner_only_repeats_changes_no_copy(live: bool, written: WrittenEvent | None, found: Found) -> None:
    step = _TABLE[live, written, found]
    usual = Step.KEEP if written is _WRITTEN and step is Step.REPLACE else step
    assert next_step(live=live, written=written, found=found, settled=True) is usual


def test_the_table_is_total() -> None:
    cases = itertools.product((True, False), (_NEVER, _INTENDED, _WRITTEN, _HIDDEN), Found)
    assert set(cases) == set(_TABLE)


def test_nothing_foreign_is_ever_touched() -> None:
    touching = {Step.REPLACE, Step.DELETE}
    assert not [case for case, step in _TABLE.items() if step in touching and case[2] is not Found.OURS]
