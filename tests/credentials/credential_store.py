"""A credential store of the system in memory, as strict as that of Windows."""

import keyring.backend
from keyring.errors import PasswordDeleteError


class MemoryStore(keyring.backend.KeyringBackend):
    """Takes 2,560 bytes a secret, two for each character, like Credential Manager (CRED_MAX_CREDENTIAL_BLOB_SIZE)."""

    priority: float = 5
    viable = False  # keyring chains every class that it knows of and that may be used

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # keyring types only a part of itself
        self.kept: dict[str, str] = {}
        self.asked = 0
        self.broken = False

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        if self.broken:
            raise RuntimeError("the secret of the user is hunter2")
        return self.kept.get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        if len(password.encode("utf-16-le")) > 2_560:
            raise OSError(1783, "The stub received bad data")
        self.kept[f"{service} {username}"] = password

    def delete_password(self, service: str, username: str) -> None:
        if f"{service} {username}" not in self.kept:
            raise PasswordDeleteError(username)
        del self.kept[f"{service} {username}"]
