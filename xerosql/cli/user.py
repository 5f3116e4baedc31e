"""`xerosql user`: the file of those who may connect to `xerosql serve`."""

from __future__ import annotations

import sys
from getpass import getpass
from pathlib import Path

from xerosql.cli.outcome import Misuse

#: Characters; a longer one is no password but a mistake.
LONGEST = 1000


def add_user(name: str, path: Path, write: bool, queue_rights: tuple[str, ...] = ()) -> None:
    """Ask for a password, or read the first line of standard input, and keep what proves it."""
    from xerosql.server import RIGHTS, WRITE, User, Verifier, save_user

    unknown = [right for right in queue_rights if right not in RIGHTS]
    if unknown:
        raise Misuse(f"there is no right {unknown[0]}; there are {', '.join(RIGHTS)}")
    rights = frozenset((*queue_rights, *((WRITE,) if write else ())))
    save_user(path, User(name, Verifier.of(password_for(name)), rights))
    also = f", and has {', '.join(queue_rights)}" if queue_rights else ""
    print(f"{name} may {'read and write' if write else 'read'}{also}; {path}", file=sys.stderr)


def password_for(name: str) -> str:
    if not sys.stdin.isatty():
        password = sys.stdin.readline(LONGEST).rstrip("\r\n")
    else:
        password = getpass(f"Password for {name}: ")
        if password != getpass("Once more: "):
            raise Misuse("the two passwords differ; nothing was written")
    if not password:
        raise Misuse("the password is empty; nothing was written")
    return password
