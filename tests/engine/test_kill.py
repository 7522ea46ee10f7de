"""OSync is ended at every commit and every call to a calendar or mailbox; the next run finishes the work."""

import contextlib
from collections.abc import Callable

import pytest
from engine.world import Killed, Person, Story, lunch

from osync.engine.local_will import detach, restore
from osync.engine.sharing import stop
from osync.engine.subscribing import leave
from osync.errors import EventChangedError, NotFoundError

Act = Callable[[Story], object]


def _prepared() -> Story:
    """Give a story in which tester has three events of pat, and pat has changed one of each kind since."""
    story = Story()
    for name in ("stays", "changes", "goes"):
        story.pat.put(*lunch(name), uid=name)
    story.joined()
    story.pat.put(*lunch("changed", 15), uid="changes")
    story.pat.put(*lunch("new", 16), uid="new")
    story.pat.remove("goes")
    return story


def _invited() -> Story:
    story = Story()
    story.pat.put(*lunch("stays"), uid="stays")
    story.pat.share()
    story.pat.sync()
    return story


def _received() -> Story:
    story = _prepared()
    story.pat.sync()
    return story


_ACTS: dict[str, tuple[Callable[[], Story], str, Act]] = {
    "the owner sends changes": (_prepared, "pat", lambda story: story.pat.sync()),
    "the subscriber applies changes": (_received, "tester", lambda story: story.tester.sync()),
    "the owner invites": (_invited, "pat", lambda story: story.pat.invite(story.tester)),
    "the owner stops": (_prepared, "pat", lambda story: stop(story.pat.installation, "club")),
    "the subscriber leaves": (
        _prepared,
        "tester",
        lambda story: leave(story.tester.installation, "club", remove=True),
    ),
}


def _person(story: Story, name: str) -> Person:
    return story.pat if name == "pat" else story.tester


def _steps(prepare: Callable[[], Story], who: str, act: Act) -> int:
    story = prepare()
    fuse = _person(story, who).fuse
    fuse.steps = 0
    act(story)
    return fuse.steps


def _moved() -> Story:
    """Give a story in which the settings of tester name another calendar, and one of pat that has less."""
    story = _prepared()
    story.settle()
    story.tester.move()
    old = story.pat.move()
    for stored in old.read([ref.handle for ref in old.refs()]):
        if stored.event and stored.event.uid != "new":
            story.pat.events.create(stored.event)
    return story


def _changed_here() -> Story:
    """Give a story in which tester edited one copy and deleted another."""
    story = _prepared()
    story.settle()
    story.tester.edit("[pat] changed", "SUMMARY:Mine")
    story.tester.remove_titled("[pat] new")
    return story


_REPEATED: dict[str, tuple[Callable[[], Story], str, Act]] = {
    "the owner syncs after a move": (_moved, "pat", lambda story: story.pat.sync()),
    "the subscriber syncs after a move": (_moved, "tester", lambda story: story.tester.sync()),
    "the subscriber restores": (
        _changed_here,
        "tester",
        lambda story: restore(story.tester.installation, everything=True),
    ),
    "the subscriber detaches": (
        _changed_here,
        "tester",
        lambda story: detach(story.tester.installation, "[pat] stays"),
    ),
}


def _finish(story: Story) -> None:
    story.pat.fuse.at = story.tester.fuse.at = 0
    story.settle()
    story.settle()


def _outcome(story: Story) -> tuple[list[str], list[str]]:
    return story.pat.titles(), story.tester.titles()


@pytest.mark.parametrize("name", ["the owner sends changes", "the subscriber applies changes"])
def test_whatever_the_step_the_next_run_finishes_the_work(name: str) -> None:
    prepare, who, act = _ACTS[name]
    total = _steps(prepare, who, act)
    assert total > 10
    for step in range(1, total + 1):
        story = prepare()
        fuse = _person(story, who).fuse
        fuse.steps, fuse.at = 0, step
        with pytest.raises(Killed):
            act(story)
        _finish(story)
        assert _outcome(story) == (["changed", "new", "stays"], ["[pat] changed", "[pat] new", "[pat] stays"]), step
        assert len(story.tester.texts()) == 3, step


@pytest.mark.parametrize("name", _REPEATED)
def test_what_was_cut_off_can_be_done_again(name: str) -> None:
    prepare, who, act = _REPEATED[name]
    whole = act_to_the_end(prepare, act)
    for step in range(1, _steps(prepare, who, act) + 1):
        story = prepare()
        fuse = _person(story, who).fuse
        fuse.steps, fuse.at = 0, step
        with pytest.raises(Killed):
            act(story)
        fuse.at = 0
        with contextlib.suppress(NotFoundError, EventChangedError):
            act(story)
        _finish(story)
        assert _outcome(story) == whole, step


def test_an_invitation_that_was_cut_off_can_be_sent_again() -> None:
    prepare, who, act = _ACTS["the owner invites"]
    for step in range(1, _steps(prepare, who, act) + 1):
        story = prepare()
        story.pat.fuse.steps, story.pat.fuse.at = 0, step
        with pytest.raises(Killed):
            act(story)
        story.pat.fuse.at = 0
        story.pat.sync()
        story.tester.sync()
        if not story.tester.ledger.subscriptions.invitations():
            story.pat.invite(story.tester)
            story.tester.sync()
        story.tester.accept(sender="pat")
        _finish(story)
        assert story.tester.titles() == ["[pat] stays"], step


@pytest.mark.parametrize("name", ["the owner stops", "the subscriber leaves"])
def test_stopping_and_leaving_end_in_one_of_two_whole_states(name: str) -> None:
    prepare, who, act = _ACTS[name]
    whole = act_to_the_end(prepare, act)
    for step in range(1, _steps(prepare, who, act) + 1):
        story = prepare()
        fuse = _person(story, who).fuse
        fuse.steps, fuse.at = 0, step
        with pytest.raises(Killed):
            act(story)
        _finish(story)
        undone = (["changed", "new", "stays"], ["[pat] changed", "[pat] new", "[pat] stays"])
        assert _outcome(story) in (whole, undone), step
        act(story)
        _finish(story)
        assert _outcome(story)[1] in (whole[1], undone[1]), step


def act_to_the_end(prepare: Callable[[], Story], act: Act) -> tuple[list[str], list[str]]:
    """Give the outcome of an act that nothing interrupts."""
    story = prepare()
    act(story)
    _finish(story)
    return _outcome(story)


def test_no_revision_is_lost_or_used_twice() -> None:
    prepare, who, act = _ACTS["the owner sends changes"]
    for step in range(1, _steps(prepare, who, act) + 1):
        story = prepare()
        fuse = _person(story, who).fuse
        fuse.steps, fuse.at = 0, step
        with pytest.raises(Killed):
            act(story)
        _finish(story)
        (share,) = story.pat.ledger.shares.all()
        rows = story.pat.ledger._database.rows("SELECT revision FROM published")
        revisions = [revision for (revision,) in rows]
        assert len(set(revisions)) == len(revisions), step
        assert max(revisions) <= share.head == share.sent, step
