"""Lost, late and doubled mails, damaged and restored ledgers: everything heals, and then it is quiet (protocol 5.5, 5.6)."""

from engine.world import Person, Story, lunch

from osync.engine.overview import status
from osync.model import ShareState, SubscriberState


def _lose(story: Story, person: Person) -> int:
    """Let every mail that waits for a person be lost; tells how many."""
    waiting = story.office.waiting[person.address]
    lost = len(waiting)
    waiting.clear()
    return lost


def _kinds(person: Person) -> list[str]:
    return [sent.kind for sent in reversed(list(person.ledger.mails.sent(1000)))]


def _days(story: Story, days: int, step: int = 1) -> None:
    for _ in range(0, days, step):
        story.clock.forward(days=step)
        story.settle()


def _same(story: Story) -> None:
    """Demand that tester sees exactly what pat shares, and that everybody knows it."""
    shared = sorted(f"[pat] {title}" for title in story.pat.titles() if not title.startswith("["))
    assert story.tester.titles() == shared
    assert status(story.tester.installation).subscriptions[0].sentence == "up to date"


def _story_with(*titles: str) -> Story:
    story = Story()
    for number, title in enumerate(titles):
        story.pat.put(*lunch(title), uid=f"event-{number}")
    return story.joined()


def _in_2028(title: str) -> tuple[str, ...]:
    return (f"SUMMARY:{title}", "DTSTART:20280110T120000Z", "DURATION:PT1H", "CATEGORIES:OSync")


def test_a_lost_update_is_asked_for_and_sent_again() -> None:
    story = _story_with("Lunch")
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.pat.sync()
    assert _lose(story, story.tester) == 1
    story.pat.put(*lunch("Breakfast", 8), uid="breakfast")
    story.settle()
    assert "[pat] Dinner" not in story.tester.titles()
    assert "waiting for 1" in status(story.tester.installation).subscriptions[0].sentence
    _days(story, 1)
    _same(story)
    assert _kinds(story.tester) == ["accept", "request"]


def test_a_late_mail_makes_the_question_needless() -> None:
    story = _story_with("Lunch")
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.pat.sync()
    (late,) = story.office.waiting["tester@example.org"]
    _lose(story, story.tester)
    story.pat.put(*lunch("Breakfast", 8), uid="breakfast")
    story.settle()
    story.office.deliver("tester@example.org", late.content or b"")
    _days(story, 3)
    _same(story)
    assert "request" not in _kinds(story.tester)


def test_a_request_or_an_answer_that_is_lost_is_repeated() -> None:
    story = _story_with("Lunch")
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.pat.sync()
    _lose(story, story.tester)
    story.pat.put(*lunch("Breakfast", 8), uid="breakfast")
    story.settle()
    story.clock.forward(hours=7)
    story.tester.sync()
    assert _lose(story, story.pat) == 1
    story.clock.forward(days=2)
    story.tester.sync()
    story.pat.sync()
    assert _lose(story, story.tester) == 1
    _days(story, 5)
    _same(story)
    assert _kinds(story.tester) == ["accept", "request", "request", "request"]


def test_a_lost_acceptance_is_repeated() -> None:
    story = Story()
    story.pat.put(*lunch(), uid="lunch")
    story.pat.share()
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    assert _lose(story, story.pat) == 1
    _days(story, 2)
    _same(story)
    assert _kinds(story.tester) == ["accept", "accept"]


def test_a_lost_first_snapshot_is_asked_for() -> None:
    story = Story()
    story.pat.put(*lunch(), uid="lunch")
    story.pat.share()
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    story.pat.sync()
    assert _lose(story, story.tester) == 1
    _days(story, 2)
    _same(story)


def test_an_owner_restored_from_a_backup_is_found_out_and_begins_anew() -> None:
    story = _story_with("Lunch")
    backup = story.pat.ledger.copy_in_memory()
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.settle()
    story.pat.ledger = backup
    story.pat.remove("dinner")
    story.pat.put(*lunch("Brunch", 10), uid="event-0")
    story.settle()
    _days(story, 4)
    _same(story)
    quiet = len(_kinds(story.pat)) + len(_kinds(story.tester))
    _days(story, 30)
    assert len(_kinds(story.pat)) + len(_kinds(story.tester)) == quiet


def test_a_subscriber_restored_from_a_backup_catches_up() -> None:
    story = _story_with("Lunch")
    backup = story.tester.ledger.copy_in_memory()
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.settle()
    story.tester.ledger = backup
    story.pat.put(*lunch("Brunch", 10), uid="event-0")
    story.settle()
    _days(story, 4)
    _same(story)
    assert len(story.tester.titles()) == 2


def test_a_damaged_ledger_is_found_by_the_digest_and_cured_by_a_snapshot() -> None:
    story = _story_with("Lunch", "Tea")
    with story.tester.ledger.transaction():
        story.tester.ledger._database.execute(
            "DELETE FROM followed WHERE event_key = (SELECT min(event_key) FROM followed)"
        )
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.settle()
    assert "does not match" in status(story.tester.installation).subscriptions[0].sentence
    _days(story, 1)
    _same(story)


def test_what_a_stranger_claims_begins_no_epoch() -> None:
    story = _story_with("Lunch")
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.pat.sync()
    _lose(story, story.tester)
    story.pat.put(*lunch("Breakfast", 8), uid="breakfast")
    story.settle()
    with story.tester.ledger.transaction():
        story.tester.ledger._database.execute("UPDATE announcement SET head = head + 70, signature = ?", "00" * 64)
    epoch = story.pat.ledger.shares.all()[0].epoch
    _days(story, 1)
    assert story.pat.ledger.shares.all()[0].epoch == epoch
    _same(story)


def test_after_a_years_absence_everything_comes_in_one_answer() -> None:
    story = _story_with("Lunch")
    story.pat.put(*_in_2028("Lunch"), uid="event-0")
    for number in range(12):
        story.pat.put(*_in_2028(f"Meeting {number}"), uid="meeting")
        story.pat.sync()
        story.clock.forward(days=30)
    _lose(story, story.tester)
    story.pat.remove("meeting")
    story.pat.put(*_in_2028("Dinner"), uid="dinner")
    story.settle()
    _days(story, 4)
    _same(story)


def test_old_tombstones_are_collected_and_then_only_a_snapshot_answers() -> None:
    story = _story_with("Lunch", "Tea")
    story.pat.put(*_in_2028("Lunch"), uid="event-0")
    story.pat.put(*_in_2028("Tea"), uid="event-1")
    story.settle()
    story.pat.remove("event-1")
    story.pat.sync()
    _lose(story, story.tester)
    story.clock.forward(days=405)
    story.pat.put(*_in_2028("Dinner"), uid="dinner")
    story.settle()
    share = story.pat.ledger.shares.all()[0]
    assert share.collected > 1
    _days(story, 2)
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch"]


def test_the_owner_sees_what_each_subscriber_confirmed() -> None:
    story = _story_with("Lunch")
    story.clock.forward(days=200)
    story.settle()
    story.settle()
    assert _kinds(story.pat)[-1] == "ping"
    assert _kinds(story.tester)[-1] == "status"
    (subscriber,) = status(story.pat.installation).shares[0].subscribers
    share = story.pat.ledger.shares.all()[0]
    assert (subscriber.confirmed_epoch, subscriber.confirmed_revision) == (share.epoch, share.head)
    assert subscriber.pings == 0


def test_a_subscriber_who_answers_no_ping_is_silent_and_still_gets_mail() -> None:
    story = _story_with("Lunch")
    for _ in range(5):
        story.clock.forward(days=200)
        story.pat.sync()
    assert _kinds(story.pat).count("ping") == 3
    (subscriber,) = story.pat.ledger.shares.subscribers(story.pat.ledger.shares.all()[0].share_id)
    assert (subscriber.state, subscriber.pings) == (SubscriberState.ACTIVE, 3)
    _days(story, 1)
    assert story.pat.ledger.shares.subscribers(subscriber.share_id)[0].pings == 0


def test_an_owner_who_still_sends_is_told_again_that_we_left() -> None:
    from osync.engine.subscribing import leave

    story = _story_with("Lunch")
    leave(story.tester.installation, "club", remove=False)
    assert _lose(story, story.pat) == 1
    for number in range(4):
        story.clock.forward(days=3)
        story.pat.put(*lunch(f"Dinner {number}", 18), uid="dinner")
        story.settle()
    assert _kinds(story.tester) == ["accept", "leave", "leave"]
    (subscriber,) = story.pat.ledger.shares.subscribers(story.pat.ledger.shares.all()[0].share_id)
    assert subscriber.state is SubscriberState.LEFT


def test_two_computers_that_fight_stop_and_ask() -> None:
    story = _story_with("Lunch")
    backup = story.pat.ledger.copy_in_memory()
    for number in range(4):
        story.pat.put(*lunch(f"Dinner {number}", 18), uid="dinner")
        story.settle()
        restored = backup.copy_in_memory()
        story.pat.ledger = restored
        story.clock.forward(hours=7)
        story.settle()
    assert story.pat.ledger.shares.all()[0].state in (ShareState.OPEN, ShareState.PASSIVE)
    assert _kinds(story.pat).count("snapshot") <= 6


def test_questions_and_answers_say_that_nobody_wrote_them() -> None:
    story = _story_with("Lunch")
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.pat.sync()
    _lose(story, story.tester)
    story.pat.put(*lunch("Breakfast", 8), uid="breakfast")
    story.settle()
    story.clock.forward(days=1)
    story.tester.sync()
    (request,) = story.office.waiting["pat@example.org"]
    story.pat.sync()
    (answer,) = story.office.waiting["tester@example.org"]
    for mail in (request, answer):
        assert b"\r\nAuto-Submitted: auto-replied\r\n" in (mail.content or b"")
    assert b"automatic message" in (request.content or b"")


def test_an_acceptance_that_nobody_answers_ends_with_a_word_and_a_new_invitation_helps() -> None:
    story = Story()
    story.pat.put(*_in_2028("Lunch"), uid="lunch")
    story.pat.share()
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    for _ in range(40):
        story.clock.forward(days=1)
        story.tester.sync()
    assert _kinds(story.tester) == ["accept"] * 4
    assert "ask for a new invitation" in status(story.tester.installation).subscriptions[0].sentence
    story.settle()
    assert story.tester.titles() == []
    story.pat.invite(story.tester)
    story.tester.sync()
    story.settle()
    assert story.tester.titles() == ["[pat] Lunch"]
