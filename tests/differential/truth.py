"""All the rows of a simulator in a plain DuckDB database, loaded by code that shares nothing with the driver's.

`Projects`, `Tasks`, `Time` and `Users` hold the rows of one organisation, what a table means in a statement that says
nothing about TenantId. The schema `every` has the same tables with the rows of all organisations.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import duckdb
import pyarrow as pa
import sqlglot

from xerosql.simulator import Simulator

JsonRow = dict[str, Any]
Pick = Callable[[JsonRow], Any]
TruthColumn = tuple[str, pa.DataType, Pick]

MONEY = pa.decimal128(18, 4)


def at(path: str) -> Pick:
    """The value at a dotted path of a JSON row, None where a key is missing."""
    keys = path.split(".")

    def pick(row: JsonRow) -> Any:
        value: Any = row
        for key in keys:
            value = None if value is None else value.get(key)
        return value

    return pick


def moment(path: str) -> Pick:
    """A UTC time, its seventh decimal cut off, since a TIMESTAMP counts microseconds."""
    text = at(path)

    def pick(row: JsonRow) -> dt.datetime | None:
        value = text(row)
        if value is None:
            return None
        whole, _, fraction = value.removesuffix("Z").partition(".")
        return dt.datetime.fromisoformat(whole).replace(microsecond=int(f"{fraction[:6]:0<6}"))

    return pick


def day(path: str) -> Pick:
    text = at(path)
    return lambda row: None if text(row) is None else dt.date.fromisoformat(text(row)[:10])


def pair(first: str, second: str) -> Pick:
    return lambda row: f"{row[first]}/{row[second]}"


def text(name: str, path: str) -> TruthColumn:
    return name, pa.string(), at(path)


def number(name: str, path: str) -> TruthColumn:
    return name, pa.int32(), at(path)


def money(name: str, path: str) -> tuple[TruthColumn, TruthColumn]:
    return (f"{name}Value", MONEY, at(f"{path}.value")), (f"{name}Currency", pa.string(), at(f"{path}.currency"))


TENANT = text("TenantId", "tenantId")  # put into every row when it is loaded
COLUMNS: dict[str, tuple[TruthColumn, ...]] = {
    "Projects": (
        text("ProjectId", "projectId"),
        text("ContactId", "contactId"),
        text("Name", "name"),
        text("CurrencyCode", "currencyCode"),
        number("MinutesLogged", "minutesLogged"),
        *money("TotalTaskAmount", "totalTaskAmount"),
        *money("TotalExpenseAmount", "totalExpenseAmount"),
        number("MinutesToBeInvoiced", "minutesToBeInvoiced"),
        *money("TaskAmountToBeInvoiced", "taskAmountToBeInvoiced"),
        *money("TaskAmountInvoiced", "taskAmountInvoiced"),
        *money("ExpenseAmountToBeInvoiced", "expenseAmountToBeInvoiced"),
        *money("ExpenseAmountInvoiced", "expenseAmountInvoiced"),
        *money("ProjectAmountInvoiced", "projectAmountInvoiced"),
        *money("Deposit", "deposit"),
        *money("DepositApplied", "depositApplied"),
        *money("CreditNoteAmount", "creditNoteAmount"),
        *money("TotalInvoiced", "totalInvoiced"),
        *money("TotalToBeInvoiced", "totalToBeInvoiced"),
        ("Deadline", pa.timestamp("us"), moment("deadlineUtc")),
        *money("Estimate", "estimate"),
        text("Status", "status"),
        TENANT,
    ),
    "Tasks": (
        ("Id", pa.string(), pair("projectId", "taskId")),
        text("TaskId", "taskId"),
        text("ProjectId", "projectId"),
        text("Name", "name"),
        text("ChargeType", "chargeType"),
        *money("Rate", "rate"),
        number("EstimateMinutes", "estimateMinutes"),
        number("TotalMinutes", "totalMinutes"),
        *money("TotalAmount", "totalAmount"),
        number("MinutesToBeInvoiced", "minutesToBeInvoiced"),
        number("MinutesInvoiced", "minutesInvoiced"),
        number("NonChargeableMinutes", "nonChargeableMinutes"),
        *money("AmountToBeInvoiced", "amountToBeInvoiced"),
        *money("AmountInvoiced", "amountInvoiced"),
        text("Status", "status"),
        number("FixedMinutes", "fixedMinutes"),
        TENANT,
    ),
    "Time": (
        ("Id", pa.string(), pair("projectId", "timeEntryId")),
        text("TimeEntryId", "timeEntryId"),
        text("UserId", "userId"),
        text("ProjectId", "projectId"),
        text("TaskId", "taskId"),
        ("Date", pa.date32(), day("dateUtc")),
        ("DateEntered", pa.timestamp("us"), moment("dateEnteredUtc")),
        number("Duration", "duration"),
        text("Description", "description"),
        text("Status", "status"),
        TENANT,
    ),
    "Users": (text("UserId", "userId"), text("Name", "name"), text("Email", "email"), TENANT),
}


def load(simulator: Simulator, tenant: str) -> duckdb.DuckDBPyConnection:
    """A database with the rows of `tenant` in its tables, and those of all organisations in the schema `every`."""
    database = duckdb.connect(":memory:")
    database.execute("SET TimeZone = 'UTC'")
    # With the first DuckDB 2.0 forgets a LIMIT, and calls EXISTS false, over some outer joins that nothing matches;
    # with the second it fails on some that keep only what nothing matches.
    database.execute("SET disabled_optimizers = 'statistics_propagation,outer_join_simplification'")
    database.execute("CREATE SCHEMA every")
    organisations = {each: simulator.rows(each) for each, _ in simulator.tenants}
    for table in COLUMNS:
        create(database, f"main.{table}", table, rows_of(organisations[tenant], table, tenant))
        rows = [row for each, kinds in organisations.items() for row in rows_of(kinds, table, each)]
        create(database, f"every.{table}", table, rows)
    return database


def rows_of(kinds: dict[str, list[JsonRow]], table: str, tenant: str) -> list[JsonRow]:
    """The rows of one table; a user whom Xero lists twice is one user."""
    rows = [{**row, "tenantId": tenant} for row in kinds[table.lower()]]
    return list({row["userId"]: row for row in rows}.values()) if table == "Users" else rows


def create(database: duckdb.DuckDBPyConnection, name: str, table: str, rows: Iterable[JsonRow]) -> None:
    held = list(rows)
    columns = COLUMNS[table]
    arrays = [pa.array([pick(row) for row in held], kind) for _, kind, pick in columns]
    database.register("loading", pa.table(arrays, names=[column for column, _, _ in columns]))
    database.execute(f"CREATE TABLE {name} AS SELECT * FROM loading")
    database.unregister("loading")


def plain(sql: str) -> str:
    """PostgreSQL's SQL in DuckDB's words, as sqlglot alone says it: no names resolved, no types inferred."""
    query = sqlglot.parse_one(sql, read="postgres")
    for limit in query.find_all(sqlglot.exp.Limit):
        if limit.expression.name.upper() == "ALL":  # a column to older versions of sqlglot
            limit.set("expression", sqlglot.exp.var("ALL"))
    return query.sql(dialect="duckdb")


def answer(database: duckdb.DuckDBPyConnection, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    """The rows of a query in DuckDB's SQL."""
    given: Sequence[Any] | dict[str, Any] = parameters or []
    return database.execute(sql, given).fetchall()
