"""A query that Superset says was stopped is stopped, wherever that was said."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from weakref import ref

import pytest

from xerosql.superset.stopping import Watch

EVERY = 0.01
SECONDS = 10.0


class Query:
    """A cursor that notes when it is cancelled, and the status that Superset keeps of its query."""

    def __init__(self) -> None:
        self.status = "running"
        self.looks = 0
        self.cancelled = threading.Event()

    def cancel(self) -> None:
        self.cancelled.set()


def until(said: Callable[[], bool]) -> None:
    ends = time.monotonic() + SECONDS
    while not said():
        assert time.monotonic() < ends
        time.sleep(EVERY)


def watching() -> int:
    return sum(each.name == "xerosql-superset-stop" for each in threading.enumerate())


def begin(watch: Watch, query: Query, status: Callable[[], str | None] | None = None) -> None:
    def look() -> str | None:
        query.looks += 1
        return query.status

    watch.begin(query, status or look)  # type: ignore[arg-type]  # all that it needs of a cursor


def test_a_stopped_query_is_cancelled() -> None:
    query = Query()
    begin(Watch(EVERY), query)
    until(lambda: query.looks > 2)
    assert not query.cancelled.is_set()
    query.status = "stopped"
    assert query.cancelled.wait(SECONDS)
    until(lambda: not watching())


@pytest.mark.parametrize("status", ["success", "failed", "timed_out"])
def test_a_query_that_has_ended_is_left_alone(status: str) -> None:
    query = Query()
    query.status = status
    begin(Watch(EVERY), query)
    until(lambda: query.looks > 0 and not watching())
    assert not query.cancelled.is_set()


def test_the_second_statement_of_a_query_needs_no_second_look() -> None:
    watch, query = Watch(EVERY), Query()
    begin(watch, query)
    begin(watch, query)
    assert watching() == 1
    query.status = "success"
    until(lambda: not watching())
    query.status = "running"
    begin(watch, query)  # another query on the same cursor
    assert watching() == 1
    query.status = "stopped"
    assert query.cancelled.wait(SECONDS)
    until(lambda: not watching())


def test_a_database_that_is_busy_is_asked_again() -> None:
    query, looks = Query(), []

    def status() -> str:
        looks.append(1)
        if len(looks) < 3:
            raise OSError("the database is locked")
        return "stopped"

    begin(Watch(EVERY), query, status)
    assert query.cancelled.wait(SECONDS)
    until(lambda: not watching())


def test_a_cursor_that_nobody_holds_is_not_watched() -> None:
    query = Query()
    gone = ref(query)
    Watch(EVERY).begin(query, lambda: "running")  # type: ignore[arg-type]  # see above
    del query
    until(lambda: (gc.collect(), gone() is None)[1])
    until(lambda: not watching())
