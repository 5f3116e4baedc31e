"""A query to a read plan: what to scan, and the query for the engine to run over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from xerosql.catalog import LOCAL, is_local
from xerosql.errors import NotSupportedError
from xerosql.plan.bound import Bound, bound
from xerosql.plan.compare import compare_text_as_text
from xerosql.plan.dialect import engine_sql
from xerosql.plan.drafts import Drafts, columns_by_table, named_tables
from xerosql.plan.exact import keep_exact
from xerosql.plan.limits import limit_of
from xerosql.plan.model import Limit, PlainColumn, Predicate, ReadPlan, Scan, Subresult
from xerosql.plan.names import RESOLVED, Names
from xerosql.plan.origins import SCAN
from xerosql.plan.outputs import with_ties
from xerosql.plan.parameter_types import parameter_places, parameter_types
from xerosql.plan.parameters import renumber
from xerosql.plan.plain import plain_columns
from xerosql.plan.predicates import Inference
from xerosql.plan.readable import predicates_of
from xerosql.plan.relations import empty_sql, relation_sql
from xerosql.plan.sequences import is_counter


def plan_query(expression: exp.Expr, names: Names, parameters: tuple[str | int, ...]) -> ReadPlan:
    """The scans of a query and the query itself, in the engine's dialect, reading them by name."""
    analysis = analysed(expression, names)
    query, scans = analysis.query, analysis.scans
    subresults = {name: subresult(each, scans) for name, each in analysis.telling.items()}
    nodes = list(query.walk())
    types, places = parameter_types(nodes) if parameters else {}, parameter_places(query) if parameters else {}
    uses = renumber(nodes)
    return ReadPlan(
        sql=for_engine(query, nodes, scans),
        scans=scans,
        parameters=parameters,
        uses=uses,
        names=analysis.names,
        uses_scratch=reads_scratch(nodes),
        may_rescan=any(isinstance(node, exp.With) for node in nodes),
        may_stop_early=any(isinstance(node, exp.Limit | exp.Fetch) for node in nodes),
        limit=analysis.limit,
        predicates=analysis.predicates,
        subresults=subresults,
        parameter_types=types,
        parameter_places=places,
        plain=analysis.plain,
    )


@dataclass(frozen=True)
class Analysis:
    """A query with its names resolved and its types told, a scan for every table in it, and what EXPLAIN tells more."""

    query: exp.Expr
    names: tuple[str, ...]
    scans: tuple[Scan, ...]
    limit: Limit | None
    predicates: tuple[Predicate, ...]
    telling: Mapping[str, exp.Query]
    plain: tuple[PlainColumn | None, ...]


def analysed(expression: exp.Expr, names: Names) -> Analysis:
    """What is to be known of a query before anything is asked. It is used up, unless it stands in a statement."""
    return analysis_of(bound(expression.copy() if expression.parent else expression, names), names)


def analysis_of(binding: Bound, names: Names) -> Analysis:
    """What is to be known of a query whose names are bound."""
    query, scopes = binding.query, binding.scopes
    nodes = list(query.walk())
    refuse_unknown_tenants(nodes)
    tables = named_tables(nodes, names)
    columns = columns_by_table(scopes, names)  # first, since copies of conditions keep what is marked on them
    required = {id(each.node): each.never_null for each in tables}
    inference = Inference(scopes, required, {id(each.node): each.settles for each in tables})
    conditions = inference.conditions_by_table()
    drafts = Drafts(tables, conditions, inference, columns)
    limit = limit_of(scopes[-1], inference.references, inference.is_listed)
    scans = drafts.scans()
    used = {source.scan for scan in scans for _, keys in scan.keys for source in keys.sources if source.within}
    telling = {name: each for name, each in inference.subqueries.telling.values() if name in used}
    predicates = predicates_of(inference, names) if names.explaining else ()
    return Analysis(query, binding.names, scans, limit, predicates, telling, plain_columns(scopes[-1]))


def subresult(query: exp.Query, scans: Sequence[Scan]) -> Subresult:
    """A subquery that tells keys, for the engine: with what ties at its LIMIT, so that any choice is among them."""
    copy = with_ties(query.copy())
    nodes = list(copy.walk())
    uses = renumber(nodes)
    return Subresult(for_engine(copy, nodes, scans), uses)


def for_engine(query: exp.Expr, nodes: Sequence[exp.Expr], scans: Sequence[Scan], *, empty: bool = False) -> str:
    """The query, given with all its nodes, as the engine runs it.

    It is exact, and reads each virtual table from its scan's relation, or from one without rows if `empty`. The tree is
    used up.
    """
    relation = empty_sql if empty else relation_sql
    compare_text_as_text(nodes)
    by_name = {scan.name: scan for scan in scans if scan.table.source != LOCAL}
    for node in nodes:
        if isinstance(node, exp.Table) and node.meta.get(SCAN) in by_name:
            scan = by_name[node.meta[SCAN]]
            node.set("db", None)
            node.set("this", exp.Var(this=relation(scan.name, scan.table, scan.columns)))
    keep_exact(nodes)  # last, since it makes copies of what it finds
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


def reads_scratch(nodes: Iterable[exp.Expr]) -> bool:
    """Whether the query needs the local schemas, of whose sequences there may be some that are not committed yet."""
    return any(
        is_counter(node) or (isinstance(node, exp.Table) and is_local(node.meta.get(RESOLVED, ("",))[0]))
        for node in nodes
    )
