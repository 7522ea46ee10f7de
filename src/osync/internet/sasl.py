"""Ways to sign in to a mail server (RFC 4422), as values that answer its challenges. Pure: nothing is sent here."""

from collections.abc import Callable
from typing import Protocol

from osync.internet.scram import Scram


class Mechanism(Protocol):
    """One way to sign in, for one attempt."""

    @property
    def name(self) -> str:
        """Its registered name."""
        ...

    def first(self) -> bytes | None:
        """Give what the client says first, None if the server begins."""
        ...

    def answer(self, challenge: bytes) -> bytes:
        """Answer a challenge. ValueError if it is none, or shows that the server does not know the password."""
        ...


class Plain:
    """PLAIN (RFC 4616)."""

    name = "PLAIN"

    def __init__(self, user: str, password: str) -> None:
        self._message = f"\0{user}\0{password}".encode()

    def first(self) -> bytes:
        """Give user and password."""
        return self._message

    def answer(self, challenge: bytes) -> bytes:
        """Give them after an empty challenge too."""
        return self._message


class LoginWords:
    """LOGIN, which was never standardised: the server asks for the user, then for the password."""

    name = "LOGIN"

    def __init__(self, user: str, password: str) -> None:
        self._words = [user.encode(), password.encode()]

    def first(self) -> None:
        """Let the server begin."""
        return

    def answer(self, challenge: bytes) -> bytes:
        """Give the user, then the password, whatever words ask for them."""
        return self._words.pop(0) if self._words else b""


class Bearer:
    """OAUTHBEARER (RFC 7628), or XOAUTH2 of Google and Microsoft, which is older: an access token."""

    def __init__(self, name: str, message: bytes) -> None:
        self.name = name
        self._message = message
        self._said = False

    def first(self) -> bytes:
        """Give the token."""
        self._said = True
        return self._message

    def answer(self, challenge: bytes) -> bytes:
        """Give the token, or, when the challenge tells what was wrong with it, what lets the server end with a refusal."""
        if not self._said:
            return self.first()
        return b"\x01" if self.name == "OAUTHBEARER" else b""


def bearer_mechanisms(user: str, token: str, host: str, port: int) -> list[Mechanism]:
    """Give the ways to sign in with a token, the best first."""
    quoted = user.replace("=", "=3D").replace(",", "=2C")
    standard = f"n,a={quoted},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01"
    older = f"user={user}\x01auth=Bearer {token}\x01\x01"
    return [Bearer("OAUTHBEARER", standard.encode()), Bearer("XOAUTH2", older.encode())]


def password_mechanisms(user: str, password: str, entropy: Callable[[int], bytes]) -> list[Mechanism]:
    """Give the ways to sign in with a password, the best first: those that do not tell it to the server."""
    scrams: list[Mechanism] = []
    if password.isascii() and user.isascii():
        # Others would have to be prepared (RFC 4013); few servers agree on how.
        scrams = [Scram(algorithm, user, password, entropy(18)) for algorithm in ("sha256", "sha1")]
    return [*scrams, Plain(user, password), LoginWords(user, password)]
