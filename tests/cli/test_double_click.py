"""Who double-clicks the Windows program is asked the questions of init, or sees how everything is."""

from collections.abc import Sequence

import pytest

from osync.cli.double_click import start_without_words, was_double_clicked


@pytest.mark.parametrize(("is_new", "command"), [(True, "init"), (False, "status")])
def test_the_window_stays_until_it_was_read(is_new: bool, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    done: list[str] = []

    def run(arguments: Sequence[str]) -> int:
        done.extend(arguments)
        return 7

    def wait(prompt: str) -> str:
        done.append(prompt.strip())
        return ""

    assert start_without_words(run, wait, is_new=is_new) == 7
    assert done == [command, "Press Enter to close this window."]
    assert ("osync --help" in capsys.readouterr().out) is not is_new


def test_a_program_that_a_shell_started_was_not_double_clicked() -> None:
    assert not was_double_clicked()
