"""The tree drawn at the top of errors.py is the tree of the classes."""

import inspect
import re
from dataclasses import dataclass

from osync import errors
from osync.errors import OSyncError


@dataclass(frozen=True, slots=True)
class Drawn:
    """One line of the drawing: how deep, which class, with which exit code."""

    depth: int
    name: str
    exit_code: int


def drawing() -> list[Drawn]:
    lines = re.findall(r"^    ([ │├└─]*)(\w+Error) (\d+)", errors.__doc__ or "", flags=re.MULTILINE)
    return [Drawn(len(branches) // 4, name, int(code)) for branches, name, code in lines]


def classes(error: type[OSyncError] = OSyncError, depth: int = 0) -> list[Drawn]:
    children = [child for child in error.__subclasses__() if child.__module__ == errors.__name__]
    below = [drawn for child in children for drawn in classes(child, depth + 1)]
    return [Drawn(depth, error.__name__, error.exit_code), *below]


def test_the_drawing_shows_every_class_where_it_belongs_with_its_exit_code() -> None:
    assert drawing() == classes()


def test_nothing_else_is_raised_from_here() -> None:
    defined = {
        value for value in vars(errors).values() if inspect.isclass(value) and value.__module__ == errors.__name__
    }
    assert {error.__name__ for error in defined} == {drawn.name for drawn in drawing()}


def test_an_error_reads_as_what_happened_what_is_safe_and_what_to_do() -> None:
    error = OSyncError("The folder is gone.", unharmed="Nothing was deleted.", advice="Put it back.")
    assert str(error) == "The folder is gone. Nothing was deleted. Put it back."


def test_an_error_without_advice_is_one_sentence() -> None:
    assert str(OSyncError("The folder is gone.")) == "The folder is gone."
