"""The two stores of a queue: a fresh SQLite file and a fresh PostgreSQL database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.queue.kit import Books, Clock
from tests.queue.office import Office
from tests.queue.postgres import Postgres, UnavailableError, running
from xerosql.queue.store import Queue

STORES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; where there can be none, the test is skipped and says why."""
    try:
        with running() as server:
            yield server
    except UnavailableError as reason:
        pytest.skip(str(reason))


@pytest.fixture
def postgresql_url(postgres: Postgres) -> Iterator[str]:
    """A fresh database."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A file that is not there yet."""
    return f"sqlite:///{tmp_path / 'queue.sqlite'}"


@pytest.fixture(params=STORES)
def queue_url(request: pytest.FixtureRequest) -> str:
    """Each of the two stores, fresh."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def clock() -> Clock:
    """The time of the queue and of the clients in this test."""
    return Clock()


@pytest.fixture
def books(queue_url: str, clock: Clock) -> Iterator[Books]:
    """An empty queue, in each of the two stores."""
    queue = Queue(queue_url, who="ann", clock=clock)
    yield Books(queue, clock)
    queue.close()


@pytest.fixture
def file_books(sqlite_url: str, clock: Clock) -> Iterator[Books]:
    """An empty queue in a file, for what does not depend on the store."""
    queue = Queue(sqlite_url, who="ann", clock=clock)
    yield Books(queue, clock)
    queue.close()


@pytest.fixture
def office(file_books: Books) -> Office:
    """A queue in a file, and a simulated Xero."""
    return Office(file_books)
