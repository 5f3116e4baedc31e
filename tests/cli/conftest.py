"""The command line as its users meet it: in this process, in a process of its own, and behind a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from xerosql.cli.app import app
from xerosql.simulator import Server, Simulator

COMMAND = [sys.executable, "-c", "from xerosql.cli import main; main()"]


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No profile, no variable and no history of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith("XEROSQL_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XEROSQL_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(autouse=True)
def fresh_demo() -> None:
    """What one test writes into the demo another does not see."""
    from xerosql.connection import demo_simulator

    demo_simulator.cache_clear()


def xerosql(*arguments: str, given: str | None = None) -> Result:
    """Run a command in this process."""
    return runner().invoke(app, arguments, input=given)


def runner() -> CliRunner:
    """One that keeps stdout and stderr apart, which older versions have to be asked for."""
    try:
        return CliRunner(mix_stderr=False)  # type: ignore[call-arg]  # click before 8.2
    except TypeError:
        return CliRunner()


def demo_query(sql: str, *arguments: str) -> Result:
    return xerosql("query", "--profile", "demo", *arguments, sql)


def in_own_process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, *arguments], capture_output=True, text=True, encoding="utf-8", timeout=60, check=False, **options
    )


#: Makes the terminal the process's own, so that Ctrl-C there becomes SIGINT here.
OWN_THE_TERMINAL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r|\x08")
WHERE_IS_THE_CURSOR, AT_THE_TOP = b"\x1b[6n", b"\x1b[1;1R"


class Terminal:
    """A command behind a pseudo-terminal. `until` reads on to a text; nothing here sleeps and hopes.

    `raw` is all that came, `seen` the same without what steers the cursor and the colours.
    """

    def __init__(self, *arguments: str, environ: dict[str, str] | None = None, stdout: Any = None) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", OWN_THE_TERMINAL + COMMAND[-1], *arguments],
            stdin=slave,
            stdout=slave if stdout is None else stdout,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color", **(environ or {})},
            start_new_session=True,
        )
        os.close(slave)
        self.raw = ""
        self.at = 0

    @property
    def seen(self) -> str:
        return STEERING.sub("", self.raw)

    def until(self, text: str, seconds: float = 30) -> str:
        """What came since the last call, up to and with `text`."""
        deadline = time.monotonic() + seconds
        while (found := self.seen.find(text, self.at)) < 0:
            if time.monotonic() > deadline or not self.read():
                message = f"{text!r} never came after {self.seen[: self.at]!r}, only {self.seen[self.at :]!r}"
                raise AssertionError(message)
        start, self.at = self.at, found + len(text)
        return self.seen[start : self.at]

    def read(self) -> bool:
        """Take what comes within a moment; False at the end."""
        if not select.select([self.master], [], [], 0.2)[0]:
            return True
        try:
            chunk = os.read(self.master, 65536)
        except OSError:  # how Linux says that the other side is closed
            return False
        if WHERE_IS_THE_CURSOR in chunk:
            os.write(self.master, AT_THE_TOP)
        self.raw += chunk.decode("utf-8", "replace")
        return bool(chunk)

    def rest(self) -> str:
        """All that came, when the command has ended."""
        while self.read():
            pass
        return self.seen

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture
def slow_xero() -> Iterator[Server]:
    """60 projects behind a network where a call takes a fifth of a second."""
    with Simulator(projects=60, tasks_per_project=10, latency=0.2, limits=False).serve() as server:
        yield server


def reaching(server: Server) -> dict[str, str]:
    """The environment that makes a command talk to the server."""
    return {
        "XEROSQL_BASE_URL": server.url,
        "XEROSQL_IDENTITY_URL": server.url,
        "XEROSQL_ACCESS_TOKEN": "anything",
        "XEROSQL_TENANT": server.simulator.tenants[0][0],
        "XEROSQL_CALLS_PER_MINUTE": "1000000",
    }
