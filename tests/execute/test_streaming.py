"""Pages stream: nothing is fetched that nobody asks for, and stopping stops the calls."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

import xerosql
from xerosql.simulator import Simulator


@pytest.fixture(scope="module")
def wide() -> Simulator:
    """An organisation of 40 projects with 200 tasks each: 41 calls for all of them."""
    return Simulator(limits=False, projects=40, tasks_per_project=200, time_per_task=0)


@pytest.fixture
def connection(wide: Simulator) -> Iterator[xerosql.Connection]:
    wide.reset_counters()
    with xerosql.connect(
        handler=wide.handle, access_token="x", tenant=wide.tenants[0][0], calls_per_minute=1_000_000
    ) as connection:
        yield connection


def test_a_limit_stops_after_the_first_page(wide: Simulator, connection: xerosql.Connection) -> None:
    """LIMIT 10 on all tasks lists the projects, reads one of them, and stops."""
    assert len(connection.execute("SELECT Name FROM Tasks LIMIT 10").fetchall()) == 10
    assert wide.calls <= 4


@pytest.mark.parametrize("limit", ["LIMIT 5 + 5", "LIMIT 10::bigint", "LIMIT 4 + 6 OFFSET 1 - 1"])
def test_a_limit_that_is_worked_out_stops_too(wide: Simulator, connection: xerosql.Connection, limit: str) -> None:
    """An expression without columns is as good as a number."""
    assert len(connection.execute(f"SELECT * FROM Tasks {limit}").fetchall()) == 10
    assert wide.calls == 2


def test_nothing_is_fetched_before_the_first_row_is_asked_for(wide: Simulator, connection: xerosql.Connection) -> None:
    """Executing a SELECT costs at most its first pages; the rest waits for the fetches."""
    cursor = connection.execute("SELECT Name FROM Tasks")
    assert wide.calls < 41
    cursor.fetchall()
    assert wide.calls == 41


def test_closing_the_cursor_early_saves_the_calls_to_come(wide: Simulator, connection: xerosql.Connection) -> None:
    """After close() no request is made any more."""
    cursor = connection.execute("SELECT Name FROM Tasks")
    cursor.fetchmany(5)
    cursor.close()
    made = wide.calls
    connection.execute("SELECT 1").fetchall()
    assert made == wide.calls < 41


def test_executing_again_drops_the_result_before(wide: Simulator, connection: xerosql.Connection) -> None:
    """A new statement on a cursor ends the old one's fetching."""
    cursor = connection.execute("SELECT Name FROM Tasks")
    cursor.fetchone()
    cursor.execute("SELECT 1")
    assert cursor.fetchall() == [(1,)]
    assert wide.calls < 41


def test_closing_the_connection_ends_open_results(wide: Simulator, connection: xerosql.Connection) -> None:
    """Closing the connection in the middle of a result raises nothing and asks nothing more."""
    cursor = connection.execute("SELECT Name FROM Tasks")
    cursor.fetchone()
    connection.close()
    made = wide.calls
    with pytest.raises(xerosql.InterfaceError, match="the connection is closed"):
        cursor.fetchone()
    assert made == wide.calls < 41


def test_cancel_from_another_thread_ends_the_statement(wide: Simulator) -> None:
    """Cancel stops a statement that is fetching: it raises OperationalError 57014, and calls stop soon after."""
    started, calls = threading.Event(), []

    def handle(method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        calls.append(url)
        if len(calls) > 3:
            started.set()
            cancelled.wait(10)
        return wide.handle(method, url, headers, body)

    cancelled = threading.Event()
    connection = xerosql.connect(
        handler=handle, access_token="x", tenant=wide.tenants[0][0], calls_per_minute=1_000_000
    )
    cursor = connection.execute("SELECT Name FROM Tasks LIMIT 1")
    outcome: list[BaseException | None] = []

    def run() -> None:
        try:
            cursor.execute("SELECT count(*) FROM Tasks").fetchall()
            outcome.append(None)
        except xerosql.Error as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert started.wait(10)
    cursor.cancel()
    cancelled.set()
    thread.join(10)
    assert isinstance(outcome[0], xerosql.OperationalError)
    assert outcome[0].sqlstate == "57014"
    assert "cancelled" in str(outcome[0])
    assert len(calls) < 20
    assert cursor.execute("SELECT 1").fetchall() == [(1,)]


def test_a_cancelled_cursor_says_so_at_the_next_fetch(connection: xerosql.Connection) -> None:
    """After cancel() between two fetches the next one raises OperationalError; the cursor can execute again."""
    cursor = connection.execute("SELECT Name FROM Tasks")
    cursor.fetchone()
    cursor.cancel()
    with pytest.raises(xerosql.OperationalError, match="cancelled") as caught:
        cursor.fetchone()
    assert caught.value.sqlstate == "57014"
    assert cursor.execute("SELECT 1").fetchone() == (1,)


def test_cancel_before_anything_ran_does_nothing(connection: xerosql.Connection) -> None:
    """Cancelling a fresh cursor is harmless."""
    cursor = connection.cursor()
    cursor.cancel()
    assert cursor.execute("SELECT 1").fetchone() == (1,)


def test_stats_count_calls_and_rows(wide: Simulator, connection: xerosql.Connection) -> None:
    """Stats are None at first, then count requests and the rows Xero returned; the clock stops at the end."""
    cursor = connection.cursor()
    assert cursor.stats is None
    cursor.execute("SELECT Name FROM Tasks WHERE Name = 'no such task'")
    assert cursor.fetchall() == []
    stats = cursor.stats
    assert stats is not None
    assert (stats.api_calls, stats.rows_fetched) == (wide.calls, 8000) == (41, 8000)
    assert stats.seconds == stats.seconds > 0
    assert cursor.execute("SELECT 1").stats is not stats
    assert cursor.stats.api_calls == 0


def test_several_cursors_read_side_by_side(connection: xerosql.Connection) -> None:
    """Open results on one connection do not disturb each other, scratch included."""
    connection.execute("CREATE TABLE scratch.numbers AS SELECT n FROM generate_series(1, 5000) AS s(n)")
    tasks = connection.execute("SELECT Id FROM Tasks")
    projects = connection.execute("SELECT ProjectId FROM Projects")
    numbers = connection.execute("SELECT n FROM scratch.numbers ORDER BY n")
    seen: list[list[Any]] = [[], [], []]
    for _ in range(90):
        for place, cursor in enumerate((tasks, projects, numbers)):
            seen[place] += cursor.fetchmany(100)
    assert [len(set(rows)) for rows in seen] == [8000, 40, 5000]
    assert seen[2] == [(n,) for n in range(1, 5001)]


def test_threads_share_a_connection(wide: Simulator, connection: xerosql.Connection) -> None:
    """Threads with cursors of their own, reading and writing scratch and Xero at once, all get their own answers."""
    connection.execute("CREATE TABLE scratch.log (thread integer, n integer)")
    failures: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            for n in range(5):
                cursor = connection.cursor()
                cursor.execute("SELECT count(*), ? FROM Tasks WHERE ChargeType <> ?", [thread, "none"])
                assert cursor.fetchall() == [(8000, thread)]
                cursor.execute("INSERT INTO scratch.log VALUES (?, ?)", [thread, n])
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test must show it
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert connection.execute("SELECT count(DISTINCT (thread, n)) FROM scratch.log").fetchone() == (30,)


def test_at_most_five_requests_are_in_flight() -> None:
    """However slow Xero is, an organisation is asked at most five things at a time."""
    slow = Simulator(limits=False, projects=20, tasks_per_project=1, time_per_task=0, latency=0.02)
    connection = xerosql.connect(
        handler=slow.handle, access_token="x", tenant=slow.tenants[0][0], calls_per_minute=1_000_000
    )
    assert connection.execute("SELECT count(*) FROM Tasks").fetchone() == (20,)
    assert 1 < max(each.in_flight for each in slow.requests) <= 5
