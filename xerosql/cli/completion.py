"""What Tab offers in the shell: keywords, tables where a table must stand, columns of the tables that are named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from xerosql import Connection
from xerosql.catalog import is_temporary

WORDS = (
    "SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET JOIN LEFT RIGHT FULL INNER CROSS USING ON AS AND OR NOT IN "
    "IS NULL LIKE ILIKE BETWEEN EXISTS DISTINCT UNION ALL EXCEPT INTERSECT WITH CASE WHEN THEN ELSE END CAST OVER "
    "PARTITION FILTER COUNT SUM AVG MIN MAX COALESCE ROUND CURRENT_DATE DATE_TRUNC EXTRACT INTERVAL ASC DESC NULLS "
    "FIRST LAST INSERT INTO VALUES UPDATE SET DELETE RETURNING CREATE TABLE DROP BEGIN COMMIT ROLLBACK SHOW RESET "
    "CALL DEFAULT TRUE FALSE"
)
KEYWORDS = tuple(WORDS.split())

LAST_WORD = re.compile(r"(?:(\w+)\.)?(\w*)\Z")
WANTS_TABLE = re.compile(r"(?:\b(?:FROM|JOIN|INTO|UPDATE|TABLE)|\\d\w*)\s+(?:\w+\.)?\w*\Z", re.IGNORECASE)
#: A table and the alias that may follow it.
NAMED = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|,)\s*(?:(\w+)\.)?(\w+)(?:\s+(?:AS\s+)?(\w+))?", re.IGNORECASE)


@dataclass(frozen=True)
class Words:
    """The names that can be typed: tables by schema, columns by table in lower case."""

    tables: tuple[tuple[str, str], ...]
    columns: Mapping[str, tuple[str, ...]]
    search_path: tuple[str, ...]

    @property
    def schemas(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(schema for schema, _ in self.tables))


def words_of(connection: Connection) -> Words:
    """Asked of information_schema anew each time, so that new local tables are there."""
    rows = connection.execute(
        "SELECT table_schema, table_name, column_name FROM information_schema.columns "
        "ORDER BY table_schema, table_name, ordinal_position"
    ).fetchall()
    columns: dict[str, tuple[str, ...]] = {}
    for _, table, column in rows:
        columns[table.lower()] = (*columns.get(table.lower(), ()), column)
    tables = tuple(dict.fromkeys((schema, table) for schema, table, _ in rows))
    temporary = dict.fromkeys(schema for schema, _ in tables if is_temporary(schema))  # found before all others
    return Words(tables, columns, (*temporary, *connection.settings.search_path))


class SqlCompleter(Completer):
    """Completes the word before the cursor, without case."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        before = document.text_before_cursor
        match = LAST_WORD.search(before)
        qualifier, word = (match[1], match[2]) if match else (None, "")
        for candidate in dict.fromkeys(self.candidates(before, document.text, qualifier)):
            if candidate.lower().startswith(word.lower()):
                yield Completion(candidate, start_position=-len(word))

    def candidates(self, before: str, text: str, qualifier: str | None) -> Iterable[str]:
        if qualifier is not None:
            return self.below(qualifier, text)
        if WANTS_TABLE.search(before):
            return self.table_names()
        return [*self.columns_in(text), *self.table_names(), *KEYWORDS]

    def below(self, qualifier: str, text: str) -> Iterable[str]:
        """The tables of a schema, or the columns of a table or alias."""
        in_schema = [table for schema, table in self.words.tables if schema.lower() == qualifier.lower()]
        return in_schema or self.words.columns.get(self.meant(qualifier, text), ())

    def meant(self, qualifier: str, text: str) -> str:
        for _, table, alias in NAMED.findall(text):
            if alias.lower() == qualifier.lower():
                return str(table).lower()
        return qualifier.lower()

    def table_names(self) -> list[str]:
        """Bare names where the search path finds them; else the schema, whose tables come behind the dot."""
        bare = [table for schema, table in self.words.tables if schema in self.words.search_path]
        return [*bare, *(schema for schema in self.words.schemas if schema not in self.words.search_path), "scratch"]

    def columns_in(self, text: str) -> list[str]:
        """The columns of the tables that the statement names; of the search path's while it names none."""
        named = [table.lower() for _, table, _ in NAMED.findall(text) if table.lower() in self.words.columns]
        tables = named or [table.lower() for schema, table in self.words.tables if schema in self.words.search_path]
        return [column for table in tables for column in self.words.columns[table]]
