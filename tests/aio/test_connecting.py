"""Connecting with `await` and with `async with`, and the end of a connection."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import pytest

import xerosql
from tests.aio.conftest import Desk, own_threads
from xerosql import aio


def test_connect_can_be_awaited(run: Any) -> None:
    """`await connect()` gives a connection that works until it is closed."""

    async def main() -> None:
        connection = await aio.connect("demo")
        cursor = await connection.execute("SELECT count(*) FROM Projects")
        assert await cursor.fetchone() == (48,)
        await connection.close()
        with pytest.raises(xerosql.InterfaceError, match="the connection is closed"):
            connection.cursor()

    run(main())


def test_connect_can_be_entered(run: Any) -> None:
    """`async with connect()` closes what it connected, and its threads are gone by then."""

    async def main() -> None:
        async with aio.connect("demo") as connection:
            assert isinstance(connection, aio.AsyncConnection)
            await connection.execute("SELECT 1")
            assert own_threads()
        assert own_threads() == []
        with pytest.raises(xerosql.InterfaceError, match="the connection is closed"):
            await connection.execute("SELECT 1")

    run(main())


def test_an_awaited_connection_can_be_entered_too(run: Any, desk: Desk) -> None:
    """As `async with await connect()`; leaving it closes it."""

    async def main() -> None:
        async with await desk.connect() as connection:
            await connection.execute("SELECT 1")
        with pytest.raises(xerosql.InterfaceError, match="closed"):
            async with connection:
                pass

    run(main())


def test_what_is_wrong_with_the_options_is_raised_by_the_await(run: Any) -> None:
    """The sync connect's own error, and no thread is left."""

    async def main() -> None:
        with pytest.raises(xerosql.InterfaceError, match="no_such_profile"):
            await aio.connect("no_such_profile")
        with pytest.raises(xerosql.InterfaceError, match="colour"):
            async with aio.connect("demo", colour="red"):
                pass
        assert own_threads() == []

    run(main())


def test_a_connect_that_nobody_awaits_warns_of_nothing() -> None:
    """Nothing has been begun, so nothing is left behind."""
    aio.connect("demo")
    gc.collect()
    assert own_threads() == []


def test_connecting_happens_on_a_thread(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the profile and founding the demo keep the event loop free."""
    threads: list[threading.Thread] = []

    def connect(*args: object, **options: Any) -> xerosql.Connection:
        threads.append(threading.current_thread())
        return xerosql.connect("demo")

    monkeypatch.setattr("xerosql.aio.connection.sync.connect", connect)

    async def main() -> None:
        async with aio.connect():
            pass

    run(main())
    assert threads[0] is not threading.main_thread()


def test_closing_twice_does_nothing_the_second_time(run: Any, desk: Desk) -> None:
    """A second close() is harmless, also inside `async with`."""

    async def main() -> None:
        async with desk.connect() as connection:
            await connection.close()
            await connection.close()

    run(main())


def test_an_exception_passes_and_undoes_the_open_transaction(run: Any, desk: Desk) -> None:
    """`async with` lets it through, after rolling the scratch schema back and closing."""

    async def main() -> None:
        with pytest.raises(KeyError):
            await failing()
        assert own_threads() == []

    async def failing() -> None:
        async with desk.connect(autocommit=False) as connection:
            await connection.execute("CREATE TABLE scratch.t (n integer)")
            raise KeyError

    run(main())


def test_a_connection_that_nobody_closes_leaves_no_thread(run: Any, desk: Desk) -> None:
    """Once the last reference is gone its threads end, and nothing complains."""

    async def main() -> None:
        connection = await desk.connect()
        cursor = await connection.execute("SELECT Name FROM Tasks")
        assert await cursor.fetchone()
        assert own_threads()

    run(main())  # and the fixture waits for the threads to end


def test_closing_the_connection_ends_the_statements_of_other_tasks(run: Any, desk: Desk) -> None:
    """Whoever awaits one gets an error, not a cancellation; no further call is sent."""

    async def main() -> None:
        connection = await desk.connect()
        desk.hold(part="/Tasks")
        cursor = connection.cursor()
        reading = asyncio.create_task(cursor.execute("SELECT count(*) FROM Tasks"))
        await desk.arrival()
        await connection.close()
        made = desk.sim.calls
        desk.open()
        with pytest.raises(xerosql.OperationalError, match="cancelled"):
            await reading
        assert desk.sim.calls == made
        await cursor.close()

    run(main())


def test_closing_the_connection_waits_for_a_write_that_is_on_its_way(run: Any, desk: Desk) -> None:
    """What was sent gets its verdict: the task that awaits it learns what was written and what was not."""

    async def main() -> None:
        connection = await desk.connect()
        desk.hold("POST")
        sql = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, ?, 1, 'TIME')"
        writing = asyncio.create_task(connection.cursor().executemany(sql, desk.new_rows(3)))
        await desk.arrival()
        closing = asyncio.create_task(connection.close())
        await asyncio.sleep(0)
        assert not closing.done()
        desk.open()
        await closing
        with pytest.raises(xerosql.PartialWriteError) as caught:
            await writing
        assert (len(caught.value.written), len(caught.value.not_sent)) == (1, 2)
        assert desk.names() == ["Row 1"]

    run(main())


def test_statements_that_had_not_begun_when_the_connection_closed_say_so(run: Any, desk: Desk) -> None:
    """Those that waited for a thread get an InterfaceError, whether they read or write, and never ran."""

    async def main() -> None:
        connection = await desk.connect()
        desk.hold()
        tasks = [asyncio.create_task(connection.execute("SELECT Name FROM Projects")) for _ in range(30)]
        await desk.arrival()
        await connection.close()
        desk.open()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(each) for each in outcomes} == {xerosql.InterfaceError, xerosql.OperationalError}
        assert "the connection was closed before this could run" in {str(each) for each in outcomes}
        assert desk.sim.calls <= 5

    run(main())


def test_the_repr_shows_whether_it_is_open(run: Any, desk: Desk) -> None:
    """As that of the connection inside does, and no secret."""

    async def main() -> None:
        async with desk.connect(access_token="secret-token") as connection:
            assert "AsyncConnection" in repr(connection)
            assert "secret-token" not in repr(connection)
        assert "(closed)" in repr(connection)

    run(main())
