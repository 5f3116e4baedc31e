"""Statements with `await` do what they do without it."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import xerosql
from tests.aio.conftest import PATIENCE, Desk
from xerosql import aio
from xerosql.connection import demo_simulator

QUERY = "SELECT Name, Status, TotalInvoicedValue FROM Projects ORDER BY Name"
INSERT = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, ?, 1, 'TIME')"


@pytest.fixture(autouse=True)
def fresh_demo() -> Iterator[None]:
    demo_simulator.cache_clear()
    yield
    demo_simulator.cache_clear()


def test_rows_and_what_a_cursor_says_of_them_are_those_of_the_sync_cursor(run: Any) -> None:
    """Description, rows in every way of fetching, counts and stats."""
    with xerosql.connect("demo") as connection:
        theirs = connection.execute(QUERY)
        rows = theirs.fetchall()

    async def main() -> None:
        async with aio.connect("demo") as connection, connection.cursor() as cursor:
            assert cursor.description is None
            assert cursor.stats is None
            assert await cursor.execute(QUERY) is cursor
            assert cursor.connection is connection
            assert cursor.description == theirs.description
            assert (cursor.rowcount, cursor.rownumber) == (-1, 0)
            cursor.arraysize = 3
            assert [await cursor.fetchone(), *await cursor.fetchmany(2), *await cursor.fetchmany()] == rows[:6]
            assert cursor.rownumber == 6
            assert await cursor.fetchall() == rows[6:]
            assert await cursor.fetchone() is None
            assert cursor.rowcount == len(rows)
            assert cursor.stats is not None
            assert cursor.stats.api_calls == 1

    run(main())


def test_async_for_gives_every_row_once(run: Any, desk: Desk) -> None:
    """Over as many pages as there are."""

    async def main() -> None:
        async with desk.connect() as connection:
            cursor = await connection.execute("SELECT Id FROM Tasks")
            found = [key async for (key,) in cursor]
            assert len(found) == len(set(found)) == 4000
            assert cursor.rowcount == 4000

    run(main())


def test_leaving_an_async_for_early_saves_the_calls_to_come(run: Any, desk: Desk) -> None:
    """No further call is sent, nor does the engine read ahead any more; a later fetch says why it has no rows."""

    async def main() -> None:
        async with desk.connect() as connection:
            desk.slow_down(0.05)  # else all may have been read ahead before anybody leaves
            cursor = await connection.execute("SELECT Id FROM Tasks")
            async for _ in cursor:
                break
            await asyncio.sleep(0)  # the loop closes the iterator
            with pytest.raises(xerosql.OperationalError, match="cancelled"):
                await cursor.fetchall()
            await cursor.close()
            made = desk.sim.calls
            await connection.execute("SELECT 1")
            assert desk.sim.calls == made < 41

    run(main())


def test_a_loop_left_early_does_not_end_the_cursors_next_statement(run: Any, desk: Desk) -> None:
    """The iterator may be closed only after that has begun."""

    async def main() -> None:
        async with desk.connect() as connection:
            cursor = await connection.execute("SELECT Id FROM Tasks")
            rows = aiter(cursor)
            await anext(rows)
            await cursor.execute("SELECT 1")
            del rows
            await asyncio.sleep(0)
            assert await cursor.fetchall() == [(1,)]

    run(main())


def test_results_come_as_arrow_and_as_data_frames(run: Any) -> None:
    """Through the libraries that the sync cursor uses, which are imported on the thread."""

    async def main() -> None:
        async with aio.connect("demo") as connection:
            table = await (await connection.execute(QUERY)).fetch_arrow_table()
            frame = await (await connection.execute(QUERY)).fetch_df()
            polars = await (await connection.execute(QUERY)).fetch_polars()
            assert table.num_rows == len(frame) == polars.height == 48
            assert str(table.schema.field("TotalInvoicedValue").type) == "decimal128(18, 4)"

    run(main())


def test_writes_tell_their_count_and_id(run: Any, desk: Desk) -> None:
    """Execute and executemany, with RETURNING and without."""

    async def main() -> None:
        async with desk.connect() as connection:
            one, *more = desk.new_rows(3)
            cursor = await connection.execute(f"{INSERT} RETURNING Id", one)
            assert await cursor.fetchone() == (cursor.lastrowid,)
            assert await cursor.executemany(INSERT, iter(more)) is cursor
            assert cursor.rowcount == 2
            assert desk.names() == ["Row 1", "Row 2", "Row 3"]
            await cursor.execute("DELETE FROM Tasks WHERE Name LIKE 'Row %'")
            assert cursor.rowcount == 3

    run(main())


@pytest.mark.parametrize(
    ("sql", "parameters"),
    [
        ("SELEC 1", None),
        ("SELECT Nme FROM Projects", None),
        ("SELECT ?", []),
        ("SELECT CAST('x' AS integer)", None),
        ("UPDATE Tasks SET ChargeType = 'HOURLY' WHERE Id = ?", ["a"]),
        ("SELECT * FROM Tasks WHERE ProjectId = 'x'", None),
        (1, None),
    ],
)
def test_errors_are_those_of_the_sync_cursor(run: Any, sql: Any, parameters: Any) -> None:
    """The same class, message and SQLSTATE, whether they come with the execute or with the fetch."""
    with xerosql.connect("demo") as connection, pytest.raises(xerosql.Error) as theirs:
        connection.execute(sql, parameters).fetchall()

    async def main() -> None:
        async with aio.connect("demo") as connection:
            with pytest.raises(xerosql.Error) as ours:
                await (await connection.execute(sql, parameters)).fetchall()
            assert type(ours.value) is type(theirs.value)
            assert (str(ours.value), ours.value.sqlstate) == (str(theirs.value), theirs.value.sqlstate)
            assert await (await connection.execute("SELECT 1")).fetchone() == (1,)

    run(main())


def test_using_a_closed_cursor_and_fetching_nothing_are_refused_as_elsewhere(run: Any, desk: Desk) -> None:
    """InterfaceError, with the sync cursor's sentences."""

    async def main() -> None:
        async with desk.connect() as connection:
            cursor = connection.cursor()
            with pytest.raises(xerosql.InterfaceError, match="there are no rows to fetch"):
                await cursor.fetchone()
            await cursor.close()
            await cursor.close()
            with pytest.raises(xerosql.InterfaceError, match="the cursor is closed"):
                await cursor.execute("SELECT 1")

    run(main())


def test_what_pep_249_names_and_xero_has_nothing_for(run: Any, desk: Desk) -> None:
    """Refused, or without effect, as on the sync cursor."""

    async def main() -> None:
        async with desk.connect() as connection:
            cursor = connection.cursor()
            await cursor.setinputsizes([1])
            await cursor.setoutputsize(1)
            with pytest.raises(connection.ProgrammingError):
                await cursor.callproc("p")
            with pytest.raises(connection.NotSupportedError):
                await cursor.nextset()

    run(main())


def test_transactions_of_the_scratch_schema(run: Any, desk: Desk) -> None:
    """Commit keeps, rollback undoes; setting autocommit commits what is open."""

    async def main() -> None:
        async with desk.connect(autocommit=False) as connection:
            assert connection.autocommit is connection.settings.autocommit is False
            await connection.execute("CREATE TABLE scratch.t (n integer)")
            await connection.commit()
            for n, end in ((1, connection.rollback), (2, connection.commit)):
                await connection.execute("INSERT INTO scratch.t VALUES (?)", [n])
                await end()
            await connection.execute("INSERT INTO scratch.t VALUES (3)")
            await connection.set_autocommit(True)
            assert connection.autocommit is True
            cursor = await connection.execute("SELECT n FROM scratch.t ORDER BY n")
            assert await cursor.fetchall() == [(2,), (3,)]

    run(main())


def test_the_event_loop_is_free_while_a_statement_waits(run: Any, desk: Desk) -> None:
    """Xero's answer is given by another task of the same loop: a loop that waited for it would wait for ever."""

    async def main() -> None:
        async with desk.connect() as connection:
            desk.hold()
            reading = asyncio.create_task(connection.execute("SELECT count(*) FROM Projects"))
            await desk.arrival()
            desk.open()
            assert await (await reading).fetchone() == (40,)

    run(main())


def test_a_statement_runs_in_the_context_of_its_task(run: Any, desk: Desk) -> None:
    """A log filter below sees the task's context variables, as under asyncio.to_thread."""
    request: contextvars.ContextVar[str] = contextvars.ContextVar("request", default="none")
    seen: list[tuple[str, bool]] = []

    def handle(*args: Any) -> Any:
        seen.append((request.get(), threading.current_thread() is threading.main_thread()))
        return desk.handle(*args)

    async def main() -> None:
        request.set("mine")
        async with aio.connect(handler=handle, access_token="x", tenant=desk.sim.tenants[0][0]) as connection:
            await (await connection.execute("SELECT Name FROM Projects LIMIT 1")).fetchall()

    run(main())
    assert seen[0] == ("mine", False)


def test_loops_one_after_the_other_may_share_a_connection(desk: Desk) -> None:
    """Nothing in it belongs to the loop that made it."""
    connection = asyncio.run(opened(desk))
    assert asyncio.run(count(connection)) == 40
    asyncio.run(connection.close())


async def opened(desk: Desk) -> aio.AsyncConnection:
    return await desk.connect()


async def count(connection: aio.AsyncConnection) -> Any:
    cursor = await connection.execute("SELECT count(*) FROM Projects")
    async with asyncio.timeout(PATIENCE):
        row = await cursor.fetchone()
    assert row is not None
    return row[0]
