"""How `osync run` is: what `osync status` tells of it, in a small file of the home. It holds no event text."""

import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is stuck: the part, the sentence why, since when, how often it was tried, and when again (0 = it is not known)."""

    part: str
    sentence: str
    since: int
    tries: int
    again_at: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """Who runs since when, when it last synced anything and everything, and what is stuck. Moments in seconds since 1970."""

    process: int
    started_at: int
    synced_at: int = 0
    all_synced_at: int = 0
    troubles: tuple[Trouble, ...] = ()


def write_health(path: Path, health: Health) -> None:
    """Write the file, whole or not at all, for this user alone. What cannot be written is left: it only informs."""
    written = {
        "format": FORMAT,
        "process": health.process,
        "started_at": health.started_at,
        "synced_at": health.synced_at,
        "all_synced_at": health.all_synced_at,
        "troubles": [
            {
                "part": each.part,
                "sentence": each.sentence,
                "since": each.since,
                "tries": each.tries,
                "again_at": each.again_at,
            }
            for each in health.troubles
        ],
    }
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(json.dumps(written))
        unfinished.replace(path)


def read_health(path: Path) -> Health | None:
    """Read the file; None if there is none, or one that this OSync does not understand."""
    try:
        found = json.loads(path.read_bytes())
        if found["format"] != FORMAT:
            return None
        return Health(
            int(found["process"]),
            int(found["started_at"]),
            int(found["synced_at"]),
            int(found["all_synced_at"]),
            tuple(_troubles(found["troubles"])),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _troubles(found: Iterable[dict[str, object]]) -> Iterable[Trouble]:
    for each in found:
        numbers = [int(str(each[name])) for name in ("since", "tries", "again_at")]
        yield Trouble(str(each["part"]), str(each["sentence"]), *numbers)
