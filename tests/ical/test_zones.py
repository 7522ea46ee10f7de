"""Time zones: resolved for each calendar object by itself, never guessed silently, written so that every program understands."""

import random
import subprocess
import sys
import zoneinfo
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from corpus_files import corpus_root
from hypothesis import given
from hypothesis import strategies as st
from ical.samples import BERLIN, LUNAR

from osync.errors import EventRefusedError, EventUnreadableError
from osync.ical.bodies import read_start
from osync.ical.clock import Clock
from osync.ical.event import Event, read_events
from osync.ical.lines import Component, parse, write
from osync.ical.zone_names import _DISPLAYED, _iana_names, iana_name, is_iana_name
from osync.ical.zone_rules import zone_table
from osync.ical.zone_years import USUAL, Years, between, years_of
from osync.ical.zones import (
    MAX_ZONE_BYTES,
    Zone,
    Zones,
    ZoneSource,
    ZoneText,
    travelling_zone,
    write_zone,
    zone_definition,
)

SUMMER, WINTER = datetime(2026, 7, 1, 12), datetime(2026, 1, 1, 12)
ALL_NAMES = sorted(_iana_names())


def definition(*lines: str) -> Component:
    (found,) = parse("\n".join(lines)).components
    return found


def zone_of(tzid: str, *observances: str, more: Sequence[str] = ()) -> Component:
    """Give a definition of blocks such as "STANDARD 19961027T030000 +0200 +0100 FREQ=YEARLY"."""
    lines = ["BEGIN:VTIMEZONE", f"TZID:{tzid}", *more]
    for observance in observances:
        name, start, before, after, *rules = observance.split()
        lines += [f"BEGIN:{name}", f"DTSTART:{start}", f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}"]
        lines += [*rules, f"END:{name}"]
    return definition(*lines, "END:VTIMEZONE")


def central_europe(tzid: str, *more: str) -> Component:
    return zone_of(
        tzid,
        "DAYLIGHT 19810329T020000 +0100 +0200 RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "STANDARD 19961027T030000 +0200 +0100 RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        more=more,
    )


def hours(zone: Zone, local: datetime) -> float:
    return (local - zone.to_utc(local).replace(tzinfo=None)) / timedelta(hours=1)


def corpus_events(path: str) -> Sequence[Event]:
    return read_events((corpus_root() / path).read_bytes()).events


def start_of(event: Event) -> datetime:
    clock = Clock(event.zones)
    return clock.instant(read_start(event.components[0], clock))


@pytest.mark.parametrize(
    ("tzid", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (" Europe/Berlin ", "Europe/Berlin"),
        ('"Europe/Berlin"', "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("TZID=Europe/Berlin", "Europe/Berlin"),
        ("Europe_Berlin", "Europe/Berlin"),
        ("America-Chicago", "America/Chicago"),
        ("America/New York", "America/New_York"),
        ("US-Eastern", "US/Eastern"),
        ("posix/Europe/Berlin", "Europe/Berlin"),
        ("/mozilla.org/20050126_1/Europe/Berlin", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("w. europe standard  time", "Europe/Berlin"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("(UTC-05:00) Eastern Time (US and Canada)", "America/New_York"),
        ("(GMT+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"),
        ("Amsterdam, Belgrade, Berlin, Brussels, Budapest, Madrid, Paris, Prague, Stockholm", "Europe/Amsterdam"),
        ("UTC", "UTC"),
    ],
)
def test_a_name_is_known_in_whatever_way_programs_write_it(tzid: str, name: str) -> None:
    found = Zones().resolve(tzid)
    assert (found.name, found.source, found.warning) == (name, ZoneSource.NAME, "")


@pytest.mark.parametrize(
    "tzid",
    [
        "",
        "Customized Time Zone",
        "TZID=Europe/Germany",
        "Europe/Berlin/Mitte",
        "Berlin",
        "Eastern",
        "Foo, Bar",
        "(GMT +01:00)",
        "tzone://Microsoft/Custom",
        "../../etc/passwd",
        "localtime",
        "W. Europe Standard Time:20200609T090000",
    ],
)
def test_a_name_that_means_nothing_is_refused_and_never_guessed(tzid: str) -> None:
    assert iana_name(tzid) == ""
    with pytest.raises(EventRefusedError, match="not known"):
        Zones().resolve(tzid)


def test_the_default_of_the_calendar_stands_in_with_a_warning() -> None:
    found = Zones((), "Europe/Berlin").resolve("Customized Time Zone")
    assert (found.name, found.source) == ("Europe/Berlin", ZoneSource.DEFAULT)
    assert "Customized Time Zone" in found.warning
    with pytest.raises(EventRefusedError):
        Zones((), "Nowhere").resolve("Customized Time Zone")


@pytest.mark.parametrize("shown", sorted(_DISPLAYED))
def test_every_displayed_name_of_windows_leads_to_a_zone(shown: str) -> None:
    assert is_iana_name(iana_name(f"(UTC+00:00) {shown}"))


def test_names_in_the_file_of_the_package_are_those_that_can_be_loaded() -> None:
    assert all(zoneinfo.ZoneInfo(name) for name in ALL_NAMES)


def test_a_usual_name_loads_no_table_of_windows_names() -> None:
    code = "import sys; from osync.ical.zones import Zones; Zones().resolve('Europe/Berlin'); print('tzlocal' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


@pytest.mark.parametrize("tzid", ["Europe/Berlin", "W. Europe Standard Time", "/x/Europe/Berlin", "Europe-Berlin"])
def test_a_definition_that_agrees_with_the_zone_it_names_is_that_zone(tzid: str) -> None:
    found = Zones((central_europe(tzid),)).resolve(tzid)
    assert (found.name, found.source, found.warning) == ("Europe/Berlin", ZoneSource.DEFINITION, "")


def test_a_location_says_which_zone_an_odd_name_means() -> None:
    assert Zones((central_europe("X", "X-LIC-LOCATION:Europe/Paris"),)).resolve("X").name == "Europe/Paris"


def test_a_definition_that_contradicts_its_name_counts_and_warns() -> None:
    odd = zone_of("Europe/Berlin", "STANDARD 19700101T000000 +0500 +0500")
    found = Zones((odd,)).resolve("Europe/Berlin")
    assert (found.name, found.definition) == ("", odd)
    assert "differently from Europe/Berlin" in found.warning
    assert hours(found, SUMMER) == 5


def test_a_definition_of_an_unknown_name_counts_without_warning() -> None:
    found = Zones((definition(*LUNAR),)).resolve("Moon Base")
    assert (found.name, found.warning, hours(found, SUMMER)) == ("", "", 3.25)


def test_names_are_matched_exactly_before_they_are_trimmed() -> None:
    zones = Zones(
        (zone_of("A ", "STANDARD 19700101T000000 +0100 +0100"), zone_of("A", "STANDARD 19700101T000000 +0200 +0200"))
    )
    assert hours(zones.resolve("A"), WINTER) == 2
    assert hours(zones.resolve("A "), WINTER) == 1
    assert hours(zones.resolve(' "A" '), WINTER) == 1


def test_a_definition_that_cannot_be_understood_leaves_the_name() -> None:
    empty = definition("BEGIN:VTIMEZONE", "TZID:Europe/Berlin", "END:VTIMEZONE")
    assert Zones((empty,)).resolve("Europe/Berlin").source == ZoneSource.NAME
    assert Zones((empty, central_europe("Europe/Berlin"))).resolve("Europe/Berlin").source == ZoneSource.DEFINITION
    with pytest.raises(EventRefusedError):
        Zones((definition("BEGIN:VTIMEZONE", "TZID:X", "END:VTIMEZONE"),)).resolve("X")
    with pytest.raises(EventRefusedError):
        Zone("", empty, ZoneSource.DEFINITION).to_utc(SUMMER)


# Outlook writes the rules of today for all times: Brazil gave up summer time in 2019, the United States moved theirs in 2007.
SAO_PAULO_NOW = zone_of("America/Sao_Paulo", "STANDARD 16010101T000000 -0300 -0300")
EASTERN_ONCE = zone_of(
    "US-Eastern",
    "DAYLIGHT 19900404T020000 -0500 -0400 RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU",
    "STANDARD 19901026T020000 -0400 -0500 RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
)


def test_only_the_years_of_the_event_decide_whether_a_definition_agrees() -> None:
    assert Zones((SAO_PAULO_NOW,), None, Years(2026, 2026)).resolve("America/Sao_Paulo").name == "America/Sao_Paulo"
    assert Zones((SAO_PAULO_NOW,), None, Years(2016, 2016)).resolve("America/Sao_Paulo").name == ""
    assert Zones((EASTERN_ONCE,), None, Years(1998, 1999)).resolve("US-Eastern").name == "US/Eastern"
    assert Zones((EASTERN_ONCE,)).resolve("US-Eastern").name == ""


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (("DTSTART;TZID=/mozilla.org/20050126_1/X:20240105T090000", "DTEND:20250105T090000"), Years(2024, 2025)),
        (("DTSTART;VALUE=DATE:19980105",), Years(1998, 1998)),
        (("DTSTART:19980105T090000", "RRULE:FREQ=DAILY;COUNT=12345678"), USUAL),
        (("DTSTART:19980105T090000", "RRULE:FREQ=DAILY;UNTIL=20010101"), Years(1998, 2001)),
        (("DTSTART:20200105T090000", "RRULE:FREQ=DAILY;UNTIL=99991231"), Years(2020, 2037)),
        (("DTSTART:16010105T090000",), Years(1970, 1970)),
        (("DTSTART:20300105T090000", "RDATE:20310105T090000", "RECURRENCE-ID:20290105T090000"), Years(2029, 2031)),
        (("DTSTAMP:20300105T090000", "X-A:20300105", "RDATES:20300105"), USUAL),
    ],
)
def test_the_years_of_an_event_are_those_of_its_dates(lines: Sequence[str], wanted: Years) -> None:
    assert years_of([Component("VEVENT", (*lines, Component("VALARM", ())))]) == wanted


def test_years_far_away_are_held_against_the_nearest_that_are_compared() -> None:
    assert between(2500, 2600) == Years(2037, 2037)
    assert between(1800, 1900) == Years(1970, 1970)


def test_a_definition_of_other_years_is_held_against_the_nearest() -> None:
    listed = zone_of("Europe/Berlin", "DAYLIGHT 20200329T020000 +0100 +0200", "STANDARD 20201025T030000 +0200 +0100")
    for years in (Years(2010, 2011), Years(2020, 2020), Years(2026, 2026)):
        assert Zones((listed,), None, years).resolve("Europe/Berlin").name == "Europe/Berlin"


@pytest.mark.parametrize(
    ("observance", "offsets"),
    [
        ("STANDARD 19961027T030000 +0200 +0100 RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;COUNT=3", (1, 1)),
        ("STANDARD 19961027T030000 +0200 +0100 RRULE:FREQ=YEARLY;UNTIL=20001029T010000Z;BYMONTH=10;BYDAY=-1SU", (1, 1)),
        (
            "STANDARD 19961027T030000 +0200 +0100 RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=SU;BYMONTHDAY=25,26,27,28,29,30,31",
            (1, 1),
        ),
        ("STANDARD 19961027T030000 +0200 +0100 RRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=-5;WKST=MO", (1, 1)),
        ("STANDARD 19961027T030000 +0200 +0100 RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;BYHOUR=3;BYMINUTE=0", (1, 1)),
        ("STANDARD 19961027T030000 +02:00 +013045 RDATE:20260628T030000Z,20270101T000000/PT1H,", (1.5125, 1.5125)),
        ("STANDARD 19960229 +0200 +0100 RRULE:FREQ=YEARLY", (1, 1)),
    ],
)
def test_observances_are_understood_as_programs_write_them(observance: str, offsets: Sequence[float]) -> None:
    found = Zones((zone_of("X", observance),)).resolve("X")
    assert (hours(found, SUMMER), hours(found, WINTER)) == pytest.approx(offsets)


@pytest.mark.parametrize(
    "observance",
    [
        "STANDARD 19961027T030000 +0200 +9900",
        "STANDARD 19961027T030000 +0200 1",
        "STANDARD yesterday +0200 +0100",
        "STANDARD 19961332T030000 +0200 +0100",
        "STANDARD 19961027T030000 +0200 +0100 RRULE:FREQ=SECONDLY",
        "STANDARD 19961027T030000 +0200 +0100 RRULE:FREQ=YEARLY;BYDAY=MO,TU",
        "STANDARD 19961027T030000 +0200 +0100 RRULE:FREQ=YEARLY;BYDAY=0MO",
        "STANDARD 19961027T030000 +0200 +0100 RRULE:FREQ=YEARLY;BYMONTH=13",
        "STANDARD 19961027T030000 +0200 +0100 RRULE:FREQ=YEARLY;INTERVAL=0",
        "STANDARD 19961027T030000 +0200 +0100 RRULE:FREQ=YEARLY;BYHOUR=5",
        "STANDARD 19961027T030000 +0200 +0100 RRULE:FREQ=YEARLY;BYMONTHDAY=x",
        "STANDARD 19961027T030000 +0200 +0100 RDATE:" + ",".join(["20260628T030000"] * 3_000),
        "STANDARD 19961027T030000 +0200 +0100" + " RRULE:FREQ=YEARLY" * 5,
    ],
)
def test_an_observance_that_means_nothing_makes_no_zone(observance: str) -> None:
    assert zone_table(zone_of("X", observance)) is None


def test_a_definition_made_to_cost_time_does_not() -> None:
    many = ",".join(map(str, range(1, 30))) * 9_999
    before = process_time()
    for lines in (
        ["STANDARD 00010101T000000 +0000 +0000 RRULE:FREQ=YEARLY;BYMONTHDAY=" + many],
        ["STANDARD 19700101T000000 +0000 +0100 RRULE:FREQ=YEARLY"] * 199,
        ["STANDARD 19700101T000000 +0000 +0100"] * 9_999,
        ["STANDARD 00010101T000000 +0000 +0100 RRULE:FREQ=YEARLY;COUNT=999999999"] * 100,
    ):
        assert zone_table(zone_of("X", *lines)) is None
    assert process_time() - before < 1


@pytest.mark.parametrize("zones", [Zones(), Zones((central_europe("X"),))])
def test_times_that_the_clock_skips_and_repeats_follow_the_rfc(zones: Zones) -> None:
    zone = zones.resolve("X" if zones.definitions else "Europe/Berlin")
    assert zone.to_utc(datetime(2026, 3, 29, 2, 30)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert zone.to_utc(datetime(2026, 10, 25, 2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert zone.to_local(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == datetime(2026, 10, 25, 2, 30)


@given(st.datetimes(datetime(1997, 1, 1), datetime(2100, 1, 1)))
def test_a_definition_gives_the_same_times_as_the_database(local: datetime) -> None:
    own, known = Zones((central_europe("X"),)).resolve("X"), Zones().resolve("Europe/Berlin")
    assert own.name == ""
    assert own.to_utc(local) == known.to_utc(local)
    assert own.to_local(own.to_utc(local)) == known.to_local(known.to_utc(local))


@pytest.mark.parametrize("edge", [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59)])
def test_the_ends_of_the_calendar_do_not_overflow(edge: datetime) -> None:
    Zones((definition(*LUNAR),)).resolve("Moon Base").to_utc(edge)


def test_a_definition_travels_under_a_name_made_of_its_content() -> None:
    one = travelling_zone(definition(*LUNAR))
    assert one == travelling_zone(definition(*LUNAR[:2], "X-A:1", *LUNAR[2:-1], "COMMENT:2", LUNAR[-1]))
    assert one.name.startswith("X-OSYNC-")
    assert one.name != travelling_zone(definition(*BERLIN)).name
    assert zone_table(zone_definition(one)) == zone_table(definition(*LUNAR))


@pytest.mark.parametrize(
    "text",
    ["", "BEGIN:VEVENT\nEND:VEVENT\n", "BEGIN:VTIMEZONE\nTZID:X-OSYNC-0\nEND:VTIMEZONE\n", "x" * 9_999],
)
def test_a_definition_that_does_not_belong_to_its_name_is_refused(text: str) -> None:
    with pytest.raises(EventRefusedError):
        zone_definition(ZoneText("X-OSYNC-0", text))


def test_a_changed_definition_is_refused() -> None:
    one = travelling_zone(definition(*LUNAR))
    with pytest.raises(EventRefusedError, match="does not belong"):
        zone_definition(ZoneText(one.name, one.text.replace("+0315", "+0316")))


def test_a_definition_that_is_too_long_does_not_travel() -> None:
    days = ",".join(f"{year}0101T000000" for year in range(1000, 2000))
    with pytest.raises(EventRefusedError, match="too long"):
        travelling_zone(zone_of("X", f"STANDARD 10000101T000000 +0000 +0000 RDATE:{days}"))


@pytest.mark.parametrize("name", ALL_NAMES)
def test_a_written_zone_gives_the_times_of_the_database(name: str) -> None:
    for first, last in ((2021, 2026), (1999, 2008)):
        written = write_zone(name, first, last)
        table, zone = zone_table(written), zoneinfo.ZoneInfo(name)
        assert table is not None
        assert len(write(written)) <= MAX_ZONE_BYTES
        steps = (
            datetime(first, 1, 1) + timedelta(days=17 * number) for number in range((last + 1 - first) * 365 // 17)
        )
        around = (each.at + timedelta(seconds=by) for each in table.transitions for by in (-1, 0))
        for moment in (*steps, *(each for each in around if first <= each.year <= last)):
            assert table.offset_at(moment) == moment.replace(tzinfo=UTC).astimezone(zone).utcoffset(), moment


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata"])
def test_a_written_zone_goes_on_with_the_rules_in_force(name: str) -> None:
    table, zone = zone_table(write_zone(name, 2020, 2020)), zoneinfo.ZoneInfo(name)
    assert table is not None
    for year in range(2020, 2090):
        for month in (1, 4, 7, 11):
            moment = datetime(year, month, 20)
            assert table.offset_at(moment) == moment.replace(tzinfo=UTC).astimezone(zone).utcoffset()


def test_a_written_zone_uses_yearly_rules_since_outlook_knows_no_lists() -> None:
    text = write(write_zone("Europe/Berlin", 2026, 2026)).decode()
    assert "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU" in text
    assert "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU" in text
    assert "RDATE" not in text


def test_events_of_near_years_share_one_definition() -> None:
    assert len({write_zone("Europe/Berlin", year, year) for year in range(2021, 2025)}) == 1


def test_a_written_zone_is_read_back_as_its_name() -> None:
    for name in ("Europe/Berlin", "America/Sao_Paulo", "Africa/Casablanca", "Europe/Dublin", "Australia/Lord_Howe"):
        for year in (1975, 1999, 2018, 2026, 2036):
            zones = Zones((write_zone(name, year, year),), None, between(year, year))
            assert zones.resolve(name).name == name, (name, year)


def test_one_calendars_zones_are_not_anothers() -> None:
    paths = ("multi-era-vtimezone.ics", "bad_custom_ms_tz2.ics", "bad_custom_ms_tz.ics")
    files = [f"jens-maus+node-ical/test/fixtures/{path}" for path in paths]
    alone = {path: [_start_text(event) for event in corpus_events(path)] for path in files}
    for order in (files, files[::-1]):
        assert {path: [_start_text(event) for event in corpus_events(path)] for path in order} == alone


def test_the_definition_in_the_file_wins_over_the_known_zone() -> None:
    (event,) = corpus_events("pimutils+khal/tests/ics/tz_windows_format.ics")
    found = event.zones.resolve("New Zealand Standard Time")
    assert (found.name, found.source) == ("", ZoneSource.DEFINITION)
    assert "Pacific/Auckland" in found.warning


def test_a_custom_zone_without_definition_is_refused_by_name() -> None:
    (event, *_) = corpus_events("allenporter+ical/tests/compat/testdata/office_365_invalid_timezone.ics")
    with pytest.raises(EventRefusedError, match="Customized Time Zone"):
        start_of(event)


def test_two_displayed_names_in_one_calendar_are_two_zones() -> None:
    found = {_start_text(event) for event in corpus_events("jens-maus+node-ical/test/fixtures/Office-2012-owa.ics")}
    assert not any("refused" in text for text in found)


def test_a_group_wise_name_with_a_blank_and_an_umlaut_is_found() -> None:
    (event,) = corpus_events("Kozea+Radicale/radicale/tests/static/event_issue2172.ics")
    assert not _start_text(event).startswith("refused")


def test_an_empty_definition_and_one_with_two_names_keep_their_events() -> None:
    assert corpus_events("KDE+kitinerary/autotests/calendarhandlerdata/rentalcar.ics")
    assert corpus_events("jens-maus+node-ical/test/fixtures/test_with_multiple_tzids_in_vtimezone.ics")


def test_no_answer_depends_on_what_was_read_before() -> None:
    code = "import sys; sys.path[:0] = {path!r}; from ical.test_zones import starts_in; print(starts_in({seed}))"
    answers = {
        subprocess.run(
            [sys.executable, "-c", code.format(path=sys.path, seed=seed)], capture_output=True, text=True, check=True
        ).stdout
        for seed in (1, 2)
    }
    assert len(answers) == 1
    assert answers == {f"{starts_in(3)}\n"}


def starts_in(seed: int) -> str:
    """Read the corpus in an order of its own and give what every start means."""
    paths = sorted(corpus_root().rglob("*.ics"))
    order = list(paths)
    random.Random(seed).shuffle(order)
    found = {path: _starts(path.read_bytes()) for path in order}
    return repr([found[path] for path in paths])


def _starts(data: bytes) -> list[str]:
    try:
        return [_start_text(event) for event in read_events(data).events]
    except EventUnreadableError:
        return []


def _start_text(event: Event) -> str:
    try:
        return start_of(event).isoformat()
    except EventRefusedError as error:
        return f"refused: {error}"
