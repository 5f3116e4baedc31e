"""The temporary tables of one client, as PostgreSQL's catalog tells of them to that client alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from xerosql import Connection
from xerosql.catalog import TEMPORARY
from xerosql.server.pg_catalog.macros import read_by_macros
from xerosql.server.pg_catalog.rows import Row
from xerosql.server.pg_catalog.store import ColumnsByName, Store, columns_by_name
from xerosql.server.pg_catalog.tables import PgTable, of_temporary, oid_of

#: A table or a macro of the catalog in the engine's SQL.
NAMED = re.compile(r'"?\bpg(?:_information)?"?\."?(\w+)')
READ_BY = read_by_macros()


class OwnTables:
    """They are looked up again when they have changed. Nobody has any before the first one is made."""

    def __init__(self, store: Store, connection: Connection) -> None:
        self.store = store
        self.connection = connection
        self.seen = 0
        self._tables: list[PgTable] = []
        self._contents: Mapping[str, Sequence[Row]] = {}
        self._columns: ColumnsByName = {}

    @property
    def version(self) -> tuple[str, int]:
        """What differs whenever the tables do."""
        temporary = self.connection.session.engine.temporary
        return temporary.name, temporary.count

    @property
    def schema(self) -> str:
        """The schema's name, empty while there is none."""
        name, count = self.version
        return name if count else ""

    @property
    def tables(self) -> list[PgTable]:
        self.look()
        return self._tables

    def contents_for(self, sql: str) -> Mapping[str, Sequence[Row]]:
        """The rows that they add to the tables of the catalog, of those that a query of the engine can read."""
        self.look()
        if not self._tables:
            return {}
        named = set(NAMED.findall(sql))
        read = named.union(*(READ_BY.get(each, ()) for each in named))
        return {table: rows for table, rows in self._contents.items() if NAMED.findall(table)[0] in read}

    @property
    def names(self) -> Mapping[int, str]:
        """What the tables and their schema are called, by their numbers."""
        told = {table.oid: self.store.quoted(table.name) for table in self.tables}
        return told | ({oid_of(self.schema): self.schema} if told else {})

    @property
    def columns(self) -> ColumnsByName:
        self.look()
        return self._columns

    def look(self) -> None:
        name, count = self.version
        if count != self.seen:
            self.seen = count
            self._tables = of_temporary(self.connection.session.local().relations)
            self._contents = self.store.contents_of(self._tables, name)
            self._columns = columns_by_name(self._tables)

    def find(self, kind: str, name: str) -> int | None:
        """The number of a table or of the schema by its name; None if there is none of that name."""
        parts = [part.strip('"').lower() for part in name.strip().split(".")]
        if kind == "regnamespace" and self.schema and parts == [self.schema]:
            return oid_of(self.schema)
        if kind != "regclass" or parts[:-1] not in ([], [TEMPORARY], [self.schema]):
            return None
        return next((table.oid for table in self.tables if table.name.lower() == parts[-1]), None)
