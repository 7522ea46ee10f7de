"""Traits 7 and 8 (facts C): patterns (A9) and exceptions (A10) of series.

[D] is Microsoft's documentation, [C] what programs that drive Outlook do about it, [K] not confirmed (docs/decisions/0060).
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from outlook.application import CALENDAR, FakeOutlook
from outlook.facts import number_of
from outlook.recurrence import DAILY, MONTHLY, WEEKLY, YEARLY, YEARLY_NTH
from outlook.refusals import ACCESS_DENIED, CHANGED, FAILED, MEMBER_NOT_FOUND, NOT_FOUND, ComError


def at(day: int, hour: int = 19, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def refused(call: Any, *arguments: Any) -> None:
    with pytest.raises(ComError) as caught:
        call(*arguments)
    assert number_of(caught.value) == FAILED


def choir(outlook: FakeOutlook, kind: int = WEEKLY, count: int = 0) -> Any:
    """Give an event that begins on Wednesday, 2 December 2026, at 19:00, and repeats; saved."""
    item = outlook.application().GetNamespace("MAPI").GetDefaultFolder(CALENDAR).Items.Add(1)
    item.Subject = "Choir"
    item.Start, item.End = at(2), at(2, 20)
    pattern = item.GetRecurrencePattern()
    pattern.RecurrenceType = kind
    if count:
        pattern.Occurrences = count
    item.Save()
    return item


def opened(outlook: FakeOutlook) -> Any:
    (handle,) = outlook.folder().records
    return outlook.application().GetNamespace("MAPI").GetItemFromID(handle)


# Trait 7: patterns.


def test_asking_for_a_pattern_makes_a_series() -> None:
    """[D] The side effect that a program has to know: ask `IsRecurring` first."""
    item = FakeOutlook().application().CreateItem(1)
    assert (item.IsRecurring, item.RecurrenceState) == (False, 0)
    item.GetRecurrencePattern()
    assert (item.IsRecurring, item.RecurrenceState) == (True, 1)
    item.ClearRecurrencePattern()
    assert not item.IsRecurring


def test_the_kind_comes_first_because_it_sets_back_all_that_depends_on_it() -> None:
    pattern = choir(FakeOutlook()).GetRecurrencePattern()
    pattern.Interval = 3
    pattern.DayOfWeekMask = 2
    pattern.Occurrences = 5
    pattern.RecurrenceType = MONTHLY
    assert (pattern.Interval, pattern.DayOfMonth, pattern.NoEndDate) == (1, 2, True)
    pattern.RecurrenceType = WEEKLY
    assert pattern.DayOfWeekMask == 8
    refused(setattr, pattern, "RecurrenceType", 4)


def test_an_end_that_is_set_before_the_interval_is_lost() -> None:
    """[D] "Interval before PatternEndDate": else the end is wrong."""
    pattern = choir(FakeOutlook()).GetRecurrencePattern()
    pattern.PatternEndDate = at(30)
    pattern.Interval = 2
    assert pattern.NoEndDate
    pattern.PatternEndDate = at(30)
    assert (pattern.NoEndDate, pattern.Occurrences) == (False, 3)
    refused(setattr, pattern, "PatternEndDate", at(1))
    refused(setattr, pattern, "Interval", 0)


def test_the_number_and_the_last_day_follow_from_each_other() -> None:
    pattern = choir(FakeOutlook()).GetRecurrencePattern()
    pattern.Occurrences = 4
    assert pattern.PatternEndDate == at(23, 0)
    pattern.PatternEndDate = at(17, 0)
    assert pattern.Occurrences == 3
    pattern.NoEndDate = True
    assert pattern.PatternEndDate.year == 4500
    for number in (0, 1000):
        refused(setattr, pattern, "Occurrences", number)


@pytest.mark.parametrize("kind", [YEARLY, YEARLY_NTH])
def test_the_interval_of_years_is_told_in_months(kind: int) -> None:
    """[C] The documentation says years; every program that drives Outlook found months (probe D1)."""
    outlook = FakeOutlook()
    pattern = choir(outlook, kind).GetRecurrencePattern()
    assert pattern.Interval == 12
    pattern.Interval = 24
    pattern.Occurrences = 2
    assert pattern.PatternEndDate.year == 2028
    outlook.years_count_months = False
    pattern.Interval = 2
    pattern.Occurrences = 2
    assert (pattern.Interval, pattern.PatternEndDate.year) == (2, 2028)


def test_every_workday_may_have_the_interval_zero_and_cannot_be_saved_with_another() -> None:
    """[C] OGCS#398."""
    outlook = FakeOutlook()
    outlook.workdays_have_interval_zero = True
    item = choir(outlook)
    pattern = item.GetRecurrencePattern()
    pattern.DayOfWeekMask = 62
    assert pattern.Interval == 0
    item.Save()
    pattern.Interval = 1
    with pytest.raises(ComError) as caught:
        item.Save()
    assert number_of(caught.value) == MEMBER_NOT_FOUND


def test_a_day_that_the_month_of_a_year_does_not_have_is_refused() -> None:
    """[C] Day 31 while the month is April."""
    pattern = choir(FakeOutlook(), YEARLY).GetRecurrencePattern()
    pattern.DayOfMonth = 31
    refused(setattr, pattern, "MonthOfYear", 4)


def test_a_day_that_a_month_does_not_have_is_its_last_one() -> None:
    """[D] RFC 5545 would leave it out."""
    outlook = FakeOutlook()
    item = choir(outlook, MONTHLY)
    pattern = item.GetRecurrencePattern()
    pattern.DayOfMonth = 31
    pattern.Occurrences = 3
    item.Save()
    del pattern, item
    pattern = opened(outlook).GetRecurrencePattern()
    assert pattern.GetOccurrence(at(28, month=2).replace(year=2027)).Subject == "Choir"
    assert pattern.PatternEndDate.date().isoformat() == "2027-02-28"


def test_the_times_of_a_pattern_are_those_of_its_event() -> None:
    item = choir(FakeOutlook())
    pattern = item.GetRecurrencePattern()
    assert (pattern.StartTime.hour, pattern.EndTime.hour, pattern.Duration) == (19, 20, 60)
    pattern.StartTime = at(1, 18)
    pattern.Duration = 90
    assert (item.Start, item.End) == (at(2, 18), at(2, 19).replace(minute=30))
    pattern.EndTime = at(1, 20)
    assert (pattern.Duration, item.End) == (120, at(2, 20))
    refused(setattr, pattern, "Duration", -1)
    refused(setattr, pattern, "EndTime", at(1, 17))


# Trait 8: instances and exceptions.


def test_an_instance_can_be_had_only_of_a_series_that_was_saved_and_opened_anew() -> None:
    outlook = FakeOutlook()
    item = choir(outlook)
    refused(item.GetRecurrencePattern().GetOccurrence, at(9))
    del item
    assert opened(outlook).GetRecurrencePattern().GetOccurrence(at(9)).Subject == "Choir"


def test_a_series_is_opened_as_the_single_event_that_somebody_holds() -> None:
    """[D] As stale as all else: its pattern was saved through another reference."""
    outlook = FakeOutlook()
    choir(outlook)
    held = opened(outlook)
    held.ClearRecurrencePattern()
    held.Save()
    series = opened(outlook)
    series.GetRecurrencePattern()
    series.Save()
    del series
    late = opened(outlook)
    assert not late.IsRecurring
    refused(late.GetRecurrencePattern().GetOccurrence, at(9))


def test_an_instance_is_asked_for_by_the_local_time_at_which_it_lies_now() -> None:
    outlook = FakeOutlook("America/New_York")
    choir(outlook)
    pattern = opened(outlook).GetRecurrencePattern()
    for when in (at(9, 0), at(10), at(9).replace(minute=1)):
        refused(pattern.GetOccurrence, when)
    moved = pattern.GetOccurrence(at(9))
    moved.Start = at(10, 18)
    moved.Save()
    refused(pattern.GetOccurrence, at(9))
    found = pattern.GetOccurrence(at(10, 18))
    assert (found.RecurrenceState, found.IsRecurring, found.EntryID) == (3, True, opened(outlook).EntryID)
    assert pattern.GetOccurrence(at(16)).RecurrenceState == 2


def test_exceptions_tell_the_day_of_what_was_deleted_and_the_time_of_what_was_changed() -> None:
    outlook = FakeOutlook()
    choir(outlook)
    pattern = opened(outlook).GetRecurrencePattern()
    pattern.GetOccurrence(at(9)).Delete()
    changed = pattern.GetOccurrence(at(16))
    changed.Subject = "Concert"
    changed.Save()
    del pattern, changed
    exceptions = opened(outlook).GetRecurrencePattern().Exceptions
    assert exceptions.Count == 2
    found = {each.Deleted: each for each in (exceptions.Item(1), exceptions.Item(2))}
    assert found[True].OriginalDate == at(9, 0)
    assert found[False].OriginalDate == at(16)
    assert found[False].AppointmentItem.Subject == "Concert"
    refused(lambda: found[True].AppointmentItem)


def test_a_broken_exception_says_so_when_it_is_opened() -> None:
    """[C] OCS#93, OGCS#1441."""
    outlook = FakeOutlook()
    choir(outlook)
    changed = opened(outlook).GetRecurrencePattern().GetOccurrence(at(16))
    changed.Subject = "Concert"
    changed.Save()
    del changed
    (record,) = outlook.folder().records.values()
    record.fields["recurrence"]["broken"] = list(record.fields["recurrence"]["exceptions"])
    exception = opened(outlook).GetRecurrencePattern().Exceptions.Item(1)
    with pytest.raises(ComError, match="this instance no longer exists"):
        _ = exception.AppointmentItem


@pytest.mark.parametrize("day", [2, 16, 17, 30])
def test_no_instance_may_lie_on_the_day_of_another_or_pass_it(day: int) -> None:
    outlook = FakeOutlook()
    choir(outlook)
    moved = opened(outlook).GetRecurrencePattern().GetOccurrence(at(9))
    moved.Start = at(day, 18)
    refused(moved.Save)
    moved.Start = at(15, 18)
    moved.Save()


@pytest.mark.parametrize("day", [16, 17, 24])
def test_a_deleted_neighbour_keeps_its_day(day: int) -> None:
    """[C] OGCS's message; the same of Exchange (facts A15.21, B7)."""
    outlook = FakeOutlook()
    choir(outlook)
    pattern = opened(outlook).GetRecurrencePattern()
    pattern.GetOccurrence(at(16)).Delete()
    moved = pattern.GetOccurrence(at(9))
    moved.Start = at(day, 18)
    refused(moved.Save)


def test_an_instance_of_what_is_gone_can_do_nothing_more() -> None:
    """[C] "This instance no longer exists" (OCS#93); [K] which number it has."""
    outlook = FakeOutlook()
    choir(outlook)
    held = [opened(outlook).GetRecurrencePattern().GetOccurrence(at(day)) for day in (9, 16)]
    opened(outlook).GetRecurrencePattern().GetOccurrence(at(9)).Delete()
    for call in (held[0].Save, held[0].Delete):
        refused(call)
    opened(outlook).Delete()
    for call in (held[1].Save, held[1].Delete):
        with pytest.raises(ComError) as caught:
            call()
        assert number_of(caught.value) == NOT_FOUND


def test_an_instance_of_another_pattern_than_before_cannot_be_saved() -> None:
    outlook = FakeOutlook()
    choir(outlook)
    held = opened(outlook).GetRecurrencePattern().GetOccurrence(at(9))
    series = opened(outlook)
    series.GetRecurrencePattern().RecurrenceType = MONTHLY
    series.Save()
    refused(held.Save)
    series.ClearRecurrencePattern()
    series.Save()
    refused(held.Save)


def test_an_instance_in_a_folder_that_may_not_be_written_is_refused() -> None:
    """[D] As every item of such a folder."""
    outlook = FakeOutlook()
    choir(outlook)
    instance = opened(outlook).GetRecurrencePattern().GetOccurrence(at(9))
    outlook.folder().read_only = True
    for call in (instance.Save, instance.Delete):
        with pytest.raises(ComError) as caught:
            call()
        assert number_of(caught.value) == ACCESS_DENIED


@pytest.mark.parametrize(("name", "value"), [("Categories", "Team"), ("Sensitivity", 2)])
def test_categories_and_sensitivity_belong_to_the_whole_series(name: str, value: object) -> None:
    outlook = FakeOutlook()
    choir(outlook)
    changed = opened(outlook).GetRecurrencePattern().GetOccurrence(at(9))
    changed.Subject = "Concert"
    changed.Save()
    del changed
    series = opened(outlook)
    setattr(series, name, value)
    series.Save()
    del series
    exception = opened(outlook).GetRecurrencePattern().GetOccurrence(at(9))
    assert (exception.Subject, getattr(exception, name)) == ("Concert", value)
    refused(setattr, exception, name, value)


@pytest.mark.parametrize("change", ["pattern", "time"])
def test_a_change_of_the_pattern_or_the_time_drops_all_exceptions(change: str) -> None:
    outlook = FakeOutlook()
    choir(outlook)
    opened(outlook).GetRecurrencePattern().GetOccurrence(at(9)).Delete()
    item = opened(outlook)
    if change == "pattern":
        item.GetRecurrencePattern().RecurrenceType = DAILY
    else:
        item.Start = at(2, 18)
    item.Save()
    del item
    assert opened(outlook).GetRecurrencePattern().Exceptions.Count == 0


def test_a_series_that_somebody_holds_is_shown_as_it_was() -> None:
    """[D] "Your new reference will still point to an out-of-date copy" until all are released."""
    outlook = FakeOutlook()
    choir(outlook)
    held = opened(outlook)
    before = held.LastModificationTime
    outlook.now = outlook.now.replace(hour=12)
    held.GetRecurrencePattern().GetOccurrence(at(9)).Delete()
    late = opened(outlook)
    assert late.GetRecurrencePattern().Exceptions.Count == 0
    assert late.LastModificationTime == before
    late.Subject = "Band"
    with pytest.raises(ComError) as caught:
        late.Save()
    assert number_of(caught.value) == CHANGED
    del held, late, caught
    fresh = opened(outlook)
    assert fresh.GetRecurrencePattern().Exceptions.Count == 1
    assert fresh.LastModificationTime > before


@pytest.mark.parametrize("kind", ["instance", "exception", "pattern"])
def test_who_holds_a_part_of_a_series_holds_the_series(kind: str) -> None:
    """[D] The remark stands at AppointmentItem, Exception and RecurrencePattern alike."""
    outlook = FakeOutlook()
    choir(outlook)
    changed = opened(outlook).GetRecurrencePattern().GetOccurrence(at(16))
    changed.Subject = "Concert"
    changed.Save()
    del changed
    pattern = opened(outlook).GetRecurrencePattern()
    held = {"instance": pattern.GetOccurrence(at(23)), "exception": pattern.Exceptions.Item(1), "pattern": pattern}[
        kind
    ]
    del pattern
    gone = opened(outlook).GetRecurrencePattern().GetOccurrence(at(16))
    gone.Delete()
    exception = opened(outlook).GetRecurrencePattern().Exceptions.Item(1)
    assert (exception.Deleted, exception.AppointmentItem.Subject) == (False, "Concert")
    del held, gone, exception
    assert opened(outlook).GetRecurrencePattern().Exceptions.Item(1).Deleted
