"""Progress is shown to people who wait, and to nobody else."""

import io

import pytest

from osync.cli.progress import Progress


class Terminal(io.StringIO):
    """A stream that counts as a terminal."""

    def isatty(self) -> bool:
        return True

    def line(self) -> str:
        """Give what stands in the last line, as a terminal shows it."""
        shown: list[str] = []
        place = 0
        for character in self.getvalue():
            if character == "\r":
                place = 0
                continue
            shown[place : place + 1] = character
            place += 1
        return "".join(shown).rstrip()


class Watch:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_short_work_shows_nothing(watch: Watch) -> None:
    terminal = Terminal()
    progress = Progress(terminal, watch)
    for done in range(100):
        watch.seconds += 0.0099
        progress("Sending mails", done, 100)
    progress.clear()
    assert terminal.getvalue() == ""


def test_work_over_a_second_shows_how_far_it_is_and_leaves_no_trace(watch: Watch) -> None:
    terminal = Terminal()
    progress = Progress(terminal, watch)
    watch.seconds += 1.1
    progress("Writing to the calendar", 1000, 12000)
    assert terminal.line() == "Writing to the calendar: 1,000 of 12,000"
    watch.seconds += 0.2
    progress("Sending mails", 1, 2)
    assert terminal.line() == "Sending mails: 1 of 2"
    progress.clear()
    assert terminal.line() == ""
    assert terminal.getvalue().endswith("\r")


def test_it_does_not_write_at_each_step(watch: Watch) -> None:
    terminal = Terminal()
    progress = Progress(terminal, watch)
    watch.seconds += 2
    for done in range(1000):
        progress("Reading the calendar", done, 1000)
    assert terminal.getvalue().count("\r") == 1


def test_a_pipe_sees_nothing(watch: Watch) -> None:
    pipe = io.StringIO()
    progress = Progress(pipe, watch)
    watch.seconds += 10
    progress("Sending mails", 1, 2)
    progress.clear()
    assert pipe.getvalue() == ""
