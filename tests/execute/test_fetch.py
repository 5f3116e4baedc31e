"""Requests side by side: as many as help, no more than Xero allows, and none that nobody needs any more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import xerosql
from xerosql.api import Client
from xerosql.catalog import load
from xerosql.execute.cancel import Cancellation
from xerosql.execute.fetch import Fetcher
from xerosql.execute.prepare import whole_object, whole_page
from xerosql.execute.stats import Stats
from xerosql.plan.access import Fetch
from xerosql.simulator import Fault, Simulator
from xerosql.simulator.clock import ManualClock

PATIENCE = 20.0  # seconds after which a test gives up on another thread
TASKS = "SELECT ProjectId, Name FROM Tasks"


class Gathering:
    """A handler that keeps the requests for `what` back until `size` of them are there together."""

    def __init__(self, sim: Simulator, what: str, size: int) -> None:
        self.sim = sim
        self.what = what
        self.size = size
        self.barrier = threading.Barrier(size, timeout=PATIENCE)
        self.lock = threading.Lock()
        self.seen = 0

    def handle(self, method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        if self.what in url:
            with self.lock:
                self.seen += 1
                first = self.seen <= self.size
            if first:
                self.barrier.wait()
        return self.sim.handle(method, url, headers, body)


def connected(handler: Callable[..., Any], sim: Simulator, **options: object) -> xerosql.Connection:
    defaults = {"access_token": "x", "tenant": sim.tenants[0][0], "calls_per_minute": 1_000_000}
    return xerosql.connect(handler=handler, **(defaults | options))


def fetching() -> list[threading.Thread]:
    """The threads of this process that make requests for a statement."""
    return [thread for thread in threading.enumerate() if thread.name == "xerosql-fetch"]


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    """Whatever a test did, the threads that it made requests on end."""
    yield
    for thread in fetching():
        thread.join(PATIENCE)
    assert fetching() == []


@pytest.fixture(scope="module")
def wide() -> Simulator:
    """40 projects with 3 tasks each."""
    return Simulator(limits=False, projects=40, tasks_per_project=3, time_per_task=0)


# -- How many at once --------------------------------------------------------------------------------------------------


def test_a_scan_that_is_read_whole_starts_five_abreast(wide: Simulator) -> None:
    """The first five lists are under way together, whatever earlier answers took."""
    gathering = Gathering(wide, "/Tasks", 5)
    ids = [row["projectId"] for row in wide.rows(wide.tenants[0][0])["projects"]][:20]
    with connected(gathering.handle, wide) as connection:
        sql = f"{TASKS} WHERE ProjectId IN ({', '.join('?' * 20)})"
        assert len(connection.execute(sql, ids).fetchall()) == 60
    assert gathering.seen == 20


def test_organisations_of_one_scan_are_asked_side_by_side() -> None:
    """Five for each of them are under way together, and no row is lost or doubled."""
    sim = Simulator(limits=False)
    tenants = [tenant for tenant, _ in sim.tenants[:2]]
    gathering = Gathering(sim, "/Tasks", 10)
    with connected(gathering.handle, sim) as connection:
        rows = connection.execute("SELECT TenantId, Id FROM Tasks WHERE TenantId IN (?, ?)", tenants).fetchall()
    expected = {
        (tenant, f"{row['projectId']}/{row['taskId']}") for tenant in tenants for row in sim.rows(tenant)["tasks"]
    }
    assert len(rows) == len(expected)
    assert set(rows) == expected


def test_rows_come_in_the_order_of_the_lists_however_the_answers_come(wide: Simulator) -> None:
    """Every second list answers late; the projects come in Xero's order all the same."""
    late = threading.Event()

    def handle(method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        answer = wide.handle(method, url, headers, body)
        if "/Tasks" in url and len(answer[2]) % 2:
            late.wait(0.005)
        return answer

    with connected(handle, wide) as connection:
        projects = [row[0] for row in connection.execute("SELECT ProjectId FROM Projects").fetchall()]
        tasks = [row[0] for row in connection.execute(TASKS).fetchall()]
    assert list(dict.fromkeys(tasks)) == projects
    assert len(tasks) == 120


def test_a_limit_asks_one_by_one_and_widens_only_as_far_as_is_needed() -> None:
    """On a slow line the lists go 1, 1, 2, 4, 5 at a time, and what is begun is always read."""
    slow = Simulator(limits=False, projects=30, tasks_per_project=1, time_per_task=0, latency=0.02)
    with connected(slow.handle, slow) as connection:
        assert len(connection.execute("SELECT Name FROM Tasks LIMIT 8").fetchall()) == 8
        lists = [each for each in slow.requests if "/Tasks" in each.path]
        assert [each.in_flight for each in lists[:2]] == [1, 1]
        assert max(each.in_flight for each in lists) <= 4
        assert len(lists) == 8


def test_connections_and_threads_together_never_exceed_five_in_flight(wide: Simulator) -> None:
    """Four connections with two threads each read one organisation: five calls at a time, and never a sixth."""
    wide.reset_counters()
    gathering = Gathering(wide, "/Tasks", 5)
    connections = [connected(gathering.handle, wide) for _ in range(4)]
    found: list[int] = []
    readers = [
        threading.Thread(target=lambda one=one: found.append(len(one.execute(TASKS).fetchall())))
        for one in connections * 2
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(PATIENCE)
    assert found == [120] * 8
    assert max(each.in_flight for each in wide.requests) <= 5
    assert gathering.seen == 8 * 40
    for connection in connections:
        connection.close()


class JumpClock:
    """A client's clock that jumps over every wait, on the time of the simulator."""

    def __init__(self, time: ManualClock) -> None:
        self.time = time

    def monotonic(self) -> float:
        return self.time.now()

    def now(self) -> datetime:
        return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=self.time.now() % 86_400)

    def sleep(self, seconds: float, cancelled: threading.Event | None = None) -> None:
        self.time.sleep(seconds)

    def wait(self, condition: threading.Condition, seconds: float | None) -> None:
        if seconds is None:
            condition.wait(0.01)
        else:
            self.time.sleep(seconds)
            condition.wait(0)


def test_three_hundred_projects_are_read_without_one_refusal() -> None:
    """301 calls at sixty a minute and five at a time: Xero, which counts both, has nothing to complain of."""
    time = ManualClock()
    sim = Simulator(limits=True, projects=300, tasks_per_project=1, time_per_task=0, latency=0.15, clock=time)
    with connected(sim.handle, sim, calls_per_minute=60) as connection:
        connection.session.make_client = lambda: Client(connection.settings, handler=sim.handle, clock=JumpClock(time))
        assert len(connection.execute(TASKS).fetchall()) == 300
    assert [each.status for each in sim.requests] == [200] * 301
    assert max(each.in_flight for each in sim.requests) <= 5
    assert time.now() - sim.requests[0].started >= 300


# -- Ending early ------------------------------------------------------------------------------------------------------


def test_the_first_error_ends_its_siblings(wide: Simulator) -> None:
    """One list is refused while four are under way: nothing more is asked, and the refusal is what is raised."""
    wide.reset_counters()
    refused = threading.Event()
    gathering = Gathering(wide, "/Tasks", 5)

    def handle(method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        if "/Tasks" in url:
            with gathering.lock:
                gathering.seen += 1
                third = gathering.seen == 3
            gathering.barrier.wait()
            if third:
                return 403, {}, b'{"Detail": "AuthorizationUnsuccessful"}'
            refused.wait(PATIENCE)
        return wide.handle(method, url, headers, body)

    with connected(handle, wide) as connection:
        with pytest.raises(xerosql.AuthenticationError):
            connection.execute(TASKS).fetchall()
        refused.set()
    assert gathering.seen == 5


def test_an_error_does_not_wait_for_the_minute() -> None:
    """What stands before the minute's quota gives up as soon as a sibling has failed."""
    sim = Simulator(limits=False, projects=6, tasks_per_project=1, time_per_task=0)
    ids = [row["projectId"] for row in sim.rows(sim.tenants[0][0])["projects"]]
    arrivals, lock, others = [], threading.Lock(), threading.Semaphore(0)

    def handle(method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        with lock:
            arrivals.append(url)
            first = len(arrivals) == 1
        if not first:
            others.release()
            return sim.handle(method, url, headers, body)
        for _ in range(3):
            assert others.acquire(timeout=PATIENCE)
        return 403, {}, b'{"Detail": "AuthorizationUnsuccessful"}'

    with connected(handle, sim, calls_per_minute=4) as connection:
        sql = f"{TASKS} WHERE ProjectId IN ({', '.join('?' * 6)})"
        with pytest.raises(xerosql.AuthenticationError):
            connection.execute(sql, ids).fetchall()
        for thread in fetching():
            thread.join(PATIENCE)
        assert fetching() == []
    assert len([each for each in arrivals if "/Tasks" in each]) == 4


def fetcher_of(connection: xerosql.Connection, cancelled: Cancellation, most: int | None = None) -> Fetcher:
    return Fetcher(connection.session, Stats(most), cancelled)


def task_lists(sim: Simulator) -> list[Fetch]:
    """The lists of all projects' tasks."""
    tenant, path = sim.tenants[0][0], load().table("projects.tasks").list_path
    projects = [row["projectId"] for row in sim.rows(tenant)["projects"]]
    return [Fetch(path, tenant, (("ProjectId", each),), page_size=path.page_size) for each in projects]


@pytest.mark.parametrize("ending", ["cancel", "close"])
def test_what_waits_for_quota_ends_with_its_statement(ending: str) -> None:
    """Six lists are there and the minute is used up for an hour to come: nobody stays to wait for the seventh."""
    sim = Simulator(limits=False, projects=30, tasks_per_project=1, time_per_task=0)
    cancelled = Cancellation()
    with connected(sim.handle, sim, calls_per_minute=6) as connection:
        fetcher = fetcher_of(connection, cancelled)
        pages = fetcher.pages(task_lists(sim), whole_page, whole_object, eager=True)
        next(pages)
        if ending == "cancel":
            cancelled.set()
            with pytest.raises(xerosql.OperationalError, match="cancelled"):
                list(pages)
        else:
            fetcher.close()
        for thread in fetching():
            thread.join(PATIENCE)
        assert fetching() == []
        assert sim.calls <= 6


def test_a_cursor_that_nobody_keeps_stops_fetching() -> None:
    """Dropped without being closed, it asks for nothing after what was under way."""
    sim = Simulator(limits=False, projects=100, tasks_per_project=3, time_per_task=0, latency=0.02)
    with connected(sim.handle, sim) as connection:
        cursor = connection.execute(TASKS)
        cursor.fetchone()
        del cursor
        for thread in fetching():
            thread.join(PATIENCE)
        assert fetching() == []
        assert sim.calls < 101


def test_what_a_limit_can_do_without_may_fail() -> None:
    """Two lists are begun together where a LIMIT may be reached; the second one's error shows when it is asked for."""
    sim = Simulator(limits=False, projects=6, tasks_per_project=1, time_per_task=0, latency=0.02)
    with connected(sim.handle, sim) as connection:
        fetcher = fetcher_of(connection, Cancellation(), most=3)
        pages = fetcher.pages(task_lists(sim), whole_page, whole_object, eager=False)
        assert [len(next(pages)[1].items) for _ in range(3)] == [1, 1, 1]
        assert [each.in_flight for each in sim.requests] == [1, 1, 1]
        with pytest.raises(xerosql.BudgetError):
            next(pages)
        fetcher.close()


def test_a_cancelled_statement_does_not_wait_for_its_answers(wide: Simulator) -> None:
    """The thread that fetches is told at once, even while Xero is silent."""
    silent, asked = threading.Event(), threading.Event()
    outcome: list[BaseException] = []

    def handle(method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        if "/Tasks" in url:
            asked.set()
            assert silent.wait(PATIENCE)
        return wide.handle(method, url, headers, body)

    with connected(handle, wide) as connection:
        cursor = connection.cursor()

        def run() -> None:
            with pytest.raises(xerosql.OperationalError, match="cancelled") as caught:
                cursor.execute(TASKS).fetchall()
            outcome.append(caught.value)

        reader = threading.Thread(target=run)
        reader.start()
        assert asked.wait(PATIENCE)
        cursor.cancel()
        reader.join(PATIENCE)
        assert [error.sqlstate for error in outcome] == ["57014"]
        silent.set()


# -- The budget --------------------------------------------------------------------------------------------------------


def test_a_statement_that_turns_out_dearer_stops_at_max_calls() -> None:
    """150 projects where a hundred were expected: the last call that max_calls allows is the last one made."""
    sim = Simulator(limits=False, projects=150, tasks_per_project=1, time_per_task=0)
    sentence = r"has made 120 calls, all that max_calls = 120 allows, and was stopped; narrow it or SET max_calls"
    with (
        connected(sim.handle, sim, max_calls=120) as connection,
        pytest.raises(xerosql.BudgetError, match=sentence),
    ):
        connection.execute(TASKS).fetchall()
    assert sim.calls <= 120


@pytest.mark.usefixtures("impatient")
def test_a_retried_write_is_not_stopped_by_the_budget() -> None:
    """A read and three rows are the four calls allowed, and trouble makes a fifth: stopping there would lose a row."""
    sim = Simulator(limits=False, projects=1, tasks_per_project=1, time_per_task=0)
    project = sim.rows(sim.tenants[0][0])["projects"][0]["projectId"]
    sql = "INSERT INTO Tasks (ProjectId, Name, RateCurrency, RateValue, ChargeType) VALUES (?, ?, 'NZD', 10, 'TIME')"
    with connected(sim.handle, sim, max_calls=4) as connection:
        sim.add_fault(Fault("503", match="POST", after=1))
        cursor = connection.cursor().executemany(sql, [(project, f"Task {place}") for place in range(3)])
        assert cursor.rowcount == 3
        assert cursor.stats is not None
        assert cursor.stats.api_calls == 5
