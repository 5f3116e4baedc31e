"""Who may connect, and what they may do: a file of SCRAM-SHA-256 verifiers, as PostgreSQL keeps them, and rights."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xerosql.config import ALL_RIGHTS, SEEING
from xerosql.errors import InterfaceError
from xerosql.server.scram import ITERATIONS, KEY, SALT, Verifier

WRITE = "write"
#: What can be granted. Everybody may read what is Xero's; the queue's tables are seen by those who have the right to.
RIGHTS = (WRITE, *ALL_RIGHTS)
OTHERS = 0o077
NAME = re.compile(r"[A-Za-z_][\w.@-]{0,62}", re.ASCII)


@dataclass(frozen=True, slots=True)
class User:
    """One who may connect. `verifier` None lets anybody use the name, which only a loopback address may offer."""

    name: str
    verifier: Verifier | None = None
    rights: frozenset[str] = frozenset()

    @property
    def read_only(self) -> bool:
        return WRITE not in self.rights

    @property
    def queue_rights(self) -> tuple[str, ...]:
        """Its rights on the tables of the schema queue."""
        return tuple(right for right in ALL_RIGHTS if right in self.rights)

    @property
    def changes_nothing(self) -> bool:
        """Whether it can neither write to Xero nor change the queue."""
        return self.rights <= {*SEEING}


class Users:
    """The users of a file, or anybody, read-only, where there is no file."""

    def __init__(self, known: Mapping[str, User] | None) -> None:
        self.known = known
        self._secret = secrets.token_bytes(KEY)

    @property
    def are_known(self) -> bool:
        return self.known is not None

    def called(self, name: str) -> User | None:
        """The user of that name; None for one that does not exist."""
        return User(name) if self.known is None else self.known.get(name)

    def decoy(self, name: str) -> Verifier:
        """A verifier that no password fits, the same each time, so that a stranger cannot tell which names exist."""
        salt = hmac.digest(self._secret, name.encode(), hashlib.sha256)[:SALT]
        return Verifier(ITERATIONS, salt, secrets.token_bytes(KEY), secrets.token_bytes(KEY))


def load_users(path: Path) -> Users:
    """The users in a file of `[users.<name>]` tables; InterfaceError, which quotes no secret, if it is not one."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        readable = os.name == "posix" and path.stat().st_mode & OTHERS
    except (OSError, ValueError) as error:
        raise InterfaceError(f"{path} cannot be read as a file of users: {type(error).__name__}") from error
    if readable:
        raise InterfaceError(f"{path} holds what passwords are checked with and others can read it; chmod 600 {path}")
    tables = document.get("users", {})
    if set(document) - {"users"} or not isinstance(tables, dict) or not tables:
        raise InterfaceError(f"{path} must hold [users.<name>] tables and nothing else")
    return Users({name: read_user(path, name, table) for name, table in tables.items()})


def read_user(path: Path, name: str, table: object) -> User:
    where = f"{path}: the user {name!r}"
    if not NAME.fullmatch(name) or not isinstance(table, dict) or set(table) - {"password", "rights"}:
        raise InterfaceError(f"{where} must have a plain name, a password, and rights if any")
    rights = table.get("rights", [])
    if not isinstance(rights, list) or any(right not in RIGHTS for right in rights):
        raise InterfaceError(f"{where} has rights that are none; there is {', '.join(RIGHTS)}")
    try:
        verifier = Verifier.read(str(table.get("password")))
    except ValueError:
        verifier = None
    if verifier is None:
        raise InterfaceError(f"{where} has no password as `xerosql user` writes it")
    return User(name, verifier, frozenset(rights))


def save_user(path: Path, user: User) -> None:
    """Add the user to the file, or put another in the place of one of that name. Only the owner can read the file."""
    if not NAME.fullmatch(user.name):
        raise InterfaceError("a user's name has letters, digits, _ . @ - and begins with a letter or _")
    known = dict(load_users(path).known or {}) if path.exists() else {}
    known[user.name] = user
    text = "".join(written(each) for each in known.values())
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


def written(user: User) -> str:
    rights = ", ".join(f'"{right}"' for right in sorted(user.rights))
    return f'[users."{user.name}"]\npassword = "{user.verifier}"\nrights = [{rights}]\n\n'
