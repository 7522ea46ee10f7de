"""A calendar that lies elsewhere is noticed by every command that reads or writes it, not by osync sync alone."""

from collections.abc import Callable

import pytest
from engine.world import Person, Story, lunch

from osync.engine.report import Report
from osync.engine.review import allow, review
from osync.engine.sharing import invite


def _invite(owner: Person) -> Report:
    return invite(owner.installation, "club", ["third@example.org"])


def _invite_again(owner: Person) -> Report:
    return invite(owner.installation, "club", ["tester@example.org"])


@pytest.mark.parametrize("command", [_invite, _invite_again])
def test_no_command_tells_subscribers_that_events_elsewhere_are_gone(command: Callable[[Person], Report]) -> None:
    story = Story()
    for title in ("Choir", "Lunch"):
        story.pat.put(*lunch(title), uid=title)
    story.joined()
    story.pat.move()
    story.pat.put(*lunch("Tea"), uid="Tea")
    report = command(story.pat)
    assert "another place" in report.held[0].reason
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Choir", "[pat] Lunch"]
    (held,) = review(story.pat.installation).held
    assert len(held.events) == 2


def test_allowing_what_is_held_takes_no_copy_elsewhere_for_deleted() -> None:
    story = Story()
    titles = [f"{number:02}" for number in range(30)]
    for title in (*titles, "Tea"):
        story.pat.put(*lunch(title), uid=title)
    story.joined()
    for title in titles:
        story.pat.remove(title)
    story.pat.put(*lunch("Tea", 18), uid="Tea")
    story.pat.sync(approve=True)
    assert story.tester.sync().held
    story.tester.move()
    allow(story.tester.installation)
    assert story.tester.titles() == ["[pat] Tea"]
