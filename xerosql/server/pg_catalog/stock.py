"""What a PostgreSQL 15 without anything in it says of itself: its relations, types, settings. Data, made by
`tests/clients/dump_stock.py`."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

#: The engine's types for PostgreSQL's. What clients tell apart has one of its own: numbers of things, "char", vectors.
TYPES = {
    "oid": "UINTEGER",
    "xid": "UINTEGER",
    "regproc": "UINTEGER",
    "regtype": "UINTEGER",
    '"char"': "pg.char",
    "integer": "INTEGER",
    "smallint": "SMALLINT",
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "real": "FLOAT",
    "double precision": "DOUBLE",
    "timestamp with time zone": "TIMESTAMPTZ",
    "numeric": "DECIMAL(38,4)",
    "oid[]": "UINTEGER[]",
    "smallint[]": "SMALLINT[]",
    "int2vector": "USMALLINT[]",
    "oidvector": "UBIGINT[]",
    "text[]": "VARCHAR[]",
    "name[]": "VARCHAR[]",
    "aclitem[]": "VARCHAR[]",
    '"char"[]': "VARCHAR[]",
    "real[]": "FLOAT[]",
    "boolean[]": "BOOLEAN[]",
    "bytea": "BLOB",
    "interval": "INTERVAL",
    "information_schema.cardinal_number": "INTEGER",
    "information_schema.time_stamp": "TIMESTAMPTZ",
}
CHARS = ["", *map(chr, range(32, 127))]  # what a "char" can be
#: The engine's schemas; its own pg_catalog and information_schema have those names already.
ENGINE_SCHEMAS = {"pg_catalog": "pg", "information_schema": "pg_information"}


@dataclass(frozen=True)
class Relation:
    """A table or view of PostgreSQL's own. Columns: name, number and name of the type, length, whether NOT NULL."""

    schema: str
    name: str
    oid: int
    kind: str
    row_type: int
    columns: tuple[tuple[str, int, str, int, bool], ...]

    @property
    def table(self) -> str:
        """The engine's name of it."""
        return f'{ENGINE_SCHEMAS[self.schema]}."{self.name}"'

    @property
    def engine_columns(self) -> list[tuple[str, str]]:
        return [(name, TYPES.get(kind, "VARCHAR")) for name, _, kind, _, _ in self.columns]


@dataclass(frozen=True)
class StockCatalog:
    """The file's contents. `rows` have texts; `shown` are types by number as format_type() writes them."""

    relations: tuple[Relation, ...]
    rows: dict[str, list[list[str | None]]]
    shown: dict[int, str]
    keywords: list[list[str]]


@cache
def stock() -> StockCatalog:
    document = json.loads(gzip.decompress(files(__package__).joinpath("stock.json.gz").read_bytes()))
    relations = tuple(
        Relation(schema, name, oid, kind, row_type, tuple(tuple(each) for each in columns))
        for schema, name, oid, kind, row_type, columns in document["relations"]
    )
    shown = {int(oid): name for oid, name in document["shown"]}
    return StockCatalog(relations, document["rows"], shown, document["keywords"])


def read_value(text: str | None, kind: str) -> object:
    """A value of the file, in the form in which the engine casts it to the type `kind`."""
    if text is None:
        return None
    if kind.endswith("[]"):
        inner = text.strip("{}").replace(" ", ",")
        return [item.strip('"') for item in inner.split(",")] if inner else []
    return text
