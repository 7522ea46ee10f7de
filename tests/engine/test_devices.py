"""A second device of a subscriber: let in by the first one, without doubles and without a question to the owner (protocol 3)."""

import os

import pytest
from engine.second import SharedStory
from engine.world import Killed, Person, lunch

from osync.engine.devices import allow_device, device_code, join
from osync.engine.overview import status
from osync.engine.people import verify
from osync.engine.sharing import stop
from osync.engine.subscribing import leave
from osync.errors import ConfigurationError
from osync.message.device import DeviceAnswer, DeviceCode, read_device_answer, read_device_code, write_device_code
from osync.message.identity import new_identity, safety_code
from osync.model import Subscriber, SubscriberState, SubscriptionState, Trust


def _story(*titles: str) -> SharedStory:
    story = SharedStory()
    for number, title in enumerate(titles or ("Lunch",)):
        story.pat.put(*lunch(title), uid=f"event-{number}")
    story.joined()
    return story


def _answer(story: SharedStory, phone: Person) -> DeviceAnswer:
    line = device_code(phone.installation, "phone")
    return read_device_answer(allow_device(story.tester.installation, line).text, phone.identity)


def _joined(story: SharedStory, *, same_calendar: bool = True) -> Person:
    phone = story.second(story.tester, same_calendar=same_calendar)
    join(phone.installation, _answer(story, phone), lambda subscription: "default")
    _settle(story, phone)
    return phone


def _settle(story: SharedStory, phone: Person) -> None:
    for _ in range(2):
        for person in (story.pat, story.tester, phone):
            person.sync()


def _subscribers(story: SharedStory) -> list[Subscriber]:
    return story.pat.ledger.shares.subscribers(story.pat.ledger.shares.all()[0].share_id)


def test_a_second_device_follows_without_a_question_to_the_owner() -> None:
    story = _story("Lunch", "Tea")
    phone = _joined(story, same_calendar=False)
    assert phone.titles() == ["[pat] Lunch", "[pat] Tea"]
    assert set(phone.texts()) == set(story.tester.texts()), "the same UIDs on every device"
    assert {(each.address, each.device, each.state) for each in _subscribers(story)} == {
        ("tester@example.org", "", SubscriberState.ACTIVE),
        ("tester@example.org", "phone", SubscriberState.ACTIVE),
    }
    assert status(phone.installation).subscriptions[0].sentence == "up to date"


def test_two_devices_with_one_calendar_make_no_doubles() -> None:
    story = _story("Lunch", "Tea")
    phone = _joined(story)
    assert story.tester.titles() == ["[pat] Lunch", "[pat] Tea"]
    for number in range(6):
        story.pat.put(*lunch(f"Lunch {number}", 9 + number), uid="event-0")
        story.pat.put(*lunch(f"Extra {number}", 18), uid=f"extra-{number}")
        order = (story.tester, phone) if number % 2 else (phone, story.tester)
        for person in (story.pat, *order, *order):
            person.sync()
    expected = ["[pat] Lunch 5", "[pat] Tea", *(f"[pat] Extra {number}" for number in range(6))]
    assert story.tester.titles() == sorted(expected)
    story.pat.remove("extra-3")
    story.pat.remove("event-1")
    _settle(story, phone)
    assert story.tester.titles() == sorted(set(expected) - {"[pat] Extra 3", "[pat] Tea"})
    assert len(story.tester.texts()) == 6


def test_one_mail_goes_to_both_devices() -> None:
    story = _story()
    phone = _joined(story, same_calendar=False)
    sent = len(story.pat.mailbox.sent)
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.pat.sync()
    assert len(story.pat.mailbox.sent) == sent + 1
    _settle(story, phone)
    assert story.tester.titles() == phone.titles() == ["[pat] Dinner", "[pat] Lunch"]


def test_the_name_comes_from_the_first_device_and_codes_are_compared_anew() -> None:
    story = _story()
    verify(story.tester.installation, "pat", safety_code(story.pat.identity.public))
    phone = _joined(story, same_calendar=False)
    (subscription,) = phone.ledger.subscriptions.all()
    (first,) = story.tester.ledger.subscriptions.all()
    assert (subscription.trust, subscription.sender) == (Trust.TOFU, first.sender)
    assert subscription.creator_key == first.creator_key


def test_joining_a_second_time_changes_nothing() -> None:
    story = _story()
    phone = story.second(story.tester)
    answer = _answer(story, phone)
    join(phone.installation, answer, lambda subscription: "default")
    before = list(phone.ledger._database._connection.iterdump())
    joined = join(phone.installation, answer, lambda subscription: "default")
    assert (joined.shares, joined.known) == ((), ("club",))
    assert list(phone.ledger._database._connection.iterdump()) == before


def test_a_lost_acceptance_of_a_device_is_repeated_with_its_voucher() -> None:
    story = _story()
    phone = story.second(story.tester, same_calendar=False)
    join(phone.installation, _answer(story, phone), lambda subscription: "default")
    story.office.waiting["pat@example.org"].clear()
    story.clock.forward(days=1, hours=1)
    phone.sync()
    _settle(story, phone)
    assert phone.titles() == ["[pat] Lunch"]


def test_a_device_that_leaves_leaves_the_other_in_peace() -> None:
    story = _story()
    phone = _joined(story, same_calendar=False)
    leave(phone.installation, "club", remove=True)
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    _settle(story, phone)
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch"]
    assert phone.titles() == []


def test_the_owner_stops_all_devices_of_a_person_at_once() -> None:
    story = _story()
    phone = _joined(story, same_calendar=False)
    stop(story.pat.installation, "club", story.tester.address)
    _settle(story, phone)
    assert {each.state for each in _subscribers(story)} == {SubscriberState.REVOKED}
    for person in (story.tester, phone):
        assert person.ledger.subscriptions.all()[0].state is SubscriptionState.ENDED


def test_the_voucher_of_somebody_who_was_stopped_lets_nobody_in() -> None:
    story = _story()
    phone = story.second(story.tester)
    answer = _answer(story, phone)
    stop(story.pat.installation, "club", story.tester.address)
    join(phone.installation, answer, lambda subscription: "default")
    story.pat.sync()
    assert [each.state for each in _subscribers(story)] == [SubscriberState.REVOKED]


def test_an_answer_is_for_one_device_alone() -> None:
    story = _story()
    phone = story.second(story.tester)
    text = allow_device(story.tester.installation, device_code(phone.installation, "phone")).text
    with pytest.raises(ConfigurationError, match="another device"):
        read_device_answer(text, new_identity(os.urandom))
    with pytest.raises(ConfigurationError, match="damaged"):
        read_device_answer(text[: len(text) // 2], phone.identity)


def test_a_code_survives_how_people_copy_it_and_typing_errors_are_found() -> None:
    line = write_device_code(DeviceCode(new_identity(os.urandom).public, "büro: pc"))
    assert line.isascii()
    for written in (line, f"  {line[:40]}\r\n  {line[40:]} ", f'"{line}"', line.upper().replace("%C3%BC", "%c3%bc")):
        assert read_device_code(written).public == read_device_code(line).public
    assert read_device_code(line).name == "büro: pc"
    wrong = line[:30] + ("a" if line[30] != "a" else "b") + line[31:]
    for text in (wrong, line[:60], "osync:1:abc", ""):
        with pytest.raises(ConfigurationError):
            read_device_code(text)
    with pytest.raises(ConfigurationError, match="newer"):
        read_device_code(line.replace(":1:", ":2:"))


def test_the_own_code_and_a_device_without_shares_are_refused() -> None:
    story = _story()
    with pytest.raises(ConfigurationError, match="this device"):
        allow_device(story.tester.installation, device_code(story.tester.installation, ""))
    with pytest.raises(ConfigurationError, match="follows no share"):
        allow_device(story.pat.installation, device_code(story.tester.installation, ""))


def test_joining_that_is_cut_off_anywhere_is_all_or_nothing() -> None:
    step, done = 0, False
    while not done:
        step += 1
        story = _story()
        phone = story.second(story.tester, same_calendar=False)
        answer = _answer(story, phone)
        phone.fuse.steps, phone.fuse.at = 0, step
        try:
            join(phone.installation, answer, lambda subscription: "default")
            done = True
        except Killed:
            phone.fuse.at = 0
            join(phone.installation, answer, lambda subscription: "default")
        phone.fuse.at = 0
        _settle(story, phone)
        assert phone.titles() == ["[pat] Lunch"], step
    assert step > 2
