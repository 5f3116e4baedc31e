"""Analysts' queries cost the fewest calls that any client could make, and EXPLAIN knows it: `benchmarks/corpus/`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from benchmarks.corpus import Entry, entries
from benchmarks.corpus.asking import ask
from benchmarks.corpus.model import DEMO
from benchmarks.corpus.worlds import World

ENTRIES = entries()


@pytest.fixture(scope="module")
def asked() -> Iterator[World]:
    world = World(DEMO)
    yield world
    world.close()


@pytest.mark.parametrize("entry", [each for each in ENTRIES if DEMO in each.worlds], ids=lambda entry: entry.name)
def test_a_query_costs_the_fewest_calls(asked: World, entry: Entry) -> None:
    """The rows are plain DuckDB's, the calls the fewest, and once the query has run EXPLAIN expects just these."""
    assert ask(entry, asked).faults == []


def test_query_names_are_unique() -> None:
    """A line of the table and `--only` name one query."""
    twice = [name for name, count in Counter(entry.name for entry in ENTRIES).items() if count > 1]
    assert not twice


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    """At least 64 queries, those written in several ways counted once."""
    assert len({entry.title for entry in ENTRIES}) >= 64
