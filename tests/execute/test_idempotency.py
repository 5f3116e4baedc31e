"""A write is never doubled: keys on what takes one, the same key and bytes again on a retry."""

from __future__ import annotations

from typing import Any

import pytest

import xerosql
from xerosql.simulator import Fault

pytestmark = pytest.mark.usefixtures("impatient")

INSERT = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, ?, 1, 'TIME')"
LOST = ("reset-after", "truncated")
TROUBLE = ("reset-before", *LOST, "500", "502", "503", "429-concurrent", "429-minute")


@pytest.fixture
def connection(books: Any) -> xerosql.Connection:
    connection: xerosql.Connection = books.connect()
    return connection


def test_every_post_put_and_patch_has_a_key_of_its_own(books: Any) -> None:
    """POST, PUT and PATCH carry an Idempotency-Key, a new one for each row and each statement."""
    project = books.rows("projects")[0]["projectId"]
    books.connection.cursor().executemany(INSERT, [[project, "a"], [project, "b"]])
    books.run("UPDATE Tasks SET EstimateMinutes = 5 WHERE ProjectId = ? AND Name IN ('a', 'b')", [project])
    books.run("UPDATE Projects SET Status = 'CLOSED' WHERE ProjectId = ?", [project])
    keys = [each.idempotency_key for each in books.writes]
    assert [each.method for each in books.writes] == ["POST", "POST", "PUT", "PUT", "PATCH"]
    assert all(keys)
    assert len(set(keys)) == 5
    assert all(len(key) <= 128 for key in keys)
    assert {each.idempotency_key for each in books.reads} == {None}


@pytest.mark.parametrize("kind", [kind for kind in TROUBLE if kind != "429-minute"])
@pytest.mark.parametrize(
    ("method", "sql"),
    [
        (
            "POST",
            "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (split_part(?, '/', 1), 'x', 1, 'TIME')",
        ),
        ("PUT", "UPDATE Tasks SET Name = 'x' WHERE Id = ?"),
        ("DELETE", "DELETE FROM Tasks WHERE Id = ?"),
        ("PATCH", "UPDATE Projects SET Status = 'CLOSED' WHERE ProjectId = split_part(?, '/', 1)"),
    ],
)
def test_trouble_on_one_attempt_is_survived_and_nothing_is_doubled(
    books: Any, connection: xerosql.Connection, kind: str, method: str, sql: str
) -> None:
    """One broken attempt is repeated with the same key and the same bytes; the change is there once."""
    (key,) = books.new_tasks(1)
    before = len(books.rows("tasks"))
    books.sim.add_fault(Fault(kind, match=f"^{method}"))
    assert connection.execute(sql, [key]).rowcount == 1
    assert len(books.writes) == 2
    first, second = books.writes
    assert (first.method, first.path, first.body) == (second.method, second.path, second.body)
    assert first.idempotency_key == second.idempotency_key
    assert (first.idempotency_key is None) == (method == "DELETE")
    assert len(books.rows("tasks")) - before == {"POST": 1, "DELETE": -1}.get(method, 0)


@pytest.mark.parametrize("kind", LOST)
def test_an_insert_whose_answer_was_lost_gets_it_again(books: Any, connection: xerosql.Connection, kind: str) -> None:
    """The answer that Xero kept for the key arrives on the retry: one row, and its Id is known."""
    project = books.rows("projects")[0]["projectId"]
    books.sim.add_fault(Fault(kind, match="^POST"))
    cursor = connection.execute(INSERT + " RETURNING Id", [project, "Once"])
    created = books.all("tasks", lambda row: row["name"] == "Once")
    assert cursor.fetchall() == [(f"{row['projectId']}/{row['taskId']}",) for row in created]
    assert len(created) == 1


def test_a_lost_delete_that_finds_nothing_left_has_worked(books: Any, connection: xerosql.Connection) -> None:
    """A DELETE whose answer was lost is sent once more; the 404 says that the first one worked."""
    (key,) = books.new_tasks(1)
    books.sim.add_fault(Fault("reset-after", match="^DELETE"))
    assert connection.execute("DELETE FROM Tasks WHERE Id = ?", [key]).rowcount == 1
    assert [each.status for each in books.writes] == [0, 404]


def test_a_delete_that_is_lost_twice_is_unknown(books: Any, connection: xerosql.Connection) -> None:
    """A DELETE is sent at most twice without an answer; then its outcome is unknown."""
    (key,) = books.new_tasks(1)
    books.sim.add_fault(Fault("500", match="^DELETE", times=-1))
    with pytest.raises(xerosql.UnknownOutcomeError, match="Look before you repeat it"):
        connection.execute("DELETE FROM Tasks WHERE Id = ?", [key])
    assert len(books.writes) == 2


def test_a_refusal_is_not_repeated(books: Any, connection: xerosql.Connection) -> None:
    """A verdict of Xero's is final: a 400 is sent once."""
    busy = {row["taskId"] for row in books.rows("time")}
    task = books.one("tasks", lambda row: row["status"] == "ACTIVE" and row["taskId"] in busy)
    with pytest.raises(xerosql.IntegrityError):
        connection.execute("DELETE FROM Tasks WHERE Id = ?", [f"{task['projectId']}/{task['taskId']}"])
    assert [each.status for each in books.writes] == [400]


def test_reads_are_repeated_until_they_work(books: Any, connection: xerosql.Connection) -> None:
    """A GET may be repeated as often as patience lasts; the rows are whole and counted once."""
    for kind in ("reset-before", "truncated", "503"):
        books.sim.add_fault(Fault(kind, match="^GET .*/Tasks", after=2))
    expected = len(books.rows("tasks"))
    cursor = connection.execute("SELECT count(*), count(DISTINCT Id) FROM Tasks")
    assert cursor.fetchall() == [(expected, expected)]
    assert cursor.stats is not None
    assert cursor.stats.api_calls == 1 + len(books.rows("projects")) + 3


def test_many_rows_through_constant_trouble_are_each_written_once(make_books: Any) -> None:
    """With a fifth of all calls failing in every way there is, 40 rows are 40 rows."""
    from xerosql.simulator import Simulator

    books = make_books(Simulator(limits=False, fault_rate=0.2, seed=7))
    project = books.rows("projects")[0]["projectId"]
    cursor = books.connection.cursor().executemany(INSERT, [[project, f"Row {place}"] for place in range(40)])
    assert cursor.rowcount == 40
    names = [row["name"] for row in books.rows("tasks") if row["name"].startswith("Row ")]
    assert sorted(names) == sorted(f"Row {place}" for place in range(40))
    assert len(books.writes) > 40
