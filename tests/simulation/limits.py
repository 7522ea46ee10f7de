"""Make a few limits so small that small shares reach them: mails are cut, broadcasts wait, deletions are held."""

import contextlib
from collections.abc import Iterator

from osync.engine import broadcast
from osync.sync import safety
from osync.sync.budget import MailLimits

_EVENTS_A_MAIL = 2
_DELETED_AT_ONCE = 2
SMALL_MAIL_LIMITS = MailLimits(broadcast_seconds=3, broadcasts_a_day=50, mails_a_day=200)


@contextlib.contextmanager
def small_limits(*, active: bool) -> Iterator[None]:
    """Let limits be small inside."""
    with contextlib.ExitStack() as limits:
        if active:
            limits.enter_context(replaced(broadcast, "MAX_EVENTS", _EVENTS_A_MAIL))
            limits.enter_context(replaced(safety, "DELETED_AT_ONCE", _DELETED_AT_ONCE))
        yield


@contextlib.contextmanager
def replaced(owner: object, name: str, other: object) -> Iterator[None]:
    """Let an attribute of a module or class be another one inside."""
    kept = getattr(owner, name)
    setattr(owner, name, other)
    try:
        yield
    finally:
        setattr(owner, name, kept)
