"""A run or a mail can be taken back."""

import contextlib
from dataclasses import replace

import pytest
from engine.world import Killed, Story, event_of, lunch

from osync.engine.subscribing import leave
from osync.engine.undo import undo
from osync.errors import NotFoundError


def _applied() -> Story:
    """Give a story in which one run of tester brought a new, a changed and a deleted event."""
    story = Story()
    for name in ("stays", "changes", "goes"):
        story.pat.put(*lunch(name), uid=name)
    story.joined()
    story.pat.put(*lunch("changed", 15), uid="changes")
    story.pat.put(*lunch("new", 16), uid="new")
    story.pat.remove("goes")
    story.settle()
    assert story.tester.titles() == ["[pat] changed", "[pat] new", "[pat] stays"]
    return story


def test_the_last_run_is_taken_back() -> None:
    story = _applied()
    report = undo(story.tester.installation, "")
    assert report.problems == []
    assert story.tester.titles() == ["[pat] changes", "[pat] goes", "[pat] stays"]


def test_what_was_undone_stays_so_at_the_next_sync() -> None:
    story = _applied()
    undo(story.tester.installation, "")
    story.settle()
    assert story.tester.titles() == ["[pat] changes", "[pat] goes", "[pat] stays"]


def test_the_owners_next_change_of_an_event_arrives_again() -> None:
    story = _applied()
    undo(story.tester.installation, "")
    story.pat.put(*lunch("changed again", 17), uid="changes")
    story.settle()
    assert story.tester.titles() == ["[pat] changed again", "[pat] goes", "[pat] stays"]


def test_undoing_can_be_undone() -> None:
    story = _applied()
    undo(story.tester.installation, "")
    undo(story.tester.installation, "")
    assert story.tester.titles() == ["[pat] changed", "[pat] new", "[pat] stays"]


def test_one_mail_is_taken_back() -> None:
    story = _applied()
    mail = next(story.tester.ledger.mails.received(1)).number
    undo(story.tester.installation, f"m{mail}")
    assert story.tester.titles() == ["[pat] changes", "[pat] goes", "[pat] stays"]


def test_a_copy_that_was_changed_since_is_left_alone() -> None:
    story = _applied()
    uid, text = next((uid, text) for uid, text in story.tester.texts().items() if "changed" in text)
    lines = text.split("BEGIN:VEVENT\r\n")[1].split("END:VEVENT")[0].strip().split("\r\n")
    edited = [line for line in lines if not line.startswith(("UID:", "DTSTAMP:", "SUMMARY:"))]
    story.tester.put(*edited, "SUMMARY:mine now", uid=uid)
    report = undo(story.tester.installation, "")
    assert [problem.sentence for problem in report.problems if "changed since" in problem.sentence]
    assert story.tester.titles() == ["[pat] goes", "[pat] stays", "mine now"]


def test_an_event_of_the_user_in_the_place_of_a_copy_is_left_alone() -> None:
    story = _applied()
    for ref in list(story.tester.events.refs()):
        story.tester.events.put(ref.handle, event_of("SUMMARY:own", "DTSTART:20261201T120000Z", uid="own" + ref.handle))
    report = undo(story.tester.installation, "")
    assert "not the copy that OSync wrote" in report.problems[0].sentence
    assert story.tester.titles() == ["[pat] goes", "own", "own", "own"]


@pytest.mark.parametrize("kind", ["run", "mail"])
def test_what_was_undone_cannot_be_undone_twice(kind: str) -> None:
    story = _applied()
    run = str(story.tester.ledger.changes.last_run_with_changes())
    which = run if kind == "run" else f"m{next(story.tester.ledger.mails.received(1)).number}"
    undo(story.tester.installation, which)
    with pytest.raises(NotFoundError, match="undone before"):
        undo(story.tester.installation, which)
    assert story.tester.titles() == ["[pat] changes", "[pat] goes", "[pat] stays"]


@pytest.mark.parametrize("which", ["99", "m99", "yesterday", "0"])
def test_what_never_was_cannot_be_undone(which: str) -> None:
    with pytest.raises(NotFoundError, match="osync log"):
        undo(_applied().tester.installation, which)


def test_nothing_to_undo_is_said() -> None:
    with pytest.raises(NotFoundError, match="nothing to undo"):
        undo(Story().tester.installation, "")


def test_an_undo_that_was_cut_off_is_finished_by_the_next_one() -> None:
    story = _applied()
    fuse = story.tester.fuse
    fuse.steps = 0
    undo(story.tester.installation, "")
    for step in range(1, fuse.steps + 1):
        story = _applied()
        run = str(story.tester.ledger.changes.last_run_with_changes())
        story.tester.fuse.steps, story.tester.fuse.at = 0, step
        with pytest.raises(Killed):
            undo(story.tester.installation, run)
        story.tester.fuse.at = 0
        with contextlib.suppress(NotFoundError):
            undo(story.tester.installation, run)
        assert story.tester.titles() == ["[pat] changes", "[pat] goes", "[pat] stays"], step


def test_what_could_not_be_undone_leaves_no_trace_to_undo() -> None:
    story = _applied()
    uid = next(uid for uid, text in story.tester.texts().items() if "changed" in text)
    story.tester.remove(uid)
    report = undo(story.tester.installation, "")
    assert "was deleted since" in report.problems[0].sentence
    undo(story.tester.installation, "")
    assert story.tester.titles() == ["[pat] new", "[pat] stays"]
    story.pat.put(*lunch("again", 17), uid="new")
    story.settle()
    assert story.tester.titles() == ["[pat] again", "[pat] stays"]


def test_a_deleted_event_that_came_again_is_not_overwritten() -> None:
    story = _applied()
    run = str(story.tester.ledger.changes.last_run_with_changes())
    story.pat.put(*lunch("is back", 18), uid="goes")
    story.settle()
    report = undo(story.tester.installation, run)
    assert [problem.sentence for problem in report.problems if "changed since" in problem.sentence]
    assert story.tester.titles() == ["[pat] changes", "[pat] is back", "[pat] stays"]


def test_a_calendar_that_is_gone_does_not_stop_the_undoing_in_others() -> None:
    story = _applied()
    with story.tester.ledger.transaction():
        story.tester.ledger._database.execute("UPDATE change SET calendar = 'gone' WHERE title LIKE '%new'")
    report = undo(story.tester.installation, "")
    assert "There is no calendar gone." in report.problems[0].sentence
    assert story.tester.titles() == ["[pat] changes", "[pat] goes", "[pat] new", "[pat] stays"]


def test_a_deletion_that_was_undone_is_removed_with_the_share() -> None:
    story = _applied()
    undo(story.tester.installation, "")
    story.pat.put(*lunch("later", 20), uid="later")
    story.settle()
    leave(story.tester.installation, "club", remove=True)
    assert story.tester.titles() == []


def test_a_duplicate_that_the_user_made_in_the_place_of_a_copy_is_left_alone() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    (copy,) = story.tester.events.read([ref.handle for ref in story.tester.events.refs()])
    assert copy.event
    story.tester.events.put(copy.ref.handle, replace(copy.event, uid="the-users-own"))
    report = undo(story.tester.installation, "")
    assert "not the copy that OSync wrote" in report.problems[0].sentence
    assert "the-users-own" in story.tester.texts()


def test_an_undoing_that_was_cut_off_is_gone_on_with_by_the_next_undo() -> None:
    story = _applied()
    story.tester.fuse.steps = 0
    undo(story.tester.installation)
    for step in range(1, story.tester.fuse.steps + 1):
        story = _applied()
        ledger, fuse = story.tester.ledger, story.tester.fuse
        last = ledger.changes.last_run_with_changes()
        fuse.steps, fuse.at = 0, step
        with pytest.raises(Killed):
            undo(story.tester.installation)
        fuse.at = 0
        was_recorded = all(change.undone for change in ledger.changes.of_run(last))
        report = undo(story.tester.installation)
        assert report.problems == [], step
        # Undoing an undoing that was recorded brings back what it took away.
        wanted = ("changed", "new", "stays") if was_recorded else ("changes", "goes", "stays")
        assert story.tester.titles() == [f"[pat] {title}" for title in wanted], step
