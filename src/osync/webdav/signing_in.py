"""Sign in to a web server in the way that it asks for: Basic (RFC 7617), Digest (RFC 7616), Bearer (RFC 6750)."""

import base64
import hashlib
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from osync.credentials import Login
from osync.errors import SignInRefusedError
from osync.webdav.messages import Request

_WORD = re.compile(r'([A-Za-z0-9_*-]+)[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[^\s,"]+)|([A-Za-z][A-Za-z0-9_-]*)(?=[\s,]|$)')
_DIGESTS = {"": "md5", "MD5": "md5", "MD5-SESS": "md5", "SHA-256": "sha256", "SHA-256-SESS": "sha256"}


@dataclass(frozen=True, slots=True)
class _Challenge:
    """One way to sign in that a server offers; names in small letters."""

    scheme: str
    parameters: Mapping[str, str]

    def rank(self, *, is_private: bool) -> int:
        """Tell how willingly it is taken, 0 for never.

        Digest does not give the password away, but is out of order at many servers (Cyrus 3.6 refuses what is right), so
        Basic goes first where nobody listens.
        """
        if self.scheme == "digest":
            algorithm = self.parameters.get("algorithm", "").upper()
            qop = {word.strip() for word in self.parameters.get("qop", "auth").split(",")}
            return (3 if "SHA" in algorithm else 2) if algorithm in _DIGESTS and "auth" in qop else 0
        return (4 if is_private else 1) if self.scheme == "basic" else 0


class SignIn:
    """Signs the requests of one account; may be used by several threads.

    Nothing is sent before the server asks, but the way that `scheme` names ("basic") is used from the first request.
    `is_private` tells that nobody can listen on the way.
    """

    def __init__(self, login: Login, scheme: str = "", *, is_private: bool) -> None:
        self._login = login
        self._is_private = is_private
        self._lock = threading.Lock()
        self._challenge = _Challenge(scheme, {}) if scheme == "basic" else None
        self._count = 0
        self._secret: str | None = None

    @property
    def scheme(self) -> str:
        """The way that the server asked for, "" as long as it did not."""
        return self._challenge.scheme if self._challenge else ""

    def header(self, request: Request) -> str:
        """Give the value of Authorization for a request, "" if it goes without. SignInRefusedError."""
        with self._lock:
            if not self._login.user and not self._login.bearer:
                return ""
            if self._login.bearer:
                return f"Bearer {_checked_token(self._ask_for_secret())}"
            if self._challenge is None:
                return ""
            if self._challenge.scheme == "basic":
                pair = f"{self._login.user}:{self._ask_for_secret()}".encode()
                return f"Basic {base64.b64encode(pair).decode()}"
            self._count += 1
            return _digest(self._challenge, self._login.user, self._ask_for_secret(), request, self._count)

    def begin_basic(self) -> None:
        """Sign from now on by itself, at a server that answers strangers too and so never asks."""
        with self._lock:
            self._challenge = self._challenge or _Challenge("basic", {})

    def try_again(self, offered: Sequence[str], used: str) -> bool:
        """Take up what a server offers that did not accept `used` (the header that was sent); tell whether to ask once more."""
        ranked = {each.rank(is_private=self._is_private): each for each in _challenges(offered)}
        best = ranked[max(ranked)] if ranked and max(ranked) else None
        with self._lock:
            if not self._login.user and not self._login.bearer:
                return False
            if self._login.bearer:
                self._forget_secret()
                return not used or self._count_refusal()
            if best is None:
                return False
            is_stale = best.parameters.get("stale", "").lower() == "true"
            was_guessed = used.startswith("Basic") and best.scheme == "digest"
            if used and not is_stale and not was_guessed:
                return False
            self._challenge, self._count = best, 0
            return True

    def refused(self) -> None:
        """Tell the account that its secret is not taken."""
        with self._lock:
            self._forget_secret()

    def _count_refusal(self) -> bool:
        """Let a token that may have run out be replaced once."""
        self._count += 1
        return self._count == 1

    def _ask_for_secret(self) -> str:
        if self._secret is None:
            self._secret = self._login.secret()
        return self._secret

    def _forget_secret(self) -> None:
        self._secret = None
        self._login.refused()


def _checked_token(token: str) -> str:
    """Give a token that can stand in a header. SignInRefusedError."""
    if not (token.isascii() and token.isprintable()):
        raise SignInRefusedError(
            "The token for the calendar server is damaged.", unharmed="Nothing was sent.", advice="Sign in again."
        )
    return token


def _challenges(offered: Sequence[str]) -> list[_Challenge]:
    """Read the values of WWW-Authenticate (RFC 9110, 11.6.1); several challenges may stand in one."""
    found: list[_Challenge] = []
    parameters: dict[str, str] = {}
    for match in _WORD.finditer(", ".join(offered)):
        name, value, scheme = match.groups()
        if scheme:
            parameters = {}
            found.append(_Challenge(scheme.lower(), parameters))
        else:
            parameters[name.lower()] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
    return found


def _digest(challenge: _Challenge, user: str, password: str, request: Request, count: int) -> str:
    given = challenge.parameters
    algorithm = given.get("algorithm", "").upper()
    name = _DIGESTS[algorithm]

    def hashed(*parts: str) -> str:
        return hashlib.new(name, ":".join(parts).encode(), usedforsecurity=False).hexdigest()

    realm, nonce, number = given.get("realm", ""), given.get("nonce", ""), f"{count:08x}"
    # A word that is never the same for two requests; the secret in it keeps others from guessing it.
    own = hashlib.sha256(f"{nonce}:{number}:{password}".encode()).hexdigest()[:32]
    first = hashed(user, realm, password)
    if algorithm.endswith("-SESS"):
        first = hashed(first, nonce, own)
    second = hashed(request.method, request.path)
    fields = {"username": user, "realm": realm, "nonce": nonce, "uri": request.path}
    if "qop" in given:
        answer = hashed(first, nonce, number, own, "auth", second)
        tail = f", qop=auth, nc={number}" + f', cnonce="{own}"'
    else:
        answer, tail = hashed(first, nonce, second), ""
    fields |= {"response": answer}
    fields |= {"opaque": given["opaque"]} if "opaque" in given else {}
    quoted = ", ".join(f'{key}="{_escaped(value)}"' for key, value in fields.items())
    named = f", algorithm={given['algorithm']}" if "algorithm" in given else ""
    # A header is written octet by octet; a name that is not ASCII goes as UTF-8.
    return f"Digest {quoted}{named}{tail}".encode().decode("latin-1")


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
