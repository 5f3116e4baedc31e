"""JDBC, ODBC, node-postgres, ADBC, connectorx, pgcli and postgres_fdw: each as its users use it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.clients.conftest import OWNER, Pair, Side

HERE = Path(__file__).parent
JAR = Path("/usr/share/java/postgresql.jar")
READ = "SELECT Name, TotalInvoicedValue, Deadline, MinutesLogged FROM projects.Projects"
#: What OIDs are in ODBC's columns: numbers of tables, which differ in every database.
TABLE_OID = 22


def output(*command: str, given: str = "", **environment: str) -> str:
    """What a program prints; AssertionError if it fails or cannot be had."""
    program = shutil.which(command[0])
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    more = {**os.environ, "PGPASSWORD": "pw", **environment}
    done = subprocess.run(
        [program, *command[1:]], input=given, env=more, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# -- JDBC --------------------------------------------------------------------------------------------------------------


def java(side: Side, directory: Path, *more: str) -> list[str]:
    if not JAR.exists():
        pytest.skip("Debian's libpostgresql-jdbc-java is not installed")
    output("javac", "-d", str(directory), str(HERE / "Metadata.java"))
    return output("java", "-cp", f"{JAR}:{directory}", "Metadata", str(side.port), *more).splitlines()


def test_jdbc_tells_the_same(pair: Pair, tmp_path: Path) -> None:
    """DatabaseMetaData, which DBeaver, Tableau and Spark ask, and the tables of a result's columns."""
    assert java(pair.ours, tmp_path) == java(pair.real, tmp_path)


def test_jdbc_reads_with_statements_cursors_and_savepoints(ours: Side, tmp_path: Path) -> None:
    """Prepared seven times over, with the digits of a NUMERIC, ten rows at a time, going on after an error."""
    lines = java(ours, tmp_path, "read")
    assert lines.count("read|'Tui & Friends' launch|13970.3200") == 7
    assert lines[-4:] == ["type|numeric18,4", "cursor|48", "error|42703", "after|1"]


# -- ODBC --------------------------------------------------------------------------------------------------------------


def odbc(side: Side, more: str = "") -> Any:
    pyodbc = pytest.importorskip("pyodbc")
    driver = "Driver={PostgreSQL Unicode};Server=127.0.0.1;Database=xero;Uid=w;Pwd=pw"
    return pyodbc.connect(f"{driver};Port={side.port};{more}", autocommit=False)


def odbc_catalog(side: Side) -> dict[str, Any]:
    with odbc(side) as connection:
        cursor = connection.cursor()
        columns = cursor.columns(table="Tasks", schema="projects").fetchall()
        return {
            "tables": [tuple(row)[:4] for row in cursor.tables(schema="projects")],
            "columns": [tuple(row)[:TABLE_OID] + tuple(row)[TABLE_OID + 1 :] for row in columns],
            "keys": [tuple(row) for row in cursor.primaryKeys("Tasks", schema="projects")],
            "foreign": [tuple(row) for row in cursor.foreignKeys(foreignTable="Tasks", foreignSchema="projects")],
            "statistics": [tuple(row) for row in cursor.statistics("Tasks", schema="projects")],
            "types": [tuple(row) for row in cursor.getTypeInfo()],
            "row": [tuple(row) for row in cursor.rowIdColumns("Tasks", schema="projects")],
        }


def test_odbc_tells_the_same(pair: Pair) -> None:
    """SQLTables, SQLColumns, keys, statistics, types, as Excel and Power BI ask for them."""
    assert odbc_catalog(pair.ours) == odbc_catalog(pair.real)


@pytest.mark.parametrize("more", ["", "UseDeclareFetch=1;Fetch=7", "UseServerSidePrepare=0", "Protocol=7.4-2"])
def test_odbc_reads_in_each_of_its_ways_and_goes_on_after_an_error(ours: Side, more: str) -> None:
    """With cursors, prepared at the server or not, and with savepoints around each statement."""
    connection = odbc(ours, more)
    cursor = connection.cursor()
    assert len(cursor.execute(f"{READ} WHERE Status = ? AND MinutesLogged > ?", ["CLOSED", 5]).fetchall()) == 14
    assert len(cursor.execute(READ).fetchall()) == 48
    with pytest.raises(Exception, match="nope"):
        cursor.execute("SELECT nope")
    connection.rollback()
    assert cursor.execute("SELECT 1").fetchone()[0] == 1
    connection.close()


# -- node, Arrow, pgcli ------------------------------------------------------------------------------------------------


def test_node_postgres_reads_and_binds(ours: Side) -> None:
    """Parameters, named statements, several statements."""
    if not (HERE / "node_modules" / "pg").exists():
        pytest.skip("npm install pg in tests/clients")
    script = f"""
        const {{Client}} = require('pg');
        (async () => {{
            const client = new Client('{ours.url}'); await client.connect();
            const sql = '{READ} WHERE Status = $1 AND MinutesLogged > $2 ORDER BY 1';
            const rows = await client.query(sql, ['CLOSED', 5]);
            for (const n of [1, 2]) await client.query({{name: 'n', text: 'SELECT $1::int', values: [n]}});
            const both = await client.query('SELECT 1; SELECT 2');
            console.log(rows.rowCount, rows.rows[0].totalinvoicedvalue, both.length);
            await client.end();
        }})();"""
    assert output("node", "-e", script, NODE_PATH=str(HERE / "node_modules")).split() == ["14", "13970.3200", "2"]


@pytest.mark.parametrize("engine", ["connectorx", "adbc"])
def test_polars_reads_by_binary_copy(ours: Side, engine: Any) -> None:
    """connectorx and ADBC ask for COPY in binary."""
    polars = pytest.importorskip("polars")
    pytest.importorskip("connectorx" if engine == "connectorx" else "adbc_driver_postgresql")
    assert polars.read_database_uri(READ, ours.url, engine=engine).shape == (48, 4)


def test_adbc_lists_what_there_is_and_binds(ours: Side) -> None:
    """Schemas, a table's columns, a parameter."""
    adbc = pytest.importorskip("adbc_driver_postgresql.dbapi")
    with adbc.connect(ours.url) as connection, connection.cursor() as cursor:
        objects = connection.adbc_get_objects(depth="columns").read_all().to_pylist()
        assert {each["db_schema_name"] for each in objects[0]["catalog_db_schemas"]} >= {"projects", "sys"}
        assert connection.adbc_get_table_schema("Tasks", db_schema_filter="projects").names[0] == "Id"
        cursor.execute("SELECT count(*) FROM Projects WHERE Status = $1", ("CLOSED",))
        assert cursor.fetchall() == [(15,)]


def test_pgcli_completes_and_describes(ours: Side) -> None:
    """Its start asks for everything that can be completed."""
    asked = '\\dt\n\\d "Tasks"\nSELECT count(*) FROM Projects;\n\\q\n'
    shown = output("pgcli", "-h", "127.0.0.1", "-p", str(ours.port), "-U", "w", "-d", "xero", given=asked)
    assert '"Tasks_pkey" PRIMARY KEY' in shown
    assert "| 48    |" in shown


# -- postgres_fdw ------------------------------------------------------------------------------------------------------


def test_a_real_postgresql_has_our_tables_as_foreign_tables(pair: Pair) -> None:
    """IMPORT FOREIGN SCHEMA, conditions pushed down, a join of two of them."""
    with psycopg.connect(
        f"host=127.0.0.1 port={pair.real.port} user={OWNER} dbname=postgres", autocommit=True
    ) as connection:
        for statement in (
            "CREATE EXTENSION postgres_fdw",
            "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw "
            f"OPTIONS (host '127.0.0.1', port '{pair.ours.port}', dbname 'xero')",
            "CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (user 'w', password 'pw')",
            "CREATE SCHEMA far",
            "IMPORT FOREIGN SCHEMA projects FROM SERVER s INTO far",
        ):
            connection.execute(statement)
        closed = 'SELECT count(*) FROM far."Projects" WHERE "Status" = \'CLOSED\''
        assert connection.execute(closed).fetchone() == (15,)
        joined = 'SELECT p."Name", count(*) FROM far."Projects" p JOIN far."Tasks" USING ("ProjectId") GROUP BY 1'
        assert len(connection.execute(f"{joined} ORDER BY 2 DESC LIMIT 2").fetchall()) == 2
