"""What UPDATE and DELETE refuse, and that a statement with anything wrong in it sends nothing at all."""

from __future__ import annotations

from typing import Any

import pytest

import xerosql
from xerosql import DataError, IntegrityError, NotSupportedError, ProgrammingError

#: A statement, the error it raises, and words of its sentence. Braces are filled from the organisation.
REFUSED: dict[str, tuple[str, type[xerosql.Error], str]] = {
    "set of unknown column": (
        "UPDATE Tasks SET Nmae = 'x' WHERE Id = '{key}'",
        ProgrammingError,
        'Tasks has no column "Nmae".*did you mean Name',
    ),
    "set twice": ("UPDATE Tasks SET Name = 'x', NAME = 'y'", ProgrammingError, "column Name is set twice"),
    "set name to NULL": (
        "UPDATE Tasks SET Name = NULL WHERE Id = '{key}'",
        IntegrityError,
        "Name cannot be set to NULL",
    ),
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
    "set duration beyond": (
        "UPDATE Time SET Duration = 60000 WHERE Id = '{entry}'",
        DataError,
        "from 1 to 59940 minutes",
    ),
    "set unknown status": (
        "UPDATE Projects SET Status = 'DONE' WHERE ProjectId = '{project}'",
        DataError,
        "Status must be INPROGRESS or CLOSED, not 'DONE'",
    ),
    "set of several at once": ("UPDATE Tasks SET (Name, RateValue) = ('x', 1)", NotSupportedError, "one by one"),
    "an invoiced task": (
        "UPDATE Tasks SET Name = 'x' WHERE Id = '{invoiced}'",
        IntegrityError,
        "task {invoiced} is INVOICED and cannot be updated: Xero changes and deletes only ACTIVE tasks",
    ),
    "invoiced tasks among others": (
        "UPDATE Tasks SET EstimateMinutes = 5 WHERE Name <> ''",
        IntegrityError,
        "is (INVOICED|LOCKED)",
    ),
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
    "delete of invoiced tasks among others": (
        "DELETE FROM Tasks WHERE Name <> ''",
        IntegrityError,
        "cannot be deleted",
    ),
    "delete of an invoiced time entry": (
        "DELETE FROM Time WHERE Id = '{invoiced_entry}'",
        IntegrityError,
        "is INVOICED and cannot be deleted",
    ),
}


@pytest.mark.parametrize(("sql", "error", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_refused_write_sends_nothing(refusal: Any, sql: str, error: type[xerosql.Error], sentence: str) -> None:
    """The statement is refused with this very class and sentence before any request that changes something."""
    refusal(sql, error, sentence)


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
