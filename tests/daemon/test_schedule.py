"""When what is synced: the decisions one by one. A whole day of them is in test_a_day.py."""

from dataclasses import replace

import pytest

from osync.daemon.schedule import (
    EVERYTHING_EVERY,
    MAILBOX,
    TICK,
    Gravity,
    Moment,
    Outcome,
    Part,
    Schedule,
    Step,
    Way,
    begin,
    failed,
    forgive,
    jumped,
    kept_out,
    next_step,
    rest_after,
    synced,
    told,
)
from osync.engine.scope import EVERYTHING, Scope

POLL = 60.0
NOW = Moment(1_795_000_000.0, 5_000.0)
WORK = "calendar work"
NOTHING = Scope(mail=False, post=True, calendars=frozenset())
ONLY_MAIL = replace(NOTHING, mail=True)
ONLY_WORK = replace(NOTHING, calendars=frozenset({"work"}))


def later(seconds: float, now: Moment = NOW) -> Moment:
    return Moment(now.wall + seconds, now.steady + seconds)


def quiet(**parts: Part) -> Schedule:
    """A schedule in which everything was synced just now."""
    known = {
        MAILBOX: parts.get("mailbox", Part(Way.TOLD, seen_at=NOW.steady)),
        WORK: parts.get("work", Part(Way.FOLDER, seen_at=NOW.steady)),
    }
    return Schedule(NOW, POLL, known, all_at=NOW.steady + EVERYTHING_EVERY)


RESTING = Part(Way.TOLD, changed=True, seen_at=NOW.steady, failures=2, wait_until=NOW.steady + 20)

STEPS = {
    "nothing": (quiet(), Step(TICK)),
    "the start": (begin(NOW, POLL), Step(0.0, EVERYTHING)),
    "mail came": (told(quiet(), MAILBOX), Step(0.0, ONLY_MAIL)),
    "a calendar changed": (told(quiet(), WORK), Step(0.0, ONLY_WORK)),
    "both changed": (told(told(quiet(), WORK), MAILBOX), Step(0.0, replace(ONLY_WORK, mail=True))),
    "news of what is no part": (told(quiet(), "calendar gone"), Step(TICK)),
    "another command wrote the ledger": (replace(quiet(), is_stirred=True), Step(0.0, NOTHING)),
    "a duty is due": (replace(quiet(), duty_at=NOW.wall), Step(0.0, NOTHING)),
    "a duty is due soon": (replace(quiet(), duty_at=NOW.wall + 7), Step(7.0)),
    "a duty is due later": (replace(quiet(), duty_at=NOW.wall + 7000), Step(TICK)),
    "everything is due": (replace(quiet(), all_at=NOW.steady), Step(0.0, EVERYTHING)),
    "a mailbox that rests": (quiet(mailbox=RESTING), Step(20.0)),
    "a mailbox that rested": (
        quiet(mailbox=replace(RESTING, wait_until=NOW.steady)),
        Step(0.0, ONLY_MAIL),
    ),
    "a calendar changed while the mailbox rests": (
        told(quiet(mailbox=RESTING), WORK),
        Step(0.0, replace(ONLY_WORK, post=False)),
    ),
    "mail came while the mailbox rests because it cannot send": (
        told(quiet(mailbox=RESTING), MAILBOX),
        Step(0.0, ONLY_MAIL),
    ),
    "a calendar in a folder changed while it rests": (
        told(quiet(work=replace(RESTING, way=Way.FOLDER)), WORK),
        Step(20.0),
    ),
    "mail came while a calendar rests": (
        told(quiet(work=replace(RESTING, way=Way.SILENT)), MAILBOX),
        Step(0.0, replace(ONLY_MAIL, avoided=frozenset({"work"}))),
    ),
    "everything is due while the mailbox rests": (
        replace(quiet(mailbox=RESTING), all_at=NOW.steady),
        Step(0.0, Scope(mail=False, post=False)),
    ),
    "the installation cannot be opened": (replace(told(quiet(), WORK), wait_until=NOW.steady + 9), Step(9.0)),
    "what is silent was asked a minute ago": (
        quiet(work=Part(Way.SILENT, seen_at=NOW.steady - POLL)),
        Step(0.0, ONLY_WORK),
    ),
    "what is silent was asked just now": (quiet(work=Part(Way.SILENT, seen_at=NOW.steady - POLL + 3)), Step(3.0)),
    "a folder told nothing for five minutes": (
        quiet(work=Part(Way.FOLDER, seen_at=NOW.steady - 5 * POLL)),
        Step(0.0, ONLY_WORK),
    ),
    "what tells by itself told nothing for a quarter of an hour": (
        quiet(mailbox=Part(Way.TOLD, seen_at=NOW.steady - 15 * POLL)),
        Step(0.0, ONLY_MAIL),
    ),
}


@pytest.mark.parametrize("case", STEPS)
def test_the_next_step(case: str) -> None:
    schedule, step = STEPS[case]
    assert next_step(schedule, NOW) == step


OUTCOME = Outcome({MAILBOX: Way.TOLD, WORK: Way.FOLDER}, {}, 0.0)


def test_a_sync_of_everything_leaves_nothing_due() -> None:
    schedule = synced(begin(NOW, POLL), EVERYTHING, OUTCOME, NOW, 0.5)
    assert next_step(schedule, NOW) == Step(TICK)
    assert next_step(schedule, later(EVERYTHING_EVERY)).scope == EVERYTHING


def test_a_sync_of_one_part_leaves_the_news_of_the_others() -> None:
    schedule = synced(told(told(quiet(), WORK), MAILBOX), ONLY_WORK, OUTCOME, NOW, 0.5)
    assert next_step(schedule, NOW).scope == ONLY_MAIL


def test_news_that_come_while_a_sync_runs_are_not_lost() -> None:
    began = NOW
    schedule = told(synced(told(quiet(), WORK), ONLY_WORK, OUTCOME, began, 0.5), WORK)
    assert next_step(schedule, later(1)).scope == ONLY_WORK


def test_a_part_that_failed_rests_longer_each_time_and_is_well_at_once_when_it_works() -> None:
    schedule, rests = told(quiet(), WORK), []
    for _ in range(4):
        schedule = synced(schedule, ONLY_WORK, replace(OUTCOME, failed={WORK: Gravity.PASSING}), NOW, 0.5)
        rests.append(schedule.parts[WORK].wait_until - NOW.steady)
    assert rests == [5, 10, 20, 40]
    schedule = synced(schedule, ONLY_WORK, OUTCOME, NOW, 0.5)
    assert schedule.parts[WORK] == Part(Way.FOLDER, seen_at=NOW.steady)


def test_a_mailbox_that_cannot_send_rests_although_only_a_calendar_was_synced() -> None:
    schedule = synced(quiet(), ONLY_WORK, replace(OUTCOME, failed={MAILBOX: Gravity.PASSING}), NOW, 0.5)
    assert schedule.parts[MAILBOX].failures == 1
    assert next_step(schedule, later(5)).scope == ONLY_MAIL


def test_a_calendar_that_is_only_written_to_is_tried_again_until_it_works() -> None:
    other = "calendar other"
    schedule = synced(quiet(), ONLY_MAIL, replace(OUTCOME, failed={other: Gravity.PASSING}), NOW, 0.5)
    schedule = synced(schedule, ONLY_MAIL, OUTCOME, later(1), 0.5)
    step = next_step(schedule, later(5))
    assert step.scope == replace(NOTHING, calendars=frozenset({"other"}))
    assert other not in synced(schedule, step.scope, OUTCOME, later(5), 0.5).parts


def test_a_calendar_that_is_not_shared_any_more_is_forgotten() -> None:
    schedule = synced(quiet(), EVERYTHING, Outcome({MAILBOX: Way.TOLD}, {}, 0.0), NOW, 0.5)
    assert set(schedule.parts) == {MAILBOX}


def test_a_duty_that_was_due_and_was_not_done_is_no_reason_to_hurry() -> None:
    schedule = synced(quiet(), NOTHING, replace(OUTCOME, duty_at=NOW.wall - 5), NOW, 0.5)
    assert schedule.duty_at == NOW.wall + 3600


def test_rests_are_spread_and_bounded() -> None:
    assert rest_after(1, Gravity.PASSING, 0.0) == 3.75
    assert rest_after(1, Gravity.PASSING, 1.0) == 6.25
    assert {gravity: rest_after(10_000, gravity, 0.5) for gravity in Gravity} == {
        Gravity.PASSING: 900,
        Gravity.USER: 3600,
        Gravity.SIGN_IN: 3600,
    }
    assert rest_after(1, Gravity.SIGN_IN, 0.5) == 300


def test_another_command_is_waited_for_briefly_and_never_longer_than_some_seconds() -> None:
    schedule, waits = quiet(), []
    for _ in range(8):
        schedule = kept_out(schedule, NOW)
        waits.append(schedule.wait_until - NOW.steady)
    assert waits[0] < 0.5
    assert waits[-1] == 5


def test_what_cannot_be_opened_rests_as_a_whole_until_the_settings_are_others() -> None:
    schedule = failed(quiet(), Gravity.USER, NOW, 0.5)
    assert next_step(schedule, NOW) == Step(TICK)
    assert next_step(forgive(schedule, NOW), NOW).scope == EVERYTHING


@pytest.mark.parametrize(
    ("wall", "steady", "expected"),
    [
        (30.0, 30.0, False),
        (30.0, 85.0, True),
        (85.0, 85.0, False),
        (95.0, 95.0, True),
        (3600.0, 30.0, True),
        (-3600.0, 30.0, True),
        (30.5, 30.0, False),
        (30.0, 0.5, False),
    ],
)
def test_sleep_and_clocks_that_are_set_are_noticed(wall: float, steady: float, expected: bool) -> None:
    now = Moment(NOW.wall + wall, NOW.steady + steady)
    assert jumped(quiet(), now, 30.0) is expected
