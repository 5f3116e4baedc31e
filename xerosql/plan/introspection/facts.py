"""What a question about the catalog can depend on besides the catalog's tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

#: The schemas of the engine that hold the tables and the functions.
SCHEMA = "pg"
#: Relations of pg_catalog whose rows are another thing each time, and belong to one query only: those of `TEMPORARY`.
MOMENTARY = frozenset(("pg_stat_activity", "pg_stat_gssapi"))
TEMPORARY = "temp"
#: The types under information_schema's own.
DOMAINS = {
    "information_schema.sql_identifier": "name",
    "information_schema.character_data": "character varying",
    "information_schema.yes_or_no": "character varying",
    "information_schema.cardinal_number": "integer",
    "information_schema.time_stamp": "timestamp with time zone",
}


@dataclass(frozen=True)
class Facts:
    """The catalog's relations and functions by name, and what is so for one client.

    `relations` has the tables of each schema, with the types of their columns, `functions` and `table_functions` the
    names of the macros that stand for PostgreSQL's. `constants` are functions without arguments, with their values.
    `settings` and `find` (the number of a relation, "regclass", or a type, "regtype", by its name) are the client's
    own.
    """

    relations: Mapping[str, Mapping[str, Mapping[str, str]]]
    functions: frozenset[str]
    table_functions: frozenset[str]
    constants: Mapping[str, object]
    settings: Callable[[str], str | None]
    find: Callable[[str, str], int | None]
    visible: tuple[int, ...]  # the numbers of the schemas of the search path
    path: tuple[str, ...]  # their names, pg_catalog first
    read_only: bool
    ignored: Mapping[tuple[str, int], frozenset[int]] = field(
        default_factory=dict
    )  # arguments that a function passes over
    hidden: frozenset[str] = frozenset()  # bare names that are the client's temporary tables
    temporary: tuple[str, int] | None = None  # name and number of the schema of the client's temporary tables
    column_types: Mapping[str, str] = field(default_factory=dict)  # of the relations' columns, where one name has one
