"""Which columns of Xero's tables are unique and which refer to another table, as the declarations have it.

Nothing is declared twice: a column that has the name of another table's id refers to it, since Xero's documents call an
id the same wherever it stands. A table's id is its key, where that is one column, or the part of its composite Id that
settles the other part: there is one task of a TaskId, whatever its project.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xerosql.catalog.model import Table
from xerosql.catalog.relation import FOREIGN_KEY, PRIMARY_KEY, UNIQUE, Constraint


def constraints_of(table: Table, tables: Sequence[Table]) -> tuple[Constraint, ...]:
    """The keys of a table, and its references to others of its schema."""
    return (*keys_of(table), *references_of(table, tables))


def keys_of(table: Table) -> Iterator[Constraint]:
    yield Constraint(f"{table.name}_pkey", PRIMARY_KEY, table.key)
    for name in ids_of(table):
        if (name,) != table.key:
            yield Constraint(f"{table.name}_{name}_key", UNIQUE, (name,))


def ids_of(table: Table) -> tuple[str, ...]:
    """The columns that each tell the table's rows apart in the whole of Xero, and may be referred to."""
    if table.source not in ("xero", "connections"):
        return ()
    if table.identity:
        settling = {name for name, _ in table.settles}
        return tuple(name for name in table.identity if name in settling)
    return table.key if len(table.key) == 1 else ()


def references_of(table: Table, tables: Sequence[Table]) -> Iterator[Constraint]:
    if table.source != "xero":
        return
    others = [other for other in tables if other is not table and other.schema == table.schema]
    for other in others:
        for name in ids_of(other):
            if name.lower() in table.by_name and name not in ids_of(table):
                refers = (other.schema, other.name)
                yield Constraint(f"{table.name}_{name}_fkey", FOREIGN_KEY, (name,), refers, (name,))
