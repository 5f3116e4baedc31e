"""A Xero whose answers can be held back, and the rule that no thread outlives its connection."""

from __future__ import annotations

import asyncio
import gc
import itertools
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from xerosql import aio
from xerosql.simulator import Simulator

#: Seconds after which a test gives up waiting for what should have happened.
PATIENCE = 20


class Desk:
    """The simulator behind a door: what matches `held` waits there until `open()`. Counts who is inside at once."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self.held: Callable[[str, str], bool] = lambda method, url: False
        self.arrived = threading.Semaphore(0)
        self.released = threading.Event()
        self.lock = threading.Lock()
        self.inside = self.most_inside = 0

    def handle(self, method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        with self.lock:
            self.inside += 1
            self.most_inside = max(self.inside, self.most_inside)
        try:
            answer = self.sim.handle(method, url, headers, body)
            if self.held(method, url):
                self.arrived.release()
                assert self.released.wait(PATIENCE), "nobody opened the door"
            return answer
        finally:
            with self.lock:
                self.inside -= 1

    def hold(self, method: str = "GET", part: str = "", *, after: int = 0) -> None:
        """Keep the answers to these requests back, but for the first ones. What they ask for has been done by then."""
        numbers = itertools.count()
        self.released.clear()
        self.held = lambda used, url: used == method and part in url and next(numbers) >= after

    def slow_down(self, seconds: float) -> None:
        """Let every answer take that long."""

        def held(method: str, url: str) -> bool:
            time.sleep(seconds)
            return False

        self.held = held

    def open(self) -> None:
        self.held = lambda method, url: False
        self.released.set()

    async def arrival(self) -> None:
        """Wait until one more request stands at the door, with the event loop free."""
        assert await asyncio.to_thread(self.arrived.acquire, timeout=PATIENCE)

    def connect(self, **options: object) -> aio.Connecting:
        defaults: dict[str, object] = {
            "access_token": "x",
            "tenant": self.sim.tenants[0][0],
            "calls_per_minute": 1_000_000,
            "max_in_flight": 1,  # so that a call at the door is the only one
        }
        return aio.connect(handler=self.handle, **(defaults | options))

    @property
    def writes(self) -> list[str]:
        return [each.method for each in self.sim.requests if each.method != "GET"]

    def names(self) -> list[str]:
        """Of the tasks that tests have written."""
        return [row["name"] for row in self.sim.rows(self.sim.tenants[0][0])["tasks"] if row["name"].startswith("Row ")]

    def new_rows(self, count: int) -> list[list[str]]:
        project = self.sim.rows(self.sim.tenants[0][0])["projects"][0]["projectId"]
        return [[project, f"Row {place}"] for place in range(1, count + 1)]


@pytest.fixture
def desk() -> Iterator[Desk]:
    """40 projects with 100 tasks each: 41 calls for all of the tasks."""
    desk = Desk(Simulator(limits=False, projects=40, tasks_per_project=100, time_per_task=0))
    yield desk
    desk.open()


@pytest.fixture
def run() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a test's coroutine in a loop of its own. asyncio's complaints are errors, as they are everywhere here."""

    def in_a_loop(main: Coroutine[Any, Any, Any]) -> Any:
        complaints: list[dict[str, Any]] = []

        async def watched() -> Any:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
            return await asyncio.wait_for(main, PATIENCE * 2)

        result = asyncio.run(watched())
        gc.collect()
        assert complaints == []
        return result

    return in_a_loop


def own_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("xerosql")]


@pytest.fixture(autouse=True)
def no_thread_is_left(desk: Desk) -> Iterator[None]:
    """Whatever a test did, the threads of its connections end."""
    yield
    desk.open()
    gc.collect()
    for each in own_threads():
        each.join(PATIENCE)
    assert own_threads() == []
