"""What is held waits for the user, whatever else happens meanwhile."""

from engine.world import Person, Story, lunch

from osync.engine.sharing import stop
from osync.engine.subscribing import leave
from osync.model import SubscriptionState


def _held() -> Story:
    """Give a story in which a mass deletion waits for tester's approval."""
    story = Story()
    for number in range(40):
        story.pat.put(*lunch(f"Lunch {number}"), uid=f"lunch-{number}")
    story.joined()
    for number in range(30):
        story.pat.remove(f"lunch-{number}")
    story.pat.sync(approve=True)
    return story


def test_leaving_one_share_does_not_approve_what_another_one_holds() -> None:
    story = _held()
    carol = Person("carol", story.office, story.clock)
    carol.share("other")
    carol.invite(story.tester, "other")
    story.tester.sync()
    story.tester.accept(sender="carol")
    report = leave(story.tester.installation, "other", remove=True)
    assert [held.share for held in report.held] == ["club of pat"]
    assert len(story.tester.titles()) == 40


def test_a_deletion_is_held_although_the_share_ended_after_it() -> None:
    story = _held()
    stop(story.pat.installation, "club")
    assert story.tester.sync().exit_code == 3
    assert story.tester.sync().exit_code == 3
    assert len(story.tester.titles()) == 40
    assert story.tester.sync(approve=True).exit_code == 0
    assert len(story.tester.titles()) == 10
    (subscription,) = story.tester.ledger.subscriptions.all()
    assert (subscription.state, subscription.held_because) == (SubscriptionState.ENDED, "")


def test_a_mass_removal_that_the_user_wants_asks_nothing() -> None:
    story = _held()
    assert leave(story.tester.installation, "club", remove=True).held == []
    story.tester.sync()
    assert story.tester.titles() == []
