"""The credential store of the system: Credential Manager, Keychain, Secret Service. Secrets of any length."""

import contextlib
import hashlib
from collections.abc import Iterator

from osync.errors import SignInRefusedError
from osync.keys import system_has_key_store

_SERVICE = "osync"
_PIECE = 1_000
"""Characters; Windows takes 2,560 bytes (CRED_MAX_CREDENTIAL_BLOB_SIZE), and keyring writes two for each character."""
_HEADER = "osync pieces "
_UNHARMED = "Nothing was sent or changed."
_NO_STORE = (
    'Unlock it, or set a command that prints the password: password_command = "…" in the settings (docs/accounts.md).'
)


def find(name: str) -> str | None:
    """Give a secret, None if there is none. SignInRefusedError if the store does not answer."""
    with _translated():
        import keyring

        first = keyring.get_password(_SERVICE, name)
        if first is None or not first.startswith(_HEADER):
            return first
        pieces = [keyring.get_password(_SERVICE, f"{name} {number}") or "" for number in range(_count(first))]
    secret = "".join(pieces)
    return secret if first.endswith(f" {_digest(secret)}") else None


def keep(name: str, secret: str) -> None:
    """Keep a secret, in the place of an older one. SignInRefusedError if there is no store that protects it."""
    if not can_keep():
        raise SignInRefusedError(
            "This computer has no credential store that protects a password.", unharmed=_UNHARMED, advice=_NO_STORE
        )
    with _translated():
        import keyring

        former = _count(keyring.get_password(_SERVICE, name))
        pieces: list[str] = []
        if len(secret) <= _PIECE and not secret.startswith(_HEADER):
            keyring.set_password(_SERVICE, name, secret)
        else:
            pieces = [secret[start : start + _PIECE] for start in range(0, len(secret), _PIECE)]
            for number, piece in enumerate(pieces):
                keyring.set_password(_SERVICE, f"{name} {number}", piece)
            keyring.set_password(_SERVICE, name, f"{_HEADER}{len(pieces)} {_digest(secret)}")
        for number in range(len(pieces), former):
            keyring.delete_password(_SERVICE, f"{name} {number}")
    if find(name) != secret:
        raise SignInRefusedError(
            "The credential store of the system does not keep what it is given.", unharmed=_UNHARMED, advice=_NO_STORE
        )


def forget(name: str) -> None:
    """Take a secret out of the store; one that is not there is no error. SignInRefusedError if the store does not answer."""
    with _translated():
        import keyring
        from keyring.errors import PasswordDeleteError

        count = _count(keyring.get_password(_SERVICE, name))
        for each in (name, *(f"{name} {number}" for number in range(count))):
            with contextlib.suppress(PasswordDeleteError):
                keyring.delete_password(_SERVICE, each)


def can_keep() -> bool:
    """Tell whether this system has a credential store that protects a secret."""
    return system_has_key_store()


def _count(first: str | None) -> int:
    """Tell in how many pieces a secret lies beside what stands under its name."""
    return int(first.removeprefix(_HEADER).partition(" ")[0]) if first and first.startswith(_HEADER) else 0


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:16]


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn whatever a credential store raises into our error: it is a plug-in, and may raise anything."""
    try:
        yield
    except Exception as error:
        raise SignInRefusedError(
            f"The credential store of the system does not answer ({type(error).__name__}).",
            unharmed=_UNHARMED,
            advice=_NO_STORE,
        ) from error
