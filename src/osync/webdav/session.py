"""Ask a server as one account: signing in, redirections within it, patience, and lost connections. It knows no calendars."""

import http.client
import time
from collections.abc import Callable

from osync.credentials import Login
from osync.network import Network
from osync.network.proxies import is_loopback
from osync.webdav.addresses import Address, Origin, resolved
from osync.webdav.connections import Connection, Connections
from osync.webdav.faults import moved_away, no_answer, sign_in_refused
from osync.webdav.messages import LOST, Answer, Request
from osync.webdav.signing_in import SignIn

_MOST_ROUNDS = 8
_LONGEST_PAUSE = 10
_PAUSES = 3
_FAILURES = (OSError, http.client.HTTPException)


class Session:
    """The way to one server for one account. For several threads, each with a connection of its own.

    With `follows`, it goes where the server sends it, as long as that is the same server.
    """

    def __init__(
        self,
        origin: Origin,
        login: Login,
        network: Network,
        scheme: str = "",
        pause: Callable[[float], None] = time.sleep,
        *,
        follows: bool = False,
    ) -> None:
        self.origin = origin
        self._login = login
        self._connections = Connections(origin, network)
        self._sign_in = SignIn(login, scheme, is_private=origin.is_secure or is_loopback(origin.host))
        self.pause = pause
        self._follows = follows

    @property
    def scheme(self) -> str:
        """The way to sign in that the server asked for, for the next session."""
        return self._sign_in.scheme

    def ask(self, request: Request) -> Answer:
        """Give the answer to a request, whatever its status; its status is LOST if it may or may not have been carried out.

        CalendarUnavailableError if nothing was done, CalendarUnusableError if the server is not to be trusted or sends us
        away, SignInRefusedError.
        """
        pauses = 0
        for _ in range(_MOST_ROUNDS):
            used = self._sign_in.header(request)
            answer = self._exchange(request, used)
            if answer.status == http.client.UNAUTHORIZED:
                if self._sign_in.try_again([answer.headers.get("www-authenticate", "")], used):
                    continue
                if used:
                    self._sign_in.refused()
                raise sign_in_refused(self.origin, signed=bool(used))
            if answer.is_good and self._login.user and not used:
                self._sign_in.begin_basic()
                if request.is_harmless_twice:
                    continue
            if answer.status in (301, 302, 307, 308):
                request = self._redirected(request, answer)
                continue
            wait = _seconds_to_wait(answer)
            if wait and pauses < _PAUSES:
                pauses += 1
                self.pause(wait)
                continue
            return answer
        raise no_answer(self.origin, http.client.HTTPException())

    def close(self) -> None:
        """Hang up."""
        self._connections.close()

    def _redirected(self, request: Request, answer: Answer) -> Request:
        here = Address(self.origin, request.path)
        target = resolved(here, answer.headers.get("location", ""))
        if not self._follows or target is None or target.origin != self.origin or target.path == request.path:
            raise moved_away(here, target)
        return Request(request.method, target.path, request.body, request.headers)

    def _exchange(self, request: Request, authorization: str) -> Answer:
        """Send a request once; a connection that the server has closed meanwhile is replaced."""
        connection = self._connections.take()
        if connection is not None:
            answer = self._try(connection, request, authorization)
            if isinstance(answer, Answer):
                return answer
            if not request.is_harmless_twice:
                return _lost(request)
        try:
            connection = self._connections.open()
        except _FAILURES as error:
            raise no_answer(self.origin, error) from error
        answer = self._try(connection, request, authorization)
        if isinstance(answer, Answer):
            return answer
        if not request.is_harmless_twice:
            return _lost(request)
        raise no_answer(self.origin, answer) from answer

    def _try(self, connection: Connection, request: Request, authorization: str) -> Answer | Exception:
        try:
            return connection.exchange(request, authorization)
        except _FAILURES as error:
            return error
        finally:
            self._connections.give_back(connection)


def _lost(request: Request) -> Answer:
    return Answer(LOST, {}, b"", request.path)


def _seconds_to_wait(answer: Answer) -> int:
    """Give how long a server asks us to wait, 0 if it does not, or for longer than a run should take."""
    if answer.status not in (429, 503):
        return 0
    asked = answer.headers.get("retry-after", "")
    seconds = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    return seconds if seconds <= _LONGEST_PAUSE else 0
