"""When a subscriber asks, what an owner answers, and what proves that he lost state (protocol 5.5)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osync.message.manifest import Announcement, RequestReason
from osync.sync.coverage import Coverage, Interval
from osync.sync.follow import Newest, Place, Progress
from osync.sync.heal import (
    ANSWERS_A_DAY,
    DAY,
    HOUR,
    Answer,
    Asking,
    Judgement,
    Verdict,
    after_accepting,
    after_asking,
    after_hearing,
    answer_to,
    judge,
    may_answer,
    reason_to_ask,
)

NOW = 1_800_000_000
COMPLETE = Progress(
    1, 9, date.min, coverage=Coverage().with_interval(Interval(0, 9)), newest=Newest(1, Place(1, 9)), top=Place(1, 9)
)
GAP = Progress(
    1, 9, date.min, coverage=Coverage().with_interval(Interval(0, 5)), newest=Newest(1, Place(1, 9)), top=Place(1, 9)
)
DAMAGED = Progress(
    1, 9, date.min, damaged=True, coverage=COMPLETE.coverage, newest=Newest(1, Place(1, 9)), top=Place(1, 9)
)
BEHIND = Progress(1, 9, date.min, coverage=COMPLETE.coverage, newest=Newest(2, Place(1, 8)), top=Place(1, 9))


@pytest.mark.parametrize(
    ("progress", "reason"),
    [
        (Progress(), RequestReason.JOIN),
        (COMPLETE, None),
        (GAP, RequestReason.GAP),
        (DAMAGED, RequestReason.DIGEST),
        (BEHIND, RequestReason.ORDER),
    ],
)
def test_the_reason_to_ask(progress: Progress, reason: RequestReason | None) -> None:
    assert reason_to_ask(progress) is reason


@given(st.integers(0, 65535))
def test_the_first_question_waits_two_to_six_hours(chance: int) -> None:
    assert NOW + 2 * HOUR <= after_hearing(Asking(), GAP, NOW, chance).ask_at <= NOW + 6 * HOUR


def test_what_arrives_late_makes_the_question_needless() -> None:
    assert after_hearing(Asking(NOW + 5, NOW, 2), COMPLETE, NOW, 0) == Asking(0, NOW, 0)


def test_more_mails_do_not_put_a_question_off() -> None:
    waiting = after_hearing(Asking(), GAP, NOW, 0)
    assert after_hearing(waiting, GAP, NOW + HOUR, 0) == waiting


def test_nobody_is_asked_twice_within_six_hours() -> None:
    assert after_hearing(Asking(0, NOW - HOUR, 0), GAP, NOW, 0).ask_at >= NOW + 5 * HOUR


def test_questions_become_rarer() -> None:
    asking, waits = Asking(NOW), []
    for _ in range(5):
        asking = after_asking(asking, NOW)
        waits.append((asking.ask_at - NOW) // DAY)
    assert waits == [1, 3, 7, 7, 7]


def test_an_acceptance_is_repeated_three_times() -> None:
    assert [after_accepting(asks, NOW).ask_at for asks in range(5)] == [NOW + DAY, NOW + 3 * DAY, NOW + 7 * DAY, 0, 0]


def claim(epoch: int, head: int, digest: str = "d", writer: str = "w") -> Announcement:
    return Announcement(epoch, head, digest, writer, b"")


JOURNAL = {(5, 8): "d", (5, 9): "e", (4, 30): "f"}


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([], Judgement(Verdict.AGREES)),
        ([claim(5, 8, "d"), claim(5, 9, "e"), claim(4, 31, "?")], Judgement(Verdict.AGREES)),
        ([claim(5, 8, "x")], Judgement(Verdict.WENT_BACK, 5)),
        ([claim(5, 10, "g")], Judgement(Verdict.WENT_BACK, 5)),
        ([claim(7, 2)], Judgement(Verdict.WENT_BACK, 7)),
        ([claim(7, 2, writer="other")], Judgement(Verdict.ANOTHER_WRITES, 7)),
        ([claim(5, 2, writer="other"), claim(3, 2, writer="other")], Judgement(Verdict.AGREES)),
        ([claim(8, 2), claim(7, 2, writer="other")], Judgement(Verdict.WENT_BACK, 8)),
    ],
)
def test_what_a_subscriber_heard_proves(claims: list[Announcement], expected: Judgement) -> None:
    assert judge(claims, claim(5, 9), lambda epoch, head: JOURNAL.get((epoch, head), "")) == expected


@pytest.mark.parametrize(
    ("epoch", "covered", "damaged", "expected"),
    [
        (5, 4, False, Answer(everything=False, after=4)),
        (5, 9, False, Answer(everything=False, after=9)),
        (5, 3, False, Answer(everything=True)),
        (5, 10, False, Answer(everything=True)),
        (4, 6, False, Answer(everything=True)),
        (6, 6, False, Answer(everything=True)),
        (5, 6, True, Answer(everything=True)),
        (0, 0, False, Answer(everything=True)),
    ],
)
def test_what_is_answered(epoch: int, covered: int, damaged: bool, expected: Answer) -> None:
    answer = answer_to(epoch=epoch, covered=covered, damaged=damaged, own_epoch=5, head=9, collected=4)
    assert answer == expected


def test_a_subscriber_gets_four_answers_a_day() -> None:
    assert may_answer(ANSWERS_A_DAY - 1, "2026-11-23", "2026-11-23")
    assert not may_answer(ANSWERS_A_DAY, "2026-11-23", "2026-11-23")
    assert may_answer(ANSWERS_A_DAY, "2026-11-22", "2026-11-23")
