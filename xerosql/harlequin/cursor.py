"""A result in Harlequin: rows are fetched from Xero when it asks for them, and no more than its limit."""

from __future__ import annotations

from contextlib import closing
from typing import Any, Self

from harlequin.adapter import HarlequinCursor

import xerosql
from xerosql.errors import OperationalError
from xerosql.harlequin.failures import shown
from xerosql.harlequin.type_labels import label_of

CANCELLED = "57014"


class XeroCursor(HarlequinCursor):
    """The result of one statement, to be fetched once: an Arrow table with money as decimals."""

    def __init__(self, cursor: xerosql.Cursor) -> None:
        self.cursor = cursor
        self.limit: int | None = None
        self.described = [(column[0], label_of(column[1])) for column in cursor.description or ()]

    def columns(self) -> list[tuple[str, str]]:
        """Names with the labels of their types."""
        return self.described

    def set_limit(self, limit: int) -> Self:
        """Fetch no more rows than that; the calls for the others are not made."""
        self.limit = limit
        return self

    def fetchall(self) -> Any:
        """The rows as a `pyarrow.Table`; None once the statement has been cancelled. HarlequinQueryError otherwise.

        The statement ends with it, so that nothing is read ahead for rows beyond the limit.
        """
        with shown(), closing(self.cursor):
            try:
                return self.cursor.fetch_arrow_table(self.limit)
            except OperationalError as error:
                if error.sqlstate == CANCELLED:
                    return None
                raise
