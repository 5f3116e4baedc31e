"""The stores of the schedules: a file on a disk in memory, and a fresh database of a PostgreSQL server."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.queue.conftest import postgres, postgresql_url

pytest.register_assert_rewrite("tests.chaos.queue.invariants")

__all__ = ["postgres", "postgresql_url", "sqlite_url"]

#: Each file is synced many times, which proves nothing in a test that kills no machine: a disk in memory will do.
MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of its own in it


@pytest.fixture
def sqlite_url() -> Iterator[str]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as directory:
        yield f"sqlite:///{directory}/queue.sqlite"
