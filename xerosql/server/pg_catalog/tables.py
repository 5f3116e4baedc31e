"""The tables that there are here, numbered and typed as PostgreSQL would."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from xerosql.catalog import SCRATCH, Catalog, is_temporary
from xerosql.catalog.model import Table
from xerosql.catalog.relation import PRIMARY_KEY, Relation
from xerosql.server import oids
from xerosql.server.oids import PgType

#: PostgreSQL's own things have lower numbers.
FIRST = 16384
OWNER = 10
#: Schemas whose tables only describe; what they hold has no keys.
DESCRIBING = ("sys",)
HIDDEN = "information_schema"  # PostgreSQL's own is there instead


def oid_of(name: str) -> int:
    """The number of a thing by its name: the same in every process, as clients keep them."""
    return FIRST + zlib.crc32(name.encode()) % 2**30


@dataclass(frozen=True)
class PgColumn:
    """A column with its type and place, counted from 1."""

    name: str
    number: int
    type: PgType
    not_null: bool
    description: str | None = None


@dataclass(frozen=True)
class PgTable:
    """A table, or a view if nothing of it has a key. `references` is the table and column of the one foreign key."""

    schema: str
    name: str
    columns: tuple[PgColumn, ...]
    key: tuple[str, ...] = ()
    references: tuple[str, str, str] | None = None  # schema, table, column, called here as there
    description: str | None = None
    writable: bool = False
    kind: str = "r"
    persistence: str = "p"
    definition: str | None = None  # a view's SELECT
    rights: str = ""  # what may be granted besides reading, in the letters of an aclitem

    @property
    def oid(self) -> int:
        return oid_of(f"{self.schema}.{self.name}")

    def number(self, column: str) -> int:
        return next(each.number for each in self.columns if each.name == column)

    @property
    def row_type(self) -> int:
        """The number of the type of its rows, which PostgreSQL makes for each table, and of a list of them."""
        return oid_of(f"{self.schema}.{self.name} type")

    @property
    def rows_type(self) -> int:
        return oid_of(f"{self.schema}.{self.name} types")

    @property
    def key_name(self) -> str:
        return f"{self.name}_pkey"

    @property
    def key_oid(self) -> int:
        return oid_of(f"{self.schema}.{self.name} key")

    @property
    def index_oid(self) -> int:
        return oid_of(f"{self.schema}.{self.name} index")

    @property
    def reference_name(self) -> str:
        return f"{self.name}_{self.references[2]}_fkey" if self.references else ""

    @property
    def reference_oid(self) -> int:
        return oid_of(f"{self.schema}.{self.name} reference")


def tables_of(catalog: Catalog, scratch: Iterable[Relation]) -> list[PgTable]:
    """Every table of the catalog, and those of the scratch schema."""
    return [*(of_catalog(table, catalog) for table in catalog if table.schema != HIDDEN), *map(of_scratch, scratch)]


def of_catalog(table: Table, catalog: Catalog) -> PgTable:
    describing = table.schema in DESCRIBING
    columns = tuple(
        PgColumn(
            column.name,
            number,
            varchar(column.max_length) if column.max_length else oids.type_of(column.type.sql),
            (column.key or not column.nullable) and not describing,
            column.description,
        )
        for number, column in enumerate(table.columns, start=1)
    )
    return PgTable(
        table.schema,
        table.name,
        columns,
        () if describing else table.key,
        None if table.parent is None else reference(table, catalog),
        table.description,
        writable=bool(table.insert or table.updates),
        kind="v" if describing else "r",
        rights="a" * bool(table.insert) + "w" * bool(table.updates) + "d" * bool(table.delete),
    )


def varchar(length: int) -> PgType:
    return PgType(oids.VARCHAR, oids.varchar_modifier(length))


def reference(table: Table, catalog: Catalog) -> tuple[str, str, str] | None:
    """The parent, if the column by which its rows are found is its key."""
    parent = table.parent
    if parent is None or catalog.table(parent.table).key != (parent.column,):
        return None
    schema, _, name = parent.table.partition(".")
    return schema, name, parent.column


def of_temporary(relations: Iterable[Relation]) -> list[PgTable]:
    """The temporary tables and views among the tables of the local schemas."""
    return [
        PgTable(
            each.schema,
            each.name,
            tuple(
                PgColumn(
                    column.name,
                    number,
                    varchar(column.max_length) if column.max_length else oids.type_of(column.type),
                    not column.nullable,
                    column.comment,
                )
                for number, column in enumerate(each.columns, start=1)
            ),
            next((constraint.columns for constraint in each.constraints if constraint.kind == PRIMARY_KEY), ()),
            description=each.comment,
            writable=each.insertable,
            kind="v" if each.kind == "VIEW" else "r",
            persistence="t",
            definition=each.definition,
            rights="awdDt" * (each.kind != "VIEW"),
        )
        for each in relations
        if is_temporary(each.schema)
    ]


def of_scratch(relation: Relation) -> PgTable:
    columns = enumerate(relation.columns, start=1)
    is_view = relation.kind == "VIEW"
    return PgTable(
        SCRATCH,
        relation.name,
        tuple(PgColumn(each.name, number, oids.type_of(each.type), False, each.comment) for number, each in columns),
        description=relation.comment,
        writable=not is_view,
        kind="v" if is_view else "r",
        rights="awdDt" * (not is_view),
        definition=relation.definition,
    )
