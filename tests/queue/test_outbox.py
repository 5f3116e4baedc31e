"""Writes of a connection into the queue: buffered until commit(), all or nothing, with ids of the queue's own."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

import xerosql
from tests.queue.kit import Books, Clock, uid
from xerosql.errors import DataError, IntegrityError, OperationalError
from xerosql.execute.outbox import BLOCK, MANY
from xerosql.queue.store import Queue
from xerosql.simulator import Simulator

INSERT = "INSERT INTO Projects (ContactId, Name) VALUES (?, ?)"
TASK = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, ?, 10, 'TIME')"


class Desk:
    """Connections to one simulated Xero that write into one queue, and a look at that."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sim = Simulator(limits=False)
        self.tenant = self.sim.tenants[2][0]
        self.contact = self.sim.rows(self.tenant)["contacts"][0]["contactId"]
        self.project = self.sim.rows(self.tenant)["projects"][0]["projectId"]
        self.queue = Queue(url)
        self.books = Books(self.queue, Clock())
        self.open: list[xerosql.Connection] = []

    def connect(self, **options: Any) -> xerosql.Connection:
        base = {"access_token": "x", "tenant": self.tenant, "write_mode": "queued", "queue_url": self.url}
        connection = xerosql.connect(handler=self.sim.handle, **(base | options))
        self.open.append(connection)
        return connection

    def kinds(self) -> list[str]:
        """The types of the tasks that are in the queue."""
        return [row["type"] for row in self.books.rows()]

    @property
    def writes(self) -> list[Any]:
        return [each for each in self.sim.requests if each.method != "GET"]

    def close(self) -> None:
        for each in self.open:
            each.close()
        self.queue.close()


@pytest.fixture
def desk(queue_url: str) -> Iterator[Desk]:
    desk = Desk(queue_url)
    yield desk
    desk.close()


@pytest.fixture
def file_desk(sqlite_url: str) -> Iterator[Desk]:
    desk = Desk(sqlite_url)
    yield desk
    desk.close()


def test_a_commit_publishes_everything_at_once(desk: Desk) -> None:
    """Nothing is in the queue before, and nothing goes to Xero."""
    connection = desk.connect()
    cursor = connection.cursor()
    cursor.execute(INSERT, [desk.contact, "New"])
    project = cursor.lastrowid
    cursor.execute(TASK, [project, "First"])
    assert desk.kinds() == []
    connection.commit()
    assert desk.kinds() == ["CreateProject", "CreateTask"]
    assert {kind for _, _, kind in desk.books.needs()} == {"reference"}
    assert desk.writes == []


def test_a_commit_that_fails_publishes_nothing(file_desk: Desk) -> None:
    """Who is told that all was rolled back will do it again."""
    connection = file_desk.connect()
    connection.execute("CREATE TABLE scratch.keyed (x integer PRIMARY KEY)")
    connection.commit()
    connection.execute(INSERT, [file_desk.contact, "New"])
    with pytest.raises(IntegrityError):
        connection.execute("INSERT INTO scratch.keyed VALUES (1), (1)")
    with pytest.raises(OperationalError, match="rolled back instead of committed"):
        connection.commit()
    connection.commit()
    assert file_desk.kinds() == []


def test_a_rollback_drops_everything(desk: Desk) -> None:
    """Without the error that writes to Xero itself would end in: nothing has happened."""
    connection = desk.connect()
    connection.execute(INSERT, [desk.contact, "New"])
    connection.rollback()
    connection.commit()
    assert desk.kinds() == []


def test_autocommit_is_off_in_this_mode(file_desk: Desk) -> None:
    """As PEP 249 wants it, since a commit means something here."""
    assert file_desk.connect().autocommit is False
    assert file_desk.connect(write_mode="direct").autocommit is True


def test_each_statement_is_published_with_autocommit(desk: Desk) -> None:
    desk.connect(autocommit=True).execute(INSERT, [desk.contact, "New"])
    assert desk.kinds() == ["CreateProject"]


def test_a_transaction_may_be_begun_with_a_statement(desk: Desk) -> None:
    """Also with autocommit."""
    connection = desk.connect(autocommit=True)
    connection.execute("BEGIN")
    connection.execute(INSERT, [desk.contact, "A"])
    assert desk.kinds() == []
    connection.execute("COMMIT")
    assert desk.kinds() == ["CreateProject"]
    connection.execute("BEGIN")
    connection.execute(INSERT, [desk.contact, "B"])
    connection.execute("ROLLBACK")
    assert desk.kinds() == ["CreateProject"]


def test_turning_autocommit_on_commits(file_desk: Desk) -> None:
    connection = file_desk.connect()
    connection.execute(INSERT, [file_desk.contact, "A"])
    connection.autocommit = True
    assert file_desk.kinds() == ["CreateProject"]


def test_closing_without_a_commit_drops(desk: Desk) -> None:
    connection = desk.connect()
    connection.execute(INSERT, [desk.contact, "A"])
    connection.close()
    assert desk.kinds() == []


def test_a_block_commits_at_its_end_and_drops_after_an_error(desk: Desk) -> None:
    with desk.connect() as connection:
        connection.execute(INSERT, [desk.contact, "A"])
    assert desk.kinds() == ["CreateProject"]

    def fail() -> None:
        with desk.connect() as connection:
            connection.execute(INSERT, [desk.contact, "B"])
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert desk.kinds() == ["CreateProject"]


def test_the_scratch_schema_is_committed_and_rolled_back_along(file_desk: Desk) -> None:
    connection = file_desk.connect()
    connection.execute("CREATE TABLE scratch.done (Name TEXT)")
    connection.commit()
    for end, count in ((connection.rollback, 0), (connection.commit, 1)):
        connection.execute(INSERT, [file_desk.contact, "A"])
        connection.execute("INSERT INTO scratch.done VALUES ('A')")
        end()
        assert connection.execute("SELECT count(*) FROM scratch.done").fetchone() == (count,)
        assert len(file_desk.kinds()) == count


# -- Ids and results ---------------------------------------------------------------------------------------------------


def test_a_new_row_has_a_provisional_id(file_desk: Desk) -> None:
    """Of the task that creates it; a composite Id is made of it too."""
    cursor = file_desk.connect().cursor()
    cursor.execute(INSERT, [file_desk.contact, "New"])
    assert (cursor.rowcount, cursor.lastrowid) == (1, "queue:1")
    cursor.execute(TASK + " RETURNING Id, TaskId, ProjectId, Name, RateCurrency", [cursor.lastrowid, "First"])
    assert cursor.lastrowid == "queue:2"
    assert cursor.fetchall() == [("queue:1/queue:2", "queue:2", "queue:1", "First", None)]


def test_returning_shows_what_rules_have_filled_in(file_desk: Desk) -> None:
    """As far as it is known before Xero has seen the row."""
    cursor = file_desk.connect().execute(TASK + " RETURNING RateValue, RateCurrency", [file_desk.project, "x"])
    assert cursor.fetchall() == [(10, "USD")]


def test_many_rows_are_many_tasks(desk: Desk) -> None:
    """Of executemany(), of a list of VALUES, and of a SELECT."""
    connection = desk.connect()
    cursor = connection.cursor()
    cursor.executemany(INSERT, [(desk.contact, f"P{n}") for n in range(BLOCK + 5)])
    assert (cursor.rowcount, cursor.lastrowid) == (BLOCK + 5, f"queue:{BLOCK + 5}")
    cursor.execute("INSERT INTO Projects (ContactId, Name) VALUES (?, 'a'), (?, 'b')", [desk.contact] * 2)
    cursor.execute("INSERT INTO Projects (ContactId, Name) SELECT ContactId, Name FROM Projects LIMIT 3")
    connection.commit()
    ids = [row["id"] for row in desk.books.rows()]
    assert len(ids) == BLOCK + 5 + 2 + 3
    assert len(set(ids)) == len(ids)


def test_an_update_keeps_what_it_sets_and_nothing_else(desk: Desk) -> None:
    """The rest is taken from the row when it is sent; a NULL takes a value away."""
    connection = desk.connect()
    sql = "UPDATE Tasks SET Name = 'x', EstimateMinutes = NULL WHERE ProjectId = ? AND Status = 'ACTIVE'"
    rows = connection.execute(f"{sql} RETURNING Id, Name", [desk.project]).fetchall()
    connection.commit()
    stored = desk.books.rows()
    assert [f"{desk.project}/{row['own_id']}" for row in stored] == [row[0] for row in rows]
    assert {row[1] for row in rows} == {"x"}
    for row in stored:
        ids = {"ProjectId": desk.project, "TaskId": row["own_id"]}
        assert json.loads(row["parameters"]) == {**ids, "Name": "x", "EstimateMinutes": None}


def test_one_update_of_two_requests_is_two_tasks(file_desk: Desk) -> None:
    """In their order, and counted as one row."""
    connection = file_desk.connect()
    sql = "UPDATE Projects SET Name = 'x', Status = 'CLOSED' WHERE ProjectId = ?"
    assert connection.execute(sql, [file_desk.project]).rowcount == 1
    connection.commit()
    assert file_desk.kinds() == ["UpdateProject", "SetProjectStatus"]
    assert file_desk.books.needs() == {(2, 1, "order")}


def test_a_deletion_is_a_task(file_desk: Desk) -> None:
    connection = file_desk.connect()
    rows = file_desk.sim.rows(file_desk.tenant)
    busy = {each["taskId"] for each in rows["time"]}
    task = next(each for each in rows["tasks"] if each["status"] == "ACTIVE" and each["taskId"] not in busy)
    key = f"{task['projectId']}/{task['taskId']}"
    assert connection.execute("DELETE FROM Tasks WHERE Id = ?", [key]).rowcount == 1
    connection.commit()
    [row] = file_desk.books.rows()
    assert (row["type"], row["own_id"]) == ("DeleteTask", task["taskId"])
    assert json.loads(row["parameters"]) == {"ProjectId": task["projectId"], "TaskId": task["taskId"]}


def test_the_customer_is_known_where_the_statement_knows_it(file_desk: Desk) -> None:
    connection = file_desk.connect()
    connection.execute(INSERT, [file_desk.contact, "New"])
    connection.execute(TASK, ["queue:1", "x"])
    connection.execute("UPDATE Projects SET Name = 'y' WHERE ProjectId = ?", [file_desk.project])
    connection.commit()
    row = next(
        each for each in file_desk.sim.rows(file_desk.tenant)["projects"] if each["projectId"] == file_desk.project
    )
    customers = [each["customer"] for each in file_desk.books.rows()]
    assert customers == [file_desk.contact, file_desk.contact, row["contactId"]]


def test_a_statement_that_is_wrong_adds_nothing(file_desk: Desk) -> None:
    """Of its many rows the last one is; those of the statement before stay."""
    connection = file_desk.connect()
    connection.execute(INSERT, [file_desk.contact, "A"])
    with pytest.raises(DataError):
        connection.cursor().executemany(INSERT, [(file_desk.contact, "B"), ("nonsense", "C")])
    connection.commit()
    assert [json.loads(row["parameters"])["Name"] for row in file_desk.books.rows()] == ["A"]


# -- Commits that fail -------------------------------------------------------------------------------------------------


def test_a_commit_that_cannot_succeed_drops_everything(desk: Desk) -> None:
    """The row that it names will never be there."""
    connection = desk.connect()
    connection.execute(INSERT, [desk.contact, "New"])
    connection.execute(TASK, ["queue:999999", "x"])
    with pytest.raises(IntegrityError, match="there is no task queue:999999"):
        connection.commit()
    connection.commit()
    assert desk.kinds() == []


def failing(desk: Desk, connection: xerosql.Connection, monkeypatch: pytest.MonkeyPatch, times: int = 1) -> None:
    """The queue cannot be written for so many times."""
    queue, left = connection.session.queue, [True] * times
    real = queue.publish

    def publish(*arguments: Any) -> None:
        if left:
            left.pop()
            raise OperationalError("another program holds the queue for too long", retryable=True)
        real(*arguments)

    monkeypatch.setattr(queue, "publish", publish)


def test_a_commit_that_may_succeed_later_keeps_everything(file_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried again with another commit(), and dropped with rollback()."""
    connection = file_desk.connect()
    connection.execute(INSERT, [file_desk.contact, "New"])
    failing(file_desk, connection, monkeypatch)
    with pytest.raises(OperationalError):
        connection.commit()
    assert file_desk.kinds() == []
    connection.commit()
    assert file_desk.kinds() == ["CreateProject"]


def test_a_statement_that_fails_with_autocommit_leaves_nothing_behind(
    file_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is repeated by whoever sent it, and must not be there twice then."""
    connection = file_desk.connect(autocommit=True)
    connection.execute("SELECT 1")
    failing(file_desk, connection, monkeypatch)
    with pytest.raises(OperationalError):
        connection.execute(INSERT, [file_desk.contact, "New"])
    connection.execute(INSERT, [file_desk.contact, "New"])
    connection.commit()
    assert file_desk.kinds() == ["CreateProject"]


# -- The day's quota ---------------------------------------------------------------------------------------------------


def test_a_commit_beyond_the_day_is_warned_of(file_desk: Desk) -> None:
    """Once it has been made: how many wait, and how many will go today."""
    connection = file_desk.connect(calls_per_day=MANY + 10)
    connection.cursor().executemany(INSERT, [(file_desk.contact, f"P{n}") for n in range(MANY + 20)])
    with pytest.warns(UserWarning, match=f"^{MANY + 20} tasks were added; {MANY + 20} now wait for organisation"):
        connection.commit()
    assert len(file_desk.kinds()) == MANY + 20


@pytest.mark.parametrize(("count", "day"), [(MANY - 1, 10), (MANY, MANY), (MANY, None)])
def test_a_commit_within_the_day_or_of_a_few_is_not_warned_of(file_desk: Desk, count: int, day: int | None) -> None:
    connection = file_desk.connect(**({} if day is None else {"calls_per_day": day}))
    connection.cursor().executemany(INSERT, [(file_desk.contact, f"P{n}") for n in range(count)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        connection.commit()
    assert len(file_desk.kinds()) == count


def test_what_waited_before_counts_too(file_desk: Desk) -> None:
    connection = file_desk.connect(calls_per_day=MANY + 50)
    for _ in range(2):
        connection.cursor().executemany(INSERT, [(file_desk.contact, "P")] * MANY)
    with pytest.warns(UserWarning, match=f"{2 * MANY} now wait"):
        connection.commit()


# -- To the end --------------------------------------------------------------------------------------------------------


def test_a_worker_of_another_program_sends_it(desk: Desk) -> None:
    """The statement, the queue and Xero say the same in the end."""
    with desk.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(INSERT, [desk.contact, "New"])
        cursor.execute(TASK, [cursor.lastrowid, "queue:1"])
    with desk.connect(calls_per_minute=1_000_000) as other:
        report = other.run_queue()
    assert (report.completed, report.failed) == (2, 0)
    rows = desk.sim.rows(desk.tenant)
    [project] = [each for each in rows["projects"] if each["name"] == "New"]
    [task] = [each for each in rows["tasks"] if each["name"] == "queue:1"]
    assert task["projectId"] == project["projectId"]


def test_ids_of_rows_that_exist_are_checked_when_they_are_sent(file_desk: Desk) -> None:
    """A project that is not there is found out at once where the statement reads it."""
    with pytest.raises(IntegrityError):
        file_desk.connect().execute(TASK, [uid(9), "x"])
