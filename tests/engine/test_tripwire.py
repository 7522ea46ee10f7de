"""An event that our time zone data put elsewhere than its owner's do waits for the user."""

from datetime import timedelta
from pathlib import Path

import pytest
from engine.world import Story
from other_zone_data import zone_data

from osync.engine.local_will import restore
from osync.engine.review import allow, refuse, review
from osync.model import ChangeAction

_SAYS = "For its owner 09:00 Europe/Berlin is 07:00 UTC on 2026-12-01, this computer says 08:00 UTC"


def _choir(title: str = "Choir", *more: str) -> tuple[str, ...]:
    start = "DTSTART;TZID=Europe/Berlin:20261201T090000"
    return (f"SUMMARY:{title}", start, "DURATION:PT1H", "CATEGORIES:OSync", *more)


def _other_data(folder: Path, story: Story) -> None:
    """Let pat's computer sync with other rules for Berlin."""
    with zone_data(folder, "Europe/Berlin", like="Europe/Helsinki"):
        story.pat.sync()


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """Give a story in which a change of one event is held at tester."""
    story = Story()
    story.pat.put(*_choir(), uid="choir")
    story.pat.put("SUMMARY:Lunch", "DTSTART:20261201T120000Z", "DURATION:PT1H", "CATEGORIES:OSync", uid="lunch")
    story.joined()
    story.pat.put(*_choir("Choir in the hall"), uid="choir")
    story.pat.put("SUMMARY:Late lunch", "DTSTART:20261201T130000Z", "DURATION:PT1H", "CATEGORIES:OSync", uid="lunch")
    _other_data(tmp_path, story)
    return story


def test_the_old_copy_stays_and_the_others_are_written(story: Story) -> None:
    report = story.tester.sync()
    assert report.exit_code == 3
    (held,) = report.held
    assert (held.share, held.title) == ("club of pat", "[pat] Choir in the hall")
    assert held.reason.startswith(_SAYS)
    assert held.words == f"[pat] Choir in the hall: {held.reason}"
    assert story.tester.titles() == ["[pat] Choir", "[pat] Late lunch"]


def test_a_sync_without_news_does_not_look_again(story: Story) -> None:
    story.tester.sync()
    story.tester.calendar.read_handles.clear()
    assert story.tester.sync().exit_code == 0
    assert story.tester.calendar.read_handles == []


def test_the_review_tells_both_times(story: Story) -> None:
    story.tester.sync()
    (held,) = review(story.tester.installation).held
    (event,) = held.events
    assert (event.action, event.title) == (ChangeAction.CHANGED, "[pat] Choir in the hall")
    assert _SAYS in event.sentence


@pytest.mark.parametrize("by", ["review", "sync"])
def test_yes_writes_it_anyway(story: Story, by: str) -> None:
    story.tester.sync()
    if by == "review":
        allow(story.tester.installation, "club")
    else:
        story.tester.sync(approve=True)
    assert story.tester.titles() == ["[pat] Choir in the hall", "[pat] Late lunch"]
    assert review(story.tester.installation).held == ()
    assert story.tester.ledger.changes.newest(1)[0].allowed


def test_no_keeps_the_old_copy_until_the_owners_next_version(story: Story) -> None:
    story.tester.sync()
    refuse(story.tester.installation)
    assert review(story.tester.installation).held == ()
    assert story.tester.sync(approve=True).changes == []
    assert story.tester.titles() == ["[pat] Choir", "[pat] Late lunch"]
    story.pat.put(*_choir("Choir outside"), uid="choir")
    story.settle()
    assert story.tester.titles() == ["[pat] Choir outside", "[pat] Late lunch"]


def test_news_of_the_share_looks_again_when_the_data_agree_now(story: Story, tmp_path: Path) -> None:
    story.tester.sync()
    story.pat.put("SUMMARY:Dinner", "DTSTART:20261201T180000Z", "DURATION:PT1H", "CATEGORIES:OSync", uid="dinner")
    story.pat.sync()
    with zone_data(tmp_path / "updated", "Europe/Berlin", like="Europe/Helsinki"):
        assert story.tester.sync().exit_code == 0
    assert "[pat] Choir in the hall" in story.tester.titles()


def test_a_new_event_that_differs_is_not_written(tmp_path: Path) -> None:
    story = Story().joined()
    story.pat.put(*_choir(), uid="choir")
    _other_data(tmp_path, story)
    assert story.tester.sync().exit_code == 3
    assert story.tester.titles() == []
    refuse(story.tester.installation)
    assert story.tester.sync(approve=True).changes == []
    assert story.tester.titles() == []


def test_a_missing_summer_time_of_a_series_is_found(tmp_path: Path) -> None:
    story = Story().joined()
    story.pat.put(*_choir("Choir", "RRULE:FREQ=WEEKLY"), uid="choir")
    with zone_data(tmp_path, "Europe/Berlin", like="Africa/Lagos"):
        story.pat.sync()
    (held,) = story.tester.sync().held
    assert "08:00 UTC on 2027-05-25" in held.reason


def test_a_late_joiner_compares_only_what_is_to_come(tmp_path: Path) -> None:
    story = Story()
    story.pat.put(*_choir("Choir", "RRULE:FREQ=WEEKLY"), uid="choir")
    with zone_data(tmp_path, "Europe/Berlin", like="Europe/Helsinki"):
        story.pat.share()
        story.pat.sync()
    story.clock.now += timedelta(days=500)
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    story.settle()
    assert story.tester.titles() == ["[pat] Choir"]


def test_a_restored_event_is_compared_as_well(story: Story) -> None:
    story.tester.remove_titled("[pat] Choir")
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Late lunch"]
    assert len(restore(story.tester.installation, "Choir").held) == 1
    allow(story.tester.installation)
    assert story.tester.titles() == ["[pat] Choir in the hall", "[pat] Late lunch"]


def test_naming_the_instants_costs_nothing_when_a_mail_is_made(story: Story) -> None:
    (share,) = story.pat.ledger.shares.all()
    named = {
        text.event.title: text.occurrences for text in story.pat.ledger.shares.live_texts(share.share_id, share.floor)
    }
    assert {title: len(each) for title, each in named.items()} == {"Choir in the hall": 1, "Late lunch": 0}
