"""Wait for new mails, on a connection of its own: with IDLE where the server has it, else by asking again and again.

It reads no mail, and remembers nothing beyond the life of this object.
"""

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable, Sequence

from osync.errors import MailboxUnavailableError
from osync.internet.imap import ImapConnection

_LONGEST_IDLE = 9 * 60.0
"""In seconds. Servers end it after 29 minutes (RFC 2177), many routers after ten."""
_POLLED_EVERY = 60.0


class MailWatch:
    """Watches folders for mails: the first one by IDLE, the others by asking once a minute.

    Mails that were there at the first call do not count.
    """

    def __init__(self, connect: Callable[[], ImapConnection], folders: Sequence[str]) -> None:
        self._connect = connect
        self._first, *self._others = folders
        self._connection: ImapConnection | None = None
        self._next_uids: dict[str, int] = {}
        self._validity = 0
        self._lock = threading.Lock()
        self._wake: tuple[socket.socket, socket.socket] | None = None

    def wait(self, seconds: float) -> bool:
        """Tell whether mail came, as soon as it does, or after `seconds`, or when `interrupt` is called, also just before."""
        until = time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            came = self._once(max(0.0, left))
            if came or self._was_woken() or left <= 0:
                return came

    def interrupt(self) -> None:
        """End the waiting of another thread at once; if none waits, the next waiting."""
        with contextlib.suppress(OSError):
            self._waker()[1].send(b"!")

    def close(self) -> None:
        """Hang up; the next call connects anew. Mails that come meanwhile count."""
        connection, self._connection = self._connection, None
        if connection:
            connection.close()
        with self._lock:
            for each in self._wake or ():
                each.close()
            self._wake = None

    def _once(self, seconds: float) -> bool:
        """Wait at most `seconds`, rarely less long; a connection that broke off meanwhile is opened anew once."""
        is_old = self._connection is not None
        try:
            return self._look(seconds)
        except MailboxUnavailableError:
            self._hang_up()
            if not is_old:
                raise
        try:
            return self._look(seconds)
        except MailboxUnavailableError:
            self._hang_up()
            raise

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            connection.hang_up()

    def _look(self, seconds: float) -> bool:
        connection = self._connection
        if connection is None:
            connection = self._connection = self._connect()
            if self._opened(connection):
                return True
        if self._others_grew(connection):
            return True
        pause = min(seconds, _POLLED_EVERY if self._others else _LONGEST_IDLE)
        came = connection.idle(pause, self._waker()[0]) if connection.can("IDLE") else self._ask(connection, pause)
        if came and self._next_uids[self._first]:
            self._next_uids[self._first] += came
        return came > 0

    def _opened(self, connection: ImapConnection) -> bool:
        """Open the first folder; tell whether it has mails that the last connection did not know of."""
        state = connection.open_folder(self._first)
        known = self._next_uids.get(self._first)
        was, self._validity = self._validity, state.validity
        self._next_uids[self._first] = state.next_uid
        return known is not None and (was != state.validity or not state.next_uid or state.next_uid > known)

    def _others_grew(self, connection: ImapConnection) -> bool:
        now = {name: connection.next_uid(name) for name in self._others}
        grew = any(uid > self._next_uids.get(name, uid) for name, uid in now.items())
        self._next_uids.update(now)
        return grew

    def _ask(self, connection: ImapConnection, seconds: float) -> int:
        select.select([self._waker()[0]], [], [], min(seconds, _POLLED_EVERY))
        return connection.more_mails()

    def _waker(self) -> tuple[socket.socket, socket.socket]:
        with self._lock:
            if self._wake is None:
                self._wake = socket.socketpair()
                for each in self._wake:
                    each.settimeout(0)
            return self._wake

    def _was_woken(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            return bool(self._waker()[0].recv(1_000))
        return False
