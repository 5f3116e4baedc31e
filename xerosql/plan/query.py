"""A query to a read plan: what to scan, and the query for the engine to run over it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from xerosql.catalog import SCRATCH
from xerosql.catalog.model import DATE, MONEY, PAIR, TEXT, UUID, Column, Table
from xerosql.errors import NotSupportedError, ProgrammingError
from xerosql.plan.compare import IS_ID, compare_text_as_text
from xerosql.plan.dialect import engine_sql
from xerosql.plan.exact import keep_exact
from xerosql.plan.model import Condition, ReadPlan, Scan
from xerosql.plan.names import RESOLVED, Names, output_names, qualified, resolve_tables, sources_in_reach
from xerosql.plan.parameters import renumber
from xerosql.plan.predicates import conditions_by_table

#: Where a virtual table's node keeps the index of its scan.
SCAN = "xerosql_scan"


def plan_query(expression: exp.Expr, names: Names, parameters: tuple[str | int, ...]) -> ReadPlan:
    """The scans of a query and the query itself, in the engine's dialect, reading them by name."""
    query, scans = analysed(expression, names)
    columns = output_names(expression, query, names)
    nodes = list(query.walk())
    uses = renumber(nodes)
    return ReadPlan(
        sql=for_engine(query, nodes, scans),
        scans=scans,
        parameters=parameters,
        uses=uses,
        names=columns,
        uses_scratch=reads_scratch(nodes),
        may_rescan=any(isinstance(node, exp.With) for node in nodes),
        may_stop_early=any(isinstance(node, exp.Limit | exp.Fetch) for node in nodes),
    )


def analysed(expression: exp.Expr, names: Names) -> tuple[exp.Expr, tuple[Scan, ...]]:
    """A copy of the query with its names resolved and its types told, and a scan for every virtual table in it."""
    resolve_tables(expression, names)
    query, scopes = qualified(expression.copy(), names)
    nodes = list(query.walk())
    refuse_unknown_tenants(nodes)
    conditions, columns = conditions_by_table(scopes), columns_by_table(scopes, names)
    scans: list[Scan] = []
    for node in nodes:
        table = names.virtual(node) if isinstance(node, exp.Table) else None
        if table is not None:
            node.meta[SCAN] = len(scans)
            name = f"{table.name.lower()}${len(scans) + 1}"
            scans.append(scan_of(name, table, columns[id(node)], conditions.get(id(node), [])))
    return query, tuple(scans)


def for_engine(query: exp.Expr, nodes: Sequence[exp.Expr], scans: Sequence[Scan]) -> str:
    """The query, given with all its nodes, as the engine runs it.

    It is exact, and reads each virtual table from its scan's relation. The tree is used up.
    """
    compare_text_as_text(nodes)
    keep_exact(nodes)
    for node in list(query.find_all(exp.Table)):
        if SCAN in node.meta:
            scan = scans[node.meta[SCAN]]
            node.set("db", None)
            node.set("this", exp.Var(this=relation_sql(scan.name, scan.table, scan.columns)))
    return engine_sql(query)


def refuse_unknown_tenants(nodes: Iterable[exp.Expr]) -> None:
    """NotSupportedError where a query says which organisations to ask: they must be known before anything is asked."""
    for node in nodes:
        if not isinstance(node, exp.In | exp.EQ):
            continue
        sides = [node.this, node.args.get("query"), node.args.get("expression")]
        named = any(isinstance(side, exp.Column) and side.name == "tenantid" for side in sides)
        asked = any(isinstance(side, exp.Query | exp.Subquery) for side in sides)
        if named and asked:
            raise NotSupportedError(
                "TenantId takes values here, not a query; SELECT TenantId FROM Tenants first and give its rows as "
                "parameters: TenantId IN (?, ?)"
            )


def scan_of(name: str, table: Table, columns: set[str], conditions: list[Condition]) -> Scan:
    wanted = tuple(column.name for column in table.columns if column.name.lower() in columns)
    known = tuple(condition for condition in conditions if condition.column in table.by_name)
    return Scan(name, table, wanted or (table.columns[-1].name,), known)


@lru_cache(maxsize=1024)
def relation_sql(name: str, table: Table, columns: tuple[str, ...]) -> str:
    """A scan's relation as the columns the query means, in the engine's SQL: it arrives as text and whole numbers.

    Money travels as ten-thousandths in 64 bits, dates and times as Xero's text; an `Id` is put together here.
    """
    selected = ", ".join(f'{logical(table[column], table)} AS "{column.lower()}"' for column in columns)
    return f'(SELECT {selected} FROM "{name}")'


def logical(column: Column, table: Table) -> str:
    if column.type is PAIR:
        return " || '/' || ".join(f'"{name.lower()}"' for name in table.identity)
    travelled = f'"{column.name.lower()}"'
    if column.type is MONEY:
        return f"CAST(CAST({travelled} AS DECIMAL(18,0)) * CAST(0.0001 AS DECIMAL(5,4)) AS {column.type.sql})"
    if column.type is TEXT or column.type is UUID:
        return travelled
    if column.type is DATE:
        travelled = f"CAST({travelled} AS TIMESTAMP)"
    return f"CAST({travelled} AS {column.type.sql})"


def columns_by_table(scopes: Iterable[Scope], names: Names) -> Mapping[int, set[str]]:
    """For the `id()` of every table node, the columns that the query mentions. Those that hold ids are marked so."""
    found: dict[int, set[str]] = defaultdict(set)
    for scope in scopes:
        reach = sources_in_reach(scope)
        for column in scope.columns:
            source = reach.get(column.table.lower())
            if not isinstance(source, exp.Table):
                continue
            if isinstance(column.this, exp.Star):
                raise ProgrammingError(f'"{column.table}.*" can only stand in a SELECT list; name its columns instead')
            found[id(source)].add(column.name.lower())
            table = names.virtual(source)
            if table is not None and table[column.name].type in (UUID, PAIR):
                column.meta[IS_ID] = True
    return found


def reads_scratch(nodes: Iterable[exp.Expr]) -> bool:
    return any(isinstance(node, exp.Table) and node.meta.get(RESOLVED, ("",))[0] == SCRATCH for node in nodes)
