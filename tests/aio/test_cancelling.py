"""Cancelling the task that awaits a statement: no further call is sent, and what was sent gets its verdict."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

import pytest

import xerosql
from tests.aio.conftest import PATIENCE, Desk
from xerosql import aio
from xerosql.simulator import Fault

INSERT = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, ?, 1, 'TIME')"
#: Pages of tasks that the engine may read before the first row is there, and fewer than there are.
READ_AHEAD = 30


async def cancelled(task: asyncio.Task[Any]) -> asyncio.CancelledError:
    """The CancelledError of a cancelled task."""
    task.cancel()
    return await ended(task)


async def ended(task: asyncio.Task[Any]) -> asyncio.CancelledError:
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    return caught.value


def begun(statement: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    return asyncio.create_task(statement)


def notes(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])


def test_cancelling_a_read_sends_no_further_call(run: Any, desk: Desk) -> None:
    """The call on its way is the last one, and the task does not wait for its answer."""

    async def main() -> None:
        async with desk.connect() as connection:
            cursor = connection.cursor()
            desk.hold(part="/Tasks")
            reading = begun(cursor.execute("SELECT count(*) FROM Tasks"))
            await desk.arrival()
            error = await cancelled(reading)  # while the door is still shut
            assert notes(error) == []
            made = desk.sim.calls
            desk.open()
            await cursor.execute("SELECT 1")  # once what was under way is over
            assert desk.sim.calls == made < 10

    run(main())


def test_cancelling_a_fetch_ends_the_statement(run: Any, desk: Desk) -> None:
    """A later fetch says that it was cancelled; the cursor can execute again."""

    async def main() -> None:
        async with desk.connect() as connection:
            desk.hold(part="/Tasks", after=READ_AHEAD)
            cursor = await connection.execute("SELECT Name FROM Tasks")
            await cursor.fetchone()
            fetching = begun(cursor.fetchall())
            await desk.arrival()
            await cancelled(fetching)
            made = desk.sim.calls
            desk.open()
            with pytest.raises(xerosql.OperationalError, match="cancelled") as caught:
                await cursor.fetchone()
            assert caught.value.sqlstate == "57014"
            assert desk.sim.calls == made < 41
            assert await (await cursor.execute("SELECT 1")).fetchall() == [(1,)]

    run(main())


def test_cancelling_an_async_for_sends_no_further_call(run: Any, desk: Desk) -> None:
    """The task that iterates is cancelled while it waits for rows."""

    async def iterate(cursor: aio.AsyncCursor) -> None:
        async for _ in cursor:
            pass

    async def main() -> None:
        async with desk.connect() as connection:
            desk.hold(part="/Tasks", after=READ_AHEAD)
            cursor = await connection.execute("SELECT Name FROM Tasks")
            task = begun(iterate(cursor))
            await desk.arrival()
            await cancelled(task)
            made = desk.sim.calls
            desk.open()
            await cursor.close()
            await connection.execute("SELECT 1")
        assert desk.sim.calls == made < 41

    run(main())


def test_a_timeout_ends_a_read_that_xero_does_not_answer(run: Any, desk: Desk) -> None:
    """`asyncio.timeout` is on time, whatever the network's own time-out, and so is leaving the connection."""

    async def main() -> None:
        desk.hold()
        with pytest.raises(TimeoutError):
            await timed_out()
        assert desk.inside == 1
        assert desk.sim.calls == 1

    async def timed_out() -> None:
        async with asyncio.timeout(None) as limit, desk.connect() as connection, asyncio.TaskGroup() as group:
            group.create_task(end_after_arrival(limit))
            await connection.execute("SELECT Name FROM Projects")

    async def end_after_arrival(limit: asyncio.Timeout) -> None:
        await desk.arrival()
        limit.reschedule(0)

    run(main())


def test_cancelling_before_a_thread_has_begun_runs_nothing(run: Any, desk: Desk) -> None:
    """A statement that waits for its turn is dropped."""

    async def main() -> None:
        async with desk.connect() as connection:
            desk.hold()
            busy = [begun(connection.execute("SELECT Name FROM Projects")) for _ in range(20)]
            await desk.arrival()
            await cancelled(begun_after_a_turn := begun(connection.execute(INSERT, desk.new_rows(1)[0])))
            assert begun_after_a_turn.cancelled()
            desk.open()
            await asyncio.gather(*busy)
        assert desk.writes == []

    run(main())


def test_cancelling_while_the_statement_is_being_made_ends_it(
    run: Any, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also before there is a statement to cancel: loading the engine may take longer than the caller's patience."""
    from threading import Event

    from xerosql.execute import session

    making, go_on = Event(), Event()

    class Slow(session.Session):
        def __init__(self, *args: Any, **options: Any) -> None:
            making.set()
            assert go_on.wait(PATIENCE)
            super().__init__(*args, **options)

    monkeypatch.setattr(session, "Session", Slow)

    async def main() -> None:
        async with desk.connect() as connection:
            cursor = connection.cursor()
            writing = begun(cursor.execute(INSERT, desk.new_rows(1)[0]))
            assert await asyncio.to_thread(making.wait, PATIENCE)
            await cancelled(writing)
            go_on.set()
            await cursor.execute("SELECT 1")
        assert desk.writes == []

    run(main())


def test_a_write_that_was_on_its_way_is_noted_as_carried_out(
    run: Any, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """The cancellation waits for the answer; what it said is a note on the CancelledError and in the log."""
    note = "the statement had been carried out, 1 row"

    async def main() -> None:
        async with desk.connect() as connection:
            desk.hold("POST")
            writing = begun(connection.execute(INSERT, desk.new_rows(1)[0]))
            await desk.arrival()
            writing.cancel()
            await asyncio.sleep(0)
            assert not writing.done()
            desk.open()
            assert notes(await ended(writing)) == [note]

    with caplog.at_level(logging.WARNING, "xerosql.aio"):
        run(main())
    assert caplog.messages == [f"cancelled: {note}"]
    assert desk.names() == ["Row 1"]


def test_a_write_of_several_rows_stops_after_the_one_on_its_way(run: Any, desk: Desk) -> None:
    """The CancelledError's cause is the PartialWriteError that says which rows were written."""

    async def main() -> None:
        async with desk.connect() as connection:
            desk.hold("POST")
            writing = begun(connection.cursor().executemany(INSERT, desk.new_rows(3)))
            await desk.arrival()
            writing.cancel()
            await asyncio.sleep(0)
            desk.open()
            error = await ended(writing)
            assert isinstance(error.__cause__, xerosql.PartialWriteError)
            assert (len(error.__cause__.written), error.__cause__.not_sent) == (1, ("row 2", "row 3"))
            assert notes(error) == [str(error.__cause__)]

    run(main())
    assert desk.names() == ["Row 1"]


def test_a_timed_out_write_carries_its_verdict(run: Any, desk: Desk) -> None:
    """asyncio.timeout's TimeoutError leads to the CancelledError, and that to the verdict."""

    async def main() -> None:
        async with desk.connect() as connection:
            desk.hold("POST")
            with pytest.raises(TimeoutError) as caught:
                await timed_out(connection)
            assert caught.value.__cause__ is not None
            assert notes(caught.value.__cause__) == ["the statement had been carried out, 1 row"]

    async def timed_out(connection: aio.AsyncConnection) -> None:
        async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as group:
            group.create_task(open_after_arrival(limit))
            await connection.execute(INSERT, desk.new_rows(1)[0])

    async def open_after_arrival(limit: asyncio.Timeout) -> None:
        await desk.arrival()
        limit.reschedule(0)
        while not limit.expired():
            await asyncio.sleep(0)
        desk.open()

    run(main())


def test_a_write_whose_answer_is_lost_after_the_cancellation_is_unknown(run: Any, desk: Desk) -> None:
    """It is not sent again, and the note says that nobody knows whether it was applied."""
    desk.sim.add_fault(Fault("500", match="^POST", times=-1))

    async def main() -> None:
        async with desk.connect() as connection:
            desk.hold("POST")
            writing = begun(connection.execute(INSERT, desk.new_rows(1)[0]))
            await desk.arrival()
            writing.cancel()
            await asyncio.sleep(0)
            desk.open()
            error = await ended(writing)
            assert isinstance(error.__cause__, xerosql.UnknownOutcomeError)
            assert "whether Xero applied it is unknown" in notes(error)[0]

    run(main())
    assert desk.writes == ["POST"]


def test_a_second_cancellation_leaves_the_verdict_to_the_log(
    run: Any, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """Who cannot wait need not: the write ends on its thread, and the log says how."""

    async def main() -> None:
        async with desk.connect() as connection:
            cursor = connection.cursor()
            desk.hold("POST")
            writing = begun(cursor.execute(INSERT, desk.new_rows(1)[0]))
            await desk.arrival()
            writing.cancel()
            await asyncio.sleep(0)
            assert notes(await cancelled(writing)) == []
            assert caplog.messages == []
            desk.open()
            await cursor.execute("SELECT 1")

    with caplog.at_level(logging.WARNING, "xerosql.aio"):
        run(main())
    assert caplog.messages == ["cancelled: the statement had been carried out, 1 row"]


def test_cancelling_while_an_update_looks_for_its_rows_writes_nothing(run: Any, desk: Desk) -> None:
    """Its reads end as those of a SELECT do."""

    async def main() -> None:
        async with desk.connect() as connection:
            cursor = connection.cursor()
            desk.hold(part="/Tasks")
            updating = begun(cursor.execute("UPDATE Tasks SET EstimateMinutes = 5 WHERE Name <> ''"))
            await desk.arrival()
            assert notes(await cancelled(updating)) == []
            desk.open()
            await cursor.execute("SELECT 1")
        assert desk.writes == []

    run(main())


def test_cancel_from_another_task_is_an_error_to_the_one_that_awaits(run: Any, desk: Desk) -> None:
    """`cursor.cancel()` returns at once; the statement raises OperationalError 57014 and its task lives on."""

    async def main() -> None:
        async with desk.connect() as connection:
            cursor = connection.cursor()
            desk.hold(part="/Tasks")
            reading = begun(cursor.execute("SELECT count(*) FROM Tasks"))
            await desk.arrival()
            cursor.cancel()
            desk.open()
            with pytest.raises(xerosql.OperationalError, match="cancelled") as caught:
                await reading
            assert caught.value.sqlstate == "57014"

    run(main())


def test_closing_the_cursor_from_another_task_ends_its_statement(run: Any, desk: Desk) -> None:
    """The close does not wait for the answer to a read; who awaits the rows gets an error."""

    async def main() -> None:
        async with desk.connect() as connection:
            cursor = connection.cursor()
            desk.hold(part="/Tasks")
            reading = begun(cursor.execute("SELECT count(*) FROM Tasks"))
            await desk.arrival()
            await cursor.close()
            desk.open()
            with pytest.raises(xerosql.OperationalError, match="cancelled"):
                await reading
            with pytest.raises(xerosql.InterfaceError, match="the cursor is closed"):
                await cursor.fetchone()

    run(main())


def test_closing_the_cursor_waits_for_its_write(run: Any, desk: Desk) -> None:
    """What was sent is known when close() returns."""

    async def main() -> None:
        async with desk.connect() as connection:
            cursor = connection.cursor()
            desk.hold("POST")
            writing = begun(cursor.execute(INSERT, desk.new_rows(1)[0]))
            await desk.arrival()
            closing = begun(cursor.close())
            await asyncio.sleep(0)
            assert not closing.done()
            desk.open()
            await closing
            assert await writing is cursor

    run(main())
    assert desk.names() == ["Row 1"]


def test_a_commit_goes_on_to_its_end(run: Any, desk: Desk) -> None:
    """Cancelling the task that awaits one does not undo it."""

    async def main() -> None:
        async with desk.connect(autocommit=False) as connection:
            await connection.execute("CREATE TABLE scratch.t AS SELECT 1 AS n")
            committing = begun(connection.commit())
            await asyncio.sleep(0)
            committing.cancel()
            await asyncio.wait([committing])
            await connection.commit()
            assert await (await connection.execute("SELECT n FROM scratch.t")).fetchall() == [(1,)]

    run(main())


def test_tasks_that_the_loop_cancels_at_its_end_leave_nothing(desk: Desk) -> None:
    """asyncio.run cancels what is left when its coroutine returns; no call is sent after that."""

    async def main() -> None:
        connection = await desk.connect()
        desk.hold(part="/Tasks")
        task = begun(connection.execute("SELECT count(*) FROM Tasks"))
        await desk.arrival()
        assert not task.done()

    asyncio.run(main())
    made = desk.sim.calls
    desk.open()
    assert desk.sim.calls == made
