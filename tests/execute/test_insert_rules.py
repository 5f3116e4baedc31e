"""What an INSERT refuses, and that a statement with anything wrong in it sends nothing at all."""

from __future__ import annotations

from typing import Any

import pytest

import xerosql
from xerosql import DataError, IntegrityError, NotSupportedError, ProgrammingError

GOOD = "('{project}', 'Good', 1, 'TIME')"
COLUMNS = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType)"
NO_PROJECT = "00000000-0000-4000-8000-000000000000"

#: A statement, the error it raises, and words of its sentence. Braces are filled from the organisation.
REFUSED: dict[str, tuple[str, type[xerosql.Error], str]] = {
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
    "too many values": (
        f"{COLUMNS} VALUES {GOOD}, ('{{project}}', 'x', 1, 'TIME', 5)",
        ProgrammingError,
        "row 2 has 5",
    ),
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
        r"ChargeType must be TIME or FIXED or NON_CHARGEABLE, not 'HOURLY' \(row 2\)",
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
    "rate that is no number": (
        f"{COLUMNS} VALUES ('{{project}}', 'x', 'dear', 'TIME')",
        DataError,
        "RateValue takes a",
    ),
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
}


@pytest.mark.parametrize(("sql", "error", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_refused_write_sends_nothing(refusal: Any, sql: str, error: type[xerosql.Error], sentence: str) -> None:
    """The statement is refused with this very class and sentence before any request that changes something."""
    refusal(sql, error, sentence)


def test_limits_themselves_are_allowed(books: Any) -> None:
    """A name of 100 characters, an estimate of 1, durations of 1 and 59940 minutes, a rate of 0 go through."""
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
