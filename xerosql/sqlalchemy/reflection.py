"""What SQLAlchemy's inspector tells of the tables, read from information_schema. No method makes a call to Xero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar

from sqlalchemy import exc
from sqlalchemy.schema import FetchedValue

from xerosql.sqlalchemy.types import type_of

TABLES = (
    "SELECT table_name, table_type, table_comment FROM information_schema.tables WHERE table_schema = ? "
    "ORDER BY table_name"
)
COLUMNS = (
    "SELECT column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity, is_generated, "
    "is_insertable, is_required, column_comment FROM information_schema.columns "
    "WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position"
)
KEYS = (
    "SELECT k.constraint_name, k.column_name FROM information_schema.key_column_usage k "
    "JOIN information_schema.table_constraints c ON c.constraint_schema = k.constraint_schema "
    "AND c.table_name = k.table_name AND c.constraint_name = k.constraint_name "
    "WHERE k.table_schema = ? AND k.table_name = ? AND c.constraint_type = ? "
    "ORDER BY k.constraint_name, k.ordinal_position"
)
REFERENCES = (
    "SELECT k.constraint_name, k.column_name, r.referenced_table_schema, r.referenced_table_name, "
    "r.referenced_column_name FROM information_schema.key_column_usage k "
    "JOIN information_schema.referential_constraints r ON r.constraint_schema = k.constraint_schema "
    "AND r.constraint_name = k.constraint_name AND r.ordinal_position = k.ordinal_position "
    "WHERE k.table_schema = ? AND k.table_name = ? ORDER BY k.constraint_name, k.ordinal_position"
)
CHECKS = (
    "SELECT constraint_name, check_clause FROM information_schema.check_constraints "
    "WHERE constraint_schema = ? AND table_name = ? ORDER BY constraint_name"
)
INDEXES = (
    "SELECT index_name, column_name, non_unique FROM information_schema.statistics "
    "WHERE table_schema = ? AND table_name = ? ORDER BY index_name, seq_in_index"
)
DEFINITION = "SELECT view_definition FROM information_schema.views WHERE table_schema = ? AND table_name = ?"
SCHEMAS = (
    "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT LIKE 'pg!_temp!_%' ESCAPE '!' "
    "ORDER BY schema_name"
)
#: The temporary tables and views of the connection, all of which are in one schema.
TEMPORARY = (
    "SELECT t.table_schema, t.table_name, t.table_comment, v.table_name IS NOT NULL FROM information_schema.tables t "
    "LEFT JOIN information_schema.views v ON v.table_schema = t.table_schema AND v.table_name = t.table_name "
    "WHERE t.table_type = 'LOCAL TEMPORARY' ORDER BY t.table_name"
)
SEQUENCES = "SELECT sequence_name FROM information_schema.sequences WHERE sequence_schema = ? ORDER BY sequence_name"


Method = TypeVar("Method", bound=Callable[..., Any])


def cached(method: Method) -> Method:
    """Answer once for each inspector. SQLAlchemy's own decorator cannot read our annotations in 1.4."""

    @wraps(method)
    def answer(self: Any, connection: Any, *arguments: Any, **kw: Any) -> Any:
        known = kw.get("info_cache")
        if known is None:
            return method(self, connection, *arguments, **kw)
        more = sorted((name, value) for name, value in kw.items() if isinstance(value, str))
        key = (f"xerosql.{method.__name__}", arguments, tuple(more))
        if key not in known:
            known[key] = method(self, connection, *arguments, **kw)
        return known[key]

    return answer  # type: ignore[return-value]  # it takes what the method takes


class Reflection:
    """The inspecting part of the dialect. Schemas and tables are found whatever their case."""

    default_schema_name: str | None

    def rows(self, connection: Any, sql: str, *values: str) -> list[Sequence[Any]]:
        return list(connection.exec_driver_sql(sql, tuple(values)).fetchall())

    def schema_or_default(self, schema: str | None) -> str:
        return (schema or self.default_schema_name or "").lower()

    @cached
    def get_schema_names(self, connection: Any, **kw: Any) -> list[str]:
        return [name for (name,) in self.rows(connection, SCHEMAS)]

    # -- Tables and views ----------------------------------------------------------------------------------------------

    @cached
    def relations(self, connection: Any, schema: str, **kw: Any) -> dict[str, tuple[str, str, str]]:
        """Name, kind and comment of every table and view of a schema, by their names in lower case."""
        return {name.lower(): (name, kind, comment) for name, kind, comment in self.rows(connection, TABLES, schema)}

    @cached
    def temporary(self, connection: Any, **kw: Any) -> dict[str, tuple[str, str, str, bool]]:
        """Schema, name and comment of the connection's temporary tables and views, and whether it is a view.

        By their names in lower case.
        """
        return {row[1].lower(): row for row in map(tuple, self.rows(connection, TEMPORARY))}

    def relation(self, connection: Any, table_name: str, schema: str | None, **kw: Any) -> tuple[str, str, str]:
        """One of them with its schema, name and comment; NoSuchTableError if there is none of that name.

        Without a schema a temporary one is found first, as it is by a statement.
        """
        own = None if schema else self.temporary(connection, **kw).get(table_name.lower())
        if own is not None:
            return own[:3]
        place = self.schema_or_default(schema)
        found = self.relations(connection, place, **kw).get(table_name.lower())
        if found is None:
            raise exc.NoSuchTableError(f"{schema}.{table_name}" if schema else table_name)
        return place, found[0], found[2]

    def of(self, connection: Any, sql: str, table_name: str, schema: str | None, *more: str, **kw: Any) -> Any:
        """The rows that a query has for one table."""
        place, name, _ = self.relation(connection, table_name, schema, **kw)
        return self.rows(connection, sql, place, name, *more)

    def named(self, connection: Any, kind: str, schema: str | None, **kw: Any) -> list[str]:
        found = self.relations(connection, self.schema_or_default(schema), **kw)
        return [name for name, each, _ in found.values() if each == kind]

    @cached
    def get_table_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        return self.named(connection, "BASE TABLE", schema, **kw)

    @cached
    def get_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        return self.named(connection, "VIEW", schema, **kw)

    @cached
    def get_temp_table_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        return [name for _, name, _, is_view in self.temporary(connection, **kw).values() if not is_view]

    @cached
    def get_temp_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        return [name for _, name, _, is_view in self.temporary(connection, **kw).values() if is_view]

    @cached
    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> bool:
        if not schema and table_name.lower() in self.temporary(connection, **kw):
            return True
        return table_name.lower() in self.relations(connection, self.schema_or_default(schema), **kw)

    @cached
    def get_view_definition(self, connection: Any, view_name: str, schema: str | None = None, **kw: Any) -> str:
        found = self.of(connection, DEFINITION, view_name, schema, **kw)
        if not found:
            raise exc.NoSuchTableError(view_name)
        return found[0][0] or ""

    @cached
    def get_table_comment(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return {"text": self.relation(connection, table_name, schema, **kw)[2]}

    @cached
    def get_sequence_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        return [name for (name,) in self.rows(connection, SEQUENCES, self.schema_or_default(schema))]

    @cached
    def has_sequence(self, connection: Any, sequence_name: str, schema: str | None = None, **kw: Any) -> bool:
        names = self.get_sequence_names(connection, schema, **kw)
        return sequence_name.lower() in (name.lower() for name in names)

    # -- Columns -------------------------------------------------------------------------------------------------------

    @cached
    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Any]:
        return [column(*row) for row in self.of(connection, COLUMNS, table_name, schema, **kw)]

    # -- Constraints ---------------------------------------------------------------------------------------------------

    def keys(self, connection: Any, table_name: str, schema: str | None, kind: str, **kw: Any) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, column_name in self.of(connection, KEYS, table_name, schema, kind, **kw):
            found.setdefault(name, []).append(column_name)
        return found

    @cached
    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        for name, columns in self.keys(connection, table_name, schema, "PRIMARY KEY", **kw).items():
            return {"name": name, "constrained_columns": columns}
        return {"name": None, "constrained_columns": []}

    @cached
    def get_unique_constraints(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        found = self.keys(connection, table_name, schema, "UNIQUE", **kw)
        return [{"name": name, "column_names": columns} for name, columns in found.items()]

    @cached
    def get_foreign_keys(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Any]:
        found: dict[str, Any] = {}
        # None means, of the same schema as a table that was asked for without one
        same = () if schema else (self.default_schema_name, self.relation(connection, table_name, None, **kw)[0])
        for name, own, other_schema, other, referred in self.of(connection, REFERENCES, table_name, schema, **kw):
            each = found.setdefault(
                name,
                {
                    "name": name,
                    "constrained_columns": [],
                    "referred_schema": None if other_schema in same else other_schema,
                    "referred_table": other,
                    "referred_columns": [],
                    "options": {},
                },
            )
            each["constrained_columns"].append(own)
            each["referred_columns"].append(referred)
        return list(found.values())

    @cached
    def get_check_constraints(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        found = self.of(connection, CHECKS, table_name, schema, **kw)
        return [{"name": name, "sqltext": clause} for name, clause in found]

    @cached
    def get_indexes(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Any]:
        found: dict[str, Any] = {}
        columns = {each["name"] for each in self.get_columns(connection, table_name, schema, **kw)}
        for name, expression, non_unique in self.of(connection, INDEXES, table_name, schema, **kw):
            each = found.setdefault(
                name, {"name": name, "unique": not non_unique, "column_names": [], "dialect_options": {}}
            )
            plain = expression in columns
            if not plain:
                each.setdefault("expressions", list(each["column_names"]))
            if "expressions" in each:
                each["expressions"].append(expression)
            each["column_names"].append(expression if plain else None)
        return list(found.values())


def column(
    name: str,
    data_type: str,
    length: int | None,
    nullable: str,
    default: str | None,
    identity: str,
    generated: str,
    insertable: bool,
    required: bool,
    comment: str | None,
) -> dict[str, Any]:
    """A column as SQLAlchemy describes one.

    A column of a Xero table that an INSERT leaves to Xero has a `FetchedValue` for its default: the ORM then leaves it
    out, and takes what RETURNING brings.
    """
    found: dict[str, Any] = {
        "name": name,
        "type": type_of(data_type, length),
        "nullable": nullable == "YES",
        "default": default,
        "comment": comment,
        "autoincrement": identity == "YES",
    }
    if identity == "YES":
        found["identity"] = {"always": False}
    if generated == "ALWAYS":
        found |= {"default": None, "computed": {"sqltext": default, "persisted": False}}
    elif not insertable or (nullable == "NO" and not required and default is None and identity == "NO"):
        found["default"] = FetchedValue()
    return found
