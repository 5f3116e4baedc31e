"""`xerosql simulate`: what it prints can be used as printed, and what it holds survives it."""

from __future__ import annotations

import re
import shlex
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import xerosql as driver
from tests.cli.conftest import COMMAND, in_own_process, xerosql

Start = Callable[..., "Running"]


class Running:
    """A simulator in a process of its own, and the text that it greeted with."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [*COMMAND, "simulate", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert self.process.stdout is not None
        self.welcome = ""
        while "Ctrl-C" not in self.welcome:
            line = self.process.stdout.readline()
            assert line, "the simulator ended before it said how to reach it"
            self.welcome += line

    def connect(self) -> driver.Connection:
        """Connect as the greeting says."""
        line = re.search(r"xerosql\.connect\(.*\)", self.welcome)
        assert line is not None
        connection: driver.Connection = eval(line[0], {"xerosql": driver})  # noqa: S307 - what we printed ourselves
        return connection

    def end(self, with_signal: signal.Signals = signal.SIGINT) -> str:
        self.process.send_signal(with_signal)
        _, said = self.process.communicate(timeout=30)
        return said


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Running] = []

    def start_(*arguments: str) -> Running:
        started.append(Running(*arguments))
        return started[-1]

    yield start_
    for each in started:
        each.process.kill()
        each.process.communicate()


def test_the_python_line_connects(start: Start) -> None:
    with start().connect() as connection:
        assert connection.execute("SELECT count(*) FROM Projects").fetchone() == (48,)


def test_the_command_line_line_connects(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    line = next(line for line in start("--no-limits").welcome.splitlines() if line.endswith("xerosql shell"))
    for assignment in shlex.split(line)[:-2]:
        name, _, value = assignment.partition("=")
        monkeypatch.setenv(name, value)
    done = in_own_process("query", "-f", "csv", "SELECT count(*) AS n FROM Projects")
    assert done.stdout == "n\n48\n"


def test_with_auth_it_gives_the_app_that_may_sign_in(start: Start) -> None:
    running = start("--auth")
    assert "client_secret" in running.welcome
    with running.connect() as connection:
        assert connection.execute("SELECT count(*) FROM Projects").fetchone() == (48,)


def test_it_lists_the_organisations_with_their_ids(start: Start) -> None:
    welcome = start().welcome
    assert "Harbour & Pine Studio" in welcome
    assert len(re.findall(r"^  [0-9a-f-]{36}  \S", welcome, re.MULTILINE)) == 3


def test_its_size_can_be_said(start: Start) -> None:
    with start("--projects", "7", "--tasks-per-project", "3", "--no-limits").connect() as connection:
        assert connection.execute("SELECT count(*) FROM Tasks").fetchone() == (21,)


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_on_a_signal(start: Start, with_signal: signal.Signals) -> None:
    running = start()
    assert "Stopped after 0 calls" in running.end(with_signal)
    assert running.process.returncode == 0


def test_the_state_is_saved_and_found_again(start: Start, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    first = start("--state", str(state))
    with first.connect() as connection:
        connection.execute("UPDATE Projects SET Name = 'Kept' WHERE Name = 'Rebrand'")
    assert f"saved to {state}" in first.end(signal.SIGTERM)
    with start("--state", str(state)).connect() as connection:
        assert connection.execute("SELECT count(*) FROM Projects WHERE Name = 'Kept'").fetchone() == (1,)


def test_a_file_that_is_no_state_is_left_alone(tmp_path: Path) -> None:
    state = tmp_path / "notes.txt"
    state.write_text("not a state")
    result = xerosql("simulate", "--port", "0", "--state", str(state))
    assert result.exit_code == 2
    assert str(state) in result.stderr
    assert state.read_text() == "not a state"


def test_a_saved_state_and_a_size_contradict_each_other(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text("{}")
    assert xerosql("simulate", "--state", str(state), "--projects", "3").exit_code == 2


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = in_own_process("simulate", "--port", str(taken.getsockname()[1]))
    assert result.returncode == 1
    assert "in use" in result.stderr
    assert result.stderr.count("\n") == 1
