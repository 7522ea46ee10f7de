"""Radicale's Last-Modified: when it proves that nothing has changed."""

import pytest

from osync.webdav.quirks.radicale import LastModified, is_radicale, shows_no_change

NOON = 1798804800
AT_NOON = "Fri, 01 Jan 2027 12:00:00 GMT"


@pytest.mark.parametrize(
    ("before", "now", "proves"),
    [
        (LastModified(AT_NOON, NOON + 3), LastModified(AT_NOON, NOON + 9), True),
        (LastModified(AT_NOON, NOON + 2), LastModified(AT_NOON, NOON + 9), False),
        (LastModified(AT_NOON, NOON + 3), LastModified("Fri, 01 Jan 2027 12:00:01 GMT", NOON + 9), False),
        (LastModified(AT_NOON, NOON + 3), LastModified(AT_NOON, NOON + 3604), False),
        (LastModified(AT_NOON, NOON + 3), LastModified(AT_NOON, NOON), False),
        (LastModified(AT_NOON, NOON - 3), LastModified(AT_NOON, NOON), False),
        (LastModified("", NOON + 3), LastModified("", NOON + 9), False),
        (LastModified("yesterday", NOON), LastModified("yesterday", NOON), False),
        (LastModified(AT_NOON, 0), LastModified(AT_NOON, 0), False),
        (LastModified(), LastModified(), False),
    ],
    ids=range(10),
)
def test_only_an_old_time_that_stays_proves_that_nothing_changed(
    before: LastModified, now: LastModified, proves: bool
) -> None:
    assert shows_no_change(before, now) is proves


def test_radicale_is_known_by_its_tokens() -> None:
    assert is_radicale("http://radicale.org/ns/sync/" + "a" * 64)
    assert not is_radicale("http://sabre.io/ns/sync/1")
