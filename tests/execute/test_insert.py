"""INSERT on Xero's tables: VALUES of every shape, SELECTs, and what is sent for each row."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest

import xerosql


def test_several_rows_of_values_are_several_posts(books: Any, body: Any) -> None:
    """Each row of VALUES is one POST, in order; the project's currency is looked up once for all."""
    project = books.rows("projects")[0]["projectId"]
    cursor = books.run(
        f"INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES "
        f"('{project}', 'One', 1.10, 'TIME'), ('{project}', 'Two', 2.25, 'FIXED'), ('{project}', 'Three', 0, 'TIME')"
    )
    assert cursor.rowcount == 3
    assert [body(each)["name"] for each in books.writes] == ["One", "Two", "Three"]
    assert [body(each)["rate"]["value"] for each in books.writes] == [Decimal("1.10"), Decimal("2.25"), 0]
    assert len(books.reads) == 1


def test_projects_of_several_rows_are_looked_up_together(books: Any) -> None:
    """Rows for many projects cost one call to learn their currencies, not one each."""
    projects = [row["projectId"] for row in books.rows("projects")]
    sql = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, 'Same name', 1, 'TIME')"
    cursor = books.connection.cursor().executemany(sql, [[project] for project in projects])
    assert cursor.rowcount == len(projects) == len(books.writes)
    assert len(books.reads) == 1


def test_the_currency_is_filled_from_the_project(books: Any, body: Any) -> None:
    """An INSERT that leaves RateCurrency out, or gives NULL, sends the project's currency."""
    project = books.rows("projects")[0]["projectId"]
    books.run(
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType, RateCurrency) VALUES (?, 'A', 1, 'TIME', NULL)",
        [project],
    )
    books.run("INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, 'A', 1, 'TIME')", [project])
    assert [body(each)["rate"]["currency"] for each in books.writes] == ["USD", "USD"]


def test_non_chargeable_needs_no_rate(books: Any, body: Any) -> None:
    """A NON_CHARGEABLE task is sent with rate 0 when the statement names none."""
    project = books.rows("projects")[0]["projectId"]
    books.run("INSERT INTO Tasks (ProjectId, Name, ChargeType) VALUES (?, 'Gift', 'NON_CHARGEABLE')", [project])
    assert body(books.writes[0])["rate"] == {"value": 0, "currency": "USD"}


def test_null_optional_values_are_left_out_of_the_body(books: Any, body: Any) -> None:
    """NULL for a column that need not be given is sent as no value at all."""
    project = books.rows("projects")[0]["projectId"]
    books.run(
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType, EstimateMinutes) VALUES (?, 'A', 1, 'TIME', NULL)",
        [project],
    )
    assert "estimateMinutes" not in body(books.writes[0])


def test_money_is_sent_digit_by_digit(books: Any) -> None:
    """A rate reaches Xero as the number that was written: no float, no quotes, no exponent."""
    project = books.rows("projects")[0]["projectId"]
    sql = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, 'A', ?, 'TIME')"
    given = [Decimal("0.1"), Decimal("1234567890.1234"), Decimal("1E+3"), 19.99, "7.5", 3]
    books.connection.cursor().executemany(sql, [[project, value] for value in given])
    numbers = [each.body.split(b'"value":')[1].split(b",")[0].rstrip(b"}") for each in books.writes]
    assert numbers == [b"0.1", b"1234567890.1234", b"1000", b"19.99", b"7.5", b"3"]


def test_text_is_sent_as_it_was_given(books: Any, body: Any) -> None:
    """Quotes, backslashes, line ends and letters of any script arrive unchanged, from literals and parameters."""
    project = books.rows("projects")[0]["projectId"]
    name = 'Bob\'s "5%" \\ café 漢字 🌏 ; DROP TABLE --\n?:x$1'
    sql = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, ?, 1, 'TIME') RETURNING Name"
    assert books.run(sql, [project, name]).fetchone() == (name,)
    literal = name.replace("'", "''").replace("?", "").replace(":x$1", "")
    books.run(
        f"INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES ('{project}', '{literal}', 1, 'TIME')"
    )
    assert [body(each)["name"] for each in books.writes] == [name, name.replace("?:x$1", "")]


def test_values_may_be_expressions(books: Any, body: Any) -> None:
    """VALUES takes arithmetic, functions, casts and subqueries, worked out before anything is sent."""
    project = books.rows("projects")[0]["projectId"]
    books.run(
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType, EstimateMinutes) "
        "VALUES (?, upper('design') || ' ' || ?, 100 * 1.15, 'TIME', 8 * 60), "
        "(?, (SELECT min(Name) FROM Projects), ?::numeric + 0.5, 'TIME', NULL)",
        [project, "review", project, 2],
    )
    first, second = (body(each) for each in books.writes)
    assert (first["name"], first["rate"]["value"], first["estimateMinutes"]) == ("DESIGN review", 115, 480)
    assert second["name"] == min(row["name"] for row in books.rows("projects"))
    assert second["rate"]["value"] == Decimal("2.5")


def test_insert_from_select(books: Any, body: Any) -> None:
    """INSERT … SELECT writes one row for each row of the query."""
    projects = books.all("projects", lambda row: row["status"] == "INPROGRESS")
    cursor = books.run(
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) "
        "SELECT ProjectId, 'Month-end of ' || left(Name, 40), 95.50, 'TIME' FROM Projects WHERE Status = 'INPROGRESS'"
    )
    assert cursor.rowcount == len(projects) > 1
    assert {body(each)["name"] for each in books.writes} == {f"Month-end of {row['name'][:40]}" for row in projects}
    assert {body(each)["rate"]["value"] for each in books.writes} == {Decimal("95.5")}


def test_insert_from_select_of_no_rows_sends_nothing(books: Any) -> None:
    """A query without rows inserts none: rowcount 0, no lastrowid, no write."""
    cursor = books.run(
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) SELECT ProjectId, 'x', 1, 'TIME' FROM Projects "
        "WHERE Name = 'no such project'"
    )
    assert (cursor.rowcount, cursor.lastrowid, books.writes) == (0, None, [])


def test_insert_from_a_scratch_table(books: Any, body: Any) -> None:
    """A staging table in scratch can feed Xero."""
    project = books.rows("projects")[0]["projectId"]
    books.run("CREATE TABLE scratch.staged (name varchar, rate decimal(18,4))")
    books.run("INSERT INTO scratch.staged VALUES ('Plan', 12.34), ('Build', 56.78)")
    books.run(
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) "
        "SELECT ?, name, rate, 'TIME' FROM scratch.staged ORDER BY rate",
        [project],
    )
    assert [(body(each)["name"], body(each)["rate"]["value"]) for each in books.writes] == [
        ("Plan", Decimal("12.34")),
        ("Build", Decimal("56.78")),
    ]


def test_named_and_numbered_parameters(books: Any, body: Any) -> None:
    """Writes take :name and $1 as well as ?, and a UUID object for an id."""
    project = uuid.UUID(books.rows("projects")[0]["projectId"])
    columns = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType)"
    books.run(f"{columns} VALUES (:p, :n, :r, 'TIME')", {"p": project, "n": "Named", "r": 1})
    books.run(f"{columns} VALUES ($2, $1, 2, $3)", ["Numbered", project, "TIME"])
    assert [body(each)["name"] for each in books.writes] == ["Named", "Numbered"]
    assert all(str(project) in each.path for each in books.writes)


def test_executemany_checks_every_row_before_the_first_is_sent(books: Any) -> None:
    """One bad set of parameters at the end keeps all rows from being sent."""
    project = books.rows("projects")[0]["projectId"]
    sql = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, 'A', ?, 'TIME')"
    with pytest.raises(xerosql.DataError, match=r"RateValue takes 0 or more.*row 3"):
        books.connection.cursor().executemany(sql, [[project, 1], [project, 2], [project, -3]])
    assert books.writes == []


def test_lastrowid_is_the_id_of_the_last_row(books: Any, pair: Any) -> None:
    """After several rows lastrowid is the last one's Id, and finds it."""
    project = books.rows("projects")[0]["projectId"]
    sql = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, ?, 1, 'TIME')"
    cursor = books.connection.cursor().executemany(sql, [[project, "First"], [project, "Last"]])
    assert cursor.lastrowid == pair(books.one("tasks", lambda row: row["name"] == "Last"))
    assert books.run("SELECT Name FROM Tasks WHERE Id = ?", [cursor.lastrowid]).fetchall() == [("Last",)]


def test_time_is_inserted_with_its_day_in_utc(books: Any, body: Any) -> None:
    """A time entry takes a date, or text that is one, and is answered with 200, which is success too."""
    task = books.active_task()
    user = books.rows("users")[0]["userId"]
    sql = "INSERT INTO Time (ProjectId, TaskId, UserId, Date, Duration, Description) VALUES (?, ?, ?, ?, ?, ?)"
    days = [dt.date(2026, 3, 31), "2026-04-01", dt.datetime(2026, 4, 2, tzinfo=dt.UTC)]
    rows = [[task["projectId"], task["taskId"], user, day, 90, "Bob's work"] for day in days]
    cursor = books.connection.cursor().executemany(sql, rows)
    assert cursor.rowcount == 3
    assert [body(each)["dateUtc"][:10] for each in books.writes] == ["2026-03-31", "2026-04-01", "2026-04-02"]
    assert {each.status for each in books.writes} == {200}
    entry = books.one("time", lambda row: row["timeEntryId"] == cursor.lastrowid.partition("/")[2])
    assert (entry["duration"], entry["description"], entry["userId"]) == (90, "Bob's work", user)


def test_a_project_is_inserted_with_estimate_and_deadline(books: Any, body: Any) -> None:
    """Projects takes ContactId and Name, and optionally Deadline and EstimateValue, which Xero calls estimateAmount."""
    contact = books.rows("contacts")[0]["contactId"]
    cursor = books.run(
        "INSERT INTO Projects (ContactId, Name, Deadline, EstimateValue) "
        "VALUES (?, 'New site', TIMESTAMP '2026-12-31 23:59:59', 1500.75) RETURNING ProjectId, Status, CurrencyCode",
        [contact],
    )
    project_id, status, currency = cursor.fetchone()
    assert cursor.lastrowid == project_id
    assert (status, currency) == ("INPROGRESS", "USD")
    assert body(books.writes[0]) == {
        "contactId": contact,
        "name": "New site",
        "deadlineUtc": "2026-12-31T23:59:59Z",
        "estimateAmount": Decimal("1500.75"),
    }


def test_tenant_id_sends_the_row_to_another_organisation(books: Any) -> None:
    """An INSERT that names TenantId goes to that organisation, with its project and its currency."""
    other = books.sim.tenants[1][0]
    project = books.sim.rows(other)["projects"][0]["projectId"]
    cursor = books.run(
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType, TenantId) VALUES (?, 'There', 1, 'TIME', ?) "
        "RETURNING RateCurrency, TenantId",
        [project, other],
    )
    assert cursor.fetchone() == ("GBP", other)
    assert {each.tenant for each in books.sim.requests} == {other}
