"""When to sync what, how long to wait after an error, and what a jump of the clock means. Pure: moments are arguments.

A part of an installation is its mailbox or one of its calendars, by the name that the report of a sync gives it.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from osync.engine.scope import Scope

MAILBOX = "mailbox"
CALENDAR = "calendar "
"""What stands before the name of a calendar in the name of a part."""

TICK = 30.0
"""The longest wait, in seconds, so that a computer that slept is noticed soon."""
EVERYTHING_EVERY = 4 * 3600.0
"""How often everything is synced, whatever was told or not."""
JUMP = 30.0
"""By how many seconds the two clocks may drift apart between two looks: more is a jump, or sleep."""
OVERSLEPT = 60.0
"""How much longer than asked for a wait may last: more is sleep, where both clocks go on meanwhile (Windows)."""

_BLOCKED_DUTY = 3600
_LONGEST_BUSY = 5.0


class Way(enum.StrEnum):
    """How a change of a part shows."""

    TOLD = "told"
    FOLDER = "folder"
    ASKED = "asked"
    SILENT = "silent"


class Gravity(enum.StrEnum):
    """What an error asks for: a little patience, the user, or a password (a server locks out who tries it too often)."""

    PASSING = "passing"
    USER = "user"
    SIGN_IN = "sign-in"


_RESTS = {Gravity.PASSING: (5.0, 900.0), Gravity.USER: (30.0, 3600.0), Gravity.SIGN_IN: (300.0, 3600.0)}
# How many seconds the first rest lasts, and the longest.


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment on both clocks: `wall` in seconds since 1970, which may be set; `steady` in seconds, which only grows."""

    wall: float
    steady: float


@dataclass(frozen=True, slots=True)
class Part:
    """How it stands with one part: whether it `changed`, when it was synced last (`seen_at`), and its errors in a row.

    It is left alone until `wait_until`. Both are moments of the steady clock.
    """

    way: Way
    changed: bool = False
    seen_at: float = 0.0
    failures: int = 0
    wait_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is known at `last`. Everything is due at `all_at` (steady), what the ledger wants at `duty_at` (wall; 0 = never).

    `is_stirred` tells that another command wrote the ledger. Before `wait_until` (steady) nothing is done, after `failures` in
    a row to open the installation at all. `poll` is how many seconds lie between two looks at what does not tell by itself.
    """

    last: Moment
    poll: float
    parts: Mapping[str, Part] = field(default_factory=dict)
    all_at: float = 0.0
    duty_at: float = 0.0
    is_stirred: bool = False
    failures: int = 0
    wait_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: wait so many seconds, or, with a `scope`, sync that."""

    wait: float
    scope: Scope | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a sync found: the parts there are with their ways, the errors by part, and when the ledger has something to do."""

    ways: Mapping[str, Way]
    failed: Mapping[str, Gravity]
    duty_at: float


def calendar_part(name: str) -> str:
    """Give the name of the part that is a calendar."""
    return CALENDAR + name


def begin(now: Moment, poll: float) -> Schedule:
    """Give the schedule of a daemon that has just started: everything is due."""
    return Schedule(now, poll, all_at=now.steady)


def told(schedule: Schedule, name: str, *, works_again: bool = False) -> Schedule:
    """Note that a part has changed, or that it can be reached again. What is no part (any more) is not noted.

    What tells by itself answers, so it is not left alone any longer: mail is read though it cannot be sent now.
    """
    part = schedule.parts.get(name)
    if part is None:
        return schedule
    part = replace(part, failures=0) if works_again else part
    part = replace(part, wait_until=0.0) if works_again or part.way is Way.TOLD else part
    return replace(schedule, parts={**schedule.parts, name: replace(part, changed=True)})


def forgive(schedule: Schedule, now: Moment) -> Schedule:
    """Sync everything at once, whatever failed before: the settings are others, or the computer was asleep."""
    parts = {name: replace(part, failures=0, wait_until=0.0) for name, part in schedule.parts.items()}
    return replace(schedule, parts=parts, all_at=now.steady, failures=0, wait_until=0.0)


def jumped(schedule: Schedule, now: Moment, waited_for: float) -> bool:
    """Tell whether the computer slept or its clock was set since `last`, after a wait of `waited_for` seconds was begun."""
    steady = now.steady - schedule.last.steady
    return abs(now.wall - schedule.last.wall - steady) > JUMP or steady > waited_for + OVERSLEPT


def next_step(schedule: Schedule, now: Moment) -> Step:
    """Decide what to do now."""
    if now.steady < schedule.wait_until:
        return Step(min(TICK, schedule.wait_until - now.steady))
    everything = now.steady >= schedule.all_at
    due = {name for name, part in schedule.parts.items() if everything or _is_due(schedule, part, now)}
    resting = {name for name, part in schedule.parts.items() if now.steady < part.wait_until}
    due -= resting
    if due or everything or schedule.is_stirred or 0 < schedule.duty_at <= now.wall:
        return Step(0.0, _scope(due, resting, everything=everything))
    return Step(max(0.0, min([TICK, schedule.all_at - now.steady, *_waits(schedule, now)])))


def _is_due(schedule: Schedule, part: Part, now: Moment) -> bool:
    return part.changed or part.failures > 0 or now.steady >= part.seen_at + _period(schedule, part)


def _period(schedule: Schedule, part: Part) -> float:
    """Give how many seconds a part is left alone that tells nothing: some changes on network drives are told by nobody."""
    match part.way:
        case Way.SILENT:
            return schedule.poll
        case Way.FOLDER:
            return 5 * schedule.poll
        case Way.TOLD | Way.ASKED:
            return 15 * schedule.poll


def _waits(schedule: Schedule, now: Moment) -> list[float]:
    waits = [
        max(part.wait_until, 0.0 if part.failures else part.seen_at + _period(schedule, part)) - now.steady
        for part in schedule.parts.values()
    ]
    return [*waits, schedule.duty_at - now.wall] if schedule.duty_at else waits


def _scope(due: set[str], resting: set[str], *, everything: bool) -> Scope:
    calendars = frozenset(name.removeprefix(CALENDAR) for name in due if name.startswith(CALENDAR))
    return Scope(
        mail=MAILBOX in due or (everything and MAILBOX not in resting),
        post=MAILBOX not in resting,
        calendars=None if everything else calendars,
        avoided=frozenset(name.removeprefix(CALENDAR) for name in resting if name.startswith(CALENDAR)),
    )


def synced(schedule: Schedule, scope: Scope, outcome: Outcome, now: Moment, chance: float) -> Schedule:
    """Note what a sync of `scope` found that began at `now`. `chance`, from 0 to 1, spreads the tries of many computers."""
    parts: dict[str, Part] = {}
    silent = dict.fromkeys(outcome.failed, Way.SILENT)
    # A calendar that is only written to is known as long as it fails.
    kept = {name: part.way for name, part in schedule.parts.items() if part.failures and not covers(scope, name)}
    for name, way in {**silent, **kept, **outcome.ways}.items():
        part = replace(schedule.parts.get(name, Part(way, seen_at=now.steady)), way=way)
        if name in outcome.failed:
            rest = rest_after(part.failures + 1, outcome.failed[name], chance)
            part = replace(part, failures=part.failures + 1, wait_until=now.steady + rest, seen_at=now.steady)
        elif covers(scope, name):
            part = replace(part, changed=False, failures=0, wait_until=0.0, seen_at=now.steady)
        parts[name] = part
    return replace(
        schedule,
        parts=parts,
        all_at=now.steady + EVERYTHING_EVERY if scope.calendars is None else schedule.all_at,
        duty_at=_later(outcome.duty_at, now.wall),
        is_stirred=False,
        failures=0,
        wait_until=0.0,
    )


def covers(scope: Scope, name: str) -> bool:
    """Tell whether a sync of `scope` works a part through."""
    if name == MAILBOX:
        return scope.mail
    calendar = name.removeprefix(CALENDAR)
    return calendar not in scope.avoided and scope.may_have_news(calendar)


def _later(duty_at: float, now: float) -> float:
    """Give when to look at the ledger again: what was due already and was not done waits for something else."""
    if not duty_at:
        return 0.0
    return now + _BLOCKED_DUTY if duty_at <= now else max(duty_at, now + 1)


def failed(schedule: Schedule, gravity: Gravity, now: Moment, chance: float) -> Schedule:
    """Note that the installation could not be opened, so that nothing at all was done."""
    failures = schedule.failures + 1
    return replace(schedule, failures=failures, wait_until=now.steady + rest_after(failures, gravity, chance))


def kept_out(schedule: Schedule, now: Moment) -> Schedule:
    """Note that another command works with the installation: it is done soon."""
    failures = schedule.failures + 1
    return replace(schedule, failures=failures, wait_until=now.steady + min(0.2 * 2**failures, _LONGEST_BUSY))


def rest_after(failures: int, gravity: Gravity, chance: float) -> float:
    """Give how many seconds to leave something alone after so many errors in a row, from three quarters to five quarters."""
    first, longest = _RESTS[gravity]
    return min(first * 2.0 ** min(failures - 1, 20), longest) * (0.75 + chance / 2)
