"""Access tokens of OAuth 2 (RFC 6749), made fresh from the refresh token that the credential store keeps."""

import functools
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field

from osync.credentials import Login
from osync.credentials.store import find, forget, keep
from osync.credentials.web import post_form
from osync.errors import SignInRefusedError
from osync.network import Network

_UNHARMED = "Nothing was sent or changed."
_SPARE = 120.0
"""Seconds; a token that ends during a sync would be refused in its middle."""
_USUAL_LIFE = 3_600
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")


@dataclass(frozen=True, slots=True)
class Client:
    """The program as a sign-in server knows it: the server's name (SERVICES), where it gives tokens, and the user's own client id."""

    service: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """What the credential store keeps of a sign-in: the client and its refresh token."""

    client: Client
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token, with the seconds that it lives, and the refresh token that came with it, "" for none."""

    token: str = field(repr=False)
    life: float
    refresh_token: str = field(repr=False)


class TokenKeeper:
    """Gives access tokens of one user, a new one when the last one ends or is refused. Several threads may ask.

    `now` counts seconds, from anywhere.
    """

    def __init__(self, user: str, network: Network, now: Callable[[], float]) -> None:
        self._user = user
        self._network = network
        self._now = now
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0

    def secret(self) -> str:
        """Give a token that is fresh. SignInRefusedError, RetryLaterError."""
        with self._lock:
            if not self._token or self._now() >= self._until:
                fresh = self._fresh()
                self._token, self._until = fresh.token, self._now() + fresh.life - _SPARE
            return self._token

    def forget(self) -> None:
        """Get a new one next time."""
        with self._lock:
            self._token = ""

    def _fresh(self) -> AccessToken:
        grant = self._grant()
        answer = self._ask(grant)
        if answer.get("error") == "invalid_grant" and (newer := self._grant()) != grant:
            # Another OSync of this user was faster, and each refresh token is good once.
            grant, answer = newer, self._ask(newer)
        if answer.get("error") == "invalid_grant":
            raise SignInRefusedError(
                f"The sign-in of {self._user} has ended: it was revoked, or the password was changed.",
                unharmed=_UNHARMED,
                advice="Type: osync sign-in",
            )
        token = read_token(answer, self._user)
        if token.refresh_token and token.refresh_token != grant.refresh_token:
            save_grant(self._user, Grant(grant.client, token.refresh_token))
        return token

    def _grant(self) -> Grant:
        grant = load_grant(self._user)
        if grant is None:
            raise SignInRefusedError(
                f"OSync is not signed in for {self._user}.", unharmed=_UNHARMED, advice="Type: osync sign-in"
            )
        return grant

    def _ask(self, grant: Grant) -> dict[str, object]:
        fields = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token, **identified(grant.client)}
        return post_form(grant.client.token_url, fields, self._network)


def token_login(user: str, network: Network) -> Login:
    """Give the login that uses access tokens; nothing is asked for yet."""
    keeper = _keeper(user, network)
    return Login(user, keeper.secret, bearer=True, refused=keeper.forget)


def forget_tokens() -> None:
    """Get new tokens for everybody, from now on."""
    _keeper.cache_clear()


@functools.cache
def _keeper(user: str, network: Network) -> TokenKeeper:
    return TokenKeeper(user, network, time.monotonic)


def load_grant(user: str) -> Grant | None:
    """Give what is kept of the sign-in of a user, None if there is nothing to use. SignInRefusedError if the store is silent."""
    text = find(_name(user))
    try:
        kept = json.loads(text or "{}")
        return Grant(
            Client(**{name: str(kept["client"][name]) for name in Client.__slots__}), str(kept["refresh_token"])
        )
    except (ValueError, KeyError, TypeError):
        return None


def save_grant(user: str, grant: Grant) -> None:
    """Keep a sign-in in the credential store. SignInRefusedError."""
    keep(_name(user), json.dumps(asdict(grant)))


def forget_grant(user: str) -> None:
    """Take the sign-in of a user out of the credential store."""
    forget(_name(user))
    forget_tokens()


def identified(client: Client) -> dict[str, str]:
    """Give the fields by which a client says who it is (RFC 6749, 2.3.1)."""
    secret = {"client_secret": client.client_secret} if client.client_secret else {}
    return {"client_id": client.client_id, **secret}


def read_token(answer: Mapping[str, object], user: str) -> AccessToken:
    """Read the answer of a token endpoint (RFC 6749, 5.1 and 5.2). SignInRefusedError with its word for a refusal."""
    token, life = answer.get("access_token"), answer.get("expires_in", _USUAL_LIFE)
    if not isinstance(token, str) or not token:
        raise SignInRefusedError(
            f"The sign-in of {user} is refused{refusal(answer)}.", unharmed=_UNHARMED, advice="Type: osync sign-in"
        )
    try:
        seconds = float(str(life))
    except ValueError:
        seconds = _USUAL_LIFE
    return AccessToken(token, seconds, str(answer.get("refresh_token") or ""))


def refusal(answer: Mapping[str, object]) -> str:
    """Give the word for a refusal, in parentheses; the description beside it is not shown, as nobody knows what is in it."""
    word = str(answer.get("error", ""))
    return f" ({word})" if _CODE.fullmatch(word) else ""


def _name(user: str) -> str:
    return f"oauth {user}"
