"""Rows that are there already, as a statement's result: what EXPLAIN answers with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xerosql.execute.result import ColumnType, arrow_of

TEXT = ColumnType("VARCHAR", "VARCHAR")
WHOLE = ColumnType("BIGINT", "BIGINT", 19, 0)
#: The columns of EXPLAIN by its format.
EXPLAINED = {
    "json": (("QUERY PLAN", TEXT),),
    "text": (("Step", WHOLE), ("Item", TEXT), ("Detail", TEXT)),
}


def explain_columns(layout: str, *, folded: bool) -> tuple[tuple[str, ColumnType], ...]:
    """The columns of EXPLAIN in a format; one of text, as in PostgreSQL, where columns are named as there."""
    return EXPLAINED["json" if folded else layout]


class HeldRows:
    """A result of rows in memory, fetched as those of a query are."""

    def __init__(self, columns: Sequence[tuple[str, ColumnType]], rows: Sequence[tuple[object, ...]]) -> None:
        self.columns = list(columns)
        self.rows = list(rows)

    def fetch(self, size: int | None) -> list[tuple[object, ...]]:
        """The next `size` rows, all that are left if None."""
        taken, self.rows = (self.rows, []) if size is None else (self.rows[:size], self.rows[size:])
        return taken

    def batch(self) -> Any:
        """All that is left as one pyarrow.RecordBatch, None if that is nothing."""
        return next(iter(self.arrow().combine_chunks().to_batches()), None) if self.rows else None

    def arrow(self) -> Any:
        """What is left as a pyarrow.Table."""
        return arrow_of(self.fetch(None), self.columns)

    def finished(self) -> None:
        """The last row has been fetched."""

    def close(self) -> None:
        self.rows = []
