"""The clients that people use: ADBC's cursor, pandas and Polars on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pytest

from tests.aio.conftest import Desk
from tests.server.certificates import certificate
from tests.server.conftest import PASSWORD
from tests.server.flight.conftest import serving
from tests.server.flight.test_running import idle
from tests.server.test_running import eventually
from xerosql.server import Users
from xerosql.server.flight import FlightServer
from xerosql.simulator import Simulator

dbapi = pytest.importorskip("adbc_driver_flightsql.dbapi", reason="adbc-driver-flightsql is not installed")
Serve = Callable[..., AbstractContextManager[FlightServer]]


def connected(server: FlightServer, user: str = "writer", **more: Any) -> Any:
    url = f"grpc://127.0.0.1:{server.port}"
    return dbapi.connect(url, db_kwargs={"username": user, "password": PASSWORD}, **more)


@pytest.fixture
def adbc(server: FlightServer) -> Iterator[Any]:
    with connected(server, autocommit=True) as connection:
        yield connection


def test_a_cursor_gives_rows_and_tables(adbc: Any) -> None:
    """With exact money, parameters, and names as they were written."""
    with adbc.cursor() as cursor:
        cursor.execute("SELECT Name, TotalInvoicedValue FROM Projects WHERE Status = ? ORDER BY 1 LIMIT 2", ("CLOSED",))
        assert [each[0] for each in cursor.description] == ["Name", "TotalInvoicedValue"]
        assert isinstance(cursor.fetchone()[1], Decimal)
        table = cursor.execute("SELECT * FROM Projects").fetch_arrow_table()
        assert table.num_rows == 48
        assert table.schema.field("TotalInvoicedValue").type == pyarrow.decimal128(18, 4)
        assert cursor.execute("SELECT :x AS x", (7,)).fetchall() == [(7,)]
        assert cursor.adbc_execute_schema("SELECT Name FROM Projects").names == ["Name"]
        assert cursor.execute("SELECT Calls FROM sys.statements WHERE Statement LIKE '%LIMIT 2'").fetchall() == [(1,)]


def test_changes_and_many_rows(adbc: Any) -> None:
    """Row counts are told; a table is ingested in each of the modes."""
    with adbc.cursor() as cursor:
        cursor.execute("CREATE TABLE scratch.adbc (n INTEGER, t VARCHAR)")
        cursor.executemany("INSERT INTO scratch.adbc VALUES (?, ?)", [(1, "a"), (2, None), (3, "c")])
        assert cursor.rowcount == 3
        cursor.execute("DELETE FROM scratch.adbc WHERE n = 1")
        assert cursor.rowcount == 1
        assert cursor.execute("INSERT INTO scratch.adbc VALUES (9, 'z') RETURNING n, t").fetchall() == [(9, "z")]
        table = pyarrow.table({"n": [1, 2], "amount": pyarrow.array([Decimal("1.50"), None])})
        for mode, count in (("create", 2), ("append", 4), ("replace", 2), ("create_append", 4)):
            assert cursor.adbc_ingest("taken", table, mode=mode) == 2
            assert cursor.execute("SELECT count(*) FROM scratch.taken").fetchone() == (count,)
        cursor.execute("DROP TABLE scratch.taken")
        cursor.execute("DROP TABLE scratch.adbc")
        assert cursor.adbc_ingest("staged", table, temporary=True) == 2
        assert cursor.execute("SELECT sum(n) FROM staged").fetchone() == (3,)


def test_a_connection_is_in_a_transaction_unless_autocommit_is_on(server: FlightServer) -> None:
    """As PEP 249 has it; the same statement of the same cursor goes on in the next transaction."""
    with connected(server) as connection, connected(server) as other, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE scratch.pep (n INTEGER)")
        connection.commit()
        for end in (connection.commit, connection.rollback, connection.commit):
            cursor.execute("INSERT INTO scratch.pep VALUES (1)")
            end()
        with other.cursor() as looking:
            assert looking.execute("SELECT count(*) FROM scratch.pep").fetchone() == (2,)
        cursor.execute("DROP TABLE scratch.pep")
        connection.commit()


@pytest.mark.parametrize(
    ("sql", "error", "said"),
    [
        ("SELECT * FROM nope", "ProgrammingError", "42P01"),
        ("SELECT nope FROM Projects", "ProgrammingError", "42703"),
        ("SELECT 1 / 0", "ProgrammingError", "22012"),
        ("SELECT * FROM read_csv('x')", "NotSupportedError", "0A000"),
        ("CREATE TABLE scratch.no (n INTEGER)", "ProgrammingError", "25006"),
    ],
)
def test_errors_are_pep_249s(server: FlightServer, sql: str, error: str, said: str) -> None:
    """With our words and the SQLSTATE."""
    with connected(server, "reader", autocommit=True) as connection, connection.cursor() as cursor:
        with pytest.raises(getattr(dbapi, error), match=said) as caught:
            cursor.execute(sql).fetchall()
        assert "Traceback" not in str(caught.value)


def test_signing_in(server: FlightServer, simulator: Simulator, tmp_path: Path) -> None:
    """By name and password; with TLS the certificate is checked; where anybody may read, no name is needed."""
    wrong = {"username": "writer", "password": "wrong"}
    with pytest.raises(dbapi.Error, match="password authentication failed"):
        dbapi.connect(f"grpc://127.0.0.1:{server.port}", db_kwargs=wrong)
    cert, key = certificate(tmp_path)
    tenant = simulator.tenants[0][0]
    with serving(simulator.handle, tenant, certificate=(cert.read_bytes(), key.read_bytes())) as encrypted:
        options = {"username": "reader", "password": PASSWORD}
        options["adbc.flight.sql.client_option.tls_root_certs"] = cert.read_text()
        url = f"grpc+tls://localhost:{encrypted.port}"
        with dbapi.connect(url, db_kwargs=options) as connection, connection.cursor() as cursor:
            assert cursor.execute("SELECT 1").fetchall() == [(1,)]
    with (
        serving(simulator.handle, tenant, users=Users(None)) as open_to_all,
        dbapi.connect(f"grpc://127.0.0.1:{open_to_all.port}") as connection,
        connection.cursor() as cursor,
    ):
        assert cursor.execute("SELECT count(*) FROM Projects").fetchall() == [(48,)]


def test_closing_a_connection_ends_its_session(server: FlightServer) -> None:
    """So that a program that connects often takes no more room than one at a time."""
    before = len(server.sessions)
    for _ in range(3):
        with connected(server, autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1").fetchall()
    assert len(server.sessions) == before


def test_the_catalog_is_what_tools_draw_their_trees_from(adbc: Any) -> None:
    """Schemas, tables, columns and keys."""
    (catalog,) = adbc.adbc_get_objects(depth="all", db_schema_filter="projects").read_all().to_pylist()
    (schema,) = catalog["catalog_db_schemas"]
    tables = {each["table_name"]: each for each in schema["db_schema_tables"]}
    columns = {each["column_name"]: each for each in tables["Tasks"]["table_columns"]}
    assert (catalog["catalog_name"], schema["db_schema_name"]) == ("xero", "projects")
    assert columns["RateValue"]["xdbc_type_name"] == "DECIMAL(18,4)"
    assert adbc.adbc_get_table_schema("Tasks", db_schema_filter="projects").field("Name").type == pyarrow.string()
    assert adbc.adbc_get_info()["vendor_name"] == "xerosql"
    assert "TABLE" in adbc.adbc_get_table_types()


def test_cancelling_and_closing_early_stop_the_fetching(desk: Desk, serve_desk: Serve) -> None:
    """A cursor that is closed with rows to come costs no more calls."""
    desk.hold(part="/Tasks")
    with serve_desk() as server:
        with connected(server, autocommit=True) as connection, closing(connection.cursor()) as cursor:
            cursor.execute("SELECT count(*) FROM Tasks")
            assert desk.arrived.acquire(timeout=20)
            cursor.adbc_cancel()
        eventually(lambda: idle(server))
        calls = desk.sim.calls
        desk.open()
        assert desk.sim.calls <= calls + 5


def test_pandas_reads_and_writes(adbc: Any) -> None:
    """read_sql by a connection of ADBC's; to_sql takes a frame into scratch."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_sql("SELECT Status, count(*) AS n FROM Projects GROUP BY 1 ORDER BY 1", adbc)
    assert frame.to_dict("list") == {"Status": ["CLOSED", "INPROGRESS"], "n": [15, 33]}
    money = pandas.read_sql("SELECT TotalInvoicedValue AS v FROM Projects", adbc, dtype_backend="pyarrow")
    assert money["v"].dtype.pyarrow_dtype == pyarrow.decimal128(18, 4)
    assert pandas.DataFrame({"n": [1, 2]}).to_sql("frames", adbc, schema="scratch", index=False) == 2
    written = "scratch.frames" if version_of(pandas) >= (2, 2, 3) else 'scratch."scratch.frames"'  # a fault of its
    assert pandas.read_sql(f"SELECT sum(n) AS n FROM {written}", adbc)["n"].tolist() == [3]
    with adbc.cursor() as cursor:
        cursor.execute(f"DROP TABLE {written}")


def version_of(library: Any) -> tuple[int, ...]:
    return tuple(int(part) for part in library.__version__.split(".")[:3])


def test_polars_reads_and_writes(adbc: Any) -> None:
    """read_database keeps the types; write_database takes a frame into scratch."""
    polars = pytest.importorskip("polars")
    frame = polars.read_database("SELECT Name, TotalInvoicedValue AS v FROM Projects", adbc)
    assert (frame.height, frame.schema["v"]) == (48, polars.Decimal(18, 4))
    closed = polars.read_database(
        "SELECT Name FROM Projects WHERE Status = ?", adbc, execute_options={"parameters": ("CLOSED",)}
    )
    assert closed.height == 15
    polars.DataFrame({"n": [1, 2, 3]}).write_database("scratch.frames", adbc, engine="adbc")
    assert polars.read_database("SELECT sum(n) AS n FROM scratch.frames", adbc)["n"].to_list() == [6]
    with adbc.cursor() as cursor:
        cursor.execute("DROP TABLE scratch.frames")
