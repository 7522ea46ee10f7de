"""Where the private key of an installation is kept: the key store of the system, or a file that only the user can read."""

import base64
import binascii
import os
import stat
from pathlib import Path
from typing import Protocol

from osync.errors import KeyUnavailableError

SYSTEM = "system"
FILE = "file"
_SERVICE = "osync"
_ADVICE = "Restore it from a backup. A new key would need new invitations, so OSync never makes one by itself."
_UNHARMED = "Nothing was sent or changed."


class KeyStore(Protocol):
    """Keeps one secret."""

    def load(self) -> bytes:
        """Give the secret. KeyUnavailableError if it is not there or cannot be had."""
        ...

    def save(self, secret: bytes) -> None:
        """Keep the secret. KeyUnavailableError if there is one already, or it cannot be kept."""
        ...


class FileKeyStore:
    """A file with access for its owner alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> bytes:
        """Give the secret, unless others can read the file."""
        try:
            mode = self._path.stat().st_mode
            text = self._path.read_bytes()
        except OSError as error:
            raise KeyUnavailableError(
                f"The private key {self._path} cannot be read ({error.strerror}).", unharmed=_UNHARMED, advice=_ADVICE
            ) from error
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise KeyUnavailableError(
                f"Others can read the private key {self._path}.",
                unharmed=_UNHARMED,
                advice=f"Take their access away with: chmod 600 {self._path}.",
            )
        try:
            return base64.b64decode(text.strip(), validate=True)
        except binascii.Error as error:
            raise KeyUnavailableError(
                f"The private key {self._path} is damaged.", unharmed=_UNHARMED, advice=_ADVICE
            ) from error

    def save(self, secret: bytes) -> None:
        """Write a new file."""
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(base64.b64encode(secret) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise KeyUnavailableError(
                f"The private key {self._path} cannot be written ({error.strerror}).", unharmed=_UNHARMED
            ) from error


class SystemKeyStore:
    """The key store of the system: Credential Manager, Keychain, Secret Service."""

    def __init__(self, home: Path) -> None:
        self._name = str(home)

    def load(self) -> bytes:
        """Give the secret; the system may ask the user to unlock it."""
        import keyring
        from keyring.errors import KeyringError

        try:
            text = keyring.get_password(_SERVICE, self._name)
        except (KeyringError, OSError, RuntimeError) as error:
            raise _unavailable(error) from error
        if text is None:
            raise KeyUnavailableError(
                f"The key store of the system holds no key for {self._name}.", unharmed=_UNHARMED, advice=_ADVICE
            )
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise KeyUnavailableError(
                f"The key that the system holds for {self._name} is damaged.", unharmed=_UNHARMED, advice=_ADVICE
            ) from error

    def save(self, secret: bytes) -> None:
        """Keep a new secret."""
        import keyring
        from keyring.errors import KeyringError

        try:
            if keyring.get_password(_SERVICE, self._name) is not None:
                raise KeyUnavailableError(
                    f"The key store of the system holds a key for {self._name} already.",
                    unharmed="It stays as it is.",
                    advice="Choose another home with --home.",
                )
            keyring.set_password(_SERVICE, self._name, base64.b64encode(secret).decode())
        except (KeyringError, OSError, RuntimeError) as error:
            raise _unavailable(error) from error


def _unavailable(error: Exception) -> KeyUnavailableError:
    return KeyUnavailableError(
        f"The key store of the system does not answer ({error}).",
        unharmed=_UNHARMED,
        advice="Unlock it, or log on to the desktop, and run OSync again.",
    )


def system_has_key_store() -> bool:
    """Tell whether this system has a key store that protects a secret."""
    import keyring
    from keyring.backends import fail, null

    backend = keyring.get_keyring()
    if isinstance(backend, fail.Keyring | null.Keyring):
        return False
    return backend.priority >= 1


def open_key_store(kind: str, home: Path, key_file: Path) -> KeyStore:
    """Give the key store that the settings name. KeyUnavailableError for an unknown one."""
    if kind == SYSTEM:
        return SystemKeyStore(home)
    if kind == FILE:
        return FileKeyStore(key_file)
    raise KeyUnavailableError(
        f"The settings name the key store {kind!r}, which OSync does not know.",
        unharmed=_UNHARMED,
        advice=f'Allowed are "{SYSTEM}" and "{FILE}".',
    )
