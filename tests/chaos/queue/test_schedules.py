"""Crash schedules of the write queue, on both stores: at most one document a task, and nothing lost."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.queue.invariants import check
from tests.chaos.queue.schedule import run

SEED = int(os.environ.get("XEROSQL_CHAOS_SEED", "1"))
COUNT = int(os.environ.get("XEROSQL_QUEUE_CHAOS_COUNT", "20"))
#: Every file of the campaign is synced many times, which says nothing in a test: a disk in memory will do.
MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of its own in it


@pytest.fixture
def sqlite_url() -> Iterator[str]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as directory:
        yield f"sqlite:///{directory}/queue.sqlite"


@pytest.mark.parametrize("seed", range(SEED, SEED + COUNT))
def test_whatever_happens_no_document_is_doubled_or_lost_in_a_file(
    seed: int, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes die, hang and start anew, the network and the disk fail, clocks jump, and others write meanwhile."""
    check(run(seed, sqlite_url, monkeypatch))
