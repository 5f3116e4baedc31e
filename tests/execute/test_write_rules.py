"""What a write refuses, and that a statement with anything wrong in it sends nothing at all."""

from __future__ import annotations

from typing import Any

import pytest

import xerosql
from xerosql import DataError, IntegrityError, NotSupportedError, ProgrammingError

GOOD = "('{project}', 'Good', 1, 'TIME')"
COLUMNS = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType)"
NO_PROJECT = "00000000-0000-4000-8000-000000000000"

#: A statement, the error it must raise, and words that its sentence must hold. Braces are filled from the organisation.
REFUSED: dict[str, tuple[str, type[xerosql.Error], str]] = {
    # INSERT: columns
    "required column missing": (
        "INSERT INTO Tasks (ProjectId, RateValue, ChargeType) VALUES ('{project}', 1, 'TIME')",
        ProgrammingError,
        "a task needs Name too",
    ),
    "required columns missing": (
        "INSERT INTO Tasks (RateValue) VALUES (1)",
        ProgrammingError,
        "needs ProjectId, Name and ChargeType",
    ),
    "no column list": (
        "INSERT INTO Tasks VALUES ('{project}', 'x', 1, 'TIME')",
        ProgrammingError,
        r"name the columns: INSERT INTO Tasks \(ProjectId",
    ),
    "unknown column": (
        "INSERT INTO Tasks (ProjectId, Nmae, RateValue, ChargeType) VALUES ('{project}', 'x', 1, 'TIME')",
        ProgrammingError,
        'Tasks has no column "Nmae".*did you mean Name',
    ),
    "column twice": (
        "INSERT INTO Tasks (ProjectId, Name, name, ChargeType) VALUES ('{project}', 'x', 'y', 'TIME')",
        ProgrammingError,
        "column Name is given twice",
    ),
    "too few values": (f"{COLUMNS} VALUES ('{{project}}', 'x', 1)", ProgrammingError, "3 values for 4 columns"),
    "too many values": (f"{COLUMNS} VALUES {GOOD}, ('{{project}}', 'x', 1, 'TIME', 5)", ProgrammingError, "row 2 has 5"),
    "select of another width": (
        f"{COLUMNS} SELECT ProjectId, Name FROM Projects",
        ProgrammingError,
        "the SELECT has 2 values for 4 columns",
    ),
    "insert of the Id": (
        "INSERT INTO Tasks (Id, ProjectId, Name, RateValue, ChargeType) VALUES ('{key}', '{project}', 'x', 1, 'TIME')",
        ProgrammingError,
        "column Id of Tasks cannot be inserted: Xero gives it",
    ),
    "insert of the key of a project": (
        "INSERT INTO Projects (ProjectId, ContactId, Name) VALUES ('{project}', '{project}', 'x')",
        ProgrammingError,
        "column ProjectId of Projects cannot be inserted: Xero gives it",
    ),
    "on conflict": (
        f"{COLUMNS} VALUES {GOOD} ON CONFLICT DO NOTHING",
        NotSupportedError,
        "ON CONFLICT",
    ),
    "insert into users": ("INSERT INTO Users (Name) VALUES ('x')", NotSupportedError, "Users can only be read"),
    "insert into tenants": ("INSERT INTO Tenants (Name) VALUES ('x')", NotSupportedError, "Tenants can only be read"),
    # INSERT: values
    "required value NULL": (f"{COLUMNS} VALUES ('{{project}}', NULL, 1, 'TIME')", DataError, "Name must have a value"),
    "required value empty": (f"{COLUMNS} VALUES ('{{project}}', '', 1, 'TIME')", DataError, "Name must have a value"),
    "required value blank": (f"{COLUMNS} VALUES ('{{project}}', '  ', 1, 'TIME')", DataError, "Name must have a value"),
    "required rate NULL": (f"{COLUMNS} VALUES ('{{project}}', 'x', NULL, 'TIME')", DataError, "RateValue must have"),
    "rate left out": (
        "INSERT INTO Tasks (ProjectId, Name, ChargeType) VALUES ('{project}', 'x', 'TIME')",
        DataError,
        r"RateValue must have a value \(row 1\)",
    ),
    "unknown charge type": (
        f"{COLUMNS} VALUES {GOOD}, ('{{project}}', 'x', 1, 'HOURLY')",
        DataError,
        r"ChargeType is TIME or FIXED or NON_CHARGEABLE, not 'HOURLY' \(row 2\)",
    ),
    "charge type in lower case": (f"{COLUMNS} VALUES ('{{project}}', 'x', 1, 'time')", DataError, "not 'time'"),
    "non-chargeable with a rate": (
        f"{COLUMNS} VALUES ('{{project}}', 'x', 5, 'NON_CHARGEABLE')",
        IntegrityError,
        "RateValue must be 0 where ChargeType is NON_CHARGEABLE, not 5",
    ),
    "another currency": (
        "INSERT INTO Tasks (ProjectId, Name, RateValue, RateCurrency, ChargeType) "
        "VALUES ('{project}', 'x', 1, 'EUR', 'TIME')",
        IntegrityError,
        "RateCurrency must be USD, the CurrencyCode of the project, not EUR",
    ),
    "name of 101 letters": (
        f"{COLUMNS} VALUES ('{{project}}', '{'x' * 101}', 1, 'TIME')",
        DataError,
        "Name takes at most 100 characters; this has 101",
    ),
    "negative rate": (f"{COLUMNS} VALUES ('{{project}}', 'x', -0.01, 'TIME')", DataError, "RateValue takes 0 or more"),
    "rate with five decimals": (
        f"{COLUMNS} VALUES ('{{project}}', 'x', 1.00001, 'TIME')",
        DataError,
        "RateValue takes a number with at most four decimals",
    ),
    "rate that is no number": (f"{COLUMNS} VALUES ('{{project}}', 'x', 'dear', 'TIME')", DataError, "RateValue takes a"),
    "rate beyond all bounds": (f"{COLUMNS} VALUES ('{{project}}', 'x', 1e30, 'TIME')", DataError, "RateValue takes"),
    "estimate of 0": (
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType, EstimateMinutes) "
        "VALUES ('{project}', 'x', 1, 'TIME', 0)",
        DataError,
        "EstimateMinutes takes 1 or more minutes, not 0",
    ),
    "estimate with a fraction": (
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType, EstimateMinutes) "
        "VALUES ('{project}', 'x', 1, 'TIME', 1.5)",
        DataError,
        "EstimateMinutes takes a whole number",
    ),
    "a project that does not exist": (
        f"{COLUMNS} VALUES {GOOD}, ('{NO_PROJECT}', 'x', 1, 'TIME')",
        IntegrityError,
        f"no project {NO_PROJECT} in this organisation",
    ),
    "a project that does not exist, alone": (
        f"{COLUMNS} VALUES ('{NO_PROJECT}', 'x', 1, 'TIME')",
        IntegrityError,
        f"no project {NO_PROJECT} in this organisation",
    ),
    "a project id that is none": (f"{COLUMNS} VALUES ('42', 'x', 1, 'TIME')", DataError, "ProjectId takes a UUID"),
    "duration of 0": (
        "INSERT INTO Time (ProjectId, TaskId, UserId, Date, Duration) "
        "VALUES ('{project}', '{task}', '{user}', '2026-03-31', 0)",
        DataError,
        "Duration takes from 1 to 59940 minutes, not 0",
    ),
    "duration of 59941": (
        "INSERT INTO Time (ProjectId, TaskId, UserId, Date, Duration) "
        "VALUES ('{project}', '{task}', '{user}', '2026-03-31', 59941)",
        DataError,
        "Duration takes from 1 to 59940 minutes, not 59941",
    ),
    "a day that is none": (
        "INSERT INTO Time (ProjectId, TaskId, UserId, Date, Duration) "
        "VALUES ('{project}', '{task}', '{user}', '2026-02-30', 5)",
        DataError,
        "Date takes a date such as 2026-03-31, not '2026-02-30'",
    ),
    "negative project estimate": (
        "INSERT INTO Projects (ContactId, Name, EstimateValue) VALUES ('{contact}', 'x', -1)",
        DataError,
        "EstimateValue takes 0 or more",
    ),
    # UPDATE
    "set of unknown column": (
        "UPDATE Tasks SET Nmae = 'x' WHERE Id = '{key}'",
        ProgrammingError,
        'Tasks has no column "Nmae".*did you mean Name',
    ),
    "set twice": ("UPDATE Tasks SET Name = 'x', NAME = 'y'", ProgrammingError, "column Name is set twice"),
    "set name to NULL": ("UPDATE Tasks SET Name = NULL WHERE Id = '{key}'", IntegrityError, "Name cannot be set to NULL"),
    "set name to blank": ("UPDATE Tasks SET Name = '  ' WHERE Id = '{key}'", IntegrityError, "Name cannot be set to"),
    "set name too long": (
        f"UPDATE Tasks SET Name = '{'x' * 101}' WHERE Id = '{{key}}'",
        DataError,
        "Name takes at most 100 characters; this has 101",
    ),
    "set a rate where nothing is charged": (
        "UPDATE Tasks SET RateValue = 9 WHERE Id = '{gift}'",
        IntegrityError,
        "RateValue must be 0 where ChargeType is NON_CHARGEABLE",
    ),
    "set non-chargeable and keep the rate": (
        "UPDATE Tasks SET ChargeType = 'NON_CHARGEABLE' WHERE Id = '{key}'",
        IntegrityError,
        "RateValue must be 0 where ChargeType is NON_CHARGEABLE",
    ),
    "set another currency": (
        "UPDATE Tasks SET RateCurrency = 'EUR' WHERE Id = '{key}'",
        IntegrityError,
        "RateCurrency must be USD",
    ),
    "set estimate to 0": ("UPDATE Tasks SET EstimateMinutes = 0 WHERE Id = '{key}'", DataError, "1 or more minutes"),
    "set duration beyond": ("UPDATE Time SET Duration = 60000 WHERE Id = '{entry}'", DataError, "from 1 to 59940 minutes"),
    "set unknown status": (
        "UPDATE Projects SET Status = 'DONE' WHERE ProjectId = '{project}'",
        DataError,
        "Status is INPROGRESS or CLOSED, not 'DONE'",
    ),
    "set of several at once": ("UPDATE Tasks SET (Name, RateValue) = ('x', 1)", NotSupportedError, "one by one"),
    "an invoiced task": (
        "UPDATE Tasks SET Name = 'x' WHERE Id = '{invoiced}'",
        IntegrityError,
        "task {invoiced} is INVOICED and cannot be updated: Xero changes and deletes only ACTIVE tasks",
    ),
    "invoiced tasks among others": ("UPDATE Tasks SET EstimateMinutes = 5", IntegrityError, "is (INVOICED|LOCKED)"),
    "an invoiced time entry": (
        "UPDATE Time SET Duration = 5 WHERE Id = '{invoiced_entry}'",
        IntegrityError,
        "time entry {invoiced_entry} is INVOICED and cannot be updated",
    ),
    "update of users": ("UPDATE Users SET Name = 'x'", NotSupportedError, "Users can only be read"),
    "update of the description of things": (
        "UPDATE information_schema.tables SET table_name = 'x'",
        NotSupportedError,
        "tables can only be read",
    ),
    # DELETE
    "delete of projects": (
        "DELETE FROM Projects WHERE ProjectId = '{project}'",
        NotSupportedError,
        "Xero deletes no projects. Close it instead: UPDATE Projects SET Status = 'CLOSED'",
    ),
    "delete of users": ("DELETE FROM Users", NotSupportedError, "Users can only be read"),
    "delete of an invoiced task": (
        "DELETE FROM Tasks WHERE Id = '{invoiced}'",
        IntegrityError,
        "task {invoiced} is INVOICED and cannot be deleted",
    ),
    "delete of invoiced tasks among others": ("DELETE FROM Tasks", IntegrityError, "cannot be deleted"),
    "delete of an invoiced time entry": (
        "DELETE FROM Time WHERE Id = '{invoiced_entry}'",
        IntegrityError,
        "is INVOICED and cannot be deleted",
    ),
}


@pytest.fixture(scope="module")
def shared() -> Any:
    """One organisation for all of these, since none of them may change it."""
    from xerosql.simulator import Simulator

    sim = Simulator(limits=False)
    tenant = sim.tenants[2][0]
    connection = xerosql.connect(handler=sim.handle, access_token="x", tenant=tenant, calls_per_minute=1_000_000)
    return sim, tenant, connection


@pytest.fixture(scope="module")
def words(shared: Any) -> dict[str, str]:
    """What the braces in the statements stand for."""
    sim, tenant, _ = shared
    rows = sim.rows(tenant)
    task = next(row for row in rows["tasks"] if row["status"] == "ACTIVE" and row["chargeType"] == "TIME")
    gift = next(row for row in rows["tasks"] if row["chargeType"] == "NON_CHARGEABLE")
    invoiced = next(row for row in rows["tasks"] if row["status"] == "INVOICED")
    entry = next(row for row in rows["time"] if row["status"] == "ACTIVE")
    invoiced_entry = next(row for row in rows["time"] if row["status"] == "INVOICED")
    return {
        "project": task["projectId"],
        "task": task["taskId"],
        "key": f"{task['projectId']}/{task['taskId']}",
        "gift": f"{gift['projectId']}/{gift['taskId']}",
        "invoiced": f"{invoiced['projectId']}/{invoiced['taskId']}",
        "entry": f"{entry['projectId']}/{entry['timeEntryId']}",
        "invoiced_entry": f"{invoiced_entry['projectId']}/{invoiced_entry['timeEntryId']}",
        "user": rows["users"][0]["userId"],
        "contact": rows["contacts"][0]["contactId"],
    }


@pytest.mark.parametrize(("sql", "error", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_refused_write_sends_nothing(
    shared: Any, words: dict[str, str], sql: str, error: type[xerosql.Error], sentence: str
) -> None:
    """The statement is refused with this very class and sentence before any request that changes something."""
    sim, _, connection = shared
    sim.reset_counters()
    for name, value in words.items():
        sql, sentence = sql.replace(f"{{{name}}}", value), sentence.replace(f"{{{name}}}", value)
    with pytest.raises(xerosql.Error, match=sentence) as caught:
        connection.execute(sql)
    assert type(caught.value) is error
    assert {each.method for each in sim.requests} <= {"GET"}


READ_ONLY = {
    "Tasks": (
        *("TotalMinutes", "TotalAmountValue", "TotalAmountCurrency", "MinutesToBeInvoiced", "MinutesInvoiced"),
        *("NonChargeableMinutes", "AmountToBeInvoicedValue", "AmountToBeInvoicedCurrency", "AmountInvoicedValue"),
        *("AmountInvoicedCurrency", "Status", "FixedMinutes", "TaskId"),
    ),
    "Time": ("DateEntered", "Status", "TimeEntryId"),
    "Projects": ("CurrencyCode", "MinutesLogged", "EstimateCurrency", "TotalInvoicedValue", "DepositCurrency"),
}


@pytest.mark.parametrize(("table", "column"), [(table, name) for table, names in READ_ONLY.items() for name in names])
def test_read_only_columns_are_refused_by_name(shared: Any, table: str, column: str) -> None:
    """Neither INSERT nor UPDATE gives a value to a read-only column; ProgrammingError names it."""
    sim, _, connection = shared
    sim.reset_counters()
    with pytest.raises(xerosql.ProgrammingError, match=f"column {column} of {table} cannot be inserted"):
        connection.execute(f"INSERT INTO {table} ({column}) VALUES (NULL)")
    with pytest.raises(xerosql.ProgrammingError, match=f"column {column} of {table} cannot be SET"):
        connection.execute(f"UPDATE {table} SET {column} = NULL")
    assert sim.requests == []


@pytest.mark.parametrize(
    ("table", "column"),
    [("Tasks", name) for name in ("Id", "ProjectId", "TenantId")]
    + [("Time", name) for name in ("Id", "ProjectId", "TenantId")]
    + [("Projects", name) for name in ("ProjectId", "TenantId", "ContactId")],
)
def test_columns_that_choose_the_row_cannot_be_set(shared: Any, table: str, column: str) -> None:
    """A row never moves: SET of its ids, project or organisation is refused, with what can be SET."""
    sim, _, connection = shared
    sim.reset_counters()
    with pytest.raises(xerosql.ProgrammingError, match=f"column {column} of {table} cannot be SET: .*Name|Duration"):
        connection.execute(f"UPDATE {table} SET {column} = 'x'")
    assert sim.requests == []


def test_limits_themselves_are_allowed(books: Any) -> None:
    """A name of 100 characters, an estimate of 1 minute, durations of 1 and 59940 minutes and a rate of 0 go through."""
    task = books.active_task()
    user = books.rows("users")[0]["userId"]
    books.run(
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType, EstimateMinutes) VALUES (?, ?, 0, 'TIME', 1)",
        [task["projectId"], "é" * 100],
    )
    sql = "INSERT INTO Time (ProjectId, TaskId, UserId, Date, Duration) VALUES (?, ?, ?, '2026-03-31', ?)"
    books.connection.cursor().executemany(
        sql, [[task["projectId"], task["taskId"], user, minutes] for minutes in (1, 59940)]
    )
    assert [each.status for each in books.writes] == [201, 200, 200]
