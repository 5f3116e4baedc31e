"""A query to a read plan: what to scan, and the query for the engine to run over it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from xerosql.catalog import SCRATCH
from xerosql.catalog.model import DATE, MONEY, PAIR, TEXT, UUID, Column, Table
from xerosql.errors import NotSupportedError, ProgrammingError
from xerosql.plan.compare import compare_text_as_text
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
    uses = renumber(query)
    return ReadPlan(
        sql=for_engine(query, scans),
        scans=scans,
        parameters=parameters,
        uses=uses,
        names=columns,
        uses_scratch=reads_scratch(query),
        may_rescan=query.find(exp.With) is not None,
        may_stop_early=query.find(exp.Limit, exp.Fetch) is not None,
    )


def analysed(expression: exp.Expr, names: Names) -> tuple[exp.Expr, tuple[Scan, ...]]:
    """A copy of the query with its names resolved and its types told, and a scan for every virtual table in it."""
    resolve_tables(expression, names)
    query = qualified(expression.copy(), names)
    refuse_unknown_tenants(query)
    scopes = traverse_scope(query)
    conditions, columns = conditions_by_table(scopes), columns_by_table(scopes)
    scans: list[Scan] = []
    for node in query.find_all(exp.Table):
        table = names.virtual(node)
        if table is not None:
            node.meta[SCAN] = len(scans)
            name = f"{table.name.lower()}${len(scans) + 1}"
            scans.append(scan_of(name, table, columns[id(node)], conditions.get(id(node), [])))
    return query, tuple(scans)


def for_engine(query: exp.Expr, scans: Sequence[Scan]) -> str:
    """The query as the engine runs it: exact, and with each virtual table read from its scan's relation."""
    compare_text_as_text(keep_exact(query))
    for node in list(query.find_all(exp.Table)):
        if SCAN in node.meta:
            node.replace(source_of(scans[node.meta[SCAN]], node))
    return engine_sql(query)


def refuse_unknown_tenants(query: exp.Expr) -> None:
    """NotSupportedError where a query says which organisations to ask: they must be known before anything is asked."""
    for node in query.find_all(exp.In, exp.EQ):
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


def source_of(scan: Scan, node: exp.Table) -> exp.Subquery:
    """The scan's relation as the columns the query means: it arrives as text and scaled whole numbers.

    Money travels as ten-thousandths in 64 bits, dates and times as Xero's text; an `Id` is put together here.
    """
    columns = [exp.alias_(logical(scan.table[name], scan.table), name.lower(), quoted=True) for name in scan.columns]
    relation = exp.Table(this=exp.to_identifier(scan.name, quoted=True))
    relation.meta[RESOLVED] = ("", scan.name)
    select = exp.select(*columns).from_(relation, copy=False)
    source = select.subquery(alias=node.args["alias"].copy(), copy=False)
    if node.args.get("joins"):
        source.set("joins", node.args["joins"])
    return source


def logical(column: Column, table: Table) -> exp.Expr:
    if column.type is PAIR:
        first, second = (exp.column(name.lower(), quoted=True) for name in table.identity)
        return exp.DPipe(this=exp.DPipe(this=first, expression=exp.Literal.string("/")), expression=second)
    travelled: exp.Expr = exp.column(column.name.lower(), quoted=True)
    if column.type is MONEY:
        whole = exp.cast(travelled, "DECIMAL(18,0)")
        scaled = exp.Mul(this=whole, expression=exp.cast(exp.Literal.number("0.0001"), "DECIMAL(5,4)"))
        return exp.cast(scaled, column.type.sql)
    if column.type is TEXT or column.type is UUID:
        return travelled
    if column.type is DATE:
        travelled = exp.cast(travelled, "TIMESTAMP")
    return exp.cast(travelled, column.type.sql)


def columns_by_table(scopes: Iterable[Scope]) -> Mapping[int, set[str]]:
    """For the `id()` of every table node, the columns that the query mentions."""
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
    return found


def reads_scratch(query: exp.Expr) -> bool:
    return any(node.meta.get(RESOLVED, ("",))[0] == SCRATCH for node in query.find_all(exp.Table))
