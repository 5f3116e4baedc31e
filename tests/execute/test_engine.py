"""The engine below the planner: DuckDB itself refuses files, extensions, settings and Python variables."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas
import pytest

import xerosql
from xerosql.execute.cancel import Cancellation
from xerosql.execute.database import LOCK, SETTINGS, locked
from xerosql.execute.engine import Engine
from xerosql.execute.engine_errors import translated


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that no statement may read."""
    path = tmp_path_factory.mktemp("machine") / "secret.csv"
    path.write_text("x\nthe-secret\n")
    return path


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM '{file}'",
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO '{file}.out'",
        "ATTACH '{file}.db' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "LOAD icu_from_elsewhere",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET threads = 1",
        "SET allowed_directories = ['/']",
        "RESET lock_configuration",
        "PRAGMA enable_profiling",
        "PRAGMA threads = 1",
        "EXPORT DATABASE '{file}.d'",
        "COPY (SELECT 1) TO '.tmp/rows'",
        "COPY (SELECT 1) TO ':memory:'",
        "SELECT * FROM read_text(':memory:')",
        "CALL enable_logging()",
        "CALL add_grammar_extension('x')",
        "CALL duckdb_secrets('x')",
        "CREATE PERSISTENT SECRET s (TYPE S3)",
        "SELECT * FROM a_python_frame",
        "SELECT * FROM 'https://example.com/x.parquet'",
    ],
)
def test_duckdb_itself_refuses_even_if_the_planner_did_not(secret: Path, sql: str) -> None:
    """Below the planner the engine is locked too: files, extensions, settings and variables raise a PEP 249 error."""
    a_python_frame = [1]
    engine = Engine()
    with pytest.raises(xerosql.Error) as caught:
        engine.query(sql.format(file=secret), (), {}, in_transaction=False, cancelled=Cancellation()).fetch(None)
    assert "the-secret" not in str(caught.value)
    assert [path.name for path in secret.parent.iterdir()] == ["secret.csv"]
    assert a_python_frame == [1]
    engine.close()


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


def asked(engine: Engine, sql: str) -> list[tuple[object, ...]]:
    return engine.query(sql, (), {}, in_transaction=False, cancelled=Cancellation()).fetch(None)


def test_a_frame_in_a_python_variable_is_no_table_of_any_connection(engine: Engine) -> None:
    """Neither of the engine's own connection nor of those that reads get."""
    a_frame = pandas.DataFrame({"x": ["the-secret"]})
    for run in (lambda sql: asked(engine, sql), lambda sql: engine.change(sql, (), {}, Cancellation())):
        with pytest.raises(xerosql.ProgrammingError, match="a_frame does not exist"):
            run("SELECT * FROM a_frame")
    assert len(a_frame) == 1


def test_no_file_and_no_directory_is_left_open_to_the_engine(engine: Engine) -> None:
    """Not even one for rows that outgrow the memory: they would be somebody's books on a disk nobody thought of."""
    sql = "SELECT current_setting('allowed_paths'), current_setting('allowed_directories'), " + (
        "current_setting('temp_directory'), current_setting('enable_external_access')"
    )
    assert asked(engine, sql) == [([], [], "", False)]


def test_rows_that_outgrow_the_memory_are_an_error_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OperationalError 53200 says what to do."""
    monkeypatch.chdir(tmp_path)
    with locked() as free:
        assert free.execute("SELECT current_setting('lock_configuration')").fetchall() == [(True,)]
    with duckdb.connect(":memory:") as small:
        for setting in (*SETTINGS, "SET memory_limit = '40MB'", "SET threads = 1", LOCK):
            small.execute(setting)
        with pytest.raises(duckdb.OutOfMemoryException) as caught:
            small.execute("SELECT i, md5(CAST(i AS VARCHAR)) AS h FROM range(3000000) AS t(i) ORDER BY h").fetchall()
    error = translated(caught.value)
    assert (type(error), error.sqlstate) == (xerosql.OperationalError, "53200")
    assert "narrow its WHERE" in str(error)
    assert list(tmp_path.iterdir()) == []


def test_every_setting_is_locked_but_the_one_that_reads_need(engine: Engine) -> None:
    """Each setting of the installed DuckDB, set to the value that it has, in the session and for all."""
    names = [name for (name,) in asked(engine, "SELECT name FROM duckdb_settings()")]
    assert len(names) > 100
    open_ones = set()
    for name in names:
        for scope in ("SESSION", "GLOBAL"):
            try:
                asked(engine, f"SET {scope} {name} = DEFAULT")
                open_ones.add(name)
            except xerosql.Error as error:
                assert "locked" in str(error) or "cannot be reset" in str(error), str(error)  # noqa: PT017 - each of them
    read_ahead = {"streaming_buffer_size", "max_streaming_buffer_size"}  # two names of one
    meaning_of_bare_names = {
        "schema",
        "search_path",
    }  # DuckDB never locks these two; the planner's SQL has no bare names
    assert open_ones <= read_ahead | meaning_of_bare_names


@pytest.mark.skipif(os.name != "posix", reason="TZ moves the zone of a process on POSIX only")
def test_times_are_utc_wherever_the_machine_is() -> None:
    """In queries as in statements on the scratch schema."""
    program = """if True:
        import xerosql
        connection = xerosql.connect("demo")
        moment = "SELECT CAST(TIMESTAMPTZ '2026-01-01 00:00:00+00' AS text) AS x"
        connection.execute("CREATE TABLE scratch.t AS " + moment)
        print(connection.execute(moment + " UNION ALL SELECT x FROM scratch.t").fetchall())
    """
    there = {**os.environ, "TZ": "America/New_York"}
    done = subprocess.run([sys.executable, "-c", program], env=there, capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    assert done.stdout.strip() == "[('2026-01-01 00:00:00+00',), ('2026-01-01 00:00:00+00',)]"


def test_what_a_library_closes_at_the_very_end_has_been_closed_without_a_word() -> None:
    """A notebook's extension was imported before us, so its exit handler runs after ours."""
    program = """if True:
        import atexit

        def late():
            cursor.close()
            connection.rollback()
            connection.close()
            print("closed")

        atexit.register(late)
        import xerosql
        connection = xerosql.connect("demo")
        cursor = connection.execute("SELECT * FROM Tasks")
        cursor.fetchone()
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    assert (done.stdout, done.stderr) == ("closed\n", "")
