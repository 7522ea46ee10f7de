"""Traits 1, 9, 10, 11, 12 and 14 (facts C): errors (A1), user-defined fields (A4), events (A11), mails (A12), the guard (A13), damage (A5).

[D] is Microsoft's documentation, [C] what programs that drive Outlook do about it, [K] not confirmed (docs/decisions/0060).
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from outlook.application import CALENDAR, INBOX, OUTBOX, SENT, FakeOutlook
from outlook.columns import TAG
from outlook.facts import number_of
from outlook.mail import MEETINGS, AttachedFile, Outgoing
from outlook.refusals import (
    ABORTED,
    BUSY,
    DISPATCHED,
    FAILED,
    GONE,
    NOT_FOUND,
    WRONG_THREAD,
    ComError,
    signed,
)

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def space_of(outlook: FakeOutlook) -> Any:
    return outlook.application().GetNamespace("MAPI")


def lunch(outlook: FakeOutlook) -> Any:
    item = space_of(outlook).GetDefaultFolder(CALENDAR).Items.Add(1)
    item.Subject = "Lunch"
    item.Save()
    return item


def refusal(call: Any, *arguments: Any) -> ComError:
    with pytest.raises(ComError) as caught:
        call(*arguments)
    return caught.value


# Trait 1: errors [C: pywin32].


def test_an_error_of_outlook_has_its_number_in_the_details() -> None:
    error = refusal(space_of(FakeOutlook()).GetItemFromID, "00")
    number, text, details, argument = error.args
    assert (number, argument) == (signed(DISPATCHED), None)
    assert isinstance(text, str)
    assert len(details) == 6
    assert details[5] == signed(NOT_FOUND) < 0


def test_outlook_may_be_busy_some_times_and_then_answers() -> None:
    outlook = FakeOutlook()
    space = space_of(outlook)
    outlook.be_busy(2)
    for _ in range(2):
        error = refusal(lambda: space.GetDefaultFolder(CALENDAR))
        assert error.args[0] == signed(BUSY)
        assert error.args[2] is None
    assert space.GetDefaultFolder(CALENDAR).Name == "Kalender"


def test_when_outlook_ends_every_object_is_dead_and_stays_so() -> None:
    outlook = FakeOutlook()
    item = lunch(outlook)
    outlook.close()
    again = space_of(outlook)
    for _ in range(2):
        assert refusal(lambda: item.Subject).args[0] == signed(GONE)
    assert again.GetDefaultFolder(CALENDAR).Items.Count == 1


def test_an_object_belongs_to_the_thread_that_it_came_to() -> None:
    item, caught = lunch(FakeOutlook()), list[ComError]()

    def elsewhere() -> None:
        caught.append(refusal(lambda: item.Subject))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert [each.args[0] for each in caught] == [signed(WRONG_THREAD)]


# Trait 9: user-defined fields [D], times without seconds [C: OGCS].


@pytest.mark.parametrize("name", ["", "x" * 65, "a[b", "a]b", "a_b", "a#b"])
def test_some_names_of_fields_are_refused(name: str) -> None:
    assert number_of(refusal(lunch(FakeOutlook()).UserProperties.Add, name, 1, False)) == FAILED


def test_a_field_that_an_item_has_not_is_none_and_a_mapi_property_raises() -> None:
    item = lunch(FakeOutlook())
    assert item.UserProperties.Find("OSyncId") is None
    assert number_of(refusal(item.PropertyAccessor.GetProperty, TAG + "0x0037001F")) == NOT_FOUND


def test_a_field_of_a_time_loses_its_seconds_and_takes_no_text() -> None:
    outlook = FakeOutlook()
    item = lunch(outlook)
    field = item.UserProperties.Add("When", 5, False)
    assert field.Value.year == 4501
    field.Value = NOON.replace(minute=34, second=56)
    item.Save()
    found = space_of(outlook).GetItemFromID(item.EntryID).UserProperties.Find("When")
    assert (found.Value, found.Type) == (NOON.replace(minute=34), 5)
    assert number_of(refusal(setattr, found, "Value", "now")) == FAILED
    text = item.UserProperties.Add("Text", 1, False)
    assert number_of(refusal(setattr, text, "Value", NOON)) == FAILED


def test_fields_count_when_they_are_saved_and_go_with_copies() -> None:
    outlook = FakeOutlook()
    item = lunch(outlook)
    item.UserProperties.Add("OSyncId", 1, False).Value = "x"
    assert space_of(outlook).GetItemFromID(item.EntryID).UserProperties.Count == 0
    item.Save()
    assert item.Copy().UserProperties.Find("OSyncId").Value == "x"


def test_instances_have_the_fields_of_their_series() -> None:
    outlook = FakeOutlook()
    item = lunch(outlook)
    item.Start = NOON
    item.GetRecurrencePattern()
    item.UserProperties.Add("OSyncId", 1, False).Value = "x"
    item.Save()
    entry_id = item.EntryID
    del item
    occurrence = space_of(outlook).GetItemFromID(entry_id).GetRecurrencePattern().GetOccurrence(NOON)
    assert occurrence.UserProperties.Find("OSyncId").Value == "x"


# Trait 10: events [D].


def told(outlook: FakeOutlook) -> tuple[list[str], Any]:
    """Give the list into which the names of events come, and what keeps them coming."""
    found: list[str] = []
    items = space_of(outlook).GetDefaultFolder(CALENDAR).Items
    names = {"ItemAdd": "add", "ItemChange": "change", "ItemRemove": "remove"}

    def heard(name: str) -> Callable[..., None]:
        return lambda *arguments: found.append(" ".join((name, *["with an item" for _ in arguments])))

    return found, outlook.listen(items, {event: heard(name) for event, name in names.items()})


def test_events_come_only_while_messages_are_pumped_and_a_removal_names_nothing() -> None:
    outlook = FakeOutlook()
    found, _ = told(outlook)
    item = lunch(outlook)
    item.Subject = "Dinner"
    item.Save()
    item.Delete()
    assert found == []
    outlook.pump()
    assert found == ["add with an item", "change with an item", "remove"]
    outlook.pump()
    assert len(found) == 3


@pytest.mark.parametrize(("count", "heard"), [(15, 15), (16, 0), (30, 0)])
def test_nobody_hears_of_sixteen_items_that_go_at_once(count: int, heard: int) -> None:
    outlook = FakeOutlook()
    for _ in range(count):
        lunch(outlook)
    outlook.pump()
    found, _ = told(outlook)
    outlook.delete_together(list(outlook.folder().records.values()))
    outlook.pump()
    assert found == ["remove"] * heard
    assert outlook.folder().records == {}


def test_a_new_mail_is_told_by_its_id() -> None:
    outlook = FakeOutlook()
    found: list[str] = []
    outlook.listen(outlook.application(), {"NewMailEx": found.append})
    outlook.lay_into_inbox("tester@example.org", "Hello", "", ())
    outlook.pump()
    assert [space_of(outlook).GetItemFromID(each).Subject for each in found] == ["Hello"]


# Trait 11: mails [D].


def letter(outlook: FakeOutlook, recipient: str = "tester@example.org") -> Any:
    item = outlook.application().CreateItem(0)
    item.Subject = "Hello"
    item.Recipients.Add(recipient)
    return item


def test_a_mail_that_was_sent_is_of_no_use_and_goes_by_the_outbox() -> None:
    outlook = FakeOutlook()
    outlook.outbox_waits = True
    item = letter(outlook)
    item.Send()
    for call in (lambda: item.Subject, item.Send):
        assert number_of(refusal(call)) == NOT_FOUND
    folders = [space_of(outlook).GetDefaultFolder(number).Items for number in (OUTBOX, SENT)]
    assert [each.Count for each in folders] == [1, 0]
    space_of(outlook).SendAndReceive(False)
    folders = [space_of(outlook).GetDefaultFolder(number).Items for number in (OUTBOX, SENT)]
    assert [each.Count for each in folders] == [0, 1]
    assert [mail.subject for mail in outlook.sent] == ["Hello"]


def test_a_mail_to_nobody_or_to_no_address_does_not_leave() -> None:
    outlook = FakeOutlook()
    item = letter(outlook, "Tester")
    assert item.Recipients.ResolveAll() is False
    assert number_of(refusal(item.Send)) == FAILED
    assert number_of(refusal(outlook.application().CreateItem(0).Send)) == FAILED
    assert outlook.sent == []


def arrived(outlook: FakeOutlook, *files: AttachedFile, **how: Any) -> Any:
    mail = Outgoing(
        "tester@example.org", ("pat@example.org",), (), "Hello", "", "", files, {}, NOON.replace(tzinfo=None)
    )
    return space_of(outlook).GetItemFromID(outlook.arrive(mail, **how).entry_id)


def test_a_sender_of_the_same_exchange_has_no_mail_address_at_once_and_no_header() -> None:
    item = arrived(FakeOutlook(), exchange=True)
    assert (item.SenderEmailType, "@" in item.SenderEmailAddress) == ("EX", False)
    assert item.Sender.GetExchangeUser().PrimarySmtpAddress == "tester@example.org"
    assert number_of(refusal(item.PropertyAccessor.GetProperty, TAG + "0x007D001F")) == NOT_FOUND


def test_a_sender_who_left_has_no_mail_address_at_all() -> None:
    """[C] OCS: neither way leads to one."""
    item = arrived(FakeOutlook(), exchange=True, left=True)
    assert item.Sender.GetExchangeUser() is None
    assert number_of(refusal(item.Sender.PropertyAccessor.GetProperty, TAG + "0x39FE001E")) == NOT_FOUND


def test_a_report_of_a_mail_system_is_no_mail_and_has_no_sender() -> None:
    """[D] Class 46, ReportItem."""
    item = arrived(FakeOutlook(), kind="REPORT.IPM.Note.NDR")
    assert (item.Class, item.Subject) == (46, "Hello")
    for member in ("Sender", "SenderName", "SenderEmailAddress", "Recipients", "HTMLBody", "Send"):
        assert not hasattr(item, member)


def test_a_header_is_there_if_it_came_with_the_mail() -> None:
    item = arrived(FakeOutlook(), header="X-OSync: 1")
    assert item.PropertyAccessor.GetProperty(TAG + "0x007D001F") == "X-OSync: 1"


@pytest.mark.parametrize("name", ["run.js", "RUN.VBS", "setup.exe", "script.py", "link.url"])
def test_blocked_attachments_cannot_be_seen(name: str) -> None:
    item = arrived(FakeOutlook(), AttachedFile(name, b"x"), AttachedFile("share.osync", b"x"))
    assert [item.Attachments.Item(number).FileName for number in range(1, item.Attachments.Count + 1)] == [
        "share.osync"
    ]


def test_a_file_is_attached_by_its_whole_path(tmp_path: Path) -> None:
    item = letter(FakeOutlook())
    (tmp_path / "share.osync").write_bytes(b"x")
    assert number_of(refusal(item.Attachments.Add, "share.osync", 1)) == NOT_FOUND
    item.Attachments.Add(str(tmp_path / "share.osync"), 1)
    assert item.Attachments.Count == 1


@pytest.mark.parametrize(("method", "number"), [("REQUEST", 53), ("CANCEL", 54), ("REPLY", 56)])
def test_a_part_of_the_type_text_calendar_makes_another_item_of_a_mail(method: str, number: int) -> None:
    item = arrived(FakeOutlook(), AttachedFile("meeting.ics", b"x"), method=method)
    assert item.Class == number == MEETINGS[item.MessageClass]
    assert item.Attachments.Count == 0


# Trait 12: the guard [D].


@pytest.mark.parametrize(
    "member",
    [
        "Body",
        "HTMLBody",
        "Recipients",
        "Sender",
        "SenderName",
        "SenderEmailAddress",
        "SenderEmailType",
        "PropertyAccessor",
    ],
)
def test_the_guard_keeps_the_protected_members_of_mails(member: str) -> None:
    outlook = FakeOutlook()
    item = arrived(outlook)
    outlook.guard_denies = True
    assert item.Subject == "Hello"
    assert number_of(refusal(getattr, item, member)) == ABORTED


def test_the_guard_keeps_all_that_recipients_and_entries_of_the_address_book_tell() -> None:
    outlook = FakeOutlook()
    recipients = letter(outlook).Recipients
    sender = arrived(outlook, exchange=True).Sender
    objects = (recipients, recipients.Item(1), sender, sender.GetExchangeUser())
    outlook.guard_denies = True
    for found, member in zip(objects, ("Count", "Address", "GetExchangeUser", "PrimarySmtpAddress"), strict=True):
        assert number_of(refusal(getattr, found, member)) == ABORTED


def test_the_guard_keeps_sending_columns_and_addresses_of_accounts() -> None:
    outlook = FakeOutlook()
    item, space = letter(outlook), space_of(outlook)
    table = space.GetDefaultFolder(INBOX).GetTable()
    outlook.guard_denies = True
    with pytest.raises(ComError) as caught:
        item.Send()
    assert number_of(caught.value) == ABORTED
    for call in (lambda: table.Columns.Add("Subject"), lambda: space.Accounts.Item(1).SmtpAddress):
        assert number_of(refusal(call)) == ABORTED
    assert table.GetArray(10) == ()
    assert outlook.sent == []


# Trait 14: damaged items [C].


@pytest.mark.parametrize("member", ["Start", "End", "StartUTC", "StartInStartTimeZone"])
def test_a_damaged_event_has_no_times(member: str) -> None:
    outlook = FakeOutlook()
    item = lunch(outlook)
    outlook.folder().records[item.EntryID].fields["damaged"] = True
    damaged = space_of(outlook).GetItemFromID(item.EntryID)
    assert damaged.Subject == "Lunch"
    error = refusal(getattr, damaged, member)
    assert error.args[2][2] == "You must specify a time."
