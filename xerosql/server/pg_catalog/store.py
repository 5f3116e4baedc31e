"""The catalog in an engine of its own, with PostgreSQL's relations and ours; made when first needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from threading import RLock

from xerosql import Connection
from xerosql.catalog import is_temporary, load
from xerosql.execute.introspection import Catalog
from xerosql.plan.model import PlainColumn
from xerosql.server import oids
from xerosql.server.messages import Field
from xerosql.server.pg_catalog import information, rows
from xerosql.server.pg_catalog.macros import CHAR_TYPE, SCHEMAS, macros
from xerosql.server.pg_catalog.stock import Relation, read_value, stock
from xerosql.server.pg_catalog.tables import PgColumn, PgTable, oid_of, tables_of

OWNER = "xero"
#: Tables of the engine that PostgreSQL does not have.
HELPERS = {
    "pg.shown_types": [("oid", "UINTEGER"), ("shown", "VARCHAR")],
    "pg.definitions": [("oid", "UINTEGER"), ("definition", "VARCHAR"), ("short", "VARCHAR"), ("schema", "UINTEGER")],
    "pg.keywords": [("word", "VARCHAR"), ("catcode", "VARCHAR")],
}
#: SQL's names of types that are not PostgreSQL's own.
TYPE_NAMES = {"int": "int4", "integer": "int4", "smallint": "int2", "bigint": "int8", "real": "float4", "bool": "bool"}


#: Tables and columns by schema, table and column, in lower case.
ColumnsByName = Mapping[tuple[str, str, str], tuple[PgTable, PgColumn]]


def columns_by_name(tables: Sequence[PgTable]) -> ColumnsByName:
    return {
        (table.schema.lower(), table.name.lower(), column.name.lower()): (table, column)
        for table in tables
        for column in table.columns
    }


class Store:
    """Answers for all clients of a server. `scratch` tables are looked up again when they may have changed."""

    def __init__(self, connection: Connection, database: str) -> None:
        self.connection = connection
        self.database = database
        self.lock = RLock()
        self.stock = stock()
        self.relations = {(each.schema, each.name): each for each in self.stock.relations}
        self.namespaces = {str(row[1]): int(row[0] or 0) for row in self.stock.rows["pg_namespace"]}
        self.internal = {int(row[0] or 0): str(row[1]) for row in self.stock.rows["pg_type"]}
        self.roles: list[str] = []
        self.settings = {str(row[0]): row[1] or "" for row in self.stock.rows["pg_settings"]}
        self.column_types = column_types(self.stock.relations)
        self.tables: list[PgTable] = []
        self.columns: ColumnsByName = {}
        self.seen = -1
        self._catalog: Catalog | None = None

    @property
    def catalog(self) -> Catalog:
        with self.lock:
            if self._catalog is None:
                self._catalog = self.made()
            changes = self.connection.session.engine.changes.count
            if changes != self.seen:
                self.seen = changes
                relations = self.connection.session.local().relations if changes else ()
                self.tables = tables_of(load(), [each for each in relations if not is_temporary(each.schema)])
                self.columns = columns_by_name(self.tables)
                self._catalog.fill(self.contents())
            return self._catalog

    def made(self) -> Catalog:
        tables = {each.table: each.engine_columns for each in self.stock.relations} | HELPERS
        catalog = Catalog(tables, macros(), (*SCHEMAS, CHAR_TYPE))
        fixed = {each.table: self.stock_rows(each) for each in self.stock.relations if each.name in self.stock.rows}
        catalog.fill(
            fixed
            | {
                "pg.shown_types": list(self.stock.shown.items()),
                "pg.keywords": [tuple(row) for row in self.stock.keywords],
            }
        )
        return catalog

    def stock_rows(self, relation: Relation) -> list[rows.Row]:
        kinds = [kind for _, kind in relation.engine_columns]
        return [
            tuple(read_value(text, kind) for text, kind in zip(row, kinds, strict=True))
            for row in self.stock.rows[relation.name]
        ]

    def contents(self) -> dict[str, Sequence[rows.Row]]:
        """Everything that tells of our tables."""
        tables, quote = self.tables, self.quoted
        system = rows.system_classes(self.stock, self.namespaces), rows.system_attributes(self.stock)
        told = {
            "pg_class": [*system[0], *rows.pg_class(tables)],
            "pg_attribute": [*system[1], *rows.pg_attribute(tables, self.types)],
            "pg_index": rows.pg_index(tables),
            "pg_constraint": rows.pg_constraint(tables),
            "pg_description": rows.pg_description(tables),
            "pg_tables": rows.pg_tables(tables, OWNER),
            "pg_views": rows.pg_views(tables, OWNER),
            "pg_indexes": rows.pg_indexes(tables, quote),
            "pg_database": rows.pg_database(self.database),
            **rows.roles(self.roles, OWNER),
        }
        views = information.views(self.database, OWNER, tables, self.stock.shown, self.internal)
        found: dict[str, Sequence[rows.Row]] = {
            self.relations["pg_catalog", name].table: self.filled("pg_catalog", name, each)
            for name, each in told.items()
        }
        found |= {
            self.relations["information_schema", name].table: self.filled("information_schema", name, each)
            for name, each in views.items()
        }
        namespace = self.relations["pg_catalog", "pg_namespace"]
        ours = rows.filled(namespace, rows.pg_namespace(tables))
        return found | {
            namespace.table: [*self.stock_rows(namespace), *ours],
            "pg.definitions": rows.definitions(tables, quote),
        }

    def contents_of(self, tables: Sequence[PgTable], schema: str) -> dict[str, Sequence[rows.Row]]:
        """What a schema of tables that only some may see adds to what there is for everybody."""
        told = {
            "pg_class": rows.pg_class(tables),
            "pg_attribute": rows.pg_attribute(tables, self.types),
            "pg_index": rows.pg_index(tables),
            "pg_constraint": rows.pg_constraint(tables),
            "pg_description": rows.pg_description(tables),
            "pg_tables": rows.pg_tables(tables, OWNER),
            "pg_views": rows.pg_views(tables, OWNER),
            "pg_indexes": rows.pg_indexes(tables, self.quoted),
            "pg_namespace": rows.pg_namespace_of(schema),
        }
        views = information.views(self.database, OWNER, tables, self.stock.shown, self.internal)
        schemata = [each for each in views["schemata"] if each["schema_name"] == schema]
        views = {name: views[name] for name in information.OF_TABLES} | {"schemata": schemata}
        found: dict[str, Sequence[rows.Row]] = {
            self.relations[of, name].table: self.filled(of, name, each)
            for of, relations in (("pg_catalog", told), ("information_schema", views))
            for name, each in relations.items()
        }
        return found | {"pg.definitions": rows.definitions(tables, self.quoted)}

    @cached_property
    def types(self) -> dict[int, dict[str, object]]:
        """The rows of pg_type by their numbers."""
        return {int(row[0] or 0): dict(zip(self.type_columns, row, strict=True)) for row in self.stock.rows["pg_type"]}

    @property
    def type_columns(self) -> list[str]:
        return [name for name, *_ in self.relations["pg_catalog", "pg_type"].columns]

    def filled(self, schema: str, name: str, told: rows.Rows) -> list[rows.Row]:
        return rows.filled(self.relations[schema, name], told)

    def quoted(self, name: str) -> str:
        plain = name.isidentifier() and name.isascii() and name == name.lower()
        reserved = {word for word, code in self.stock.keywords if code != "U"}
        return name if plain and name not in reserved else '"{}"'.format(name.replace('"', '""'))

    def know_role(self, name: str) -> None:
        """A user has connected, and is a role from then on."""
        with self.lock:
            if name not in self.roles:
                self.roles.append(name)
                self.seen = -1

    def with_origins(
        self, fields: Sequence[Field], plain: Sequence[PlainColumn | None], more: ColumnsByName
    ) -> list[Field]:
        """The fields of a result, with the number of its table and column for each that is nothing but a column.

        A text is then of that column's length. There are `more` columns than those that everybody may see.
        """
        if len(plain) != len(fields):
            return list(fields)
        return [
            field if each is None else self.with_origin(field, each, more)
            for field, each in zip(fields, plain, strict=True)
        ]

    def with_origin(self, field: Field, plain: PlainColumn, more: ColumnsByName) -> Field:
        place = plain[0].lower(), plain[1].lower(), plain[2].lower()
        found = self.columns.get(place) or more.get(place)
        if found is None:
            return field
        table, column = found
        kind = column.type if field.oid == oids.TEXT and column.type.oid == oids.VARCHAR else None
        oid, modifier = (field.oid, field.modifier) if kind is None else (kind.oid, kind.modifier)
        return replace(field, oid=oid, modifier=modifier, table=table.oid, column=column.number)

    # -- Numbers by name -----------------------------------------------------------------------------------------------

    def find(self, kind: str, name: str, path: Sequence[str]) -> int | None:
        """The number of a relation, type, schema or role by its name; None if there is none of that name."""
        _ = self.catalog  # so that the tables are known, should this be the first that anybody asks
        parts = [part.strip('"') for part in name.strip().split(".")]
        match kind:
            case "regclass":
                return self.find_relation(parts, path)
            case "regtype":
                return self.find_type(parts[-1].lower())
            case "regnamespace":
                return self.namespaces.get(name) or next(
                    (oid_of(t.schema) for t in self.tables if t.schema == name), None
                )
            case "regrole":
                return oid_of(f"role {name}") if name in self.roles else None
        return next((int(row[0] or 0) for row in self.stock.rows["pg_proc"] if row[1] == parts[-1]), None)

    def find_relation(self, parts: Sequence[str], path: Sequence[str]) -> int | None:
        schemas = path if len(parts) == 1 else [parts[-2].lower()]
        for schema in schemas:
            if (relation := self.relations.get((schema, parts[-1]))) is not None:
                return relation.oid
            for table in self.tables:
                if table.schema == schema and parts[-1].lower() in (table.name.lower(), table.key_name.lower()):
                    return table.oid if parts[-1].lower() == table.name.lower() else table.index_oid
        return None

    def find_type(self, name: str) -> int | None:
        array = name.endswith("[]")
        plain = name.removesuffix("[]")
        wanted = f"_{TYPE_NAMES.get(plain, plain)}" if array else TYPE_NAMES.get(plain, plain)
        by_name = {each: oid for oid, each in self.internal.items()}
        return by_name.get(wanted) or next((oid for oid, shown in self.stock.shown.items() if shown == name), None)

    def schemas(self) -> frozenset[str]:
        """The schemas of our tables."""
        _ = self.catalog
        return frozenset(table.schema for table in self.tables)

    def namespace(self, schema: str) -> int:
        return self.namespaces.get(schema) or oid_of(schema)

    def close(self) -> None:
        with self.lock:
            if self._catalog is not None:
                self._catalog.close()


def column_types(relations: Sequence[Relation]) -> dict[str, str]:
    """The engine's type of a column by its name, where it is the same in all relations."""
    found: dict[str, set[str]] = defaultdict(set)
    for relation in relations:
        for name, kind in relation.engine_columns:
            found[name].add("ENUM" if kind == "pg.char" else kind)
    return {name: next(iter(kinds)) for name, kinds in found.items() if len(kinds) == 1}
