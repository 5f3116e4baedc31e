"""The engine's connections that serve one query after the other, and those that must not."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import duckdb
import pyarrow
import pytest

import xerosql
from xerosql.execute.cancel import Cancellation
from xerosql.execute.engine import SPARE, Engine
from xerosql.execute.result import LEFT, Result

MANY = "SELECT x FROM range(100000) AS t(x)"


class Pulled:
    """Rows from outside the engine."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return pyarrow.table({"x": [1]}).__arrow_c_stream__(requested_schema)

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


def begun(engine: Engine, sql: str, cancelled: Cancellation | None = None, *, arrow: bool = False) -> Result:
    return engine.query(sql, (), {}, in_transaction=False, cancelled=cancelled or Cancellation(), arrow=arrow)


def ended(result: Result) -> Result:
    """Closed as a statement closes it."""
    result.finish()
    result.close()
    return result


@pytest.mark.parametrize("arrow", [False, True])
def test_a_query_that_was_read_to_its_end_leaves_its_connection_to_the_next(engine: Engine, arrow: bool) -> None:
    """As tuples and as record batches; the next one has its own rows."""
    first = begun(engine, "SELECT 1 AS x", arrow=arrow)
    if arrow:
        while first.batch() is not None:
            pass
    else:
        first.fetch(None)
    second = begun(engine, "SELECT 2")
    assert second.connection is not first.connection
    ended(first)
    third = begun(engine, "SELECT 3")
    assert third.connection is first.connection
    assert (second.fetch(None), third.fetch(None)) == ([(2,)], [(3,)])


def test_one_that_was_left_in_the_middle_does_not(engine: Engine) -> None:
    """Its rows would go on."""
    first = begun(engine, MANY)
    assert len(first.fetch(5)) == 5
    ended(first)
    assert begun(engine, "SELECT 3").connection is not first.connection


def test_one_that_failed_does_not(engine: Engine) -> None:
    """Nor one that fails as it begins."""
    first = begun(engine, "SELECT CASE WHEN x = 90000 THEN error('bad') ELSE x END FROM range(100000) AS t(x)")
    with pytest.raises(xerosql.Error, match="bad"):
        first.fetch(None)
    ended(first)
    with pytest.raises(xerosql.Error):
        begun(engine, "SELECT y FROM range(3) AS t(x)")
    second = begun(engine, "SELECT 3")
    assert second.connection is not first.connection
    assert second.fetch(None) == [(3,)]


def test_cancelling_what_has_ended_does_not_end_the_next(engine: Engine) -> None:
    """A cancellation may come late, from another thread, and again."""
    late = Cancellation()
    first = begun(engine, "SELECT 1", late)
    first.fetch(None)
    ended(first)
    second = begun(engine, MANY)
    assert second.connection is first.connection
    rows = second.fetch(5)
    late.set()
    late.set()
    assert len(rows + second.fetch(None)) == 100_000


def test_what_is_dropped_after_its_end_closes_nobodys_connection(engine: Engine) -> None:
    """The garbage collector comes to it when the connection has another query."""
    first = begun(engine, "SELECT 1")
    first.fetch(None)
    connection = ended(first).connection
    second = begun(engine, MANY)
    assert second.connection is connection
    del first
    gc.collect()
    assert connection not in LEFT
    ended(begun(engine, "SELECT 1"))  # closes what was left
    assert len(second.fetch(None)) == 100_000


def is_open(result: Result) -> bool:
    try:
        result.connection.execute("SELECT 1")
    except duckdb.ConnectionException:
        return False
    return True


def test_so_many_are_kept_and_closed_with_the_engine() -> None:
    """More are closed at once; one that comes back to an engine that is closed is, too."""
    engine = Engine()
    results = [begun(engine, f"SELECT {number}") for number in range(SPARE + 2)]
    for each in results:
        each.fetch(None)
    *others, last = results
    for each in others:
        ended(each)
    assert [is_open(each) for each in others] == [True] * SPARE + [False]
    engine.close()
    ended(last)
    assert not any(map(is_open, results))


def test_tables_change_under_a_connection_that_waits(engine: Engine) -> None:
    """It holds no rows, no transaction and no table of the query before, and sees what is there now."""
    engine.change("CREATE TABLE scratch.t AS SELECT 1 AS x", (), {}, Cancellation())
    first = begun(engine, "SELECT x FROM scratch.t", arrow=True)
    while first.batch() is not None:
        pass
    ended(first)
    engine.change("ALTER TABLE scratch.t ADD COLUMN y int DEFAULT 7", (), {}, Cancellation())
    second = begun(engine, "SELECT * FROM scratch.t")
    assert second.connection is first.connection
    assert second.fetch(None) == [(1, 7)]
    ended(second)
    engine.change("DROP TABLE scratch.t", (), {}, Cancellation())
    engine.change("CREATE TABLE scratch.t (z text)", (), {}, Cancellation())
    assert begun(engine, "SELECT z FROM scratch.t").fetch(None) == []


def test_the_engine_runs_further_ahead_where_no_row_costs_a_call(engine: Engine) -> None:
    """Over what is pulled from elsewhere it has a kilobyte; a connection that waits is never one of those."""
    sql = "SELECT current_setting('streaming_buffer_size')"
    ended(begun(engine, sql))
    for _ in range(2):
        pulled = engine.query(sql, (), {"t": Pulled()}, in_transaction=False, cancelled=Cancellation())
        local = begun(engine, sql)
        assert (pulled.fetch(None), local.fetch(None)) == ([("1000 bytes",)], [("62.5 KiB",)])
        ended(pulled)
        ended(local)


def test_record_batches_are_of_so_many_rows(engine: Engine) -> None:
    """Of a table, and of rows that are made."""
    engine.change("CREATE TABLE scratch.long AS SELECT x FROM range(20000) AS t(x)", (), {}, Cancellation())
    for source in ("scratch.long", "range(20000)"):
        result = begun(engine, f"SELECT * FROM {source}", arrow=True)
        counts = []
        while (batch := result.batch()) is not None:
            counts.append(batch.num_rows)
        assert counts == [8192, 8192, 3616]


def test_a_statement_of_xeros_rows_keeps_its_connection_to_itself() -> None:
    """The rows that it reads are registered there."""
    with xerosql.connect("demo") as connection:
        spare = connection.session.engine._spare
        assert spare == []
        with connection.cursor() as cursor:
            cursor.execute("SELECT Name FROM Projects").fetchall()
        assert spare == []
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1").fetchall()
        assert len(spare) == 1
