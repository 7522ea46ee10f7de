"""How the series of an event repeats, read as one rule and lists of instances (RFC 5545 section 3.8.5).

What one rule cannot say is written out, if it ends; nothing is ever left out in silence.
"""

from dataclasses import dataclass

from osync.errors import EventRefusedError
from osync.ical.clock import Clock
from osync.ical.content import Body, Moment, Override, Rule
from osync.ical.event import Event
from osync.ical.limits import check_rule
from osync.ical.repeating import added_bodies, excluded_moments, read_rule, repeating_lines, rule_texts, usual_end
from osync.ical.written_out import written_out


@dataclass(frozen=True, slots=True)
class Repetition:
    """When a series happens besides its start; `own_lengths` are instances that last longer or shorter than the first."""

    rule: Rule | None = None
    additions: tuple[Moment, ...] = ()
    exclusions: tuple[Moment, ...] = ()
    own_lengths: tuple[Override, ...] = ()


def read_repetition(event: Event, body: Body, clock: Clock, *, lists_instances: bool) -> Repetition:
    """Read how the series of an event repeats. EventRefusedError names what cannot be said or is too much.

    With `lists_instances` False, what one rule cannot say is refused too.
    """
    series = repeating_lines(event.components[0])
    if not series.contents:
        return Repetition()
    periods = list(added_bodies(series, body, clock))
    own_lengths = tuple(
        Override(each.start, each) for each in periods if each.end != usual_end(each.start, body, clock)
    )
    rules = rule_texts(series, "RRULE")
    rule = read_rule(rules[0], body.start, clock) if rules else None
    why = _why_to_write_out(rule, one_rule=len(rules) <= 1 and not series.first("EXRULE"))
    if why and not lists_instances:
        raise EventRefusedError(f"{why}.")
    if why:
        return _written_out(event, body, clock, own_lengths, why)
    additions = {each.start for each in periods}
    if rule is None:
        additions.discard(body.start)
    return Repetition(rule, tuple(additions), tuple(excluded_moments(series, body, clock)), own_lengths)


def _why_to_write_out(rule: Rule | None, *, one_rule: bool) -> str:
    """Say what keeps the rules of a series from travelling as one rule, "" if nothing does."""
    if not one_rule:
        return "It repeats by several rules or by an EXRULE"
    try:
        if rule is not None:
            check_rule(rule)
    except EventRefusedError as error:
        return str(error).rstrip(".")
    return ""


def _written_out(event: Event, body: Body, clock: Clock, own_lengths: tuple[Override, ...], why: str) -> Repetition:
    starts = written_out(event, body.start, clock, why)
    exclusions = () if body.start in starts else (body.start,)
    kept = tuple(override for override in own_lengths if override.instance in starts)
    return Repetition(None, tuple(starts - {body.start}), exclusions, kept)
