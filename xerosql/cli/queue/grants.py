"""`xerosql queue grants`: who may do what in a queue that stands in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection

from xerosql.queue.grants import grant_statements


def print_grants(role: str, rights: Collection[str]) -> None:
    """One statement on each line, as psql reads them."""
    for statement in grant_statements(role, rights):
        print(f"{statement};")
