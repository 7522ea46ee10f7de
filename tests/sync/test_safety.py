"""When to stop and ask."""

import pytest

from osync.sync.safety import OwnerCount, SubscriberCount, mass_deletion, why_not_send, why_not_write


@pytest.mark.parametrize(
    ("deleted", "live", "stops"),
    [
        (20, 20, False),
        (21, 21, True),
        (21, 70, False),
        (22, 70, True),
        (0, 0, False),
        (30, 100, False),
        (31, 100, True),
    ],
)
def test_more_than_20_and_more_than_30_percent_is_a_mass_deletion(deleted: int, live: int, stops: bool) -> None:
    assert mass_deletion(deleted, live) is stops


def test_an_owner_whose_calendar_is_suddenly_empty_is_asked() -> None:
    assert "suddenly empty: 1 event would" in why_not_send(OwnerCount(1, 1, places_before=1, places_now=0))


def test_an_owner_who_deletes_a_few_events_is_not_asked() -> None:
    assert why_not_send(OwnerCount(5, 100, places_before=100, places_now=95)) == ""


def test_an_owner_who_deletes_many_events_is_asked() -> None:
    assert why_not_send(OwnerCount(40, 100, 100, 60)) == "40 of 100 events would be deleted at all subscribers at once."


def test_an_empty_calendar_that_never_shared_anything_is_no_reason_to_ask() -> None:
    assert why_not_send(OwnerCount(0, 0, places_before=3, places_now=0)) == ""


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (SubscriberCount(deleted=21, new=0, shown=50, expected=50), "21 of 50 events would be deleted"),
        (SubscriberCount(deleted=0, new=3001, shown=0, expected=10), "3001 events would be added"),
        (SubscriberCount(deleted=0, new=2000, shown=9000, expected=10), "would put 11000 events"),
    ],
)
def test_a_subscriber_is_asked(count: SubscriberCount, sentence: str) -> None:
    assert sentence in why_not_write(count)


@pytest.mark.parametrize(
    "count",
    [
        SubscriberCount(deleted=20, new=0, shown=20, expected=20),
        SubscriberCount(deleted=0, new=5000, shown=0, expected=5000),
        SubscriberCount(deleted=0, new=3000, shown=0, expected=0),
    ],
)
def test_a_subscriber_is_not_asked_about_what_was_agreed_on(count: SubscriberCount) -> None:
    assert why_not_write(count) == ""
