"""The columns that a result is said to be of: those that a real PostgreSQL names."""

from __future__ import annotations

import psycopg
import pytest

from tests.clients.conftest import Pair
from tests.server.test_origins import QUERIES, origins


@pytest.mark.parametrize("sql", QUERIES)
def test_a_column_is_of_the_same_table(pair: Pair, sql: str) -> None:
    """A real PostgreSQL wants the names in quotes."""
    quoted = sql
    for name in ("Projects", "Tasks", "Users", "ProjectId", "Name", "Status", "MinutesLogged", "Email"):
        quoted = quoted.replace(name, f'"{name}"')
    with psycopg.connect(pair.real.url) as real, psycopg.connect(pair.ours.url) as ours:
        assert origins(ours, sql) == origins(real, quoted) == origins(ours, quoted)
