"""The connection that Harlequin holds: one of ours, with a cursor for each statement."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from harlequin.adapter import HarlequinConnection
from harlequin.catalog import Catalog, CatalogSearchKind
from harlequin.transaction_mode import HarlequinTransactionMode

import xerosql
from xerosql.harlequin.catalog import catalog_of, found
from xerosql.harlequin.completions import completions_of
from xerosql.harlequin.cursor import XeroCursor
from xerosql.harlequin.failures import shown


class XeroConnection(HarlequinConnection):
    """Runs the statements of an editor. Harlequin calls it from several threads, which a connection of ours allows."""

    def __init__(self, connection: xerosql.Connection, init_message: str = "") -> None:
        self.connection = connection
        self.init_message = init_message
        self._running: WeakSet[xerosql.Cursor] = WeakSet()

    def execute(self, query: str) -> XeroCursor | None:
        """Run one statement: its result, None if it has none. HarlequinQueryError with our message if it fails."""
        with shown():
            cursor = self.connection.cursor()
            self._running.add(cursor)
            cursor.execute(query)
            if cursor.description is None:
                cursor.close()
                return None
        return XeroCursor(cursor)

    def cancel(self) -> None:
        """Stop what is running: no further call is made."""
        for cursor in list(self._running):
            cursor.cancel()

    def get_catalog(self) -> Catalog:
        """Schemas, tables and views, columns. No call is made."""
        with shown():
            return catalog_of(self.connection)

    def search_catalog(self, term: str, kind: CatalogSearchKind = "all") -> list[Any]:
        """The schemas, tables and columns with the term in their names."""
        return list(found(self.get_catalog(), term, kind))

    def get_completions(self) -> list[Any]:
        """Functions, settings and words besides those that Harlequin knows."""
        with shown():
            return completions_of(self.connection)

    # -- Transactions, which are those of scratch and of the queue -----------------------------------------------------

    @property
    def transaction_mode(self) -> HarlequinTransactionMode:
        """Auto, or Manual with Harlequin's buttons to commit and roll back."""
        if self.connection.autocommit:
            return HarlequinTransactionMode(label="Auto")
        return HarlequinTransactionMode(label="Manual", commit=self.commit, rollback=self.rollback)

    def toggle_transaction_mode(self) -> HarlequinTransactionMode:
        """The other mode; what is open is committed."""
        with shown():
            self.connection.autocommit = not self.connection.autocommit
        return self.transaction_mode

    def commit(self) -> None:
        with shown():
            self.connection.commit()

    def rollback(self) -> None:
        with shown():
            self.connection.rollback()

    def close(self) -> None:
        """End the connection, and what is running on it."""
        self.cancel()
        self.connection.close()
