"""What the log says, and how often."""

from pathlib import Path

from osync.daemon.health import Health, Trouble, read_health, write_health
from osync.daemon.telling import Told, of_report, trouble, well
from osync.engine.report import Direction, Held, Problem, Report, ReportedChange, Waiting
from osync.errors import CalendarUnavailableError, EventUnreadableError
from osync.logs import LogLine
from osync.model import ChangeAction

DAY = 86_400
NOW = 1_795_000_000


def change(action: ChangeAction, direction: Direction = Direction.OUT) -> ReportedChange:
    return ReportedChange(direction, "team", action, "Divorce lawyer", "2026-12-01")


def test_the_same_trouble_is_told_once_counted_and_told_again_after_a_day() -> None:
    told = Told()
    lines: list[LogLine] = []
    for minute in range(3 * 24 * 60):
        news = trouble(told, "mailbox", "The mail server does not answer.", NOW + minute * 60)
        told = news.told
        lines += news.lines
    assert [line.sentence for line in lines] == ["mailbox: The mail server does not answer."] * 3
    assert told.troubles["mailbox"] == Trouble("mailbox", "The mail server does not answer.", NOW, 3 * 24 * 60)


def test_troubles_that_take_turns_are_told_once_each() -> None:
    told, count = Told(), 0
    for minute in range(100):
        sentence = "It is slow." if minute % 2 else "It is gone."
        news = trouble(told, "mailbox", sentence, NOW + minute * 60)
        told, count = news.told, count + len(news.lines)
    assert count == 2


def test_the_end_of_a_trouble_is_told_and_its_return_too() -> None:
    first = trouble(Told(), "mailbox", "It is gone.", NOW)
    again = trouble(first.told, "mailbox", "It is gone.", NOW + 60)
    ended = well(again.told, "mailbox")
    assert [line.sentence for line in ended.lines] == ["mailbox works again, after 2 tries."]
    assert well(ended.told, "mailbox").lines == ()
    assert len(trouble(ended.told, "mailbox", "It is gone.", NOW + 120).lines) == 1


def test_changes_are_counted_by_share_and_kind() -> None:
    report = Report()
    report.changes += [change(ChangeAction.NEW), change(ChangeAction.NEW), change(ChangeAction.DELETED)]
    report.changes.append(change(ChangeAction.CHANGED, Direction.IN))
    lines = of_report(Told(), report, NOW).lines
    assert [line.sentence for line in lines] == [
        "team: 1 deleted, 2 new for its subscribers.",
        "team: 1 changed in your calendar.",
    ]
    assert lines[0].counts == {"new": 2, "deleted": 1}


def test_what_stays_is_told_once_a_day_although_not_every_sync_sees_it() -> None:
    held = Report(held=[Held("team", "30 of 40 events would be deleted at all subscribers.")])
    told, count = Told(), 0
    for minute in range(2 * 24 * 60):
        news = of_report(told, held if minute % 5 == 0 else Report(), NOW + minute * 60)
        told, count = news.told, count + len(news.lines)
    assert count == 2


def test_an_event_that_is_held_by_itself_is_not_named() -> None:
    held = Report(held=[Held("team of pat", "Their time zone data differ.", title="Divorce lawyer")])
    (line,) = of_report(Told(), held, NOW).lines
    assert line.sentence == "team of pat is held: Their time zone data differ. See it with: osync review"


def test_a_budget_that_is_spent_is_told_and_an_ordinary_pause_is_not() -> None:
    report = Report(waiting=[Waiting("team", 3, NOW + 60), Waiting("board", 1, NOW + DAY, of_budget=True)])
    assert [line.about for line in of_report(Told(), report, NOW).lines] == ["board"]


def test_problems_of_single_events_are_counted_because_names_of_files_say_too_much() -> None:
    report = Report()
    report.problems.append(Problem("calendar work", "Divorce lawyer.ics: The text is empty."))
    report.add_problem("calendar work", EventUnreadableError("Divorce lawyer.ics is cut off."))
    report.add_problem("calendar home", CalendarUnavailableError("The folder is busy."))
    report.problems.append(Problem("mailbox", "The update mail did not reach jo@example.org: unknown.", 2))
    assert [line.sentence for line in of_report(Told(), report, NOW).lines] == [
        "mailbox: The update mail did not reach jo@example.org: unknown.",
        "calendar work: 2 problems with single events or mails. See: osync status",
    ]


def test_the_health_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    assert read_health(path) is None
    health = Health(17, NOW, NOW + 1, NOW + 2, (Trouble("mailbox", "Sie ist weg – fort.", NOW, 3, NOW + 60),))
    write_health(path, health)
    assert read_health(path) == health
    assert [each.name for each in tmp_path.iterdir()] == ["run.json"]


def test_a_health_that_nobody_understands_is_none(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    for text in ("", "[]", "{}", '{"format": 2}', '{"format": 1, "process": "x"}', '{"format": 1, "process": []}'):
        path.write_text(text, "utf-8")
        assert read_health(path) is None
