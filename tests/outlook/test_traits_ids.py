"""Traits 2, 6 and 13 (facts C): times (A7), ids and places of items (A4, A11), and changes that change nothing (A3)."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from outlook.application import CALENDAR, DELETED, FakeOutlook
from outlook.facts import number_of
from outlook.refusals import ACCESS_DENIED, CHANGED, NOT_FOUND, ComError


def space_of(outlook: FakeOutlook) -> Any:
    return outlook.application().GetNamespace("MAPI")


def lunch(outlook: FakeOutlook) -> Any:
    item = space_of(outlook).GetDefaultFolder(CALENDAR).Items.Add(1)
    item.Subject = "Lunch"
    return item


def not_found(call: Any, *arguments: Any) -> None:
    with pytest.raises(ComError) as caught:
        call(*arguments)
    assert number_of(caught.value) == NOT_FOUND


# Trait 2: pywin32's dates [C].


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize("month", [1, 7])
def test_a_time_is_given_as_the_clock_on_the_wall_and_called_utc(zone: str, month: int) -> None:
    item = lunch(FakeOutlook(zone))
    item.Start = datetime(2026, month, 5, 12, tzinfo=UTC)
    assert item.Start == datetime(2026, month, 5, 12, tzinfo=UTC)
    assert item.Start.tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "month", "hours"),
    [("Europe/Berlin", 1, 1), ("Europe/Berlin", 7, 2), ("America/New_York", 7, -4), ("Asia/Tokyo", 7, 9)],
)
def test_a_naive_time_is_taken_for_local_and_shifted(zone: str, month: int, hours: int) -> None:
    item = lunch(FakeOutlook(zone))
    item.Start = datetime(2026, month, 5, 12)
    assert item.Start.replace(tzinfo=None) == datetime(2026, month, 5, 12) - timedelta(hours=hours)


def test_an_aware_time_is_converted() -> None:
    item = lunch(FakeOutlook())
    item.Start = datetime(2026, 7, 5, 12, tzinfo=timezone(timedelta(hours=5)))
    assert item.Start.hour == 7


def test_times_keep_milliseconds_and_no_more_and_texts_are_none() -> None:
    item = lunch(FakeOutlook())
    item.Start = datetime(2026, 7, 5, 12, 0, 0, 123456, tzinfo=UTC)
    assert item.Start.microsecond == 123000
    with pytest.raises(TypeError):
        item.Start = "2026-07-05 12:00"


def test_zones_are_found_by_number_and_by_the_names_of_windows_only() -> None:
    zones = FakeOutlook("America/New_York").application().TimeZones
    assert zones.CurrentTimeZone.ID == "Eastern Standard Time"
    assert zones.Item("W. Europe Standard Time").ID == "W. Europe Standard Time"
    names = {zones.Item(number).ID for number in range(1, zones.Count + 1)}
    assert {"UTC", "Eastern Standard Time", "Tokyo Standard Time"} <= names
    assert len(names) == zones.Count
    for wrong in (0, zones.Count + 1, "Europe/Berlin", "", "Customized Time Zone"):
        not_found(zones.Item, wrong)


# Trait 6: ids [D].


def test_an_item_has_no_id_until_it_is_saved() -> None:
    outlook = FakeOutlook()
    item = lunch(outlook)
    assert (item.EntryID, item.Saved, item.GlobalAppointmentID) == ("", False, "")
    item.Save()
    assert item.EntryID
    assert item.GlobalAppointmentID
    assert space_of(outlook).GetItemFromID(item.EntryID).Subject == "Lunch"


def test_a_deleted_item_lies_among_the_deleted_ones_with_the_same_id() -> None:
    outlook = FakeOutlook()
    item = lunch(outlook)
    item.Save()
    entry_id = item.EntryID
    item.Delete()
    found = space_of(outlook).GetItemFromID(entry_id)
    assert found.Parent.EntryID == space_of(outlook).GetDefaultFolder(DELETED).EntryID
    assert space_of(outlook).GetDefaultFolder(CALENDAR).Items.Count == 0
    found.Delete()
    not_found(space_of(outlook).GetItemFromID, entry_id)


def test_what_lies_below_the_deleted_items_is_deleted_for_good() -> None:
    outlook = FakeOutlook()
    folder = space_of(outlook).GetDefaultFolder(CALENDAR).Folders.Add("Club", CALENDAR)
    item = folder.Items.Add(1)
    item.Save()
    folder.Delete()
    space_of(outlook).GetItemFromID(item.EntryID).Delete()
    not_found(space_of(outlook).GetItemFromID, item.EntryID)


def test_where_every_move_changes_ids_a_deletion_does_so_too() -> None:
    """Our facts leave it open for Exchange (probe D5), so the backend has to bear both."""
    outlook = FakeOutlook()
    outlook.moves_change_ids = True
    item = lunch(outlook)
    item.Save()
    item.Delete()
    not_found(space_of(outlook).GetItemFromID, item.EntryID)
    assert space_of(outlook).GetDefaultFolder(DELETED).Items.Item(1).Subject == "Lunch"


@pytest.mark.parametrize("times", [1, 2], ids=["among the deleted ones", "for good"])
def test_an_object_of_what_was_deleted_meanwhile_can_do_nothing(times: int) -> None:
    """What is among the deleted ones must not be deleted for good by an object that was opened before [K]."""
    outlook = FakeOutlook()
    item = lunch(outlook)
    item.Save()
    other = space_of(outlook).GetItemFromID(item.EntryID)
    for _ in range(times):
        space_of(outlook).GetItemFromID(item.EntryID).Delete()
    left = space_of(outlook).GetDefaultFolder(DELETED).Items.Count
    other.Subject = "Dinner"
    not_found(other.Save)
    not_found(other.Delete)
    not_found(other.Move, space_of(outlook).GetDefaultFolder(CALENDAR))
    assert space_of(outlook).GetDefaultFolder(DELETED).Items.Count == left == 2 - times


def test_what_was_never_saved_cannot_be_moved() -> None:
    outlook = FakeOutlook()
    not_found(lunch(outlook).Move, space_of(outlook).GetDefaultFolder(DELETED))
    assert space_of(outlook).GetDefaultFolder(DELETED).Items.Count == 0


def test_a_folder_that_may_not_be_written_takes_and_loses_nothing() -> None:
    outlook = FakeOutlook()
    here = space_of(outlook).GetDefaultFolder(CALENDAR)
    barred = here.Folders.Add("Barred", CALENDAR)
    item = lunch(outlook)
    item.Save()
    outlook.folder().folders[0].read_only = True
    with pytest.raises(ComError) as caught:
        item.Move(barred)
    assert number_of(caught.value) == ACCESS_DENIED
    assert (here.Items.Count, barred.Items.Count) == (1, 0)


@pytest.mark.parametrize("on_exchange", [False, True])
def test_a_moved_item_has_another_id_in_another_store_and_on_exchange_always(on_exchange: bool) -> None:
    outlook = FakeOutlook()
    outlook.moves_change_ids = on_exchange
    outlook.open_account("pat@work.example")
    here = space_of(outlook).GetDefaultFolder(CALENDAR)
    there = space_of(outlook).Stores.Item(2).GetDefaultFolder(CALENDAR)
    aside = here.Folders.Add("Aside", CALENDAR)
    item = lunch(outlook)
    item.Save()
    first = item.EntryID
    inside = item.Move(aside)
    assert (inside.EntryID != first) is on_exchange
    second = inside.EntryID
    moved = inside.Move(there)
    assert moved.EntryID != second
    assert moved.Parent.StoreID == there.StoreID
    not_found(space_of(outlook).GetItemFromID, second)
    not_found(inside.Save)
    assert [folder.Items.Count for folder in (here, aside, there)] == [0, 0, 1]


def test_a_copy_has_an_id_of_its_own_and_the_fields_of_the_original() -> None:
    item = lunch(FakeOutlook())
    item.UserProperties.Add("OSyncId", 1, False).Value = "x"
    item.Save()
    copy = item.Copy()
    assert copy.EntryID != item.EntryID
    assert copy.UserProperties.Find("OSyncId").Value == "x"


def test_capitals_of_an_id_do_not_count() -> None:
    outlook = FakeOutlook()
    item = lunch(outlook)
    item.Save()
    space, folder = space_of(outlook), space_of(outlook).GetDefaultFolder(CALENDAR)
    assert space.GetItemFromID(item.EntryID.lower()).Subject == "Lunch"
    assert space.GetFolderFromID(folder.EntryID.lower(), folder.StoreID.lower()).Name == folder.Name
    assert space.CompareEntryIDs(item.EntryID, item.EntryID.lower())
    not_found(space.GetFolderFromID, folder.EntryID, "ANOTHER")


def test_without_the_id_of_a_store_only_the_default_one_is_looked_through() -> None:
    outlook = FakeOutlook()
    outlook.open_account("pat@work.example")
    space = space_of(outlook)
    there = space.Stores.Item(2).GetDefaultFolder(CALENDAR)
    item = there.Items.Add(1)
    item.Save()
    assert space.GetItemFromID(item.EntryID, there.StoreID).Parent.EntryID == there.EntryID
    assert space.GetFolderFromID(there.EntryID, there.StoreID).StoreID == there.StoreID
    not_found(space.GetItemFromID, item.EntryID)
    not_found(space.GetItemFromID, item.EntryID, space.Stores.Item(1).StoreID)
    not_found(space.GetFolderFromID, there.EntryID)
    not_found(space.GetItemFromID, "")


def test_a_folder_that_a_store_does_not_have_is_nothing_or_an_error() -> None:
    """The documentation has nothing for a store and an error for the profile; other programs met an error for both [C]."""
    outlook = FakeOutlook()
    space = space_of(outlook)
    not_found(space.GetDefaultFolder, 23)
    assert space.Stores.Item(1).GetDefaultFolder(23) is None
    outlook.missing_folders_raise = True
    not_found(space.Stores.Item(1).GetDefaultFolder, 23)


@pytest.mark.parametrize("kind", [2, 3, 99])
def test_kinds_of_items_that_the_fake_has_not_are_refused(kind: int) -> None:
    with pytest.raises(ComError):
        FakeOutlook().application().CreateItem(kind)


# Trait 13: the time of the last change is a hint [C].


def test_the_time_of_the_last_change_moves_without_a_change() -> None:
    outlook = FakeOutlook("Asia/Tokyo")
    item = lunch(outlook)
    item.Save()
    before = item.LastModificationTime
    kept = outlook.folder().records[item.EntryID].contents()
    outlook.now += timedelta(minutes=5)
    outlook.touch(outlook.folder().records[item.EntryID])
    again = space_of(outlook).GetItemFromID(item.EntryID)
    assert timedelta(minutes=5) <= again.LastModificationTime - before < timedelta(minutes=6)
    assert again.LastModificationTime == (outlook.now + timedelta(hours=9)).replace(microsecond=0, tzinfo=UTC)
    assert outlook.folder().records[item.EntryID].contents() == kept


def test_such_a_change_is_told_and_counts_against_who_has_the_item_open() -> None:
    outlook = FakeOutlook()
    item = lunch(outlook)
    item.Save()
    heard: list[object] = []
    outlook.pump()
    outlook.listen(space_of(outlook).GetDefaultFolder(CALENDAR).Items, {"ItemChange": heard.append})
    outlook.touch(outlook.folder().records[item.EntryID])
    assert heard == []
    outlook.pump()
    assert len(heard) == 1
    item.Subject = "Dinner"
    with pytest.raises(ComError) as caught:
        item.Save()
    assert number_of(caught.value) == CHANGED
