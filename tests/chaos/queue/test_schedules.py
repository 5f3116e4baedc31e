"""Crash schedules of the write queue, on both stores: at most one document a task, and nothing lost."""

from __future__ import annotations

import os

import pytest

from tests.chaos.queue.invariants import check
from tests.chaos.queue.schedule import run

SEED = int(os.environ.get("XEROSQL_CHAOS_SEED", "1"))
COUNT = int(os.environ.get("XEROSQL_QUEUE_CHAOS_COUNT", "6"))


@pytest.mark.parametrize("seed", range(SEED, SEED + COUNT))
def test_whatever_happens_no_document_is_doubled_or_lost_in_a_file(
    seed: int, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes die, hang and start anew, the network and the disk fail, clocks jump, and others write meanwhile."""
    check(run(seed, sqlite_url, monkeypatch))


@pytest.mark.parametrize("seed", range(SEED, SEED + COUNT))
def test_whatever_happens_no_document_is_doubled_or_lost_in_postgresql(
    seed: int, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same on a server, with workers on two machines."""
    check(run(seed, postgresql_url, monkeypatch))
