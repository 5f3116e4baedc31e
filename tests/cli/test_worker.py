"""`xerosql worker`: a process that sends the queue, until it is told to stop."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import xerosql as driver
from tests.cli.conftest import COMMAND, Terminal, in_own_process, reaching
from xerosql.simulator import Fault, Server, Simulator

Start = Callable[..., "subprocess.Popen[str]"]
WRONG = "INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue, RateCurrency) VALUES (?, 'W', 'TIME', 1, 'XXX')"


@pytest.fixture
def server() -> Iterator[Server]:
    with Simulator(limits=False).serve() as server:
        yield server


@pytest.fixture(autouse=True)
def environment(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in reaching(server).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XEROSQL_QUEUE_URL", f"sqlite:///{tmp_path / 'queue.sqlite'}")


@pytest.fixture
def connection(environment: None) -> Iterator[driver.Connection]:
    with driver.connect(write_mode="queued", autocommit=False) as opened:
        yield opened


@pytest.fixture
def start(environment: None) -> Iterator[Start]:
    """Starts workers, and ends those that are still there."""
    started: list[subprocess.Popen[str]] = []

    def start_(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*COMMAND, "worker", *arguments], stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )
        started.append(process)
        return process

    yield start_
    for each in started:
        if each.poll() is None:
            each.kill()
        each.communicate()


def add(connection: driver.Connection, tasks: int, statement: str = "") -> None:
    """A project, and so many tasks in it."""
    contact = connection.execute("SELECT ContactId FROM Projects LIMIT 1").fetchone()
    project = connection.execute("INSERT INTO Projects (ContactId, Name) VALUES (?, 'New')", contact).lastrowid
    plain = "INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue) VALUES (?, 'T', 'TIME', 1)"
    for _ in range(tasks):
        connection.execute(statement or plain, [project])
    connection.commit()


def counts(connection: driver.Connection) -> dict[str, int]:
    query = "SELECT XeroTaskStatus, sum(Tasks) FROM queue.XeroTaskCounts GROUP BY 1"
    return {status: int(tasks) for status, tasks in connection.execute(query)}


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def line_with(process: subprocess.Popen[str], text: str) -> str:
    """The next line of the process that has the text."""
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return line
    message = f"the worker ended without saying {text!r}"
    raise AssertionError(message)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=60)
    return process.returncode, said


# -- Once --------------------------------------------------------------------------------------------------------------


def test_once_sends_what_there_is_and_ends(start: Start, connection: driver.Connection) -> None:
    """A line for each task where there is no terminal, and one at the end."""
    add(connection, 3)
    code, said = ended(start("--once"))
    assert code == 0
    assert len(re.findall(r"^\S+Z task \d+ Create\w+ Completed$", said, re.MULTILINE)) == 4
    assert said.endswith("Done: 4 completed, 0 failed, 0 left.\n")
    assert counts(connection) == {"Completed": 4}


def test_a_task_that_fails_is_told_with_the_reason(start: Start, connection: driver.Connection) -> None:
    """The work of the worker is done all the same."""
    add(connection, 1, WRONG)
    code, said = ended(start("--once"))
    assert code == 0
    assert "Failed: XERO_VALIDATION" in said
    assert "HTTP 400" in said
    assert "1 completed, 1 failed, 0 left" in said


def test_quiet_says_nothing(start: Start, connection: driver.Connection) -> None:
    add(connection, 1)
    assert ended(start("--once", "--quiet")) == (0, "")
    assert counts(connection) == {"Completed": 2}


def test_once_ends_with_the_sentence_where_the_network_is_down(
    start: Start, connection: driver.Connection, server: Server
) -> None:
    add(connection, 1)
    server.simulator.add_fault(Fault("reset-before", match="/connections", times=-1))
    code, said = ended(start("--once"))
    assert code == 1
    assert said.count("\n") == 1
    assert said.startswith("xerosql: ")
    assert counts(connection) == {"Pending": 2}


# -- Until it is stopped -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_what_was_added_meanwhile_was_sent(
    start: Start, connection: driver.Connection, number: signal.Signals
) -> None:
    process = start()
    until(lambda: bool(connection.execute("SELECT Worker FROM sys.workers").fetchall()))
    add(connection, 2)
    until(lambda: counts(connection) == {"Completed": 3})
    process.send_signal(number)
    code, said = ended(process)
    assert code == 0
    assert said.endswith("Stopped: 3 completed, 0 failed, 0 left.\n")
    assert connection.execute("SELECT Worker FROM sys.workers").fetchall() == []


def test_what_is_on_its_way_is_waited_for(start: Start, connection: driver.Connection, server: Server) -> None:
    """The request that has left when the signal comes is answered and written down; nothing else is begun."""
    add(connection, 1)
    server.simulator.add_fault(Fault("slow", match="POST .*/Projects$", seconds=2.0))
    process = start("--threads", "1")
    until(
        lambda: (
            any(each.method == "POST" for each in server.simulator.requests) or counts(connection).get("Running") == 1
        )
    )
    until(
        lambda: (
            connection.execute("SELECT SentDate FROM queue.XeroTasks WHERE XeroTaskId = 1").fetchone()[0] is not None
        )
    )
    process.terminate()
    code, said = ended(process)
    assert code == 0
    assert counts(connection) == {"Completed": 1, "Pending": 1}
    assert "1 completed, 0 failed, 1 left" in said


def test_a_wait_for_the_quota_ends_at_once(start: Start, connection: driver.Connection, server: Server) -> None:
    """The organisation is paused for hours, and the worker ends within moments."""
    server.simulator.add_fault(Fault("429-day", match="POST", times=-1, retry_after=36_000))
    add(connection, 1)
    process = start()
    until(
        lambda: connection.execute("SELECT 1 FROM queue.XeroTenants WHERE Reason = 'rate limit'").fetchone() is not None
    )
    process.terminate()
    began = time.monotonic()
    code, said = ended(process)
    assert code == 0
    assert time.monotonic() - began < 10
    assert "paused: Harbour & Pine Studio until" in said
    assert "(rate limit)" in said
    assert counts(connection) == {"Pending": 2}


def test_it_ends_by_itself_after_max_seconds(start: Start, connection: driver.Connection) -> None:
    add(connection, 1)
    code, said = ended(start("--max-seconds", "3"))
    assert code == 0
    assert "2 completed" in said


def test_a_network_that_is_down_at_the_start_is_tried_again(
    start: Start, connection: driver.Connection, server: Server
) -> None:
    add(connection, 1)
    server.simulator.add_fault(Fault("reset-before", match="/connections", times=-1))
    process = start()
    assert "trying again in 2 s" in line_with(process, "xerosql: ")
    server.simulator.clear_faults()
    until(lambda: counts(connection) == {"Completed": 2})
    process.terminate()
    assert ended(process)[0] == 0


def test_a_signal_ends_the_wait_for_the_network_too(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    monkeypatch.setenv("XEROSQL_BASE_URL", f"http://127.0.0.1:{port}")
    process = start()
    line_with(process, "trying again")
    process.terminate()
    assert ended(process)[0] == 0


def test_a_sign_in_that_fails_is_not_tried_again(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    with Simulator(auth=True, limits=False).serve() as strict:
        monkeypatch.setenv("XEROSQL_BASE_URL", strict.url)
        code, said = ended(start())
    assert code == 1
    assert "trying again" not in said


def test_several_workers_share_the_queue(start: Start, connection: driver.Connection, server: Server) -> None:
    """Each task is sent once, whoever sends it."""
    add(connection, 30)
    workers = [start("--once") for _ in range(3)]
    said = [ended(worker) for worker in workers]
    assert [code for code, _ in said] == [0, 0, 0]
    assert counts(connection) == {"Completed": 31}
    assert sum(each.method == "POST" for each in server.simulator.requests) == 31


# -- What it says ------------------------------------------------------------------------------------------------------


def test_on_a_terminal_one_line_tells_how_it_goes(connection: driver.Connection, server: Server) -> None:
    add(connection, 2)
    terminal = Terminal("worker")
    try:
        terminal.until("3 completed · 0 failed · 0 left · ")
        terminal.until("a minute")
        terminal.until("Ctrl-C stops")
        terminal.type("\x03")
        terminal.until("Stopped: 3 completed, 0 failed, 0 left.")
        terminal.rest()
        assert terminal.process.wait(30) == 0
    finally:
        terminal.close()


def test_a_worker_that_may_not_see_the_tasks_works_all_the_same(
    start: Start, connection: driver.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what it has done itself, and nothing of the rest of the queue."""
    add(connection, 1, WRONG)
    monkeypatch.setenv("XEROSQL_QUEUE_RIGHTS", "none")
    code, said = ended(start("--once"))
    assert code == 0
    assert said.endswith("Done: 1 completed, 1 failed.\n")
    assert "XERO_VALIDATION" not in said


def test_recovery_and_threads_are_checked() -> None:
    assert in_own_process("worker", "--recovery", "guess").returncode == 2
    assert in_own_process("worker", "--threads", "0").returncode == 2
