"""The engine cannot touch the machine: no files, no extensions, no settings, no environment, no Python variables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import xerosql

HOLDERS = {
    "alone": "SELECT {}",
    "in WHERE": "SELECT 1 FROM Users WHERE {} IS NOT NULL",
    "in a subquery": "SELECT (SELECT {}) FROM Users",
    "in a CTE": "WITH w AS (SELECT {} AS x) SELECT * FROM w",
    "in CREATE TABLE AS": "CREATE TABLE scratch.leak AS SELECT {} AS x",
    "in CREATE VIEW": "CREATE VIEW scratch.leak AS SELECT {} AS x",
    "in INSERT SELECT": "INSERT INTO scratch.t SELECT {}",
    "in INSERT VALUES": "INSERT INTO scratch.t VALUES ({})",
    "in UPDATE of scratch": "UPDATE scratch.t SET x = {}",
    "in DELETE of scratch": "DELETE FROM scratch.t WHERE x = {}",
    "in a DEFAULT": "CREATE TABLE scratch.leak (x varchar DEFAULT {})",
    "in RETURNING of scratch": "INSERT INTO scratch.t VALUES ('a') RETURNING {}",
    "in UPDATE of Xero": "UPDATE Tasks SET Name = {}",
    "in DELETE of Xero": "DELETE FROM Tasks WHERE Name = {}",
    "in ORDER BY": "SELECT Name FROM Users ORDER BY {}",
    "in a window": "SELECT count(*) OVER (ORDER BY {}) FROM Users",
    "in LIMIT": "SELECT Name FROM Users LIMIT length({})",
    "in a lambda": "SELECT list_transform([1], x -> {})",
}

SCALARS = (
    "getenv('HOME')",
    "GetEnv('HOME')",
    "current_setting('access_mode')",
    "set_config('a', 'b', false)",
    "getvariable('x')",
    "which_secret('s3://x', 's3')",
    "json_execute_serialized_sql('x')",
    "pg_read_file('/etc/passwd')",
    "read_text('/etc/passwd')",
)

TABLE_FUNCTIONS = (
    "read_csv('{file}')",
    "read_csv_auto('{file}')",
    "read_json('{file}')",
    "read_json_auto('{file}')",
    "read_ndjson('{file}')",
    "read_parquet('{file}')",
    "parquet_scan('{file}')",
    "parquet_metadata('{file}')",
    "read_text('{file}')",
    "read_blob('{file}')",
    "sniff_csv('{file}')",
    "glob('/*')",
    "duckdb_settings()",
    "duckdb_secrets()",
    "duckdb_extensions()",
    "duckdb_tables()",
    "duckdb_functions()",
    "duckdb_databases()",
    "pragma_database_list()",
    "pragma_table_info('scratch.t')",
    "query('SELECT 1')",
    "query_table('scratch.t')",
    "arrow_scan(1, 2, 3)",
    "pandas_scan(1)",
    "python_map_function(1)",
    "sqlite_scan('{file}', 't')",
    "postgres_scan('', '', '')",
    "json_execute_serialized_sql('x')",
    "from_substrait('x')",
    "force_checkpoint()",
    "storage_info('t')",
    "enable_logging()",
)

REPLACEMENT_SCANS = (
    "SELECT * FROM '{file}'",
    'SELECT * FROM "{file}"',
    "SELECT * FROM '{file}' AS t",
    "SELECT * FROM 'https://example.com/x.csv'",
    "SELECT * FROM a_python_frame",
    "SELECT * FROM scratch.a_python_frame",
    "SELECT * FROM (SELECT * FROM '{file}') AS q",
    "CREATE TABLE scratch.leak AS SELECT * FROM '{file}'",
    "INSERT INTO scratch.t SELECT * FROM '{file}'",
    "SELECT * FROM duckdb_settings",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM system.information_schema.tables",
    "SELECT * FROM main.sqlite_master",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM pg_catalog.pg_settings",
    "SELECT * FROM temp.t",
    "SELECT * FROM memory.scratch.t",
)

STATEMENTS = (
    "ATTACH '{file}' AS other",
    "ATTACH ':memory:' AS other",
    "DETACH memory",
    "COPY scratch.t TO '{file}'",
    "COPY (SELECT * FROM Users) TO '{file}' (FORMAT CSV)",
    "COPY scratch.t FROM '{file}'",
    "EXPORT DATABASE '{file}'",
    "IMPORT DATABASE '{file}'",
    "INSTALL httpfs",
    "FORCE INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{file}'",
    "UPDATE EXTENSIONS",
    "PRAGMA version",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "SET threads = 1",
    "SET GLOBAL enable_external_access = true",
    "SET lock_configuration = false",
    "SET SESSION search_path = 'main'",
    "SET VARIABLE x = 1",
    "RESET threads",
    "RESET ALL VARIABLES",
    "CALL pragma_version()",
    "CALL query('SELECT 1')",
    "CHECKPOINT",
    "VACUUM",
    "ANALYZE",
    "USE main",
    "SHOW ALL TABLES",
    "SHOW TABLES",
    "DESCRIBE scratch.t",
    "SUMMARIZE scratch.t",
    "EXPLAIN SELECT * FROM read_csv('/etc/passwd')",
    "CREATE SECRET s (TYPE S3)",
    "CREATE MACRO scratch.m(a) AS getenv(a)",
    "CREATE FUNCTION scratch.m(a) AS getenv(a)",
    "CREATE SCHEMA other",
    "CREATE TYPE scratch.mood AS ENUM ('x')",
    "DROP SCHEMA scratch",
    "DROP SCHEMA scratch CASCADE",
    "DROP MACRO exact_div",
    "ALTER TABLE scratch.t SET SCHEMA main",
    "ALTER TABLE main.t RENAME TO u",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "DEALLOCATE p",
    "COMMENT ON TABLE xerosql_kept.declared IS 'x'",
    "FROM read_csv('{file}')",
    "FROM '{file}'",
    "TABLE '{file}'",
    "PIVOT '{file}' ON x",
    "VALUES (getenv('HOME'))",
    "SELECT * INTO scratch.u FROM scratch.t",
)


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that no statement may read."""
    path = tmp_path_factory.mktemp("machine") / "secret.csv"
    path.write_text("x\nthe-secret\n")
    return path


@pytest.fixture(scope="module")
def connection() -> Iterator[xerosql.Connection]:
    with xerosql.connect("demo") as connection:
        connection.execute("CREATE TABLE scratch.t AS SELECT 'a' AS x")
        yield connection


def refused(connection: xerosql.Connection, sql: str, *kinds: type[xerosql.Error]) -> xerosql.Error:
    """The one error a statement raises; it is of these kinds, and neither quotes what it kept safe nor does harm."""
    a_python_frame = [("the-secret",)]
    with pytest.raises(xerosql.Error) as caught:
        connection.execute(sql).fetchall()
    assert type(caught.value) in kinds, repr(caught.value)
    for inner in (a_python_frame[0][0], "sqlglot", "<class"):
        assert inner not in str(caught.value)
    assert connection.execute("SELECT x FROM scratch.t").fetchall() == [("a",)]
    return caught.value


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
@pytest.mark.parametrize("call", SCALARS)
def test_functions_that_read_the_machine_are_refused_wherever_they_stand(
    connection: xerosql.Connection, holder: str, call: str
) -> None:
    """Such a function is NotSupportedError, saying that it is not allowed, in every place of every statement."""
    error = refused(connection, holder.format(call), xerosql.NotSupportedError)
    assert "engine reaches no files" in str(error)


@pytest.mark.parametrize("call", TABLE_FUNCTIONS)
def test_functions_that_make_tables_of_the_machine_are_refused(
    connection: xerosql.Connection, secret: Path, call: str
) -> None:
    """A function in FROM is refused unless it only counts or unnests, in a query, a CTAS and an INSERT … SELECT."""
    source = call.format(file=secret)
    for sql in (
        f"SELECT * FROM {source}",
        f"SELECT * FROM Users, LATERAL {source} AS x",
        f"CREATE TABLE scratch.leak AS SELECT * FROM {source}",
        f"INSERT INTO scratch.t SELECT * FROM {source}",
        f"SELECT * FROM Users WHERE Name IN (SELECT x FROM {source})",
    ):
        refused(connection, sql, xerosql.NotSupportedError)


@pytest.mark.parametrize("sql", REPLACEMENT_SCANS)
def test_names_mean_tables_and_never_files_or_variables(connection: xerosql.Connection, secret: Path, sql: str) -> None:
    """A file name, a URL, a Python variable or an engine's own table where a table stands is no table."""
    refused(connection, sql.format(file=secret), xerosql.ProgrammingError, xerosql.NotSupportedError)


@pytest.mark.parametrize("sql", STATEMENTS)
def test_statements_that_reach_out_are_refused(connection: xerosql.Connection, secret: Path, sql: str) -> None:
    """Anything but queries, writes, scratch DDL and transactions is refused with one sentence."""
    before = secret.read_text()
    error = refused(connection, sql.format(file=secret), xerosql.NotSupportedError, xerosql.ProgrammingError)
    assert len(str(error)) > 20
    assert secret.read_text() == before
    assert [path.name for path in secret.parent.iterdir()] == ["secret.csv"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; SELECT getenv('HOME')",
        "SELECT/**/getenv/**/('HOME')",
        "SELECT \"getenv\"('HOME')",
        "SELECT main.getenv('HOME')",
        "SELECT system.main.getenv('HOME')",
        "SELECT 'HOME'.getenv()",
        "SELECT getenv($$HOME$$)",
        "SELECT {fn getenv('HOME')}",
        "SELECT * FROM main.read_text('{file}')",
        "SELECT * FROM \"read_text\"('{file}')",
        "SELECT * FROM LATERAL read_text('{file}')",
        "SELECT * FROM UNNEST((SELECT list(content) FROM read_text('{file}')))",
        "SELECT unnest(glob('/*'))",
        "SELECT COLUMNS(c -> getenv('HOME') IS NOT NULL) FROM scratch.t",
        "SELECT list_transform(['HOME'], getenv)",
        "SELECT apply(['HOME'], x -> getenv(x))",
        "SELECT list_aggregate(['HOME'], 'getenv')",
        "SELECT x.getenv() FROM scratch.t",
        "SELECT * FROM query('SELECT getenv(''HOME'')')",
        "EXECUTE IMMEDIATE 'SELECT getenv(''HOME'')'",
    ],
)
def test_tricks_do_not_help(connection: xerosql.Connection, secret: Path, sql: str) -> None:
    """Comments, quotes, prefixes, method calls and text run as SQL are seen through, or are no SQL here."""
    refused(
        connection,
        sql.replace("{file}", str(secret)),
        *(xerosql.NotSupportedError, xerosql.ProgrammingError, xerosql.DataError),
    )


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "mysql", "tsql", "snowflake", "bigquery", "sqlite"])
def test_another_dialect_opens_no_door(dialect: str, secret: Path) -> None:
    """Whatever dialect a connection reads, the same functions and files are refused."""
    with xerosql.connect("demo", dialect=dialect) as connection:
        for sql in ("SELECT getenv('HOME')", f"SELECT * FROM read_csv('{secret}')", f"SELECT * FROM '{secret}'"):
            with pytest.raises((xerosql.NotSupportedError, xerosql.ProgrammingError)) as caught:
                connection.execute(sql).fetchall()
            assert "the-secret" not in str(caught.value)
