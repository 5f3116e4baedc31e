"""A scan's relation in the engine's SQL: the columns that the query means, from what travels."""

from __future__ import annotations

from functools import lru_cache

from xerosql.catalog.model import DATE, MONEY, PAIR, TEXT, UUID, Column, Table


@lru_cache(maxsize=1024)
def relation_sql(name: str, table: Table, columns: tuple[str, ...]) -> str:
    """A scan's relation as the columns the query means, in the engine's SQL: it arrives as text and whole numbers.

    Money travels as ten-thousandths in 64 bits, dates and times as Xero's text; an `Id` is put together here.
    """
    selected = ", ".join(f'{logical(table[column], table)} AS "{column.lower()}"' for column in columns)
    return f'(SELECT {selected} FROM "{name}")'


def empty_sql(_: str, table: Table, columns: tuple[str, ...]) -> str:
    """A relation with the same columns and no rows, which needs no scan."""
    selected = ", ".join(f'CAST(NULL AS {table[column].type.sql}) AS "{column.lower()}"' for column in columns)
    return f"(SELECT {selected} WHERE FALSE)"


def logical(column: Column, table: Table) -> str:
    if column.type is PAIR:
        return " || '/' || ".join(f'"{name.lower()}"' for name in table.identity)
    travelled = f'"{column.name.lower()}"'
    if column.type is MONEY:
        return f"CAST(CAST({travelled} AS DECIMAL(18,0)) * CAST(0.0001 AS DECIMAL(5,4)) AS {column.type.sql})"
    if column.type is TEXT or column.type is UUID:
        return travelled
    if column.type is DATE:
        travelled = f"CAST({travelled} AS TIMESTAMP)"
    return f"CAST({travelled} AS {column.type.sql})"
