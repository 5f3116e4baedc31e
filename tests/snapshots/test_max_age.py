"""`max_age` at the connection: fewer calls, and never a wrong row. The list of what caches got wrong elsewhere."""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import xerosql
from tests.aio.conftest import Desk
from tests.snapshots.conftest import Office, ask
from xerosql.errors import BudgetError, DataError, InterfaceError, OperationalError
from xerosql.simulator import Fault, Simulator

PATIENCE = 20
ALL_TASKS = "SELECT Id, Name, Status FROM Tasks"


@pytest.fixture
def connection(office: Office) -> xerosql.Connection:
    return office.connect()


# -- The setting -------------------------------------------------------------------------------------------------------


def test_nothing_is_reused_unless_somebody_says_so(office: Office) -> None:
    """Two reads are two reads."""
    connection = office.connect(max_age=None)
    ask(connection, "SELECT * FROM Users", calls=1)
    ask(connection, "SELECT * FROM Users", calls=1)
    assert connection.execute("SHOW max_age").fetchone() == ("0",)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (90, 90.0),
        ("90", 90.0),
        ("15 minutes", 900.0),
        ("15min", 900.0),
        ("1 h 30 m", 5400.0),
        ("2 Hours", 7200.0),
        ("1.5 days", 129_600.0),
        ("500 ms", 0.5),
        (timedelta(minutes=2), 120.0),
    ],
)
def test_ages_are_written_as_people_write_them(office: Office, given: Any, seconds: float) -> None:
    """As an option, and with SET, as a literal or a parameter."""
    assert office.connect(max_age=given).settings.max_age == seconds
    connection = office.connect(max_age=0)
    connection.execute("SET max_age = ?", [given])
    assert float(connection.execute("SHOW max_age").fetchall()[0][0]) == seconds


@pytest.mark.parametrize(
    "given", ["soon", "15 parsecs", "-1", "-5 minutes", "31 days", "nan", "1e999", "minutes 15", ""]
)
def test_what_is_no_age_is_refused(office: Office, given: str) -> None:
    """With the setting's name and what it takes; nothing changes."""
    connection = office.connect()
    with pytest.raises(
        DataError, match="max_age takes a number of seconds, or text such as '15 minutes', up to 30 days"
    ):
        connection.execute("SET max_age = ?", [given])
    assert connection.execute("SHOW max_age").fetchone() == ("900",)
    if given:
        with pytest.raises(InterfaceError, match="max_age"):
            office.connect(max_age=given)


def test_set_holds_from_the_next_statement_on(connection: xerosql.Connection) -> None:
    """For this connection: an analyst asks anew when it matters."""
    ask(connection, "SELECT * FROM Users", calls=1)
    ask(connection, "SELECT * FROM Users", calls=0)
    connection.execute("SET max_age = 0")
    ask(connection, "SELECT * FROM Users", calls=1)
    connection.execute("RESET max_age")
    ask(connection, "SELECT * FROM Users", calls=0)


def test_connections_of_one_sign_in_share_what_was_fetched(office: Office) -> None:
    """A pool, the clients of a server, a notebook beside it."""
    ask(office.connect(), ALL_TASKS)
    ask(office.connect(), ALL_TASKS, calls=0)
    ask(office.open[0].sibling(), ALL_TASKS, calls=0)


# -- Ages --------------------------------------------------------------------------------------------------------------


def test_what_has_become_too_old_is_asked_for_again(office: Office, later: Callable[[float], None]) -> None:
    """And is then as young as its new answer; a more patient connection still takes the older one."""
    patient, hasty = office.connect(max_age="1 h"), office.connect(max_age="1 min")
    ask(patient, "SELECT * FROM Users", calls=1)
    later(50)
    ask(hasty, "SELECT * FROM Users", calls=0)
    later(20)
    ask(patient, "SELECT * FROM Users", calls=0)
    ask(hasty, "SELECT * FROM Users", calls=1)
    later(59)
    ask(hasty, "SELECT * FROM Users", calls=0)
    later(3601)
    ask(patient, "SELECT * FROM Users", calls=1)


def test_the_age_of_the_oldest_data_is_told(office: Office, later: Callable[[float], None]) -> None:
    """On the cursor while it runs and after, in sys.statements, and in EXPLAIN ANALYZE."""
    connection = office.connect()
    ask(connection, "SELECT * FROM Projects")
    later(100)
    cursor = connection.execute("SELECT count(DISTINCT p.ProjectId), count(DISTINCT u.UserId) FROM Projects p, Users u")
    cursor.fetchall()
    stats = cursor.stats
    assert stats is not None
    assert (stats.api_calls, stats.pages_reused) == (1, 1)
    assert stats.data_age is not None
    assert 100 <= stats.data_age < 160
    kept = connection.execute("SELECT Calls, PagesReused, DataAge FROM sys.statements WHERE Number = 2").fetchall()
    assert [tuple(map(float, row)) for row in kept] == [(1.0, 1.0, pytest.approx(stats.data_age, abs=0.001))]


def test_fresh_data_has_an_age_too(office: Office) -> None:
    """Without max_age it is that of its own calls; a statement that uses no data has none."""
    connection = office.connect(max_age=0)
    cursor = connection.execute("SELECT * FROM Users")
    cursor.fetchall()
    assert cursor.stats is not None
    assert cursor.stats.data_age is not None
    assert 0 <= cursor.stats.data_age < PATIENCE
    assert cursor.stats.pages_reused == 0
    local = connection.execute("SELECT 1")
    assert local.stats is not None
    assert local.stats.data_age is None


def test_what_is_kept_is_listed(office: Office, later: Callable[[float], None]) -> None:
    """With what was asked of whom and when, however old; only what this sign-in has fetched."""
    connection = office.connect()
    ask(connection, "SELECT * FROM Projects")
    ask(connection, "SELECT count(*) FROM Projects WHERE Status = 'CLOSED'", calls=0)
    ask(office.connect(access_token="somebody else's"), "SELECT * FROM Users")
    later(10_000)
    sql = "SELECT TenantId, Kind, Request, RowCount, Size > 0, FetchedAt > now()::timestamp FROM sys.snapshots"
    listed = ask(connection, sql, calls=0)
    path = "/projects.xro/2.0/Projects?states=INPROGRESS%2CCLOSED&pageSize=500"
    assert listed == [(office.tenant, "list", path, len(office.sim.rows(office.tenant)["projects"]), True, False)]


# -- What caches have got wrong elsewhere ------------------------------------------------------------------------------


def test_a_limited_answer_is_not_the_whole(connection: xerosql.Connection, office: Office) -> None:
    """What a LIMIT left unread is read by whoever wants it."""
    everything = len(office.sim.rows(office.tenant)["tasks"])
    assert len(ask(connection, f"{ALL_TASKS} LIMIT 5")) == 5
    assert len(ask(connection, ALL_TASKS)) == everything
    assert len(ask(connection, f"{ALL_TASKS} LIMIT 5", calls=0)) == 5
    assert len(ask(connection, f"{ALL_TASKS} LIMIT 7 OFFSET 3", calls=0)) == 7


@pytest.fixture
def large() -> Iterator[Office]:
    """An organisation whose projects take three pages."""
    found = Office(Desk(Simulator(projects=1_200, tasks_per_project=1, time_per_task=0, limits=False)))
    yield found
    found.close()


ID = "SELECT ProjectId FROM Projects"


def test_a_limit_is_asked_once(large: Office) -> None:
    """The pages that are enough for it are kept, and are enough for nothing else."""
    connection = large.connect()
    first = ask(connection, f"{ID} LIMIT 5", calls=1)
    assert ask(connection, f"{ID} LIMIT 5", calls=0) == first
    assert len(ask(connection, f"{ID} LIMIT 100 OFFSET 300", calls=0)) == 100
    assert len(set(ask(connection, f"{ID} LIMIT 700", calls=2))) == 700
    assert len(set(ask(connection, f"{ID} LIMIT 600 OFFSET 50", calls=0))) == 600
    assert len(set(ask(connection, ID, calls=3))) == 1_200
    assert len(set(ask(connection, f"{ID} LIMIT 1100", calls=0))) == 1_100
    kinds = connection.execute("SELECT Kind, count(*) FROM sys.snapshots GROUP BY 1 ORDER BY 1").fetchall()
    assert kinds == [("head", 2), ("list", 1)]


def test_a_limit_that_reaches_over_the_whole_list_keeps_it(large: Office) -> None:
    """As any other read of it does."""
    connection = large.connect()
    assert len(ask(connection, f"{ID} LIMIT 2000", calls=3)) == 1_200
    assert len(ask(connection, f"{ID} WHERE Name LIKE '%'", calls=0)) == 1_200
    task = large.sim.rows(large.tenant)["tasks"][0]
    below = "SELECT Name FROM Tasks WHERE ProjectId = ?"
    ask(connection, f"{below} LIMIT 500", task["projectId"], calls=1)
    assert ask(connection, f"{below} AND Name LIKE '%'", task["projectId"], calls=0) == [(task["name"],)]


def test_what_a_limit_will_cost_is_told_with_what_is_kept_of_it(large: Office) -> None:
    """EXPLAIN counts the pages that are enough, and none of them again."""
    connection = large.connect()
    for rows, calls in ((5, 1), (5, 0), (900, 2), (900, 0)):
        told = json.loads(connection.execute(f"EXPLAIN (FORMAT JSON) {ID} LIMIT {rows}").fetchall()[0][0])
        assert told["total"]["calls"] == calls
        assert len(ask(connection, f"{ID} LIMIT {rows}", calls=calls)) == rows


def test_a_limit_that_xero_answers_with_short_pages_is_not_kept(large: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has been seen to take no notice of the size that was asked for; the rest is asked for then, each time."""
    real = large.desk.handle

    def short(method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        return real(method, url.replace("pageSize=500", "pageSize=2"), headers, body)

    monkeypatch.setattr(large.desk, "handle", short)
    connection = large.connect()
    for _ in range(2):
        assert len(set(ask(connection, f"{ID} LIMIT 5", calls=3))) == 5


def test_a_limit_left_in_the_middle_is_not_kept(large: Office) -> None:
    """Whoever fetches a few rows of many has not read what the next one wants."""
    connection = large.connect()
    cursor = connection.execute(f"{ID} LIMIT 20000")
    cursor.fetchmany(3)
    cursor.close()
    assert len(set(ask(connection, f"{ID} LIMIT 20000"))) == 1_200


def test_a_limit_is_asked_anew_after_a_write(large: Office) -> None:
    """As everything else is."""
    connection = large.connect()
    [(project,), *_] = ask(connection, f"{ID} LIMIT 5", calls=1)
    connection.execute("UPDATE Projects SET Name = 'Renamed' WHERE ProjectId = ?", [project])
    assert len(ask(connection, f"{ID} LIMIT 5", calls=1)) == 5


def test_a_count_is_not_a_list_nor_a_list_a_count(connection: xerosql.Connection, office: Office) -> None:
    """A count asks for one row of each list; nobody may take that row for the list."""
    projects = len(office.sim.rows(office.tenant)["projects"])
    for calls in (1, 0):
        assert ask(connection, "SELECT count(*) FROM Projects", calls=calls) == [(projects,)]
    assert len(ask(connection, "SELECT ProjectId FROM Projects", calls=1)) == projects
    assert ask(connection, "SELECT count(*) FROM Projects", calls=0) == [(projects,)]


def test_few_columns_do_not_stand_for_all(connection: xerosql.Connection, office: Office) -> None:
    """What is kept is what Xero sent, not what somebody selected of it."""
    ask(connection, "SELECT Name FROM Projects", calls=1)
    rows = ask(connection, "SELECT ProjectId, Name, Status, ContactId, Deadline FROM Projects", calls=0)
    assert {row[0] for row in rows} == {each["projectId"] for each in office.sim.rows(office.tenant)["projects"]}
    assert all(row[3] for row in rows)


def test_a_filtered_answer_is_not_the_whole_but_the_whole_answers_a_filter(
    connection: xerosql.Connection, office: Office
) -> None:
    """A subset is a question of its own."""
    states = [each["status"] for each in office.sim.rows(office.tenant)["projects"]]
    closed = states.count("CLOSED")
    assert ask(
        connection, "SELECT count(DISTINCT Name || ProjectId) FROM Projects WHERE Status = 'CLOSED'", calls=1
    ) == [(closed,)]
    assert len(ask(connection, "SELECT ProjectId FROM Projects", calls=1)) == len(states)
    connection.execute("SELECT ProjectId FROM Projects WHERE Status = 'INPROGRESS'").fetchall()
    assert len(ask(connection, "SELECT * FROM Projects WHERE Status = 'CLOSED'", calls=0)) == closed
    one = ask(connection, "SELECT ProjectId FROM Projects LIMIT 1", calls=0)[0][0]
    assert ask(connection, "SELECT ProjectId FROM Projects WHERE ProjectId = ?", one, calls=0) == [(one,)]


def test_an_object_that_is_not_there_is_looked_for_again(connection: xerosql.Connection, office: Office) -> None:
    """A negative answer is not kept: what was just created would be missed."""
    task = office.task()
    sql = "SELECT Name FROM Tasks WHERE ProjectId = ? AND TaskId = ?"
    nothing = "00000000-0000-4000-8000-000000000001"
    assert ask(connection, sql, task["projectId"], nothing, calls=1) == []
    assert ask(connection, sql, task["projectId"], nothing, calls=1) == []
    assert ask(connection, sql, task["projectId"], task["taskId"], calls=1) == [(task["name"],)]
    assert ask(connection, sql, task["projectId"], task["taskId"], calls=0) == [(task["name"],)]


def test_sums_are_the_same_however_they_are_put_together(connection: xerosql.Connection, office: Office) -> None:
    """From nothing, from some lists, and from all of them."""
    minutes = sum(each["duration"] for each in office.sim.rows(office.tenant)["time"])
    project = office.sim.rows(office.tenant)["time"][0]["projectId"]
    own = sum(each["duration"] for each in office.sim.rows(office.tenant)["time"] if each["projectId"] == project)
    assert ask(connection, "SELECT sum(Duration) FROM Time WHERE ProjectId = ?", project, calls=1) == [(own,)]
    for calls in (None, 0):
        assert ask(connection, "SELECT sum(Duration) FROM Time", calls=calls) == [(minutes,)]
    assert ask(connection, "SELECT sum(Duration) FROM Time WHERE ProjectId = ?", project, calls=0) == [(own,)]


def test_an_organisation_is_not_taken_for_another(office: Office) -> None:
    """Nor are the rows of two put together of one."""
    first, second = (tenant for tenant, _ in office.sim.tenants[:2])
    connection = office.connect()
    numbers = [len(office.sim.rows(each)["projects"]) for each in (first, second)]
    assert len(ask(connection, "SELECT ProjectId FROM Projects WHERE TenantId = ?", first, calls=1)) == numbers[0]
    assert len(ask(connection, "SELECT ProjectId FROM Projects WHERE TenantId = ?", second, calls=1)) == numbers[1]
    both = ask(connection, "SELECT TenantId FROM Projects WHERE TenantId IN (?, ?)", first, second, calls=0)
    assert [[row[0] for row in both].count(each) for each in (first, second)] == numbers


def test_a_sign_in_is_not_taken_for_another(office: Office) -> None:
    """Xero may hide from one user what it shows another."""
    ask(office.connect(), "SELECT * FROM Users", calls=1)
    ask(office.connect(access_token="somebody else's"), "SELECT * FROM Users", calls=1)
    ask(office.connect(), "SELECT * FROM Users", calls=0)


def test_a_stand_in_is_not_taken_for_another() -> None:
    """Two simulators, or the demo and a simulator, have the same address and organisations."""
    from xerosql.simulator import Simulator

    ask(xerosql.connect("demo", max_age="1 h"), "SELECT * FROM Users")
    simulators = [Simulator(limits=False), Simulator(limits=False)]
    for each in simulators:
        options: dict[str, Any] = {"access_token": "demo", "tenant": each.tenants[0][0], "max_age": "1 h"}
        with xerosql.connect(handler=each.handle, calls_per_minute=1_000_000, **options) as connection:
            ask(connection, "SELECT * FROM Users", calls=1)


def test_a_failed_answer_is_not_kept(connection: xerosql.Connection, office: Office) -> None:
    """Neither an error nor an answer that cannot be read."""
    office.sim.add_fault(Fault("truncated", match="/ProjectsUsers", times=20))
    with pytest.raises(OperationalError):
        ask(connection, "SELECT * FROM Users")
    office.sim.clear_faults()
    assert len(ask(connection, "SELECT * FROM Users", calls=1)) == office.users
    assert len(ask(connection, "SELECT * FROM Users", calls=0)) == office.users


def test_an_answer_that_makes_no_sense_is_not_kept(
    connection: xerosql.Connection, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was Xero's 200, and JSON; the next statement asks again."""
    real = office.sim.handle

    def broken(method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        status, sent, _ = real(method, url, headers, body)
        plain = {each: value for each, value in sent.items() if each.lower() != "content-encoding"}
        return status, plain, b'{"items": 7}'

    with monkeypatch.context() as patch:
        patch.setattr(office.sim, "handle", broken)
        with pytest.raises(xerosql.InternalError):
            ask(connection, "SELECT * FROM Users")
    assert len(ask(connection, "SELECT * FROM Users", calls=1)) == office.users


def test_a_budget_counts_only_what_is_still_to_be_asked(connection: xerosql.Connection) -> None:
    """What was refused as too dear goes once others have fetched it."""
    connection.execute("SET max_calls = 3")
    with pytest.raises(BudgetError):
        ask(connection, ALL_TASKS)
    connection.execute("RESET max_calls")
    rows = ask(connection, ALL_TASKS)
    connection.execute("SET max_calls = 0")
    assert ask(connection, ALL_TASKS, calls=0) == rows
    with pytest.raises(BudgetError):
        ask(connection, "SELECT * FROM Users")


# -- Writes ------------------------------------------------------------------------------------------------------------


def changed(office: Office, connection: xerosql.Connection) -> str:
    """The new name of a task."""
    task = office.task()
    connection.execute("UPDATE Tasks SET Name = 'Renamed' WHERE Id = ?", [f"{task['projectId']}/{task['taskId']}"])
    return "SELECT count(*) FROM Tasks WHERE Name = 'Renamed'"


@pytest.mark.parametrize("who", ["itself", "another", "another without max_age", "a sibling"])
def test_own_writes_are_seen_at_once(office: Office, who: str) -> None:
    """By all statements of the process, whichever of its connections wrote."""
    reader = office.connect()
    writers = {
        "itself": lambda: reader,
        "another": office.connect,
        "another without max_age": lambda: office.connect(max_age=0),
        "a sibling": reader.sibling,
    }
    ask(reader, ALL_TASKS)
    question = changed(office, writers[who]())
    assert ask(reader, question) == [(1,)]


def test_what_was_fetched_soon_after_a_write_is_not_kept(office: Office, later: Callable[[float], None]) -> None:
    """Xero has been seen to show the state before a write for nearly two minutes; that must not last a quarter of an
    hour.
    """
    connection = office.connect()
    question = changed(office, connection)
    calls = len(ask(connection, "SELECT ProjectId FROM Projects")) + 1
    office.sim.reset_counters()
    ask(connection, question)
    first = office.sim.calls
    assert first > 1
    later(119)
    ask(connection, question)
    assert office.sim.calls == 2 * first
    later(2)
    ask(connection, question)
    ask(connection, question, calls=0)
    assert office.sim.calls <= 3 * calls


def test_what_is_read_while_a_write_is_under_way_is_not_kept(
    office: Office, desk: Desk, later: Callable[[float], None]
) -> None:
    """It may be of before or of after."""
    writer, reader = office.connect(), office.connect()
    task = office.task()
    desk.hold("PUT")
    key = f"{task['projectId']}/{task['taskId']}"
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(writer.execute, "UPDATE Tasks SET Name = 'Renamed' WHERE Id = ?", [key])
        assert desk.arrived.acquire(timeout=PATIENCE)
        later(500)  # however long the write takes
        ask(reader, ALL_TASKS)
        desk.open()
        writing.result(PATIENCE)
    later(130)
    office.sim.reset_counters()
    assert ask(reader, "SELECT count(*) FROM Tasks WHERE Name = 'Renamed'") == [(1,)]
    assert office.sim.calls > 1


def test_a_write_builds_on_what_is_there_now(office: Office) -> None:
    """An UPDATE reads its rows anew, or it would put back what somebody else has changed since."""
    connection, task = office.connect(), office.task()
    key = f"{task['projectId']}/{task['taskId']}"
    ask(connection, ALL_TASKS)
    project, number = task["projectId"], task["taskId"]
    office.estimate_elsewhere(task, 77)
    connection.execute("UPDATE Tasks SET Name = 'Renamed' WHERE Id = ?", [key])
    found = next(each for each in office.sim.rows(office.tenant)["tasks"] if each["taskId"] == number)
    assert (found["projectId"], found["name"], found["estimateMinutes"]) == (project, "Renamed", 77)


def test_rows_to_insert_are_read_anew(office: Office) -> None:
    """INSERT … SELECT writes what it reads, so it reads what is there."""
    connection = office.connect()
    project = office.task()["projectId"]
    ask(connection, ALL_TASKS)
    cursor = connection.execute(
        "INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue) "
        "SELECT ProjectId, 'Copy of ' || Name, 'TIME', 10 FROM Tasks WHERE ProjectId = ? AND Name IS NOT NULL",
        [project],
    )
    assert cursor.stats is not None
    assert cursor.stats.pages_reused == 0


def test_queued_writes_are_seen_once_a_worker_has_sent_them(office: Office) -> None:
    """Adding them changes nothing at Xero; sending them does."""
    connection = office.connect(write_mode="queued")
    project = office.task()["projectId"]
    sql = "SELECT count(*) FROM Tasks WHERE Name = 'Queued'"
    assert ask(connection, sql) == [(0,)]
    connection.execute(
        "INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue) VALUES (?, 'Queued', 'TIME', 1)", [project]
    )
    connection.commit()
    assert ask(connection, sql, calls=0) == [(0,)]
    connection.run_queue()
    assert ask(connection, sql) == [(1,)]


def test_scratch_is_never_old(connection: xerosql.Connection) -> None:
    """A table of one's own is what it is; one made of Xero's rows may be made of what was fetched."""
    ask(connection, "SELECT * FROM Users")
    made = connection.execute("CREATE TABLE scratch.people AS SELECT UserId, Name FROM Users")
    assert made.stats is not None
    assert (made.stats.api_calls, made.stats.pages_reused) == (0, 1)
    connection.execute("DELETE FROM scratch.people")
    assert ask(connection, "SELECT count(*) FROM scratch.people", calls=0) == [(0,)]


# -- In flight ---------------------------------------------------------------------------------------------------------


def test_identical_scans_at_the_same_time_share_their_calls(office: Office, desk: Desk) -> None:
    """Twenty who open the same dashboard at once cost what one does, and get the same rows."""
    alone = ask(office.connect(access_token="alone"), ALL_TASKS)
    calls = office.sim.calls
    desk.slow_down(0.002)
    connections = [office.connect() for _ in range(20)]
    together = threading.Barrier(20)

    def run(connection: xerosql.Connection) -> list[tuple[Any, ...]]:
        together.wait(PATIENCE)
        return sorted(ask(connection, ALL_TASKS))

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(run, connections))
    assert all(each == sorted(alone) for each in answers)
    assert office.sim.calls == 2 * calls


def test_a_cancelled_statement_does_not_take_others_with_it(office: Office, desk: Desk) -> None:
    """The one that asked is cancelled; the one that waited for its answer gets the rows."""
    first, second = office.connect(), office.connect()
    desk.hold(part="/ProjectsUsers", after=0)
    cursor = first.cursor()
    with ThreadPoolExecutor(2) as pool:
        asking = pool.submit(lambda: cursor.execute("SELECT * FROM Users").fetchall())
        assert desk.arrived.acquire(timeout=PATIENCE)
        waiting = pool.submit(ask, second, "SELECT * FROM Users")
        cursor.cancel()
        desk.open()
        with pytest.raises(OperationalError) as caught:
            asking.result(PATIENCE)
        assert caught.value.sqlstate == "57014"
        assert len(waiting.result(PATIENCE)) == office.users


def test_the_budget_of_one_is_not_that_of_another(office: Office, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for the answer of a statement that runs out of calls asks for the rest itself."""
    poor, rich = office.connect(), office.connect()
    poor.execute("SET max_calls = 5")
    monkeypatch.setattr(poor.session.statistics, "learn_statement", lambda *_: None)
    desk.slow_down(0.005)
    together = threading.Barrier(2)

    def run(connection: xerosql.Connection) -> Any:
        together.wait(PATIENCE)
        try:
            return len(ask(connection, ALL_TASKS))
        except BudgetError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(run, (poor, rich)))
    assert isinstance(answers[0], BudgetError)
    assert answers[1] == len(office.sim.rows(office.tenant)["tasks"])


def test_a_result_that_is_left_in_the_middle_is_no_answer_to_others(office: Office) -> None:
    """Others may join it while it lasts, and read on by themselves when it has gone."""
    tasks = len(office.sim.rows(office.tenant)["tasks"])
    left = office.connect().execute(ALL_TASKS)
    left.fetchone()
    assert len(ask(office.connect(), ALL_TASKS)) == tasks
    left.close()
    del left
    gc.collect()
    assert len(ask(office.connect(), ALL_TASKS, calls=0)) == tasks


def test_a_statement_sees_one_state_of_a_list(office: Office, later: Callable[[float], None]) -> None:
    """Two scans of it in one statement never differ, even if it becomes too old in between."""
    connection = office.connect(max_age=60)
    ask(connection, "SELECT * FROM Projects")
    later(59)
    cursor = connection.execute(
        "SELECT count(*) FROM Projects a FULL JOIN Projects b USING (ProjectId) WHERE a.Name IS DISTINCT FROM b.Name"
    )
    assert cursor.fetchone() == (0,)
    assert cursor.stats is not None
    assert cursor.stats.api_calls == 0


# -- EXPLAIN -----------------------------------------------------------------------------------------------------------


def explained(connection: xerosql.Connection, sql: str) -> dict[str, Any]:
    found = connection.execute(f"EXPLAIN (FORMAT JSON) {sql}").fetchall()[0][0]
    answer: dict[str, Any] = json.loads(found)
    return answer


def test_explain_says_what_is_there_and_how_old_it_is(office: Office, later: Callable[[float], None]) -> None:
    """Step by step, before anything runs; and what it says of a statement that has run is exact."""
    connection = office.connect()
    sql = (
        "SELECT p.Name, sum(t.TotalMinutes) FROM Projects p JOIN Tasks t USING (ProjectId) "
        "WHERE p.Status = 'INPROGRESS' GROUP BY 1"
    )
    assert [each["reused"] for each in explained(connection, sql)["steps"]] == [None, None]
    ask(connection, sql)
    later(190)
    told = explained(connection, sql)
    assert told["total"]["calls"] == 0
    projects, tasks = (each["reused"] for each in told["steps"])
    assert (projects["fetches"], projects["of"]) == (1, 1)
    assert tasks["fetches"] == tasks["of"] > 1
    assert 190 <= tasks["age"] < 250
    lines = {item: detail for step, item, detail in connection.execute(f"EXPLAIN {sql}") if step == 2}
    assert lines["reuse"].startswith(f"{tasks['of']} of {tasks['of']} fetched before, the oldest 19")
    later(720)
    told = explained(connection, sql)
    assert told["total"]["calls"] == tasks["of"] + 1
    assert [each["reused"] for each in told["steps"]] == [None, None]


def test_explain_expects_what_is_left_to_ask(office: Office) -> None:
    """Some of the lists are there already, fetched by another statement."""
    connection = office.connect()
    for project in [each["projectId"] for each in office.sim.rows(office.tenant)["projects"]][:5]:
        ask(connection, "SELECT * FROM Tasks WHERE ProjectId = ?", project, calls=1)
    told = explained(connection, ALL_TASKS)
    before = told["total"]["calls"]
    office.sim.reset_counters()
    ask(connection, ALL_TASKS)
    assert office.sim.calls <= before
    assert explained(connection, ALL_TASKS)["total"]["calls"] == 0


def test_explain_of_a_write_counts_on_nothing(office: Office) -> None:
    """Its rows will be read anew."""
    connection = office.connect()
    ask(connection, ALL_TASKS)
    task = office.task()
    sql = f"UPDATE Tasks SET Name = 'x' WHERE ProjectId = '{task['projectId']}' AND TaskId = '{task['taskId']}'"
    told = explained(connection, sql)
    assert [each["reused"] for each in told["steps"]] == [None]
    assert told["total"]["calls"] >= 2


def test_explain_analyze_says_what_was_reused(connection: xerosql.Connection) -> None:
    """Beside the calls that were made."""
    ask(connection, "SELECT * FROM Users")
    rows = connection.execute("EXPLAIN ANALYZE SELECT * FROM Users").fetchall()
    actual = [detail for _, item, detail in rows if item == "actual"]
    assert len(actual) == 2
    assert all("0 calls" in each and "1 page reused, the oldest 0." in each for each in actual)


# -- A directory -------------------------------------------------------------------------------------------------------


def test_of_a_xero_in_this_process_nothing_goes_into_a_directory(office: Office, tmp_path: Path) -> None:
    """Another process cannot ask it, and would take another one's data for its own."""
    connection = office.connect(cache_dir=str(tmp_path / "cache"))
    ask(connection, "SELECT * FROM Users", calls=1)
    ask(connection, "SELECT * FROM Users", calls=0)
    assert not (tmp_path / "cache").exists()
