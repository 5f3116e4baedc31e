"""Several tasks on one connection, each with a cursor of its own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import xerosql
from tests.aio.conftest import Desk


def test_fifty_tasks_run_side_by_side_up_to_xeros_five(run: Any, desk: Desk) -> None:
    """Five calls stand at Xero's door at once and no sixth does; every task gets its own answer."""

    async def main() -> None:
        async with desk.connect(max_in_flight=5) as connection:
            ids = [str(row["projectId"]) for row in desk.sim.rows(desk.sim.tenants[0][0])["projects"]]

            async def ask(place: int) -> int:
                project = ids[place % len(ids)]
                cursor = await connection.execute(
                    "SELECT DISTINCT ProjectId, ? FROM Tasks WHERE ProjectId = ?", [place, project]
                )
                assert await cursor.fetchall() == [(project, place)]
                return place

            desk.hold(part="/Tasks")
            tasks = [asyncio.create_task(ask(place)) for place in range(50)]
            for _ in range(5):
                await desk.arrival()
            assert desk.inside == 5
            desk.open()
            assert await asyncio.gather(*tasks) == list(range(50))
        assert desk.most_inside == 5
        assert desk.sim.calls == 50

    run(main())


def test_a_local_statement_does_not_wait_for_those_that_ask_xero(run: Any, desk: Desk) -> None:
    """Ten tasks wait for Xero; the engine answers an eleventh."""

    async def main() -> None:
        async with desk.connect(max_in_flight=5) as connection:
            desk.hold()
            waiting = [asyncio.create_task(connection.execute("SELECT Name FROM Projects")) for _ in range(10)]
            await desk.arrival()
            assert await (await connection.execute("SELECT 1")).fetchone() == (1,)
            desk.open()
            await asyncio.gather(*waiting)

    run(main())


def test_cancelling_one_task_leaves_the_others_alone(run: Any, desk: Desk) -> None:
    """Statements share a connection, not their fate."""

    async def main() -> None:
        async with desk.connect(max_in_flight=5) as connection:
            desk.hold(part="/Tasks")
            tasks = [asyncio.create_task(connection.execute("SELECT count(*) FROM Tasks")) for _ in range(3)]
            await desk.arrival()
            tasks[1].cancel()
            await asyncio.wait([tasks[1]])
            desk.open()
            for each in (tasks[0], tasks[2]):
                assert await (await each).fetchone() == (4000,)

    run(main())


def test_tasks_write_at_once_to_xero_and_to_scratch(run: Any, desk: Desk) -> None:
    """Every row arrives once."""

    async def main() -> None:
        async with desk.connect(max_in_flight=5) as connection:
            await connection.execute("CREATE TABLE scratch.log (n integer)")

            async def write(n: int) -> None:
                sql = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, ?, 1, 'TIME')"
                await connection.execute(sql, desk.new_rows(12)[n])
                await connection.execute("INSERT INTO scratch.log VALUES (?)", [n])

            async with asyncio.TaskGroup() as group:
                for n in range(12):
                    group.create_task(write(n))
            cursor = await connection.execute("SELECT count(DISTINCT n), count(*) FROM scratch.log")
            assert await cursor.fetchone() == (12, 12)

    run(main())
    assert sorted(desk.names()) == sorted(f"Row {place}" for place in range(1, 13))


def test_two_tasks_on_one_cursor_are_told_to_take_one_each(run: Any, desk: Desk) -> None:
    """The second gets an InterfaceError instead of the first one's rows; the first goes on."""

    async def main() -> None:
        async with desk.connect(max_in_flight=5) as connection:
            cursor = connection.cursor()
            desk.hold()
            first = asyncio.create_task(cursor.execute("SELECT count(*) FROM Projects"))
            await desk.arrival()
            with pytest.raises(xerosql.InterfaceError, match="give each task a cursor of its own"):
                await cursor.execute("SELECT 1")
            desk.open()
            assert await (await first).fetchone() == (40,)

    run(main())
