"""Access tokens of OAuth 2, made fresh from the refresh token that the credential store keeps."""

from osync.credentials import KeptSecret, Login
from osync.errors import SignInRefusedError
from osync.network import Network


def token_login(user: str, network: Network) -> Login:  # noqa: ARG001 # tokens are made fresh over the network soon
    """Give the login that uses access tokens."""

    def ask() -> str:
        raise SignInRefusedError(
            f"OSync is not signed in for {user}.", unharmed="Nothing was sent or changed.", advice="Type: osync sign-in"
        )

    kept = KeptSecret(ask)
    return Login(user, kept.secret, bearer=True, refused=kept.forget)
