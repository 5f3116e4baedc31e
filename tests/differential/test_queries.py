"""Hand-written analyst queries, one test for each entry of the files in `queries/`."""

from __future__ import annotations

from collections import Counter

import pytest

from xerosql.errors import NotSupportedError

from .library import Entry, entries
from .world import World, names_of

ENTRIES = entries()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_every_way_gives_the_same_rows(demo: World, entry: Entry) -> None:
    """Pushdown on, pushdown off and plain DuckDB agree, within the calls the entry allows."""
    question = entry.question(names_of(demo))
    difference = demo.difference(question)
    assert not difference, difference
    if entry.calls is not None:
        assert demo.through(demo.on, "pushdown on", question).calls <= entry.calls


def test_query_names_are_unique() -> None:
    """A test id names one query."""
    twice = [name for name, count in Counter(entry.id for entry in ENTRIES).items() if count > 1]
    assert not twice


def test_organisations_by_a_subquery_are_refused_not_guessed(demo: World) -> None:
    """Which organisations to ask must be known before asking, so a query for them is an error."""
    with pytest.raises(NotSupportedError, match="TenantId"):
        demo.on.execute("SELECT Name FROM Projects WHERE TenantId IN (SELECT TenantId FROM Tenants)")
