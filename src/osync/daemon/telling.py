"""What the log says: each trouble once and not each minute, what a sync did in numbers, never event text. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from osync.daemon.health import Trouble
from osync.engine.report import Direction, Report
from osync.logs import Level, LogLine

_WORDS = {Direction.OUT: "for its subscribers", Direction.IN: "in your calendar"}
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Told:
    """What the log knows already: the troubles by part, and when it last said what; a day later it may say it again."""

    troubles: Mapping[str, Trouble] = field(default_factory=dict)
    said_at: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class News:
    """What to log, and what the log knows then."""

    told: Told
    lines: tuple[LogLine, ...]


def trouble(told: Told, part: str, sentence: str, now: int, again_at: int = 0) -> News:
    """Note an error of a part: a new sentence is logged, the same one counted, and logged again after a day."""
    before = told.troubles.get(part)
    tries = before.tries + 1 if before else 1
    found = Trouble(part, sentence, before.since if before else now, tries, again_at)
    line = LogLine(Level.WARNING, "trouble", f"{part}: {sentence}", part, {"tries": tries})
    return _said(replace(told, troubles={**told.troubles, part: found}), [line], now)


def _said(told: Told, lines: Iterable[LogLine], now: int) -> News:
    """Leave out what was said within a day."""
    said_at = {sentence: at for sentence, at in told.said_at.items() if 0 <= now - at < _DAY}
    new = [line for line in lines if line.sentence not in said_at]
    return News(replace(told, said_at=said_at | {line.sentence: now for line in new}), tuple(new))


def well(told: Told, part: str) -> News:
    """Note that a part works; logged if it did not before."""
    before = told.troubles.get(part)
    if before is None:
        return News(told, ())
    troubles = {name: each for name, each in told.troubles.items() if name != part}
    # When it fails again, that is news.
    said_at = {sentence: at for sentence, at in told.said_at.items() if not sentence.startswith(f"{part}: ")}
    count = f"{before.tries} {'try' if before.tries == 1 else 'tries'}"
    line = LogLine(Level.INFO, "works-again", f"{part} works again, after {count}.", part, {"tries": before.tries})
    return News(replace(told, troubles=troubles, said_at=said_at), (line,))


def of_report(told: Told, report: Report, now: int) -> News:
    """Tell what a sync did, and what it found that stays so until somebody acts, once a day. Troubles are told by `trouble`."""
    lasting = _said(told, _lasting(report), now)
    return News(lasting.told, (*_done(report), *lasting.lines))


def _done(report: Report) -> Iterator[LogLine]:
    for direction in Direction:
        of_direction = [change for change in report.changes if change.direction is direction]
        for share in sorted({change.share for change in of_direction}):
            counts = Counter(str(change.action) for change in of_direction if change.share == share)
            listed = ", ".join(f"{count} {action}" for action, count in sorted(counts.items()))
            event = "announced" if direction is Direction.OUT else "written"
            yield LogLine(Level.INFO, event, f"{share}: {listed} {_WORDS[direction]}.", share, counts)
    mails = Counter(mail.direction for mail in report.mails)
    if mails:
        received, made = mails[Direction.IN], mails[Direction.OUT]
        counts = Counter({"received": received, "made": made})
        yield LogLine(Level.INFO, "mails", f"Mails: {received} received, {made} made.", "", counts)


def _lasting(report: Report) -> Iterator[LogLine]:
    for held in report.held:
        sentence = f"{held.share} is held: {held.reason} See it with: osync review"
        yield LogLine(Level.WARNING, "held", sentence, held.share)
    for share in sorted({each.share or "mails" for each in report.waiting if each.of_budget}):
        sentence = f"{share}: what is new waits for tomorrow, because the mails of the day are used up."
        yield LogLine(Level.WARNING, "budget-spent", sentence, share)
    known = {str(error) for error in report.troubles.values()}
    rest = [problem for problem in report.problems if problem.sentence not in known]
    for problem in rest:
        if problem.exit_code:
            yield LogLine(Level.WARNING, "problem", f"{problem.subject}: {problem.sentence}", problem.subject)
    # Sentences about single events name files, and the name of a file may say what the event is.
    for subject, count in sorted(Counter(each.subject for each in rest if not each.exit_code).items()):
        noun = "problem with a single event or mail" if count == 1 else "problems with single events or mails"
        sentence = f"{subject}: {count} {noun}. See: osync status"
        yield LogLine(Level.WARNING, "single-problems", sentence, subject, {"problems": count})
