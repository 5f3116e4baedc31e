"""The conditions of a query as a person would write them, for EXPLAIN."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from xerosql.plan.conjuncts import conditions_in
from xerosql.plan.model import Condition, Predicate
from xerosql.plan.names import Names, sources_in_reach, spelled
from xerosql.plan.origins import SCAN
from xerosql.plan.predicates import Facts, Inference

#: The longest condition that is shown whole, in characters.
LONGEST = 160


def predicates_of(inference: Inference, names: Names) -> tuple[Predicate, ...]:
    """Every condition of WHERE and ON, with the scans that it speaks of."""
    spelling = {name: spelled([name])[0] for name in column_names(inference)}
    found = [
        Predicate(readable(conjunct, spelling), tuple(scans_in(conjunct, facts)), conditions(conjunct))
        for facts in inference.facts.values()
        for conjunct in facts.conjuncts
    ]
    return tuple(dict.fromkeys(found))


def conditions(conjunct: exp.Expr) -> tuple[Condition, ...]:
    return tuple(condition for _, condition in conditions_in(conjunct))


def column_names(inference: Inference) -> Iterator[str]:
    for facts in inference.facts.values():
        for conjunct in facts.conjuncts:
            yield from (column.name for column in conjunct.find_all(exp.Column))


def scans_in(conjunct: exp.Expr, facts: Facts) -> Iterator[str]:
    """The scans whose columns the condition mentions, subqueries left aside."""
    reach = sources_in_reach(facts.scope)
    seen = set()
    for column in conjunct.find_all(exp.Column):
        source = reach.get(column.table.lower())
        if isinstance(source, exp.Table) and SCAN in source.meta and source.meta[SCAN] not in seen:
            seen.add(source.meta[SCAN])
            yield source.meta[SCAN]


def readable(conjunct: exp.Expr, spelling: dict[str, str]) -> str:
    """The condition's SQL with names as the catalog spells them, without quotes, cut where it is long."""
    copy = conjunct.copy()
    for query in list(copy.find_all(exp.Subquery, exp.Select)):
        if query is not copy and query.find_ancestor(exp.Subquery, exp.Select) is None:
            query.replace(exp.Var(this="(SELECT …)"))
    for identifier in copy.find_all(exp.Identifier):
        identifier.set("this", spelling.get(identifier.name, identifier.name))
        identifier.set("quoted", False)
    text = copy.sql(dialect="postgres")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
