"""A bound on the work that one event may cost; a rule from somebody else's calendar can be made to run for ever."""

from osync.errors import EventRefusedError

MOST_STEPS = 200_000


class Work:
    """Count the steps spent on one event: a period looked at, a day or a time tried."""

    __slots__ = ("_left", "_most")

    def __init__(self, steps: int = MOST_STEPS) -> None:
        self._left = self._most = steps

    def spend(self, steps: int) -> None:
        """Take steps away. EventRefusedError when none are left."""
        self._left -= steps
        if self._left < 0:
            raise EventRefusedError(f"Its rule takes more than {self._most} steps to work out.")
