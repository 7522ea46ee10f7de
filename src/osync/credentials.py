"""How OSync signs in to accounts: passwords and tokens from the credential store of the system or from a command.

A secret is asked for when it is needed and never kept in settings, logs or the arguments of a program.
"""

from collections.abc import Callable
from dataclasses import dataclass

from osync.network import Network
from osync.options import Options


@dataclass(frozen=True, slots=True)
class Login:
    """An account: its user name, and how to get its secret. SignInRefusedError comes from `secret` if there is none.

    With `bearer` the secret is an OAuth 2 access token (XOAUTH2, OAUTHBEARER, HTTP Bearer) that is fresh when it is given;
    `refused` is told that a server did not take it, so that the next one is new.
    """

    user: str
    secret: Callable[[], str]
    bearer: bool = False
    refused: Callable[[], None] = lambda: None


def find_login(user: str, server: str, options: Options, network: Network) -> Login:
    """Give the login of `user` at a server (a URL) as its options say: `auth` and `password_command`. ConfigurationError."""
    raise NotImplementedError
