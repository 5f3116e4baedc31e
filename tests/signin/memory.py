"""A keyring for tests, in the place of the operating system's."""

from __future__ import annotations

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class Memory(KeyringBackend):
    """A keyring that forgets everything with the process, or is locked."""

    priority = 1  # type: ignore[assignment]  # the base class has a property of that name

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._open()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._open()
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError

    def _open(self) -> None:
        if self.locked:
            raise KeyringLocked
