"""What may leave, at every boundary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osync.sync.budget import (
    AUTOMATIC_A_DAY,
    BATCH,
    DAY,
    ONE_MAIL_EACH,
    MailLimits,
    broadcast_at,
    day_start,
    envelopes,
    has_room,
    may_leave,
    may_send_automatically,
)

NOON = 20_000 * DAY + DAY // 2
TEN_MINUTES = MailLimits(broadcast_seconds=600, broadcasts_a_day=50, mails_a_day=500)
NONE = MailLimits()


@pytest.mark.parametrize(
    ("sent", "may"), [(1, True), (AUTOMATIC_A_DAY - 1, True), (AUTOMATIC_A_DAY, False), (99, False)]
)
def test_a_peer_causes_at_most_six_sendings_a_day(sent: int, may: bool) -> None:
    assert may_send_automatically(sent, 1) is may


@pytest.mark.parametrize("sent", [0, AUTOMATIC_A_DAY, 99])
def test_the_first_sending_about_a_share_is_always_possible(sent: int) -> None:
    assert may_send_automatically(sent, 0)


@pytest.mark.parametrize(
    ("last", "today", "limits", "at"),
    [
        (0, 0, TEN_MINUTES, NOON),
        (NOON - 600, 1, TEN_MINUTES, NOON),
        (NOON - 601, 1, TEN_MINUTES, NOON),
        (NOON - 599, 1, TEN_MINUTES, NOON + 1),
        (NOON, 1, TEN_MINUTES, NOON + 600),
        (NOON + 1, 1, TEN_MINUTES, NOON),
        (NOON + 10 * DAY, 1, TEN_MINUTES, NOON),
        (NOON - 601, 49, TEN_MINUTES, NOON),
        (NOON - 601, 50, TEN_MINUTES, NOON + DAY // 2),
        (NOON, 51, TEN_MINUTES, NOON + DAY // 2),
        (NOON, 1000, NONE, NOON),
        (NOON, 1000, TEN_MINUTES.without_waiting(), NOON),
        (NOON, 50, MailLimits(broadcasts_a_day=50), NOON + DAY // 2),
        (NOON, 1, MailLimits(broadcast_seconds=DAY), NOON + DAY),
        (NOON, 50, MailLimits(broadcast_seconds=DAY, broadcasts_a_day=50), NOON + DAY),
    ],
)
def test_a_share_is_broadcast_when_its_time_has_come(last: int, today: int, limits: MailLimits, at: int) -> None:
    assert broadcast_at(last, today, NOON, limits) == at


@given(st.integers(0, 2 * NOON), st.integers(0, 100), st.integers(0, 600), st.integers(0, 60))
def test_no_share_waits_longer_than_its_limits(last: int, today: int, seconds: int, a_day: int) -> None:
    limits = MailLimits(broadcast_seconds=seconds, broadcasts_a_day=a_day)
    assert NOON <= broadcast_at(last, today, NOON, limits) <= NOON + max(seconds, DAY)


@pytest.mark.parametrize(
    ("sent", "recipients", "a_day", "may"),
    [
        (0, 1, 500, True),
        (499, 1, 500, True),
        (500, 1, 500, False),
        (450, 50, 500, True),
        (451, 50, 500, False),
        (0, 50, 10, True),
        (1, 50, 10, False),
        (10_000, 50, 0, True),
    ],
)
def test_a_mail_leaves_while_the_day_has_room_for_it(sent: int, recipients: int, a_day: int, may: bool) -> None:
    assert may_leave(sent, recipients, MailLimits(mails_a_day=a_day)) is may


@pytest.mark.parametrize(
    ("sent", "waiting", "a_day", "room"),
    [
        (0, 0, 500, True),
        (499, 0, 500, True),
        (500, 0, 500, False),
        (300, 199, 500, True),
        (300, 200, 500, False),
        (0, 900, 500, False),
        (900, 900, 0, True),
    ],
)
def test_nothing_new_is_told_while_older_mails_take_the_whole_day(
    sent: int, waiting: int, a_day: int, room: bool
) -> None:
    assert has_room(sent, waiting, MailLimits(mails_a_day=a_day)) is room


def test_without_waiting_the_budget_of_the_day_stays() -> None:
    assert TEN_MINUTES.without_waiting() == MailLimits(mails_a_day=500)


@pytest.mark.parametrize(
    ("people", "limits", "sizes"),
    [
        (0, NONE, []),
        (1, NONE, [1]),
        (ONE_MAIL_EACH, NONE, [1] * ONE_MAIL_EACH),
        (ONE_MAIL_EACH + 1, NONE, [21]),
        (50, NONE, [50]),
        (51, NONE, [50, 1]),
        (300, TEN_MINUTES, [50] * 6),
        (60, MailLimits(mails_a_day=25), [25, 25, 10]),
    ],
)
def test_few_get_a_mail_each_and_many_get_batches(people: int, limits: MailLimits, sizes: list[int]) -> None:
    addresses = [f"member{number}@example.org" for number in range(people)]
    found = list(envelopes(addresses, limits))
    assert [len(each) for each in found] == sizes
    assert [address for each in found for address in each] == addresses
    assert max(map(len, found), default=0) <= BATCH


def test_a_day_begins_at_midnight_in_utc() -> None:
    assert day_start(NOON) == 20_000 * DAY
    assert day_start(20_000 * DAY) == 20_000 * DAY
    assert day_start(20_000 * DAY - 1) == 19_999 * DAY
