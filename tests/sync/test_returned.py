"""What a mail that came back changes, for every state and every kind of failure."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osync.message.failure import Failure, Weight
from osync.model import LARGEST_MESSAGE, Subscriber, SubscriberState
from osync.sync.budget import DAY
from osync.sync.returned import COUNTED_WITHIN, SMALLEST_LIMIT, ReturnedMail, after_return

MONDAY = 20_000 * DAY
SUBSCRIBER = Subscriber("share", "tester@example.net", "tester", b"k" * 64, SubscriberState.ACTIVE, b"", 0)
MAIL = ReturnedMail(MONDAY, 4_000, alone=True)
REACHED = (SubscriberState.INVITED, SubscriberState.ACTIVE, SubscriberState.PLAIN)


def failure(weight: Weight) -> Failure:
    return Failure(weight, "5.1.1", "550 no such user")


@pytest.mark.parametrize("weight", Weight)
@pytest.mark.parametrize("state", [state for state in SubscriberState if state not in REACHED])
def test_who_gets_nothing_is_left_as_they_are(state: SubscriberState, weight: Weight) -> None:
    subscriber = replace(SUBSCRIBER, state=state)
    consequence = after_return(subscriber, MAIL, failure(weight), "club")
    assert consequence.subscriber == subscriber
    assert not consequence.owed


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("weight", Weight)
@pytest.mark.parametrize("state", REACHED)
def test_one_mail_ends_it_only_for_policy_and_only_if_no_other_knew_the_mail(
    state: SubscriberState, weight: Weight, alone: bool
) -> None:
    subscriber = replace(SUBSCRIBER, state=state)
    after = after_return(subscriber, replace(MAIL, alone=alone), failure(weight), "club").subscriber
    ends = weight is Weight.POLICY and alone and state is not SubscriberState.INVITED
    assert after.state is (SubscriberState.SUSPENDED if ends else state)
    assert after.note


@pytest.mark.parametrize("state", [SubscriberState.ACTIVE, SubscriberState.PLAIN])
@pytest.mark.parametrize(
    ("distance", "suspended"),
    [(0, False), (60, False), (DAY, False), (DAY + 1, True), (-DAY - 1, True), (COUNTED_WITHIN, True), (COUNTED_WITHIN + 1, False)],
)  # fmt: skip
def test_two_refusals_more_than_a_day_apart_end_it(state: SubscriberState, distance: int, suspended: bool) -> None:
    first = after_return(replace(SUBSCRIBER, state=state), MAIL, failure(Weight.HARD), "club").subscriber
    assert (first.state, first.bounces, first.bounced_at) == (state, 1, MONDAY)
    second = after_return(first, replace(MAIL, sent_at=MONDAY + distance), failure(Weight.HARD), "club")
    assert second.subscriber.state is (SubscriberState.SUSPENDED if suspended else state)
    assert ("osync share invite club tester@example.net" in second.sentence) is suspended
    assert ("550 no such user" in second.subscriber.note) is True


def test_a_subscriber_who_was_heard_of_in_between_begins_anew() -> None:
    first = after_return(SUBSCRIBER, MAIL, failure(Weight.HARD), "club").subscriber
    heard = replace(first, confirmed_at=MONDAY + 60)
    second = after_return(heard, replace(MAIL, sent_at=MONDAY + 3 * DAY), failure(Weight.HARD), "club").subscriber
    assert (second.state, second.bounces, second.bounced_at) == (SubscriberState.ACTIVE, 1, MONDAY + 3 * DAY)


def test_an_invitation_that_comes_back_asks_whether_the_address_is_right() -> None:
    invited = replace(SUBSCRIBER, state=SubscriberState.INVITED, public_key=b"")
    consequence = after_return(invited, MAIL, failure(Weight.HARD), "club")
    assert consequence.subscriber == replace(invited, note=consequence.sentence)
    assert consequence.sentence == "The invitation came back: “550 no such user”. Is the address right?"


def test_what_was_too_large_is_owed_again_in_half_the_size() -> None:
    large = replace(MAIL, size=2_700_000)
    consequence = after_return(SUBSCRIBER, large, failure(Weight.TOO_LARGE), "club")
    assert consequence.owed
    assert consequence.subscriber == replace(SUBSCRIBER, max_bytes=1_000_000, note=consequence.sentence)
    smaller = after_return(consequence.subscriber, replace(MAIL, size=800_000), failure(Weight.TOO_LARGE), "club")
    assert smaller.subscriber.max_bytes == 300_000


@given(st.integers(0, 12_000_000), st.integers(1, LARGEST_MESSAGE))
def test_sizes_fall_to_the_smallest_and_then_nothing_is_sent_again(size: int, max_bytes: int) -> None:
    subscriber, rounds = replace(SUBSCRIBER, max_bytes=max_bytes), 0
    while True:
        consequence = after_return(subscriber, replace(MAIL, size=size), failure(Weight.TOO_LARGE), "club")
        if not consequence.owed:
            break
        assert SMALLEST_LIMIT <= consequence.subscriber.max_bytes < subscriber.max_bytes
        subscriber, rounds = consequence.subscriber, rounds + 1
    assert consequence.subscriber.max_bytes == subscriber.max_bytes
    assert rounds <= 4


def test_a_failure_without_words_is_told_by_its_code_or_not_at_all() -> None:
    soft = after_return(SUBSCRIBER, MAIL, Failure(Weight.SOFT, "4.4.1", ""), "club")
    assert soft.sentence == "A mail did not arrive this time: “4.4.1”."
    assert after_return(SUBSCRIBER, MAIL, Failure(Weight.SOFT, "", ""), "club").sentence.endswith("this time.")
