"""What `osync status` tells of `osync run`: at work or not, stuck or not, and nothing that is over."""

import os
import time

import pytest
from cli.people import Pair

from osync.daemon.health import Health, Trouble, write_health

AN_HOUR = 3600


def kept(pair: Pair, *, hours_ago: int, troubles: tuple[Trouble, ...] = ()) -> None:
    then = int(time.time()) - hours_ago * AN_HOUR
    write_health(pair.pat.home.run_state, Health(os.getpid(), then, then, then, troubles))


TROUBLE = Trouble("mailbox", "The server \x1b[31mdoes not answer.", 1_795_000_000, 3, 1_795_000_060)


def test_where_it_never_ran_nothing_is_told(pair: Pair) -> None:
    assert "osync run" not in pair.pat.done("status")


def test_what_is_stuck_is_told_with_its_next_try(pair: Pair) -> None:
    kept(pair, hours_ago=0, troubles=(TROUBLE,))
    with pair.pat.home.running():
        text = pair.pat.done("status")
    assert "osync run   at work since" in text
    assert "stuck       mailbox: The server \ufffd[31mdoes not answer. (since 2026-11-18" in text
    assert "tried 3 times, again at 2026-11-18" in text


def test_what_was_stuck_when_it_ended_is_not_tried_again(pair: Pair) -> None:
    kept(pair, hours_ago=0, troubles=(TROUBLE,))
    text = pair.pat.done("status")
    assert "osync run   not at work" in text
    assert "was stuck   mailbox: " in text
    assert "again at" not in text


@pytest.mark.parametrize(("hours", "told"), [(5, False), (7, True), (-7, False)])
def test_one_that_syncs_no_more_is_told(hours: int, told: bool, pair: Pair) -> None:
    kept(pair, hours_ago=hours)
    with pair.pat.home.running():
        text = pair.pat.done("status")
    assert ("stuck       osync run: no sync for 7 hours." in text) is told


@pytest.mark.parametrize("content", [b"", b"\0" * 40, b"[]", b'{"format": 99}', b'{"format": 1, "process": "x"}'])
def test_a_damaged_file_tells_nothing_and_breaks_nothing(content: bytes, pair: Pair) -> None:
    pair.pat.home.run_state.write_bytes(content)
    assert "osync run" not in pair.pat.done("status")
    assert pair.pat.osync("status", "--json").json["run"]["started_at"] == 0
