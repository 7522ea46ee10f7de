"""Objects of another program that answers over COM: asked by name, with patience, and never faster than its user can bear.

Outlook does one thing at a time. While OSync asks, its windows wait; so after a while of asking there is a pause.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from osync.errors import OutlookRefusedError
from osync.microsoft.com_errors import Reason, refusal
from osync.microsoft.constants import METHOD, PROPERTY_GET, PROPERTY_PUT, PROPERTY_PUT_OBJECT

T = TypeVar("T")

_AT_ONCE = 0.15
"""Seconds after which the user of Outlook gets a chance."""
_PAUSE = 0.02
_FIRST_DELAY, _LONGEST_DELAY, _LONGEST_BUSY = 0.2, 5.0, 60.0
_PLAIN = (bool, int, float, str, bytes, bytearray, memoryview, datetime, tuple, list)


class Patience:
    """Asks again while the other program is busy, and makes pauses; `now` and `sleep` count in seconds.

    `abandon` makes every later call fail: whoever asked does not wait any more, so nothing may be written for them.
    """

    def __init__(
        self,
        pump: Callable[[], None],
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pump = pump
        self._now = now
        self._sleep = sleep
        self._paused_at = now()
        self._abandoned = False
        self.asked_at = now()

    def abandon(self) -> None:
        """Let every later call fail."""
        self._abandoned = True

    def ask(self, act: Callable[[], T]) -> T:
        """Carry one call out. OutlookRefusedError; while the other side is busy the call was not made, so it is made again."""
        self._make_room()
        begun, delay = self._now(), _FIRST_DELAY
        while True:
            self._check_wanted()
            self.asked_at = self._now()
            refused = None
            try:
                return act()
            except Exception as error:
                # The class of COM's errors exists on Windows only.
                refused = refusal(error)
                if refused is None:
                    raise
            # Not inside of `except`: the frames of a COM error would keep objects of Outlook alive.
            if refused.reason != Reason.BUSY or self._now() - begun > _LONGEST_BUSY:
                try:
                    raise refused
                finally:
                    # A frame that names its own error lives on, and so does what its callers hold.
                    del refused
            self._pump()
            self._sleep(delay)
            delay = min(2 * delay, _LONGEST_DELAY)

    def _make_room(self) -> None:
        if self._now() - self._paused_at < _AT_ONCE:
            return
        self._pump()
        self._sleep(_PAUSE)
        self._paused_at = self._now()

    def _check_wanted(self) -> None:
        if self._abandoned:
            raise OutlookRefusedError("Nobody waits for this call any more.", reason=Reason.BUSY.value)


class Com:
    """One object of the other program. It may be used on the thread that it was made on only, and is let go with its last name."""

    __slots__ = ("_object", "_patience")

    def __init__(self, found: object, patience: Patience) -> None:
        self._object = found
        self._patience = patience

    def get(self, name: str) -> Any:
        """Give a property: a plain value, None, or another object. OutlookRefusedError."""
        return self._wrapped(self._patience.ask(lambda: _get(self._object, name)))

    def call(self, name: str, *arguments: object) -> Any:
        """Call a method, or read a property with arguments; times as in `put`. OutlookRefusedError."""
        bare = tuple(each.bare if isinstance(each, Com) else _written(each) for each in arguments)
        return self._wrapped(self._patience.ask(lambda: _call(self._object, name, bare)))

    def put(self, name: str, value: object) -> None:
        """Set a property; a naive datetime is written as the clock on the wall shows it. OutlookRefusedError."""
        if isinstance(value, Com):
            self._patience.ask(lambda: _put_object(self._object, name, value.bare))
            return
        self._patience.ask(lambda: _put(self._object, name, _written(value)))

    @property
    def bare(self) -> object:
        """The object itself, for listening to its events."""
        return self._object

    def _wrapped(self, value: object) -> Any:
        if value is None or isinstance(value, _PLAIN):
            return value
        return Com(value, self._patience)


def _written(value: object) -> object:
    """Give a time so that pywin32 writes what the clock on the wall shows: it takes naive ones for local, and shifts them."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def wall_clock(value: datetime) -> datetime:
    """Give what a clock on the wall shows, naive and in whole seconds.

    pywin32 labels every time as UTC, whatever it means, and a double of days may be a millisecond short (pywin32 #1760).
    """
    bare = datetime.combine(value.date(), value.time())
    return (bare + timedelta(microseconds=500_000)).replace(microsecond=0)


# Real objects are asked by name through IDispatch: `win32com` would otherwise behave differently on machines where makepy
# ran (pywin32 #605), and take a method without arguments for a property.
def _get(found: Any, name: str) -> object:
    dispatch = getattr(found, "_oleobj_", None)
    return getattr(found, name) if dispatch is None else _invoke(dispatch, name, PROPERTY_GET, ())


def _call(found: Any, name: str, arguments: tuple[object, ...]) -> object:
    dispatch = getattr(found, "_oleobj_", None)
    if dispatch is None:
        return getattr(found, name)(*arguments)
    return _invoke(dispatch, name, METHOD | PROPERTY_GET, arguments)


def _put(found: Any, name: str, value: object) -> None:
    dispatch = getattr(found, "_oleobj_", None)
    if dispatch is None:
        setattr(found, name, value)
    else:
        dispatch.Invoke(dispatch.GetIDsOfNames(0, name), 0, PROPERTY_PUT, 0, value)


def _put_object(found: Any, name: str, value: Any) -> None:
    dispatch = getattr(found, "_oleobj_", None)
    if dispatch is None:
        setattr(found, name, value)
        return
    number = dispatch.GetIDsOfNames(0, name)
    dispatch.Invoke(number, 0, PROPERTY_PUT_OBJECT, 0, getattr(value, "_oleobj_", value))


class _Dispatch:
    """What IDispatch gave, under the name by which win32com's own objects hold theirs."""

    __slots__ = ("_oleobj_",)

    def __init__(self, dispatch: object) -> None:
        self._oleobj_ = dispatch


def _invoke(dispatch: Any, name: str, kind: int, arguments: tuple[object, ...]) -> object:
    bare = tuple(getattr(each, "_oleobj_", each) for each in arguments)
    found = dispatch.Invoke(dispatch.GetIDsOfNames(0, name), 0, kind, 1, *bare)
    return _Dispatch(found) if hasattr(found, "GetIDsOfNames") else found
