"""How OSync signs in to accounts: passwords and tokens from the credential store of the system or from a command.

A secret is asked for when it is needed and never kept in settings, logs or the arguments of a program.
"""

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from osync.errors import ConfigurationError, SignInRefusedError
from osync.network import Network
from osync.options import Options

PASSWORD, OAUTH, NONE = "password", "oauth", "none"


@dataclass(frozen=True, slots=True)
class Login:
    """An account: its user name, and how to get its secret. SignInRefusedError comes from `secret` if there is none.

    A token may have to be fetched: RetryLaterError if the sign-in server cannot be reached.

    With `bearer` the secret is an OAuth 2 access token (XOAUTH2, OAUTHBEARER, HTTP Bearer) that is fresh when it is given;
    `refused` is told that a server did not take it, so that the next one is new.
    """

    user: str
    secret: Callable[[], str]
    bearer: bool = False
    refused: Callable[[], None] = lambda: None


class KeptSecret:
    """A secret that is asked for once and kept in memory until it is refused. Several threads may use it."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._secret: str | None = None

    def secret(self) -> str:
        """Give the secret. SignInRefusedError."""
        with self._lock:
            if self._secret is None:
                self._secret = self._ask()
            return self._secret

    def forget(self) -> None:
        """Ask again next time."""
        with self._lock:
            self._secret = None


def find_login(user: str, server: str, options: Options, network: Network) -> Login:
    """Give the login of `user` at a server (a URL) as its options say: `auth` and `password_command`. ConfigurationError.

    Nothing is asked for yet. What is found is kept as long as the program runs.
    """
    auth = options.choice("auth", (PASSWORD, OAUTH, NONE))
    command = options.text("password_command", "")
    if command and auth != PASSWORD:
        raise ConfigurationError(
            f'password_command in the settings is of no use with auth = "{auth}".',
            unharmed="Nothing was sent or changed.",
            advice="Take one of the two lines out.",
        )
    if auth == OAUTH:
        from osync.credentials.tokens import token_login

        return token_login(user, network)
    if auth == NONE or not user:
        return Login("", lambda: "")
    if command:
        return command_login(user, command)
    return stored_login(user, host_of(server), options.section)


def command_login(user: str, command: str) -> Login:
    """Give the login whose password a command prints."""
    kept = _printed(command)
    return Login(user, kept.secret, refused=kept.forget)


def stored_login(user: str, host: str, section: str) -> Login:
    """Give the login whose password is in the credential store; `section` of the settings names it in errors."""
    kept = _stored(user, host, section)
    return Login(user, kept.secret, refused=kept.forget)


def host_of(server: str) -> str:
    """Give the host in the URL of a server, in small letters; "" if there is none."""
    try:
        return (urlsplit(server).hostname or "").lower()
    except ValueError:
        return ""


def password_name(user: str, host: str) -> str:
    """Give the name under which the credential store keeps a password."""
    return f"password {user}@{host}"


def keep_password(user: str, host: str, password: str) -> None:
    """Put a password into the credential store of the system, in the place of an older one. SignInRefusedError."""
    from osync.credentials.store import keep

    keep(password_name(user, host), password)
    forget_secrets()


def forget_secrets() -> None:
    """Ask for every secret again, from now on."""
    from osync.credentials.tokens import forget_tokens

    _printed.cache_clear()
    _stored.cache_clear()
    forget_tokens()


@functools.cache
def _printed(command: str) -> KeptSecret:
    from osync.credentials.commands import printed_password

    return KeptSecret(lambda: printed_password(command))


@functools.cache
def _stored(user: str, host: str, section: str) -> KeptSecret:
    return KeptSecret(lambda: _stored_password(user, host, section))


def _stored_password(user: str, host: str, section: str) -> str:
    from osync.credentials.store import find

    password = find(password_name(user, host))
    if password is None:
        raise SignInRefusedError(
            f"There is no password of {user} for {host} in the credential store of the system.",
            unharmed="Nothing was sent or changed.",
            advice=f"Give it with: osync password set {section}. Where there is no store, set password_command in"
            f" [{section}] of the settings.",
        )
    return password
