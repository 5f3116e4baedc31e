"""pandas and Polars read and write, over SQLAlchemy and over the driver itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pandas
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

import xerosql
from tests.sqlalchemy.conftest import options_for
from xerosql.simulator import Simulator

polars = pytest.importorskip("polars")
needs_2 = pytest.mark.skipif(
    sa.__version__ < "2", reason="pandas 2.2 and Polars use no SQLAlchemy before 2.0 without complaint"
)
driver_itself = pytest.mark.filterwarnings("ignore:pandas only supports SQLAlchemy:UserWarning")
READ = "SELECT Name, TotalInvoicedValue, Deadline, MinutesLogged FROM Projects ORDER BY Name"


@pytest.fixture
def connection(sim: Simulator) -> Iterator[xerosql.Connection]:
    with xerosql.connect(tenant=sim.tenants[0][0], **options_for(sim)) as connection:
        yield connection


@pytest.fixture
def source(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def each_source(*marks: Any) -> Any:
    """Over an engine, and over a connection of the driver."""
    sources = [pytest.param("engine", marks=marks), pytest.param("connection", marks=driver_itself)]
    return pytest.mark.parametrize("source", sources, indirect=True)


def signage(connection: xerosql.Connection) -> str:
    row = connection.execute("SELECT ProjectId FROM Projects WHERE Name = 'Terminal signage'").fetchone()
    assert row is not None
    return str(row[0])


def tasks(project: str) -> pandas.DataFrame:
    names = {"Name": ["Kerbs", "Drains"], "ChargeType": ["FIXED", "TIME"], "RateValue": [100.5, 20]}
    return pandas.DataFrame({"ProjectId": project, **names})


def added(connection: xerosql.Connection) -> list[Any]:
    return connection.execute(
        "SELECT Name, ChargeType, RateValue FROM Tasks WHERE Name IN ('Kerbs', 'Drains') ORDER BY Name DESC"
    ).fetchall()


# -- pandas ------------------------------------------------------------------------------------------------------------


@each_source(needs_2)
def test_pandas_reads_decimals_as_floats_unless_it_is_told_not_to(source: Any) -> None:
    frame = pandas.read_sql(READ, source)
    assert [kind.kind for kind in frame.dtypes][1:] == ["f", "M", "i"]
    exact = pandas.read_sql(READ, source, coerce_float=False)
    assert exact["TotalInvoicedValue"][0] == Decimal("13970.3200")
    assert exact["Deadline"][0] == datetime(2026, 5, 30, 10, 59, 59)  # noqa: DTZ001 - Xero's are UTC without saying so


@driver_itself
def test_pandas_passes_parameters_to_the_driver(connection: xerosql.Connection) -> None:
    assert len(pandas.read_sql("SELECT Name FROM Projects WHERE Status = ?", connection, params=["CLOSED"])) == 15


@needs_2
def test_pandas_passes_parameters_to_sqlalchemy(engine: Engine) -> None:
    query = sa.text("SELECT Name FROM Projects WHERE Status = :status")
    assert len(pandas.read_sql(query, engine, params={"status": "CLOSED"})) == 15


@driver_itself
def test_a_chunk_costs_the_calls_for_its_rows(connection: xerosql.Connection) -> None:
    """Whoever takes one chunk of the time of all projects does not pay for the others."""
    chunks = pandas.read_sql("SELECT * FROM Time", connection, chunksize=20)
    assert len(next(chunks)) == 20
    (calls,) = connection.execute("SELECT Calls FROM sys.statements WHERE Statement LIKE '%Time'").fetchone() or (0,)
    assert 0 < calls < 100  # of 101
    chunks.close()


@needs_2
def test_chunks_come_over_sqlalchemy_too(engine: Engine) -> None:
    with engine.connect().execution_options(stream_results=True) as connection:
        sizes = [len(chunk) for chunk in pandas.read_sql("SELECT * FROM Tasks", connection, chunksize=200)]
    assert sizes[:2] == [200, 200]


@needs_2
@pytest.mark.parametrize("method", [None, "multi"])
def test_a_frame_is_appended_to_a_table_of_xero(engine: Engine, connection: xerosql.Connection, method: Any) -> None:
    frame = tasks(signage(connection))
    assert frame.to_sql("Tasks", engine, if_exists="append", index=False, method=method) == 2
    assert added(connection) == [("Kerbs", "FIXED", Decimal("100.5000")), ("Drains", "TIME", Decimal("20.0000"))]


@needs_2
def test_a_frame_with_one_wrong_row_writes_none(engine: Engine, connection: xerosql.Connection) -> None:
    frame = tasks(signage(connection)).assign(ChargeType=["FIXED", "HOURLY"])
    with pytest.raises(pandas.errors.DatabaseError, match=r"not .HOURLY. \(row 2\)"):
        frame.to_sql("Tasks", engine, if_exists="append", index=False)
    assert added(connection) == []


@needs_2
def test_a_table_of_xero_is_not_replaced(engine: Engine, connection: xerosql.Connection) -> None:
    with pytest.raises(sa.exc.NotSupportedError, match="Xero's tables are fixed"):
        tasks(signage(connection)).to_sql("Tasks", engine, if_exists="replace", index=False)


@needs_2
def test_a_frame_goes_to_scratch_and_comes_back(engine: Engine) -> None:
    frame = pandas.DataFrame({"Currency": ["NZD", "GBP"], "ToNzd": [1.0, 2.2135]})
    for _ in range(2):
        frame.to_sql("rates", engine, schema="scratch", if_exists="replace", index=False)
    pandas.testing.assert_frame_equal(pandas.read_sql("SELECT * FROM scratch.rates", engine), frame)


# -- Polars ------------------------------------------------------------------------------------------------------------


@each_source()
def test_polars_reads_decimals_as_decimals(source: Any) -> None:
    frame = polars.read_database(READ, source)
    assert frame.schema["TotalInvoicedValue"] == polars.Decimal(18, 4)
    assert frame.schema["Deadline"] == polars.Datetime("us")
    assert frame["TotalInvoicedValue"][0] == Decimal("13970.3200")


@needs_2
def test_polars_passes_parameters(connection: xerosql.Connection, engine: Engine) -> None:
    by_place = {"parameters": ["CLOSED"]}
    query = "SELECT Name FROM Projects WHERE Status = "
    assert polars.read_database(f"{query}?", connection, execute_options=by_place).height == 15
    by_name = {"parameters": {"status": "CLOSED"}}
    assert polars.read_database(f"{query}:status", engine, execute_options=by_name).height == 15


@each_source()
def test_polars_reads_in_batches(source: Any) -> None:
    batches = polars.read_database("SELECT * FROM Tasks", source, iter_batches=True, batch_size=300)
    assert next(iter(batches)).height == 300


@needs_2
def test_polars_writes_to_xero_and_to_scratch(engine: Engine, connection: xerosql.Connection) -> None:
    frame = polars.from_pandas(tasks(signage(connection)))
    assert frame.write_database("Tasks", engine, if_table_exists="append") == 2
    assert len(added(connection)) == 2
    assert frame.write_database("scratch.tasks", engine, if_table_exists="replace") == 2
