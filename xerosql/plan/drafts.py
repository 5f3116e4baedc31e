"""The scans of a query: for each table its columns, its conditions, and what other scans take keys from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from xerosql.catalog import LOCAL
from xerosql.catalog.model import PAIR, TEXT, UUID, Column, Table
from xerosql.errors import ProgrammingError
from xerosql.plan.compare import IS_ID, compare_text_as_text
from xerosql.plan.dialect import engine_sql
from xerosql.plan.exact import keep_exact
from xerosql.plan.model import Condition, Keys, KeySource, RowFilters, Scan
from xerosql.plan.names import RESOLVED, Names, sources_in_reach
from xerosql.plan.origins import COLUMNS, SCAN
from xerosql.plan.parameters import renumber
from xerosql.plan.predicates import Inference


@dataclass(frozen=True)
class NamedTable:
    """A table as it stands in a query, with the name of its scan."""

    node: exp.Table
    table: Table
    name: str

    # Xero may leave out any field, but no row is without its ids.
    @property
    def never_null(self) -> frozenset[str]:
        ids = (column for column in self.table.columns if column.type in (UUID, PAIR))
        return frozenset(column.name.lower() for column in ids if not column.nullable)

    @property
    def settles(self) -> dict[str, str]:
        return {one.lower(): other.lower() for one, other in self.table.settles}


def named_tables(nodes: Iterable[exp.Expr], names: Names) -> list[NamedTable]:
    """The tables among the nodes: Xero's and the catalog's in their order, then the local ones."""
    found, local = [], []
    for node in nodes:
        if not isinstance(node, exp.Table) or RESOLVED not in node.meta:
            continue
        table = names.virtual(node)
        if table is not None:
            found.append((node, table))
        elif (columns := names.local.get(node.meta[RESOLVED])) is not None:
            local.append((node, local_table(*node.meta[RESOLVED], tuple(columns))))
    tables = []
    for place, (node, table) in enumerate([*found, *local], start=1):
        node.meta[SCAN] = f"{table.name.lower()}${place}"
        node.meta[COLUMNS] = tuple(table.by_name)
        tables.append(NamedTable(node, table, node.meta[SCAN]))
    return tables


@dataclass
class Drafts:
    """Scans in the making: each needs to know which of its columns the others take keys from."""

    tables: Sequence[NamedTable]
    conditions: Mapping[int, list[Condition]]
    inference: Inference
    columns: Mapping[int, list[exp.Column]]

    def scans(self) -> tuple[Scan, ...]:
        by_name = {each.name: each.table for each in self.tables}
        known = {each.name: usable(self.conditions.get(id(each.node), []), each, by_name) for each in self.tables}
        wanted: dict[str, set[str]] = defaultdict(set)
        for each in self.tables:
            for source, column in columns_for_keys(known[each.name], each.table, by_name):
                wanted[source].add(column)
            if (column := emptiness(known[each.name], each.table, by_name)) and each.name in wanted:
                wanted[each.name].add(column)
        return tuple(self.scan(each, known[each.name], wanted) for each in self.tables)

    def scan(self, named: NamedTable, known: list[Condition], wanted: Mapping[str, set[str]]) -> Scan:
        node, table = named.node, named.table
        mentioned = {column.name.lower() for column in self.columns.get(id(node), [])} | wanted.get(named.name, set())
        columns = tuple(column.name for column in table.columns if column.name.lower() in mentioned)
        listings, needed = self.counting(node)
        return Scan(
            named.name,
            table,
            columns or (table.columns[-1].name,),
            tuple(known),
            alias=node.alias_or_name,
            filters=self.filters(named) if named.name in wanted or hydrates(table, columns) else RowFilters(),
            needed=needed | wanted.get(named.name, set()),
            listings=tuple(listings),
        )

    def counting(self, node: exp.Table) -> tuple[list[Condition], frozenset[str]]:
        """The conjuncts on a table that are lists of values, and the columns that anything else mentions."""
        facts, alias = self.inference.place_of(node)
        listings = facts.listing[alias] if facts else []
        inside = {id(each) for _, conjunct in listings for each in conjunct.find_all(exp.Column)}
        needed = {column.name.lower() for column in self.columns.get(id(node), []) if id(column) not in inside}
        return [condition for condition, _ in listings], frozenset(needed)

    def filters(self, named: NamedTable) -> RowFilters:
        """What the statement says of the table's rows alone, apart from columns that cost a call each."""
        facts, alias = self.inference.place_of(named.node)
        dear = {column.name.lower() for column in named.table.columns if column.hydrated}
        cheap = [
            conjunct
            for conjunct in (facts.filters[alias] if facts else ())
            if not dear or not any(column.name in dear for column in conjunct.find_all(exp.Column))
        ]
        return row_filters(cheap)


def hydrates(table: Table, columns: Iterable[str]) -> bool:
    return any(table[name].hydrated for name in columns)


def usable(known: Iterable[Condition], named: NamedTable, tables: Mapping[str, Table]) -> list[Condition]:
    """The conditions that can narrow a scan: on its own columns, by keys of other scans, and by what keys settle."""
    found: dict[Condition, None] = {}
    for condition in known:
        if condition.column not in named.table.by_name:
            continue
        keys = [each for each in condition.values if isinstance(each, Keys)]
        if keys and condition.column == "tenantid":
            continue  # which organisations are asked is for the statement's own values to say
        sources = [source for each in keys for source in each.sources]
        if any(named.name in source.scans or names_others(source, condition.column, tables) for source in sources):
            continue
        found[condition] = None
        for each in keys:
            settled = named.settles.get(condition.column)
            parents = tuple(KeySource(source.scan, settled_by(source, tables)) for source in each.sources)
            if settled and all(source.column for source in parents):
                found[replace(condition, column=settled, values=(Keys(parents),), direct=False)] = None
    return list(found)


def names_others(source: KeySource, column: str, tables: Mapping[str, Table]) -> bool:
    """Whether keys are ids of another kind of thing, such as users for projects: each would be asked for in vain."""
    table = tables.get(source.scan)
    if table is None or table.source != "xero":
        return False
    return table[source.column].type in (UUID, PAIR) and source.column != column


def settled_by(source: KeySource, tables: Mapping[str, Table]) -> str:
    table = tables.get(source.scan)
    pairs = {one.lower(): other.lower() for one, other in table.settles} if table else {}
    return pairs.get(source.column, "")


def columns_for_keys(
    known: Iterable[Condition], table: Table, tables: Mapping[str, Table]
) -> Iterator[tuple[str, str]]:
    """Scan and column of everything that must be fetched for the keys in these conditions."""
    for condition in known:
        for keys in condition.values:
            for source in keys.sources if isinstance(keys, Keys) else ():
                if source.within:
                    continue
                yield source.scan, source.column
                of = tables[source.scan]
                if "tenantid" in of.by_name:
                    yield source.scan, "tenantid"
                if (
                    (parent := table.parent)
                    and parent.empty_when
                    and is_parents_own(condition.column, source, table, of)
                ):
                    yield source.scan, parent.empty_when.lower()


def emptiness(known: Iterable[Condition], table: Table, tables: Mapping[str, Table]) -> str:
    """The column that is 0 for rows of no use: those without rows of a table that they must be joined with."""
    for condition in known:
        for keys in condition.values:
            if not isinstance(keys, Keys) or len(keys.sources) != 1 or keys.sources[0].within:
                continue
            (source,) = keys.sources
            parent = tables[source.scan].parent
            if parent is None or not parent.empty_when or table.full_name != parent.table:
                continue
            if condition.column == source.column == parent.column.lower():
                return parent.empty_when.lower()
    return ""


def is_parents_own(column: str, source: KeySource, table: Table, of: Table) -> bool:
    """Whether the keys are the ids of our parents, taken from the table of the parents itself."""
    parent = table.parent
    if parent is None or of.full_name != parent.table:
        return False
    return source.column == parent.column.lower() and column == parent.column.lower()


def row_filters(conjuncts: Iterable[exp.Expr]) -> RowFilters:
    """Conjuncts as predicates of their own, exact and comparing text as text like the query itself."""
    roots = [exp.Paren(this=conjunct.copy()) for conjunct in conjuncts]
    for root in roots:
        nodes = list(root.walk())
        compare_text_as_text(nodes)
        keep_exact(nodes)
    uses = renumber([node for root in roots for node in root.walk()])
    return RowFilters(tuple(engine_sql(root) for root in roots), uses)


@lru_cache(maxsize=256)
def local_table(schema: str, name: str, columns: tuple[str, ...]) -> Table:
    """A table of a local schema, as far as the planner needs one."""
    return Table(schema, name, "row", "", tuple(Column(each, TEXT, "", "") for each in columns), source=LOCAL)


def columns_by_table(scopes: Iterable[Scope], names: Names) -> Mapping[int, list[exp.Column]]:
    """For the `id()` of every table node, the query's mentions of its columns. Those that hold ids are marked so."""
    found: dict[int, list[exp.Column]] = defaultdict(list)
    for scope in scopes:
        reach = sources_in_reach(scope)
        for column in scope.columns:
            source = reach.get(column.table.lower())
            if not isinstance(source, exp.Table):
                continue
            if isinstance(column.this, exp.Star):
                raise ProgrammingError(f'"{column.table}.*" can only stand in a SELECT list; name its columns instead')
            found[id(source)].append(column)
            table = names.virtual(source)
            if table is not None and table[column.name].type in (UUID, PAIR):
                column.meta[IS_ID] = True
    return found
