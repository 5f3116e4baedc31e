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
from xerosql.server.oids import PgType
from xerosql.server.pg_catalog import information, rows
from xerosql.server.pg_catalog.macros import CHAR_TYPE, SCHEMAS, macros
from xerosql.server.pg_catalog.stock import Relation, StockCatalog, read_value, stock
from xerosql.server.pg_catalog.tables import FIRST, PgColumn, PgTable, oid_of, tables_of

OWNER, STOCK_OWNER = "xero", "postgres"
FIRST_ROLE = 10  # the number of who owns everything
#: Tables of the engine that PostgreSQL does not have.
HELPERS = {
    "pg.shown_types": [("oid", "UINTEGER"), ("shown", "VARCHAR")],
    "pg.definitions": [("oid", "UINTEGER"), ("definition", "VARCHAR"), ("short", "VARCHAR"), ("schema", "UINTEGER")],
    "pg.rights": [("oid", "UINTEGER"), ("rights", "VARCHAR")],
    "pg.keywords": [("word", "VARCHAR"), ("catcode", "VARCHAR")],
}
#: Tables that hold what a server without anything in it has besides, and the rows of them that are ours.
NUMBERED = {
    "pg_class": "oid",
    "pg_attribute": "attrelid",
    "pg_namespace": "oid",
    "pg_type": "oid",
    "pg_description": "objoid",
}
OURS = {name: f"{column} >= {FIRST}" for name, column in NUMBERED.items()}
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


class Named(int):
    """The number of a thing, whose text is its name."""

    def __new__(cls, number: int, name: str) -> Named:
        return super().__new__(cls, number)

    def __init__(self, number: int, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name


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
        self.roles: dict[str, bool] = {}
        self.settings = {str(row[0]): row[1] or "" for row in self.stock.rows["pg_settings"]}
        self.columns_by_relation = columns_by_relation(self.stock.relations)
        self.column_types = column_types(self.columns_by_relation)
        self.numbers = numbers_of_types(self.stock)
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
                ours = {self.relations["pg_catalog", name].table: condition for name, condition in OURS.items()}
                self._catalog.fill(self.contents(), ours)
            return self._catalog

    def made(self) -> Catalog:
        tables = {each.table: each.engine_columns for each in self.stock.relations} | HELPERS
        catalog = Catalog(tables, macros(), (*SCHEMAS, CHAR_TYPE))
        fixed = {each.table: self.stock_rows(each) for each in self.stock.relations if each.name in self.stock.rows}
        system = {"pg_class": rows.system_classes(self.stock, self.namespaces)}
        system["pg_attribute"] = rows.system_attributes(self.stock)
        catalog.fill(
            fixed
            | self.placed(system)
            | {
                "pg.keywords": [tuple(row) for row in self.stock.keywords],
            }
        )
        return catalog

    def stock_rows(self, relation: Relation) -> list[rows.Row]:
        kinds = relation.engine_columns
        return [
            tuple(read_value(owned(text, name), kind) for text, (name, kind) in zip(row, kinds, strict=True))
            for row in self.stock.rows[relation.name]
        ]

    @property
    def writers(self) -> list[str]:
        return [name for name, writes in self.roles.items() if writes]

    def patterns(self, types: Mapping[int, Mapping[str, object]]) -> tuple[rows.Told, rows.Told]:
        """A type of rows and one of lists of them, as PostgreSQL's own are."""
        pattern = types[self.relations["pg_catalog", "pg_class"].row_type]
        row, array = ({**each, "typacl": None} for each in (pattern, types[int(str(pattern["typarray"]))]))
        return row, array

    def shown_rows(self) -> list[rows.Row]:
        """The types of the tables' rows as format_type() writes them."""
        found: list[rows.Row] = []
        for table in self.tables:
            name = f"{self.quoted(table.schema)}.{self.quoted(table.name)}"
            found += [(table.row_type, name), (table.rows_type, f"{name}[]")]
        return found

    def contents(self) -> dict[str, Sequence[rows.Row]]:
        """Everything that tells of our tables."""
        tables = self.tables
        told = self.told_of(tables) | {
            "pg_namespace": rows.pg_namespace(tables, OWNER, self.writers),
            "pg_database": rows.pg_database(self.database),
            **dict.fromkeys(("pg_stat_all_tables", "pg_stat_user_tables"), rows.pg_stat_tables(tables)),
            **rows.roles(list(self.roles), OWNER),
        }
        views = information.views(self.database, OWNER, tables, self.stock.shown, self.internal, self.writers)
        found = self.placed(told)
        found |= {
            self.relations["information_schema", name].table: self.filled("information_schema", name, each)
            for name, each in views.items()
        }
        roles = self.relations["pg_catalog", "pg_roles"].table
        found[roles] = [*self.stock_rows(self.relations["pg_catalog", "pg_roles"]), *found[roles]]
        return found | {
            "pg.shown_types": [*self.stock.shown.items(), *self.shown_rows()],
            **self.helpers(tables),
        }

    def told_of(self, tables: Sequence[PgTable]) -> dict[str, rows.Rows]:
        """What each relation of pg_catalog tells of tables, whoever may see them."""
        return {
            "pg_class": rows.pg_class(tables, OWNER, self.writers),
            "pg_attribute": rows.pg_attribute(tables, self.types),
            "pg_type": rows.pg_type(tables, *self.patterns(self.types)),
            "pg_description": rows.pg_description(tables),
            "pg_index": rows.pg_index(tables),
            "pg_constraint": rows.pg_constraint(tables),
            "pg_tables": rows.pg_tables(tables, OWNER),
            "pg_views": rows.pg_views(tables, OWNER),
            "pg_indexes": rows.pg_indexes(tables, self.quoted),
        }

    def helpers(self, tables: Sequence[PgTable]) -> dict[str, Sequence[rows.Row]]:
        """What our functions of the catalog look up of tables."""
        rights = [(table.oid, table.rights) for table in tables]
        return {"pg.rights": rights, "pg.definitions": rows.definitions(tables, self.quoted)}

    def contents_of(self, tables: Sequence[PgTable], schema: str) -> dict[str, Sequence[rows.Row]]:
        """What a schema of tables that only some may see adds to what there is for everybody."""
        told = self.told_of(tables) | {"pg_namespace": rows.pg_namespace_of(schema, OWNER, self.writers)}
        views = information.views(self.database, OWNER, tables, self.stock.shown, self.internal, self.writers)
        schemata = [each for each in views["schemata"] if each["schema_name"] == schema]
        views = {name: views[name] for name in information.OF_TABLES} | {"schemata": schemata}
        found: dict[str, Sequence[rows.Row]] = {
            self.relations[of, name].table: self.filled(of, name, each)
            for of, relations in (("pg_catalog", told), ("information_schema", views))
            for name, each in relations.items()
        }
        return found | self.helpers(tables)

    @cached_property
    def types(self) -> dict[int, dict[str, object]]:
        """The rows of pg_type by their numbers."""
        return {int(row[0] or 0): dict(zip(self.type_columns, row, strict=True)) for row in self.stock.rows["pg_type"]}

    @property
    def type_columns(self) -> list[str]:
        return [name for name, *_ in self.relations["pg_catalog", "pg_type"].columns]

    def placed(self, told: Mapping[str, rows.Rows]) -> dict[str, Sequence[rows.Row]]:
        """Rows by the engine's names of the catalog's tables."""
        relations = {self.relations["pg_catalog", name]: each for name, each in told.items()}
        return {relation.table: rows.filled(relation, each) for relation, each in relations.items()}

    def filled(self, schema: str, name: str, told: rows.Rows) -> list[rows.Row]:
        return rows.filled(self.relations[schema, name], told)

    @cached_property
    def reserved(self) -> frozenset[str]:
        """The words that are names only in quotes."""
        return frozenset(word for word, code in self.stock.keywords if code != "U")

    def quoted(self, name: str) -> str:
        plain = name.isidentifier() and name.isascii() and name == name.lower()
        return name if plain and name not in self.reserved else '"{}"'.format(name.replace('"', '""'))

    def know_role(self, name: str, writes: bool = False) -> None:
        """A user has connected, and is a role from then on, with the rights of one who may write or only reads."""
        with self.lock:
            if self.roles.get(name) != writes:
                self.roles[name] = writes
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

    def typed(self, field: Field, name: str, kind: str | None) -> Field:
        """The field of a result under PostgreSQL's name for it and with its type, which may be unknown."""
        oid = self.numbers.get(kind or "")
        if oid is None or (oid in oids.NAMED and field.oid == oids.TEXT):  # a number that is shown by name already
            return replace(field, name=name)
        return PgType(oid).field(name)

    def with_names(
        self, row: rows.Row, named: Sequence[tuple[int, int]], path: Sequence[str], more: Mapping[int, str]
    ) -> rows.Row:
        """A row in which the numbers of relations, types and functions are shown by their names, or those in `more`."""
        values = list(row)
        for place, kind in named:
            if isinstance(value := values[place], int):
                values[place] = Named(value, more.get(value) or self.shown(value, kind, path))
        return tuple(values)

    def shown(self, number: int, kind: int, path: Sequence[str]) -> str:
        """The name of what has a number; the number if there is no such thing."""
        if number == 0:
            return "-"
        match kind:
            case oids.REGPROC:
                found = next((row[1] for row in self.stock.rows["pg_proc"] if row[0] == str(number)), None)
            case oids.REGTYPE:
                found = self.stock.shown.get(number)
            case oids.REGCLASS:
                found = self.shown_relation(number, path)
            case oids.REGNAMESPACE:
                schemas = (*self.namespaces, *self.schemas())
                found = next((self.quoted(name) for name in schemas if self.namespace(name) == number), None)
            case _:
                roles = {FIRST_ROLE: OWNER} | {oid_of(f"role {name}"): name for name in self.roles}
                found = self.quoted(roles[number]) if number in roles else None
        return found or str(number)

    def shown_relation(self, number: int, path: Sequence[str]) -> str | None:
        ours = [(each.schema, each.name, each.oid) for each in self.tables]
        ours += [(each.schema, each.key_name, each.index_oid) for each in self.tables]
        stock = ((each.schema, each.name, each.oid) for each in self.stock.relations)
        for schema, name, oid in (*ours, *stock):
            if oid == number:
                return self.quoted(name) if schema in path else f"{self.quoted(schema)}.{self.quoted(name)}"
        return None

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


def owned(text: str | None, column: str) -> str | None:
    """What the stock tells of its owner, told of ours."""
    return text.replace(STOCK_OWNER, OWNER) if text and column.endswith("acl") else text


def columns_by_relation(relations: Sequence[Relation]) -> dict[str, dict[str, dict[str, str]]]:
    """The columns of the catalog's relations, by schema and name, with PostgreSQL's types."""
    found: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for each in relations:
        found[each.schema][each.name] = {name: kind for name, _, kind, _, _ in each.columns}
    return dict(found)


def column_types(relations: Mapping[str, Mapping[str, Mapping[str, str]]]) -> dict[str, str]:
    """The type of a column by its name, where it is the same in all relations."""
    found: dict[str, set[str]] = defaultdict(set)
    for schema in relations.values():
        for columns in schema.values():
            for name, kind in columns.items():
                found[name].add(kind)
    return {name: next(iter(kinds)) for name, kinds in found.items() if len(kinds) == 1}


def numbers_of_types(stock: StockCatalog) -> dict[str, int]:
    """The number of a type by the name that it is shown by, a domain's being that of what it is over."""
    names = [name for name, *_ in next(each for each in stock.relations if each.name == "pg_type").columns]
    base = {int(row[0] or 0): int(row[names.index("typbasetype")] or 0) for row in stock.rows["pg_type"]}
    return {shown: base.get(oid) or oid for oid, shown in stock.shown.items()}
