"""Traits 3, 4 and 5 (facts C): lists of items, tables, and categories, as A3 and A6 describe them.

[D] is Microsoft's documentation, [C] what programs that drive Outlook do about it, [K] not confirmed (docs/decisions/0060).
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from outlook.application import CALENDAR, FakeOutlook
from outlook.columns import KEYWORDS, TAG, UTC_NAMES
from outlook.facts import number_of, sample
from outlook.filters import NOT_FOR_FIND, NOT_FOR_RESTRICT, NOT_FOR_SORT
from outlook.locales import AMERICAN, BRITISH, GERMAN, LOCALES, Locale
from outlook.refusals import FAILED, NOT_FOUND, ComError
from outlook.times import to_utc


def calendar_of(outlook: FakeOutlook) -> Any:
    return outlook.application().GetNamespace("MAPI").GetDefaultFolder(CALENDAR)


def put(folder: Any, title: str, start: datetime = datetime(2026, 12, 1, 12), categories: str = "") -> Any:
    item = folder.Items.Add(1)
    item.Subject = title
    item.Start = start.replace(tzinfo=UTC)
    if categories:
        item.Categories = categories
    item.Save()
    return item


def titles(items: Any) -> list[str]:
    return [items.Item(number).Subject for number in range(1, items.Count + 1)]


def refusal(outlook: FakeOutlook, text: str, *, find: bool = False) -> int:
    items = calendar_of(outlook).Items
    with pytest.raises(ComError) as caught:
        items.Find(text) if find else items.Restrict(text)
    return number_of(caught.value)


# Trait 3: Items [D].


def test_each_asking_for_items_gives_a_new_collection_in_another_order() -> None:
    folder = calendar_of(FakeOutlook())
    for number in range(12):
        put(folder, f"{number}")
    first, second = folder.Items, folder.Items
    assert first is not second
    assert titles(first) != titles(second)
    assert sorted(titles(first)) == sorted(titles(second))
    assert titles(first) == titles(first)


def test_items_count_from_one() -> None:
    folder = calendar_of(FakeOutlook())
    put(folder, "Lunch")
    assert folder.Items.Item(1).Subject == "Lunch"
    for index in (0, 2, -1):
        with pytest.raises(ComError):
            folder.Items.Item(index)


def test_items_are_sorted_and_walked_only_in_the_collection_that_was_kept() -> None:
    folder = calendar_of(FakeOutlook())
    for day in (3, 1, 2):
        put(folder, f"{day}", datetime(2026, 12, day, 12))
    items = folder.Items
    items.Sort("[Start]")
    assert [items.GetFirst().Subject, items.GetNext().Subject, items.GetNext().Subject] == ["1", "2", "3"]
    assert items.GetNext() is None
    items.Sort("[Start]", True)
    assert titles(items) == ["3", "2", "1"]


def test_what_comes_and_goes_shows_in_a_collection_so_deleting_upwards_skips() -> None:
    folder = calendar_of(FakeOutlook())
    for number in range(4):
        put(folder, f"{number}")
    items = folder.Items
    put(folder, "new")
    assert items.Count == 5
    item = items.GetFirst()
    while item is not None:
        item.Delete()
        item = items.GetNext()
    assert items.Count == 2
    for number in range(items.Count, 0, -1):
        items.Item(number).Delete()
    assert folder.Items.Count == 0


@pytest.mark.parametrize("name", [*sorted(NOT_FOR_SORT), "Nonsense", UTC_NAMES[0]])
def test_some_properties_cannot_be_sorted_by(name: str) -> None:
    folder = calendar_of(FakeOutlook())
    for sortable in (folder.Items, folder.GetTable()):
        with pytest.raises(ComError) as caught:
            sortable.Sort(f"[{name}]")
        assert number_of(caught.value) == FAILED


def with_a_series(outlook: FakeOutlook) -> Any:
    """A calendar with one event on Tuesday, 1 December 2026, and an endless weekly series from the day after."""
    folder = calendar_of(outlook)
    put(folder, "Once", datetime(2026, 12, 1, 12))
    series = folder.Items.Add(1)
    series.Subject = "Weekly"
    series.Start = datetime(2026, 12, 2, 12, tzinfo=UTC)
    series.GetRecurrencePattern()
    series.Save()
    return folder


def test_a_series_is_one_item_until_instances_are_asked_for() -> None:
    folder = with_a_series(FakeOutlook())
    items = folder.Items
    assert items.IncludeRecurrences is False
    assert sorted(titles(items)) == ["Once", "Weekly"]
    assert [row[0] for row in rows(folder.GetTable(), "Subject")].count("Weekly") == 1


def test_sorted_by_start_a_collection_shows_instances_without_end_or_count() -> None:
    items = with_a_series(FakeOutlook()).Items
    items.Sort("[Start]")
    items.IncludeRecurrences = True
    first = items.GetFirst()
    seen = [first, *(items.GetNext() for _ in range(200))]
    assert [each.Start.day for each in seen[:5]] == [1, 2, 9, 16, 23]
    assert (first.RecurrenceState, seen[1].RecurrenceState) == (0, 2)
    assert seen[1].EntryID == seen[200].EntryID
    assert items.Count == 0x7FFFFFFF
    assert items.Item(3).Start.day == 9


def test_a_filter_after_that_finds_instances_and_one_before_that_series() -> None:
    outlook = FakeOutlook()
    folder = with_a_series(outlook)
    text = "[Start] >= '14.12.2026 00:00' and [Start] < '28.12.2026 00:00'"
    items = folder.Items
    assert items.Restrict(text).Count == 0
    items.Sort("[Start]")
    items.IncludeRecurrences = True
    found = items.Restrict(text)
    assert [found.GetFirst().Start.day, found.GetNext().Start.day] == [16, 23]
    assert found.GetNext() is None
    assert items.Find("[Start] > '20.12.2026 00:00'").Start.day == 23
    assert items.FindNext().Start.day == 30


@pytest.mark.parametrize(("name", "descending"), [("[Subject]", False), ("[Start]", True), ("", False)])
def test_sorted_otherwise_a_collection_shows_no_instances(name: str, descending: bool) -> None:
    items = with_a_series(FakeOutlook()).Items
    if name:
        items.Sort(name, descending)
    items.IncludeRecurrences = True
    assert items.Count == 2
    assert sorted(titles(items)) == ["Once", "Weekly"]


@pytest.mark.parametrize("locale", LOCALES, ids=lambda each: each.name)
def test_dates_of_jet_filters_are_local_and_written_as_windows_writes_them(locale: Locale) -> None:
    outlook = FakeOutlook(locale=locale)
    folder = calendar_of(outlook)
    put(folder, "Morning", datetime(2026, 12, 3, 9, 30))
    put(folder, "Evening", datetime(2026, 12, 3, 19, 30))
    border = locale.short(datetime(2026, 12, 3, 13, 5))
    assert titles(folder.Items.Restrict(f"[Start] >= '{border}'")) == ["Evening"]
    assert titles(folder.Items.Restrict(f"[Start] < '{border}' and [Subject] = 'MORNING'")) == ["Morning"]
    assert folder.Items.Find(f"[Start] < '{border}'").Subject == "Morning"


@pytest.mark.parametrize("locale", LOCALES, ids=lambda each: each.name)
def test_seconds_in_a_date_are_refused(locale: Locale) -> None:
    written = locale.short(datetime(2026, 12, 3, 13, 5)).replace(":05", ":05:00")
    assert refusal(FakeOutlook(locale=locale), f"[Start] >= '{written}'") == FAILED


def test_a_date_of_another_country_is_refused_or_silently_another_day() -> None:
    assert refusal(FakeOutlook(locale=AMERICAN), "[Start] >= '31/12/2026 1:05 PM'") == FAILED
    assert refusal(FakeOutlook(locale=GERMAN), "[Start] >= '12/03/2026 1:05 PM'") == FAILED
    outlook = FakeOutlook(locale=BRITISH)
    folder = calendar_of(outlook)
    put(folder, "In March", datetime(2026, 3, 12, 14))
    put(folder, "In December", datetime(2026, 12, 3, 14))
    meant = AMERICAN.short(datetime(2026, 12, 3, 9)).replace(" AM", "")
    assert titles(folder.Items.Restrict(f"[Start] < '{meant}'")) == []
    meant = AMERICAN.short(datetime(2026, 12, 4, 9)).replace(" AM", "")
    assert titles(folder.Items.Restrict(f"[Start] < '{meant}'")) == ["In March"]


@pytest.mark.parametrize("name", sorted(NOT_FOR_RESTRICT))
def test_some_properties_cannot_be_asked_for(name: str) -> None:
    assert refusal(FakeOutlook(), f"[{name}] = 'x'") == FAILED
    assert refusal(FakeOutlook(), f"[{name}] = 'x'", find=True) == FAILED


def test_the_properties_that_cannot_be_asked_for_are_those_of_the_documentation() -> None:
    limits = sample("items_filter_limits.json")
    # Of Categories the documentation says both; the fake lets it pass, as a match of words.
    assert NOT_FOR_RESTRICT | {"Categories"} == set(limits["Restrict_error_properties"])
    assert NOT_FOR_FIND | {"Categories"} == set(limits["Find_error_properties"])


@pytest.mark.parametrize(
    "text",
    [
        "Start >= '1.1.2026 10:00'", "[Start] > ", "[Nonsense] = 'x'", "nonsense", "[Subject] = 'x' or", "[Subject] = x",
        "([Subject] = 'x'", "[Subject] = 'it's'", "not", '"Subject" = \'x\'', "@SQL=[Subject] = 'x'", "[OSyncId] = 'x'",
        "@SQL=\"Subject\" = 'x'", "[urn:schemas:httpmail:subject] = 'x'",
        "@SQL=\"https://schemas.microsoft.com/mapi/proptag/0x0037001F\" = 'x'",
    ],
)  # fmt: skip
def test_what_is_no_filter_is_refused(text: str) -> None:
    assert refusal(FakeOutlook(), text) == FAILED


def test_a_jet_filter_for_categories_matches_words_and_not_whole_names() -> None:
    folder = calendar_of(FakeOutlook())
    put(folder, "One", categories="Partner")
    put(folder, "Two", categories="Tier1 Partner")
    put(folder, "Three", categories="Partnership")
    assert sorted(titles(folder.Items.Restrict("[Categories] = 'partner'"))) == ["One", "Two"]


def test_dasl_compares_utc_and_whole_categories() -> None:
    outlook = FakeOutlook("Asia/Tokyo", locale=GERMAN)
    folder = calendar_of(outlook)
    put(folder, "Lunch", datetime(2026, 12, 3, 12), "Team; Home")
    put(folder, "Tea", datetime(2026, 12, 3, 16), "Team spirit")
    border = to_utc(datetime(2026, 12, 3, 13), outlook.system)
    assert titles(folder.Items.Restrict(f"@SQL=\"{UTC_NAMES[0]}\" < '{GERMAN.short(border)}'")) == ["Lunch"]
    assert titles(folder.Items.Restrict(f"@SQL=\"{KEYWORDS}\" = 'team'")) == ["Lunch"]
    assert titles(folder.Items.Restrict("@SQL=\"urn:schemas:httpmail:subject\" like 'te%'")) == ["Tea"]
    assert refusal(outlook, f"@SQL=\"{KEYWORDS.replace('urn', 'URN')}\" = 'team'") == FAILED


def test_conditions_are_joined_by_and_or_not_and_parentheses() -> None:
    folder = calendar_of(FakeOutlook())
    put(folder, "Lunch", categories="Team")
    put(folder, "It's tea")
    put(folder, "Dinner")

    def found(text: str) -> list[str]:
        return sorted(titles(folder.Items.Restrict(text)))

    assert found("[Subject] = 'it''s tea' or [Subject] = \"lunch\"") == ["It's tea", "Lunch"]
    assert found("not ([Subject] = 'lunch' OR [Subject] = 'dinner') and [IsRecurring] = False") == ["It's tea"]
    assert found(f'@SQL="{KEYWORDS}" is null') == ["Dinner", "It's tea"]
    assert found(f'@SQL=NOT("{KEYWORDS}" = \'team\') AND NOT("{KEYWORDS}" is null)') == []


def test_searching_for_words_needs_an_index() -> None:
    outlook = FakeOutlook()
    folder = calendar_of(outlook)
    put(folder, "Team meeting")
    subject = '@SQL="urn:schemas:httpmail:subject"'
    for how in ("ci_startswith", "ci_phrasematch"):
        assert refusal(outlook, f"{subject} {how} 'meet'") == FAILED
    outlook.instant_search = True
    assert folder.Store.IsInstantSearchEnabled
    assert folder.Items.Restrict(f"{subject} ci_startswith 'meet'").Count == 1
    assert folder.Items.Restrict(f"{subject} ci_phrasematch 'meet'").Count == 0
    assert folder.Items.Restrict(f"{subject} ci_phrasematch 'MEETING'").Count == 1


def test_a_date_without_a_time_is_midnight() -> None:
    folder = calendar_of(FakeOutlook(locale=AMERICAN))
    put(folder, "Late", datetime(2026, 12, 2, 23, 59))
    put(folder, "Midnight", datetime(2026, 12, 3))
    assert titles(folder.Items.Restrict("[Start] >= '12/3/2026'")) == ["Midnight"]


# Trait 4: Table [D].


def rows(table: Any, *columns: str) -> list[tuple[Any, ...]]:
    table.Columns.RemoveAll()
    for column in columns:
        table.Columns.Add(column)
    return list(zip(*table.GetArray(1000), strict=True))


def test_the_table_of_a_calendar_has_eight_columns_at_first() -> None:
    outlook = FakeOutlook()
    put(calendar_of(outlook), "Lunch")
    row = calendar_of(outlook).GetTable().GetNextRow()
    assert [row.Item(name) for name in ("Subject", "IsRecurring", "MessageClass")] == [
        "Lunch",
        False,
        "IPM.Appointment",
    ]
    assert len(row.GetValues()) == 8
    inbox = outlook.application().GetNamespace("MAPI").GetDefaultFolder(6)
    assert inbox.GetTable().Columns.Count == 5


def test_texts_in_a_table_are_cut_after_255_characters_and_nothing_is_null() -> None:
    folder = calendar_of(FakeOutlook())
    put(folder, "x" * 300)
    ((title, categories, received),) = rows(folder.GetTable(), "Subject", "Categories", "ReceivedTime")
    assert title == "x" * 255
    assert (categories, received) == (None, None)


def test_built_in_columns_are_local_and_those_with_a_namespace_in_utc() -> None:
    outlook = FakeOutlook("Asia/Tokyo")
    folder = calendar_of(outlook)
    put(folder, "Lunch", datetime(2026, 12, 1, 12), "Team; Home")
    table = folder.GetTable()
    ((local, utc, changed, changed_utc, words, names),) = rows(
        table, "Start", UTC_NAMES[0], "LastModificationTime", TAG + "0x30080040", "Categories", KEYWORDS
    )
    assert (local.hour, utc.hour) == (12, 3)
    assert (changed - changed_utc).total_seconds() == 9 * 3600
    assert (words, names) == ("Team; Home", ("Team", "Home"))


def test_ids_are_texts_under_their_name_and_bytes_under_their_tag() -> None:
    folder = calendar_of(FakeOutlook())
    entry_id = put(folder, "Lunch").EntryID
    table = folder.GetTable()
    table.Columns.RemoveAll()
    table.Columns.Add("EntryID")
    table.Columns.Add(TAG + "0x0FFF0102")
    row = table.GetNextRow()
    assert row.Item(1) == entry_id
    assert bytes(row.Item(2)) == bytes.fromhex(entry_id)
    assert row.BinaryToString(2) == entry_id
    with pytest.raises(ComError):
        row.BinaryToString(1)
    with pytest.raises(ComError):
        row.Item(3)


def test_blocks_come_by_column_and_end_empty() -> None:
    folder = calendar_of(FakeOutlook())
    for number in range(5):
        put(folder, f"{number}")
    table = folder.GetTable()
    table.Columns.RemoveAll()
    table.Columns.Add("Subject")
    table.Columns.Add("EntryID")
    blocks = [table.GetArray(2) for _ in range(4)]
    assert [len(block) for block in blocks] == [2, 2, 2, 0]
    assert [len(block[0]) for block in blocks[:3]] == [2, 2, 1]
    assert sorted(title for block in blocks[:3] for title in block[0]) == ["0", "1", "2", "3", "4"]
    assert table.EndOfTable


def test_blocks_may_come_by_row_and_a_store_may_be_unable_to_count() -> None:
    """Both are left open by our facts (probe D14), so the backend has to bear them."""
    outlook = FakeOutlook()
    outlook.arrays_by_row, outlook.counts_rows = True, False
    put(calendar_of(outlook), "Lunch")
    table = calendar_of(outlook).GetTable()
    ((entry_id, subject, *_),) = table.GetArray(9)
    assert (entry_id, subject) == (*outlook.folder().records, "Lunch")
    with pytest.raises(ComError):
        table.GetRowCount()


def test_a_table_is_in_no_order_until_it_is_sorted_and_then_begins_anew() -> None:
    folder = calendar_of(FakeOutlook())
    for day in (3, 1, 4, 2):
        put(folder, f"{day}", datetime(2026, 12, day, 12))
    table = folder.GetTable()
    table.GetNextRow()
    table.Sort("[Start]", True)
    assert rows(table, "Subject") == [("4",), ("3",), ("2",), ("1",)]
    table.Sort("Start")
    assert rows(table, "Subject") == [("1",), ("2",), ("3",), ("4",)]


@pytest.mark.parametrize("name", ["Body", "HTMLBody", "Recipients", "Attachments", "UserProperties", "Nonsense"])
def test_some_columns_cannot_be_had(name: str) -> None:
    with pytest.raises(ComError) as caught:
        calendar_of(FakeOutlook()).GetTable().Columns.Add(name)
    assert number_of(caught.value) == FAILED


def test_what_comes_and_goes_while_a_table_is_read_moves_the_rows_under_the_place_of_reading() -> None:
    """A row that was read and is deleted lets one be missed; one that comes before that place lets one come twice."""
    outlook = FakeOutlook()
    folder = calendar_of(outlook)
    items = {title: put(folder, title) for title in "abcdef"}
    table = folder.GetTable()
    table.Sort("Subject")
    seen = [table.GetNextRow().Item("Subject") for _ in range(2)]
    items["a"].Delete()
    assert table.GetRowCount() == 5
    seen.append(table.GetNextRow().Item("Subject"))
    put(folder, "aa")
    while not table.EndOfTable:
        seen.append(table.GetNextRow().Item("Subject"))
    assert seen == ["a", "b", "d", "d", "e", "f"]
    assert table.GetNextRow() is None


# Trait 5: categories [D].


@pytest.mark.parametrize("locale", LOCALES, ids=lambda each: each.name)
def test_categories_are_one_text_with_the_separator_of_windows(locale: Locale) -> None:
    folder = calendar_of(FakeOutlook(locale=locale))
    separator = locale.list_separator
    item = put(folder, "Lunch", categories=f"Team{separator} Home office{separator}{separator}")
    assert item.Categories == f"Team{separator} Home office"
    other = "," if separator == ";" else ";"
    item.Categories = f"Team{other} Home"
    item.Save()
    ((names,),) = rows(folder.GetTable(), KEYWORDS)
    assert names == (f"Team{other} Home",)


def test_the_list_of_categories_refuses_a_name_that_it_has() -> None:
    categories = FakeOutlook().application().GetNamespace("MAPI").Categories
    categories.Add("Team")
    with pytest.raises(ComError) as caught:
        categories.Add("TEAM")
    assert number_of(caught.value) == NOT_FOUND
