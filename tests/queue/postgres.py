"""A PostgreSQL server of our own: Debian's package, in a directory and behind a socket that only this run knows.

It refuses to run as root, so root starts it as another user. It keeps nothing safe from a power cut, listens on no
network, and is far from UTC, so that no test passes because the server's zone happens to be the queue's.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

from xerosql.queue.machine import is_alive

PLACES = "/usr/lib/postgresql"
USERS = ("postgres", "nobody")
OWNER = "postgres"
PREFIX = "xerosql-pg-"
ROOM = "/tmp"  # noqa: S108 - a socket's path must be short
SECONDS = 60
INITDB = "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "timezone": "Asia/Kolkata",
    "log_timezone": "UTC",
}


class UnavailableError(Exception):
    """Why there can be no server on this machine."""


class Postgres:
    """A running server. `database()` is a fresh one in it."""

    def __init__(self, home: Path, owner: str = OWNER) -> None:
        self._home = home
        self._owner = owner
        self._numbers = count(1)

    def url(self, database: str, user: str | None = None) -> str:
        return f"postgresql://{user or self._owner}@/{database}?host={self._home}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a fresh database, dropped when the block ends, with whoever is still connected."""
        name = f"queue_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def run(self, statement: str) -> None:
        """A statement outside the databases of the tests, such as CREATE ROLE."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


def binaries(version: int | None = None) -> Path:
    """The programs of that version, or of the newest that there is."""
    found = sorted(Path(PLACES).glob(f"{version or '*'}/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        wanted = f"PostgreSQL {version}" if version else "PostgreSQL"
        raise UnavailableError(f"no {wanted} on this machine; make postgres installs it where it can")
    return found[-1].parent


def runner() -> tuple[int, int] | None:
    """The user and group to run it as; None for those of this process."""
    if os.getuid() != 0:
        return None
    for name in USERS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return found.pw_uid, found.pw_gid
    raise UnavailableError("PostgreSQL does not run as root, and there is no other user to run it as")


@contextmanager
def running(version: int | None = None, owner: str = OWNER) -> Iterator[Postgres]:
    """A server for the block, stopped and removed when it ends; it also ends with this process, however that dies.

    Raises UnavailableError.
    """
    programs, user = binaries(version), runner()
    sweep()
    home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=ROOM))
    try:
        if user:
            os.chown(home, *user)
        run = Runner(user, home)
        run.finish(programs / "initdb", "-D", home / "data", "-U", owner, *INITDB)
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        server = run.start(programs / "postgres", "-D", home / "data", "-k", home, *settings)
        try:
            yield accepting(Postgres(home, owner), server, home / "log")
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(SECONDS)
            except subprocess.TimeoutExpired:
                server.send_signal(signal.SIGQUIT)
                server.wait()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def sweep() -> None:
    """Remove what runs have left that were killed."""
    for left in Path(ROOM).glob(f"{PREFIX}*-*"):
        process = left.name.removeprefix(PREFIX).partition("-")[0]
        if process.isdigit() and not is_alive(int(process)):
            shutil.rmtree(left, ignore_errors=True)


class Runner:
    """Starts programs as `user`, with what they say in a file."""

    def __init__(self, user: tuple[int, int] | None, home: Path) -> None:
        self._user, self._home = user, home

    def finish(self, *command: object) -> None:
        server = self.start(*command)
        assert server.wait(SECONDS) == 0, (self._home / "log").read_text()

    def start(self, *command: object) -> subprocess.Popen[bytes]:
        tied = shutil.which("setpriv")  # ends it when we are killed and cannot
        before = [tied, "--pdeathsig", "QUIT"] if tied else []
        user, group = self._user or (None, None)
        with (self._home / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own words
                [*before, *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._home,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
                user=user,
                group=group,
                extra_groups=None if user is None else [],
                start_new_session=True,  # Ctrl-C is for the tests; they stop it themselves
            )


def accepting(postgres: Postgres, server: subprocess.Popen[bytes], log: Path) -> Postgres:
    """The server, once it takes connections."""
    ends = time.monotonic() + SECONDS
    while True:
        assert server.poll() is None, log.read_text()
        try:
            psycopg.connect(postgres.url("postgres")).close()
        except psycopg.OperationalError:
            assert time.monotonic() < ends, log.read_text()
            time.sleep(0.02)
        else:
            return postgres
