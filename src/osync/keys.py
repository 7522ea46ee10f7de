"""Where the private key of an installation is kept: the key store of the system, or a file that only the user can read."""

import base64
import binascii
import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from osync.errors import KeyUnavailableError

SYSTEM = "system"
FILE = "file"
_SERVICE = "osync"
_ADVICE = "Restore it from a backup. A new key would need new invitations, so OSync never makes one by itself."
_UNHARMED = "Nothing was sent or changed."
_LEAST_PRIORITY = 1
"""Key stores that keep secrets in plain or weakly hidden files rank below it, says the documentation of keyring."""


class KeyStore(Protocol):
    """Keeps one secret."""

    def holds(self) -> bool:
        """Tell whether there is a secret. KeyUnavailableError if that cannot be told."""
        ...

    def load(self) -> bytes:
        """Give the secret. KeyUnavailableError if it is not there or cannot be had."""
        ...

    def save(self, secret: bytes) -> None:
        """Keep the secret. KeyUnavailableError if there is one already, or it cannot be kept."""
        ...

    def replace(self, secret: bytes) -> None:
        """Keep another secret in the place of the one that is there, at once and whole. KeyUnavailableError."""
        ...


class FileKeyStore:
    """A file with access for its owner alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def holds(self) -> bool:
        """Tell whether the file is there."""
        return self._path.exists()

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
        return _decoded(text, f"The private key {self._path}")

    def save(self, secret: bytes) -> None:
        """Write a new file, whole or not at all, safe against a power failure."""
        self._write(secret, new=True)

    def replace(self, secret: bytes) -> None:
        """Write the file anew, whole or not at all, safe against a power failure."""
        self._write(secret, new=False)

    def _write(self, secret: bytes, *, new: bool) -> None:
        unfinished = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            # One that was killed may have left its file, and in a container it had our number.
            unfinished.unlink(missing_ok=True)
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(base64.b64encode(secret) + b"\n")
                    file.flush()
                    os.fsync(file.fileno())
                if new and self._path.exists():
                    raise FileExistsError(0, "there is one already")
                unfinished.replace(self._path)
                _flush_names(self._path.parent)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    unfinished.unlink()
        except OSError as error:
            raise KeyUnavailableError(
                f"The private key {self._path} cannot be written ({error.strerror}).", unharmed=_UNHARMED
            ) from error


def _flush_names(folder: Path) -> None:
    """Let a new file survive a power failure under its name, before the ledger names the key in it."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class SystemKeyStore:
    """The key store of the system: Credential Manager, Keychain, Secret Service. It knows the key by its home's path."""

    def __init__(self, home: Path) -> None:
        self._name = str(home)

    def holds(self) -> bool:
        """Tell whether the system has a secret for this home."""
        return self._text() is not None

    def load(self) -> bytes:
        """Give the secret; the system may ask the user to unlock it."""
        text = self._text()
        if text is None:
            raise KeyUnavailableError(
                f"The key store of the system holds no key for {self._name}.",
                unharmed=_UNHARMED,
                advice=f"If this folder was moved, move it back. {_ADVICE}",
            )
        return _decoded(text.encode(errors="replace"), f"The key that the system holds for {self._name}")

    def save(self, secret: bytes) -> None:
        """Keep a new secret."""
        if self.holds():
            raise KeyUnavailableError(
                f"The key store of the system holds a key for {self._name} already.",
                unharmed="It stays as it is.",
                advice="Choose another home with --home.",
            )
        self.replace(secret)

    def replace(self, secret: bytes) -> None:
        """Keep a secret in the place of the one that is there."""
        with _translated():
            import keyring

            keyring.set_password(_SERVICE, self._name, base64.b64encode(secret).decode())
        if self.load() != secret:
            raise KeyUnavailableError("The key store of the system does not keep what it is given.", advice=_USE_A_FILE)

    def _text(self) -> str | None:
        with _translated():
            import keyring

            return keyring.get_password(_SERVICE, self._name)


_USE_A_FILE = "To keep the key of a new OSync in a file instead, run osync init with the variable OSYNC_KEYS=file."


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn whatever a key store of the system raises into our error: it is a plug-in, and may raise anything."""
    try:
        yield
    except Exception as error:
        raise KeyUnavailableError(
            f"The key store of the system does not answer ({type(error).__name__}).",
            unharmed=_UNHARMED,
            advice=f"Unlock it, or log on to the desktop, and run OSync again. {_USE_A_FILE}",
        ) from error


def _decoded(text: bytes, what: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise KeyUnavailableError(f"{what} is damaged.", unharmed=_UNHARMED, advice=_ADVICE) from error


def system_has_key_store() -> bool:
    """Tell whether this system has a key store that protects a secret; one that fails to answer counts as none."""
    try:
        import keyring
        from keyring.backends import chainer, fail, null

        backend = keyring.get_keyring()
        if isinstance(backend, chainer.ChainerBackend):
            return max((each.priority for each in backend.backends), default=0) >= _LEAST_PRIORITY
        return not isinstance(backend, fail.Keyring | null.Keyring) and backend.priority >= _LEAST_PRIORITY
    except Exception:  # noqa: BLE001 # a plug-in may raise anything
        return False


def open_key_store(kind: str, home: Path, key_file: Path) -> KeyStore:
    """Give the key store that the settings name."""
    return SystemKeyStore(home) if kind == SYSTEM else FileKeyStore(key_file)
