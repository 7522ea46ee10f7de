"""How large one event may be, on both sides of a share (protocol 10). Nothing is expanded to find out."""

from datetime import date, timedelta
from math import prod

from osync.errors import EventRefusedError
from osync.ical.content import Body, EventContent, Rule, moments_of
from osync.ical.rules import TIME_PARTS

TEXT_BYTES = 64 * 1024
TITLE_CHARACTERS = 250
PLACE_CHARACTERS = 500
NOTES_CHARACTERS = 8_000
URL_CHARACTERS = 2_000
OVERRIDES = 300
ADDITIONS = 500
EXCLUSIONS = 1_000
RULE_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
RULE_COUNT = 3_500
RULE_INTERVAL = 1_000
RULE_PART_VALUES = 31
RULE_COMBINATIONS = 366
FIRST_DAY = date(1970, 1, 1)
LAST_DAY = date(2200, 12, 31)
LONGEST = timedelta(days=400)
ZONES = 20
ZONE_BYTES = 8 * 1024
# Two clocks on earth differ by at most this much, so that an end in another zone may seem to lie before its start.
_WIDEST_ZONE_DIFFERENCE = timedelta(hours=27)


def check_content(content: EventContent) -> None:
    """Refuse an event that is larger than the protocol allows; EventRefusedError names the limit."""
    _at_most(len(content.overrides), OVERRIDES, "overrides")
    _at_most(len(content.additions), ADDITIONS, "RDATEs")
    _at_most(len(content.exclusions), EXCLUSIONS, "EXDATEs")
    _at_most(len(content.zones), ZONES, "time zones of its own")
    for zone in content.zones:
        _at_most(len(zone.text.encode()), ZONE_BYTES, "bytes in a time zone")
    if content.rule is not None:
        check_rule(content.rule)
    for body in content.bodies:
        _check_body(body)
    for moment in moments_of(content):
        if not FIRST_DAY <= moment.day <= LAST_DAY:
            raise EventRefusedError("A date in it is before 1970 or after 2200.")


def check_rule(rule: Rule) -> None:
    """Refuse a rule that a program could choke on; EventRefusedError names the part."""
    if rule.frequency not in RULE_FREQUENCIES:
        raise EventRefusedError(f"Its rule is {rule.frequency}, more often than daily.")
    _at_most(rule.count or 1, RULE_COUNT, "repetitions (COUNT)")
    _at_most(rule.interval, RULE_INTERVAL, f"{rule.frequency} periods between two instances (INTERVAL)")
    for part in rule.by:
        if part.name in TIME_PARTS and len(part.values) > 1:
            raise EventRefusedError(f"Its rule names several times of the day ({part.name}).")
        _at_most(len(part.values), RULE_PART_VALUES, f"values of {part.name}")
    _at_most(prod(len(part.values) for part in rule.by), RULE_COMBINATIONS, "combinations of BY values")
    if rule.until is not None and rule.until.day > LAST_DAY:
        raise EventRefusedError("The UNTIL of its rule is after 2200.")


def _check_body(body: Body) -> None:
    _at_most(len(body.title), TITLE_CHARACTERS, "characters in SUMMARY")
    _at_most(len(body.place), PLACE_CHARACTERS, "characters in LOCATION")
    _at_most(len(body.notes), NOTES_CHARACTERS, "characters in DESCRIPTION")
    _at_most(len(body.url), URL_CHARACTERS, "characters in URL")
    if body.end is not None:
        length = body.end.time - body.start.time
        if length > LONGEST:
            raise EventRefusedError(f"It lasts longer than {LONGEST.days} days.")
        same_clock = body.end.zone == body.start.zone
        if length <= timedelta(0) and (same_clock or length < -_WIDEST_ZONE_DIFFERENCE):
            raise EventRefusedError("Its end is not after its start.")


def _at_most(number: int, limit: int, what: str) -> None:
    if number > limit:
        raise EventRefusedError(f"It has more than {limit} {what}.")
