"""Harlequin's catalog: schemas, tables and views, columns; read from information_schema, without a call to Xero."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from harlequin.catalog import Catalog, CatalogItem, CatalogSearchKind, CatalogSearchResult, InteractiveCatalogItem

import xerosql
from xerosql.catalog import is_local, is_temporary
from xerosql.harlequin.type_labels import label_of

RELATIONS = (
    "SELECT table_schema, table_name, table_type FROM information_schema.tables ORDER BY table_schema, table_name"
)
COLUMNS = (
    "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns "
    "ORDER BY table_schema, table_name, ordinal_position"
)
SCHEMAS = "SELECT schema_name FROM information_schema.schemata ORDER BY schema_name"
PREVIEWED = 100


def preview(item: CatalogItem, driver: Any) -> None:
    """A new tab with a SELECT of the first rows."""
    driver.insert_text_in_new_buffer(f"SELECT * FROM {item.query_name} LIMIT {PREVIEWED}")


def cost(item: CatalogItem, driver: Any) -> None:
    """A new tab that asks what reading the whole would cost."""
    driver.insert_text_in_new_buffer(f"EXPLAIN SELECT * FROM {item.query_name}")


@dataclass
class RelationItem(InteractiveCatalogItem):
    """A table or a view, whose columns are there already."""

    INTERACTIONS: ClassVar[Any] = [("Preview Data", preview), ("What would it cost?", cost)]


def catalog_of(connection: xerosql.Connection) -> Catalog:
    """All that there is, the schemas of the search path first."""
    return Catalog(items=schema_items(connection))


def schema_items(connection: xerosql.Connection) -> list[Any]:
    columns: dict[tuple[str, str], list[Any]] = {}
    for schema, table, name, kind in connection.execute(COLUMNS):
        columns.setdefault((schema, table), []).append(column_item(schema, table, name, kind))
    schemas = {schema: schema_item(schema) for (schema,) in connection.execute(SCHEMAS)}
    path = (*filter(is_temporary, schemas), *connection.search_path)  # temporary tables are found first
    for schema, table, kind in connection.execute(RELATIONS):
        item = relation_item(schema, table, kind, bare=schema in path)
        item.children = columns.get((schema, table), [])
        schemas.setdefault(schema, schema_item(schema)).children.append(item)
    order = {schema: place for place, schema in enumerate(path)}
    return sorted(schemas.values(), key=lambda item: (order.get(item.label, len(order)), item.label))


def schema_item(schema: str) -> Any:
    return CatalogItem(schema, schema, schema, "sch", type_name="schema")


def relation_item(schema: str, table: str, kind: str, *, bare: bool) -> Any:
    named = spelt(schema, table)
    full = f"{schema}.{named}"
    label = "v" if kind == "VIEW" else "t"
    return RelationItem(full, named if bare else full, table, label, type_name=kind, loaded=True)


def column_item(schema: str, table: str, name: str, kind: str) -> Any:
    named = spelt(schema, name)
    return CatalogItem(f"{schema}.{spelt(schema, table)}.{named}", named, name, label_of(kind), type_name=kind)


def spelt(schema: str, name: str) -> str:
    """A name as a statement takes it. Users give local tables any name; ours need no quotes."""
    if not is_local(schema):
        return name
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def found(catalog: Catalog, term: str, kind: CatalogSearchKind) -> Iterator[Any]:
    """The items with the term in their label, each with the labels above it."""
    for parents, item in walked(catalog.items, ()):
        level = ("schemas", "relations", "columns")[len(parents)]
        if kind in ("all", level) and term.casefold() in item.label.casefold():
            yield CatalogSearchResult(item=item, parents=parents)


def walked(items: list[Any], parents: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for item in items:
        yield parents, item
        yield from walked(item.children, (*parents, item.label))
