"""What can be queried: every virtual table, found by looking into the packages of this one.

A module `catalog/<schema>/<table>.py` that holds a `TABLE` is a table; there is no list to edit.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from functools import cache
from types import SimpleNamespace

from xerosql.catalog.check import check
from xerosql.catalog.information_schema import described, describing_tables
from xerosql.catalog.local import LOCAL, SCRATCH, TEMPORARY, is_local, is_temporary
from xerosql.catalog.model import Table
from xerosql.catalog.relation import Local
from xerosql.errors import ProgrammingError

__all__ = ["LOCAL", "SCRATCH", "TEMPORARY", "Catalog", "is_local", "is_temporary", "load", "near"]


class Catalog:
    """All virtual tables by schema and name, matched without case."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.tables = (*tables, *describing_tables())
        self.by_name = {(table.schema, table.name.lower()): table for table in self.tables}
        self.schemas = (*dict.fromkeys(table.schema for table in self.tables), SCRATCH)

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables)

    def get(self, schema: str, name: str) -> Table | None:
        return self.by_name.get((schema.lower(), name.lower()))

    def table(self, full_name: str) -> Table:
        """The table called "schema.Name"; ProgrammingError if there is none."""
        schema, _, name = full_name.partition(".")
        found = self.get(schema, name)
        if found is None:
            raise ProgrammingError(f'no table "{full_name}"', sqlstate="42P01")
        return found

    def rows_of(self, table: Table, local: Local) -> list[SimpleNamespace]:
        """The rows of a table of `information_schema`: the catalog and the local schemas as data."""
        return described(table, self, local)


def near(name: str, candidates: Sequence[str]) -> str:
    """ "; did you mean …?" with up to three candidates that look like `name`, or nothing."""
    lower = {candidate.lower(): candidate for candidate in candidates}
    close = difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(lower[match] for match in close)}?" if close else ""


def discovered() -> list[Table]:
    """Every TABLE below this package, in the order of schema and file name."""
    packages = [f"{__name__}.{each.name}" for each in pkgutil.iter_modules(__path__) if each.ispkg]
    return [
        importlib.import_module(f"{package}.{module.name}").TABLE
        for package in packages
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__)
    ]


@cache
def load() -> Catalog:
    """The catalog, built and checked once per process."""
    tables = discovered()
    check(tables)
    return Catalog(tables)
