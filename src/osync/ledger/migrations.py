"""From any older ledger to the present one. A new ledger is made from schema.sql at once."""

from collections.abc import Iterator

VERSION = 1
"""The format that this OSync writes, kept in SQLite's user_version."""

_STEPS: tuple[str, ...] = ()
"""Step i leads from format i + 1 to format i + 2."""


def statements(version: int) -> Iterator[str]:
    """Give the statements that lead from format `version` (0 = empty file) to the present one, in order."""
    if version == 0:
        # Late, because only a new ledger needs it.
        from importlib import resources

        yield from _split(resources.files("osync.ledger").joinpath("schema.sql").read_text("utf-8"))
    else:
        for step in _STEPS[version - 1 :]:
            yield from _split(step)


def _split(script: str) -> Iterator[str]:
    without_comments = "\n".join(line.split("--")[0] for line in script.splitlines())
    yield from (statement for statement in without_comments.split(";") if statement.strip())
