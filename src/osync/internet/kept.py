"""An IMAP connection that is kept between calls, and opened anew when it broke off or was left alone for too long."""

import time
from collections.abc import Callable
from typing import TypeVar

from osync.errors import MailboxUnavailableError, OSyncError
from osync.internet.imap import ImapConnection

T = TypeVar("T")
_STALE_AFTER = 240.0
"""In seconds. Routers forget connections without traffic, and a computer that slept does not notice that."""


class KeptConnection:
    """Opens a connection when it is needed. What it does with one is done at most twice."""

    def __init__(self, connect: Callable[[], ImapConnection]) -> None:
        self._connect = connect
        self._connection: ImapConnection | None = None
        self._used_at = 0.0
        self.is_hopeless = False
        """Whether the last failure would only be repeated now: the server cannot be reached, or is silent."""

    def use(self, action: Callable[[ImapConnection], T]) -> T:
        """Do something, once more on a new connection if it breaks off; raises what the action and connecting raise."""
        try:
            return self._try(action)
        except MailboxUnavailableError:
            if self.is_hopeless:
                raise
        return self._try(action)

    def close(self) -> None:
        """Hang up; the next use opens a new connection."""
        connection, self._connection = self._connection, None
        if connection:
            connection.close()

    def _try(self, action: Callable[[ImapConnection], T]) -> T:
        self.is_hopeless = True
        connection = self._ready()
        try:
            done = action(connection)
        except OSyncError as error:
            self.is_hopeless = connection.is_silent or not isinstance(error, MailboxUnavailableError)
            if isinstance(error, MailboxUnavailableError):
                self._connection = None
                connection.hang_up()
            raise
        self.is_hopeless = False
        self._used_at = time.monotonic()
        return done

    def _ready(self) -> ImapConnection:
        if self._connection and time.monotonic() - self._used_at > _STALE_AFTER:
            self._connection.hang_up()
            self._connection = None
        if not self._connection:
            self._connection = self._connect()
        return self._connection
