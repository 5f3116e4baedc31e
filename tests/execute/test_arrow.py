"""Results as Arrow, pandas and polars: exact money, and a sentence where the library is missing."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

import xerosql
from tests.aio.conftest import Desk
from xerosql.simulator import Simulator

SQL = "SELECT Id, RateValue, EstimateMinutes, Status FROM Tasks ORDER BY Id"
FETCHES = {"fetch_arrow_table": "arrow", "fetch_df": "pandas", "fetch_polars": "polars"}


@pytest.fixture(scope="module")
def connection() -> Iterator[xerosql.Connection]:
    with xerosql.connect("demo") as connection:
        yield connection


@pytest.fixture(scope="module")
def rows(connection: xerosql.Connection) -> list[Any]:
    return connection.execute(SQL).fetchall()


def test_an_arrow_table_has_the_rows_and_exact_types(connection: xerosql.Connection, rows: list[Any]) -> None:
    """Money is decimal128 of the described digits, whole numbers are int32, names are as written."""
    import pyarrow

    table = connection.execute(SQL).fetch_arrow_table()
    assert table.column_names == ["Id", "RateValue", "EstimateMinutes", "Status"]
    assert table.schema.types == [pyarrow.string(), pyarrow.decimal128(18, 4), pyarrow.int32(), pyarrow.string()]
    assert [tuple(row.values()) for row in table.to_pylist()] == rows


def test_a_data_frame_has_exact_money(connection: xerosql.Connection, rows: list[Any]) -> None:
    """The pandas frame holds Decimal objects, so that sums stay exact."""
    frame = connection.execute(SQL).fetch_df()
    assert list(frame.columns) == ["Id", "RateValue", "EstimateMinutes", "Status"]
    assert frame["RateValue"].tolist() == [row[1] for row in rows]
    assert isinstance(frame["RateValue"].iloc[0], Decimal)
    assert sum(frame["RateValue"]) == sum(row[1] for row in rows)


def test_a_polars_frame_has_exact_money(connection: xerosql.Connection, rows: list[Any]) -> None:
    """The polars frame has a Decimal column with scale 4."""
    import polars

    frame = connection.execute(SQL).fetch_polars()
    assert isinstance(frame.schema["RateValue"], polars.Decimal)
    assert frame.rows() == rows


@pytest.mark.parametrize("fetch", FETCHES)
def test_frames_hold_what_is_left(connection: xerosql.Connection, rows: list[Any], fetch: str) -> None:
    """After some rows were fetched the frame has the others, and nothing is left behind it."""
    cursor = connection.execute(SQL)
    assert cursor.fetchmany(3) == rows[:3]
    assert len(getattr(cursor, fetch)()) == len(rows) - 3
    assert cursor.fetchall() == []
    assert cursor.rowcount == len(rows)


@pytest.mark.parametrize("fetch", FETCHES)
def test_an_empty_result_keeps_its_columns(connection: xerosql.Connection, fetch: str) -> None:
    """A frame without rows still has the result's columns and types."""
    table = getattr(connection.execute("SELECT Name, RateValue FROM Tasks WHERE 1 = 0"), fetch)()
    assert (list(getattr(table, "column_names", getattr(table, "columns", []))), len(table)) == (
        ["Name", "RateValue"],
        0,
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT DATE '2026-03-31' AS a, TIMESTAMP '2026-03-31 17:30:00' AS b, TIME '17:30' AS c, true AS d",
        "SELECT 1::bigint AS a, 2::smallint AS b, 1.5::double precision AS c, NULL AS d",
        "SELECT sum(RateValue) AS a, avg(RateValue) AS b, count(*) AS c, max(Status) AS d FROM Tasks",
        "SELECT ARRAY[1, 2] AS a, INTERVAL '1 day' AS b, 'x'::bytea AS c, TIMESTAMPTZ '2026-03-31 00:00Z' AS d",
        "SELECT sum(n) AS a, 12345678901234567890::hugeint AS b, 1 AS c, 2 AS d FROM scratch.wide",
    ],
)
@pytest.mark.parametrize("autocommit", [True, False])
def test_streamed_and_held_results_are_the_same_table(sql: str, autocommit: bool) -> None:
    """Inside a transaction results are held in memory; as Arrow they have the same types and values."""
    with xerosql.connect("demo", autocommit=autocommit) as connection:
        connection.execute("CREATE TABLE scratch.wide AS SELECT n FROM generate_series(1, 3) AS s(n)")
        touching = f"{sql}{',' if ' FROM ' in sql else ' FROM'} (SELECT count(*) AS rows FROM scratch.wide) AS touch"
        if "sum" in sql:
            touching = f"SELECT a, b, c, d FROM ({sql}) AS q, (SELECT count(*) AS rows FROM scratch.wide) AS touch"
        table = connection.execute(touching).fetch_arrow_table()
        row = connection.execute(touching).fetchone()
    assert table.column_names[:4] == ["a", "b", "c", "d"]
    with xerosql.connect("demo") as other:
        other.execute("CREATE TABLE scratch.wide AS SELECT n FROM generate_series(1, 3) AS s(n)")
        assert table.schema == other.execute(touching).fetch_arrow_table().schema
    assert table.num_rows == 1
    assert row is not None


@pytest.mark.parametrize(("fetch", "extra"), FETCHES.items())
def test_a_missing_library_is_named_with_its_extra(
    connection: xerosql.Connection, monkeypatch: pytest.MonkeyPatch, fetch: str, extra: str
) -> None:
    """Without the library InterfaceError says which extra to install, and the rows are still there."""
    real = importlib.import_module

    def missing(name: str, package: str | None = None) -> Any:
        if name.partition(".")[0] in ("pyarrow", "pandas", "polars"):
            raise ImportError(name)
        return real(name, package)

    cursor = connection.execute("SELECT 1 AS one")
    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(xerosql.InterfaceError, match=rf"pip install 'xerosql\[{extra}\]'"):
        getattr(cursor, fetch)()
    assert cursor.fetchall() == [(1,)]


# -- Record batches ----------------------------------------------------------------------------------------------------


def batches(cursor: xerosql.Cursor) -> list[Any]:
    return list(iter(cursor.fetch_record_batch, None))


def test_record_batches_have_the_rows_and_exact_types(connection: xerosql.Connection, rows: list[Any]) -> None:
    """Together they are what fetch_arrow_table() gives."""
    import pyarrow

    found = batches(connection.cursor().execute_arrow(SQL))
    assert pyarrow.Table.from_batches(found) == connection.execute(SQL).fetch_arrow_table()
    assert sum(each.num_rows for each in found) == len(rows)


def test_record_batches_are_fetched_as_they_are_taken() -> None:
    """The first one is there before the last page is, and closing the cursor stops the fetching."""
    desk = Desk(Simulator(projects=20_000, tasks_per_project=0, limits=False))
    options = {"access_token": "x", "tenant": desk.sim.tenants[0][0], "calls_per_minute": 1_000_000}
    with xerosql.connect(handler=desk.handle, share_limits=False, **options) as connection:
        desk.hold(part="page=40")  # the engine takes some batches before it hands out the first, but not so many
        cursor = connection.cursor().execute_arrow("SELECT Name FROM Projects")
        assert 0 < cursor.fetch_record_batch().num_rows < 10_000
        assert desk.sim.calls < 40
        cursor.close()
        desk.open()
        assert desk.sim.calls < 40
        cursor = connection.cursor().execute_arrow("SELECT Name FROM Projects WHERE Status = 'CLOSED'")
        count = sum(each.num_rows for each in batches(cursor))
        assert (cursor.rowcount, cursor.fetch_record_batch()) == (count, None)


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("EXPLAIN SELECT Name FROM Projects", None),
        ("SHOW max_calls", 1),
        ("SELECT Name FROM Projects LIMIT 10", 10),  # read part by part, so it is in memory
        ("SELECT * FROM scratch.few", 3),  # as is what a transaction has changed
        ("INSERT INTO scratch.few VALUES (4) RETURNING n", 1),
        ("SELECT Name FROM Projects WHERE 1 = 0", 0),
    ],
)
def test_every_statement_with_rows_can_give_batches(connection: xerosql.Connection, sql: str, rows: int | None) -> None:
    """Also those whose rows are in memory already."""
    connection.execute("BEGIN")
    connection.execute("CREATE TABLE scratch.few AS SELECT n FROM generate_series(1, 3) AS s(n)")
    found = batches(connection.cursor().execute_arrow(sql))
    connection.execute("ROLLBACK")
    count = sum(each.num_rows for each in found)
    assert count > 0 if rows is None else count == rows


def test_rows_and_batches_are_not_mixed(connection: xerosql.Connection) -> None:
    """Each way of execution has its way of fetching; what was asked wrongly loses no row."""
    cursor = connection.cursor().execute_arrow("SELECT 1 AS one")
    with pytest.raises(xerosql.InterfaceError, match="record batches"):
        cursor.fetchone()
    assert cursor.fetch_arrow_table().to_pylist() == [{"one": 1}]
    with pytest.raises(xerosql.InterfaceError, match="execute_arrow"):
        connection.execute("SELECT 1").fetch_record_batch()


@pytest.mark.parametrize(
    ("value", "error", "sqlstate"),
    [
        ("CAST(CAST(n AS VARCHAR) || 'x' AS INTEGER)", xerosql.DataError, "22000"),
        ("n % (n - 4000)", xerosql.DataError, "22012"),
        ("CAST(n * 1000000 AS SMALLINT)", xerosql.DataError, "22"),
    ],
)
def test_errors_between_batches_are_those_of_rows(
    connection: xerosql.Connection, value: str, error: type[xerosql.Error], sqlstate: str
) -> None:
    """Whether rows are fetched or batches: the same class, message and SQLSTATE."""
    sql = f"SELECT CASE WHEN n >= 4000 THEN {value} ELSE 0 END AS v FROM generate_series(1, 5000) AS s(n)"
    with pytest.raises(error) as of_batches:
        batches(connection.cursor().execute_arrow(sql))
    with pytest.raises(error) as of_rows:
        connection.execute(sql).fetchall()
    assert of_batches.value.message == of_rows.value.message
    assert of_batches.value.sqlstate == of_rows.value.sqlstate
    assert of_batches.value.sqlstate.startswith(sqlstate)


def test_cancelling_ends_the_batches(connection: xerosql.Connection) -> None:
    """Between two of them, as between two rows."""
    cursor = connection.cursor().execute_arrow("SELECT n FROM generate_series(1, 1000000) AS s(n)")
    assert cursor.fetch_record_batch().num_rows > 0
    cursor.cancel()
    with pytest.raises(xerosql.OperationalError, match="cancelled"):
        batches(cursor)


def test_the_schema_is_known_before_the_statement_runs(connection: xerosql.Connection) -> None:
    """From the description, without a call, and as the result will have it."""
    sql = "SELECT ProjectId, sum(TotalAmountValue) AS total, count(*) AS n, NULL AS nothing FROM Tasks GROUP BY 1"
    described = connection.describe(sql).columns
    assert described is not None
    schema = connection.session.engine.arrow_schema(described)
    assert schema == connection.execute(sql).fetch_arrow_table().schema
