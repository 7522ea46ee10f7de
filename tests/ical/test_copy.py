"""Copies in a subscriber's calendar: what OSync writes, what it leaves alone, how it knows them again."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from ical.samples import LUNAR, UID, calendar, event_of, everything, shared, text_of

from osync.errors import EventRefusedError
from osync.ical.bodies import read_start
from osync.ical.clock import Clock
from osync.ical.copy import (
    CopyOrigin,
    Marker,
    is_received,
    managed_fingerprint,
    marker_of,
    new_copy,
    transparency_of,
    updated_copy,
)
from osync.ical.event import Event, read_events, write_event
from osync.model import PrivacyLevel

ORIGIN = CopyOrigin(
    sender="pat",
    owner_name="Pat Sample",
    share_id="s" * 26,
    event_key="k" * 26,
    epoch=1784000000,
    revision=42,
    count=3,
    changed_at=1784699000,
    uid=UID,
)
NINE = ("DTSTART;TZID=Europe/Berlin:20260803T090000", "DTEND;TZID=Europe/Berlin:20260803T100000")
WEEKLY = (*NINE, "RRULE:FREQ=WEEKLY", "SUMMARY:Choir")
MOVED = ("RECURRENCE-ID:20260810T070000Z", "DTSTART;TZID=Europe/Berlin:20260811T090000", "SUMMARY:Choir outside")


def copy_of(*components: Sequence[str], zones: Sequence[str] = ()) -> Event:
    return new_copy(text_of(*components, zones=zones), (), ORIGIN)


def updated(existing: Event, *components: Sequence[str], transparency: str = "") -> Event:
    origin = replace(ORIGIN, revision=43, count=4)
    return updated_copy(existing, text_of(*components), (), origin, transparency=transparency).event


def edited(event: Event, old: str, new: str) -> Event:
    """Change the text of a copy as another program would."""
    text = write_event(event).decode().replace("\r\n ", "")
    assert old in text
    (read,) = read_events(text.replace(old, new).encode()).events
    return read


def added(event: Event, *lines: str) -> Event:
    """Put lines at the end of the series of a copy."""
    return edited(event, "\r\nEND:VEVENT", "".join(f"\r\n{line}" for line in lines) + "\r\nEND:VEVENT")


def lines(event: Event, name: str) -> list[str]:
    return [found.value for component in event.components for found in component.properties(name)]


def test_a_copy_says_who_sent_it_and_bears_our_marks() -> None:
    copy = copy_of((*WEEKLY, "DESCRIPTION:Bring water", "LOCATION:Hall"), MOVED)
    assert copy.uid == UID
    assert lines(copy, "UID") == [UID, UID]
    assert lines(copy, "SUMMARY") == ["[pat] Choir", "[pat] Choir outside"]
    assert lines(copy, "DESCRIPTION") == ["Bring water\\n\\nFrom Pat Sample by OSync", "From Pat Sample by OSync"]
    assert lines(copy, "LOCATION") == ["Hall"]
    assert lines(copy, "SEQUENCE") == ["2", "2"]
    assert lines(copy, "DTSTAMP") == lines(copy, "LAST-MODIFIED") == ["20260722T054320Z"] * 2
    assert lines(copy, "X-OSYNC") == ["s" * 26 + " " + "k" * 26 + " 1784000000.42"] * 2
    assert is_received(copy)
    assert not [inner for component in copy.components for inner in component.components()]


def test_a_copy_stands_in_the_zones_that_it_names() -> None:
    written = write_event(copy_of(WEEKLY)).decode()
    assert written.count("BEGIN:VTIMEZONE") == 1
    assert "TZID:Europe/Berlin" in written
    assert "RRULE:FREQ=YEARLY" in written
    assert "BEGIN:VTIMEZONE" not in write_event(copy_of(("DTSTART:20260803T090000Z",))).decode()


def test_a_zone_of_its_own_comes_along_and_keeps_its_instants() -> None:
    event = event_of(("DTSTART;TZID=Moon Base:20260803T090000", "CATEGORIES:Choir"), zones=LUNAR)
    (found,) = shared(event)
    copy = new_copy(found.text, found.zones, ORIGIN)
    assert instant_of(copy) == instant_of(event)


def instant_of(event: Event) -> datetime:
    """Give the start of an event in UTC."""
    clock = Clock(event.zones)
    return clock.instant(read_start(event.components[0], clock))


def test_a_text_with_another_uid_is_refused() -> None:
    with pytest.raises(EventRefusedError, match="not the one that belongs"):
        new_copy(text_of(NINE), (), replace(ORIGIN, uid="osync-" + "b" * 32))


def test_a_busy_event_shows_the_sender_and_nothing_else() -> None:
    (found,) = shared(event_of((*WEEKLY, "CATEGORIES:Choir", "DESCRIPTION:secret")), everything(PrivacyLevel.BUSY))
    copy = new_copy(found.text, (), ORIGIN)
    assert lines(copy, "SUMMARY") == ["[pat] Busy"]
    assert lines(copy, "DESCRIPTION") == ["From Pat Sample by OSync"]


@pytest.mark.parametrize(
    ("sender", "title"),
    [
        ("p]a[t", "[pat] Choir"),
        ("x" * 30, "[" + "x" * 20 + "] Choir"),
        ("a\nb", "[a b] Choir"),
        ("\u202epat", "[pat] Choir"),
    ],
)
def test_the_name_before_a_title_cannot_break_out_of_its_brackets(sender: str, title: str) -> None:
    copy = new_copy(text_of(WEEKLY), (), replace(ORIGIN, sender=sender))
    assert lines(copy, "SUMMARY") == [title]


def test_an_owner_cannot_write_lines_by_his_name() -> None:
    copy = new_copy(text_of(NINE), (), replace(ORIGIN, owner_name="Pat\r\nATTACH:file:///etc/passwd"))
    assert lines(copy, "ATTACH") == []
    assert lines(copy, "DESCRIPTION") == ["From Pat ATTACH:file:///etc/passwd by OSync"]


def test_the_same_text_gives_the_same_copy() -> None:
    assert write_event(copy_of(WEEKLY, MOVED)) == write_event(copy_of(WEEKLY, MOVED))


def test_the_marker_is_read_back() -> None:
    assert marker_of(copy_of(NINE)) == Marker("s" * 26, "k" * 26, 1784000000, 42)


@pytest.mark.parametrize("damaged", ["x", "", "s k 1.2", "s" * 26 + " " + "k" * 26 + " 1"])
def test_a_damaged_marker_is_none_but_still_marks_a_received_event(damaged: str) -> None:
    event = event_of((*NINE, f"X-OSYNC:{damaged}"))
    assert marker_of(event) is None
    assert is_received(event)


def test_an_event_of_the_user_is_not_received() -> None:
    assert not is_received(event_of(NINE))
    assert marker_of(event_of(NINE)) is None


# Updates

ALARM = ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "END:VALARM")


def test_an_update_brings_what_is_managed_and_keeps_what_is_not() -> None:
    mine = added(
        copy_of(WEEKLY), "CATEGORIES:Fun", "COLOR:green", "X-MINE;A=b:c", "ATTENDEE:mailto:me@example.org", *ALARM
    )
    new = updated(mine, (*NINE, "RRULE:FREQ=DAILY", "SUMMARY:Choir!", "LOCATION:Hall"))
    assert lines(new, "SUMMARY") == ["[pat] Choir!"]
    assert lines(new, "LOCATION") == ["Hall"]
    assert lines(new, "RRULE") == ["FREQ=DAILY"]
    assert lines(new, "SEQUENCE") == ["3"]
    assert lines(new, "X-OSYNC") == ["s" * 26 + " " + "k" * 26 + " 1784000000.43"]
    assert (lines(new, "CATEGORIES"), lines(new, "COLOR"), lines(new, "X-MINE")) == (["Fun"], ["green"], ["c"])
    assert [inner.name for inner in new.components[0].components()] == ["VALARM"]


def test_a_local_edit_of_a_managed_field_gives_way_to_the_owners_next_change() -> None:
    mine = edited(copy_of((*WEEKLY, "LOCATION:Hall")), "LOCATION:Hall", "LOCATION:Garden")
    assert lines(updated(mine, WEEKLY), "LOCATION") == []


def test_an_update_that_changes_nothing_writes_the_same_copy_but_for_its_version() -> None:
    mine = added(copy_of(WEEKLY, MOVED), *ALARM)
    new = updated_copy(mine, text_of(WEEKLY, MOVED), (), ORIGIN, transparency="").event
    assert managed_fingerprint(new) == managed_fingerprint(mine)
    assert updated_copy(new, text_of(WEEKLY, MOVED), (), ORIGIN, transparency="").event == new


def test_the_alarm_of_one_instance_survives_although_its_name_is_written_otherwise() -> None:
    mine = edited(
        copy_of(WEEKLY, MOVED), "RECURRENCE-ID;TZID=Europe/Berlin:20260810T090000", "RECURRENCE-ID:20260810T070000Z"
    )
    mine = edited(
        mine, "SUMMARY:[pat] Choir outside", "\r\n".join(("SUMMARY:x", "BEGIN:VALARM", "TRIGGER:-PT1M", "END:VALARM"))
    )
    new = updated(mine, WEEKLY, MOVED)
    (override,) = new.overrides
    assert [inner.first("TRIGGER").value for inner in override.components()] == ["-PT1M"]  # type: ignore[union-attr]
    assert lines(new, "SUMMARY") == ["[pat] Choir", "[pat] Choir outside"]


def test_an_instance_that_gets_moved_keeps_the_alarm_and_category_of_its_series() -> None:
    mine = added(
        copy_of(WEEKLY),
        "CATEGORIES:Fun",
        "X-MINE:1",
        *ALARM,
        "BEGIN:VALARM",
        "TRIGGER;VALUE=DATE-TIME:20260803T060000Z",
        "END:VALARM",
    )
    (override,) = updated(mine, WEEKLY, MOVED).overrides
    assert [inner.first("TRIGGER").value for inner in override.components()] == ["-PT15M"]  # type: ignore[union-attr]
    assert [found.value for found in override.properties("CATEGORIES", "X-MINE")] == ["Fun"]


def test_overrides_survive_when_the_owner_moves_the_whole_series() -> None:
    mine = edited(copy_of(WEEKLY, MOVED), "SUMMARY:[pat] Choir outside", "\r\n".join(("SUMMARY:x", *ALARM)))
    eight = tuple(line.replace("T090000", "T080000") for line in WEEKLY)
    new = updated(mine, eight, ("RECURRENCE-ID:20260810T060000Z", *MOVED[1:]))
    assert [inner.name for inner in new.overrides[0].components()] == ["VALARM"]


OWN_ALARM = (
    *("BEGIN:VEVENT", f"UID:{UID}", "RECURRENCE-ID:20260817T070000Z", "DTSTART;TZID=Europe/Berlin:20260817T090000"),
    *("DTEND;TZID=Europe/Berlin:20260817T100000", "SUMMARY:[pat] Choir", "DESCRIPTION:From Pat Sample by OSync"),
    *("BEGIN:VALARM", "TRIGGER:-PT2H", "END:VALARM", "END:VEVENT"),
)


def with_own_alarm() -> Event:
    return edited(copy_of(WEEKLY, MOVED), "END:VCALENDAR", "\r\n".join((*OWN_ALARM, "END:VCALENDAR")))


def test_an_alarm_of_one_instance_is_no_edit() -> None:
    assert managed_fingerprint(with_own_alarm()) == managed_fingerprint(copy_of(WEEKLY, MOVED))


def test_an_alarm_of_one_instance_survives_while_the_times_stay() -> None:
    new = updated(with_own_alarm(), (*WEEKLY[:3], "SUMMARY:Choir!"), MOVED)
    assert lines(new, "SUMMARY") == ["[pat] Choir!", "[pat] Choir outside", "[pat] Choir!"]
    assert [inner.first("TRIGGER").value for inner in new.components[2].components()] == ["-PT2H"]  # type: ignore[union-attr]
    assert managed_fingerprint(new) == managed_fingerprint(
        updated(copy_of(WEEKLY, MOVED), (*WEEKLY[:3], "SUMMARY:Choir!"), MOVED)
    )


def test_an_alarm_of_one_instance_goes_when_the_owner_moves_or_excludes_it() -> None:
    assert len(updated(with_own_alarm(), (*WEEKLY, "EXDATE:20260817T070000Z"), MOVED).components) == 2
    assert len(updated(with_own_alarm(), (*NINE, "RRULE:FREQ=DAILY"), MOVED).components) == 2


def test_no_rule_is_expanded_for_a_copy() -> None:
    """What a subscriber writes into a copy is hashed as it stands, however much work its rule would be."""
    copy = edited(copy_of(WEEKLY), "RRULE:FREQ=WEEKLY", "RRULE:FREQ=SECONDLY;COUNT=400")
    assert managed_fingerprint(copy) != managed_fingerprint(copy_of(WEEKLY))
    assert lines(updated(copy, WEEKLY), "RRULE") == ["FREQ=WEEKLY"]


def test_an_override_that_the_owner_took_back_is_gone() -> None:
    assert updated(copy_of(WEEKLY, MOVED), WEEKLY).overrides == ()


def test_free_or_busy_is_the_owners_unless_the_subscriber_keeps_his_own() -> None:
    mine = added(copy_of(WEEKLY), "TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:FREE")
    assert transparency_of(mine) == "TRANSPARENT"
    theirs = updated(mine, WEEKLY)
    assert transparency_of(theirs) == "OPAQUE"
    assert lines(theirs, "X-MICROSOFT-CDO-BUSYSTATUS") == []
    kept = updated(mine, WEEKLY, transparency="OPAQUE")
    assert transparency_of(kept) == "TRANSPARENT"
    assert lines(kept, "X-MICROSOFT-CDO-BUSYSTATUS") == ["FREE"]


def test_what_restates_a_text_for_one_program_goes_when_the_text_changes() -> None:
    mine = added(copy_of((*WEEKLY, "LOCATION:Hall")), "X-ALT-DESC:<b>old</b>", "GEO:1;2")
    same_place = updated(mine, (*WEEKLY, "LOCATION:Hall", "DESCRIPTION:new"))
    assert lines(same_place, "X-ALT-DESC") == []
    assert lines(same_place, "GEO") == ["1;2"]
    assert lines(updated(mine, (*WEEKLY, "LOCATION:Garden")), "GEO") == []


def test_a_kept_line_keeps_its_zone() -> None:
    text = write_event(added(copy_of(NINE), "X-MINE;TZID=Moon Base:20260803T090000")).decode()
    (mine,) = read_events(text.replace("BEGIN:VTIMEZONE", "\r\n".join((*LUNAR, "BEGIN:VTIMEZONE")), 1).encode()).events
    names = lines_of_zones(updated(mine, NINE))
    assert names == ["Europe/Berlin", "Moon Base"]


def lines_of_zones(event: Event) -> list[str]:
    return [found.value for definition in event.zones.definitions for found in definition.properties("TZID")]


@pytest.mark.parametrize(
    "odd",
    [
        ("DTSTART;TZID=Atlantis:20260803T090000",),
        ("DTSTART:never",),
        (*WEEKLY, "RRULE:FREQ=NEVER"),
    ],
)
def test_an_odd_existing_copy_cannot_stop_an_update(odd: Sequence[str]) -> None:
    existing = replace(event_of((*odd, *ALARM), ("RECURRENCE-ID:never", "DTSTART:x")), uid=UID)
    new = updated(existing, WEEKLY, MOVED)
    assert lines(new, "SUMMARY") == ["[pat] Choir", "[pat] Choir outside"]
    assert [inner.name for inner in new.components[0].components()] == ["VALARM"]


# The managed fingerprint


def test_a_program_that_writes_a_copy_anew_does_not_change_its_fingerprint() -> None:
    copy = copy_of((*WEEKLY, "DESCRIPTION:Bring water", "URL:https://example.org", "EXDATE:20260817T070000Z"), MOVED)
    text = write_event(copy).decode().replace("\r\n ", "")
    components = re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT\r\n", text, re.DOTALL)
    turned = ["\r\n".join(reversed(each.strip().split("\r\n"))) for each in reversed(components)]
    body = [line for each in turned for line in ("BEGIN:VEVENT", *each.split("\r\n"), "END:VEVENT")]
    (rewritten,) = read_events(calendar(*body).replace(b"\r\n", b"\n")).events
    rewritten = edited(
        rewritten, "DTSTAMP:20260722T054320Z", "DTSTAMP:20300101T000000Z\r\nX-NEW:1\r\nPRIORITY:0\r\nCLASS:PUBLIC"
    )
    rewritten = edited(rewritten, "EXDATE;TZID=Europe/Berlin:20260817T090000", "EXDATE:20260817T070000Z")
    rewritten = edited(rewritten, "DTEND;TZID=Europe/Berlin:20260803T100000", "DURATION:PT1H")
    assert managed_fingerprint(rewritten) == managed_fingerprint(copy)


def test_alarms_categories_and_free_time_do_not_change_the_fingerprint() -> None:
    copy = copy_of(WEEKLY)
    assert managed_fingerprint(
        added(copy, "CATEGORIES:Fun", "TRANSP:TRANSPARENT", "COLOR:red", *ALARM)
    ) == managed_fingerprint(copy)


def test_a_zone_of_its_own_may_be_worded_anew() -> None:
    (found,) = shared(event_of(("DTSTART;TZID=Moon Base:20260803T090000", "CATEGORIES:Choir"), zones=LUNAR))
    copy = new_copy(found.text, found.zones, ORIGIN)
    worded = edited(copy, "DTSTART:19961027T030000", "DTSTART:19700101T000000\r\nTZNAME:MOON")
    assert managed_fingerprint(worded) == managed_fingerprint(copy)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("SUMMARY:[pat] Choir", "SUMMARY:[pat] Dinner"),
        ("20260803T090000", "20260803T093000"),
        ("20260803T100000", "20260803T110000"),
        ("RRULE:FREQ=WEEKLY", "RRULE:FREQ=DAILY"),
        ("LOCATION:Hall", "LOCATION:Garden"),
        ("Bring water", "Bring wine"),
        ("STATUS:TENTATIVE", "STATUS:CONFIRMED"),
        ("https://example.org", "https://example.com"),
        ("URL:https://example.org", "URL:not an address"),
        ("DTSTART;TZID=Europe/Berlin:20260803T090000", "DTSTART:never"),
        ("LOCATION:Hall", "LOCATION:Hall\r\nEXDATE:20260817T070000Z"),
    ],
)
def test_every_managed_edit_changes_the_fingerprint(old: str, new: str) -> None:
    copy = copy_of((*WEEKLY, "LOCATION:Hall", "DESCRIPTION:Bring water", "STATUS:TENTATIVE", "URL:https://example.org"))
    assert managed_fingerprint(edited(copy, old, new)) != managed_fingerprint(copy)


def test_even_an_unreadable_copy_has_a_fingerprint_that_follows_its_edits() -> None:
    broken = event_of(("DTSTART:never", "SUMMARY:One", "X-OSYNC:1"))
    assert managed_fingerprint(broken) == managed_fingerprint(event_of(("SUMMARY:One", "DTSTART:never", "X-OSYNC:2")))
    assert managed_fingerprint(broken) != managed_fingerprint(event_of(("DTSTART:never", "SUMMARY:Two")))
