"""SQL text to a plan: the table of contents of this package."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from threading import Lock

from sqlglot import exp

from xerosql.errors import Error, InternalError, NotSupportedError, ProgrammingError
from xerosql.plan.commands import plan_command
from xerosql.plan.dialect import parse, refuse_surrogates, spell_out
from xerosql.plan.explain_options import Explained, read_explain
from xerosql.plan.model import (
    DeletePlan,
    ExplainPlan,
    InsertPlan,
    Plan,
    ReadPlan,
    ScratchPlan,
    TransactionPlan,
    UpdatePlan,
)
from xerosql.plan.names import Names, TemporaryWanted
from xerosql.plan.parameters import number_parameters
from xerosql.plan.query import plan_query
from xerosql.plan.sandbox import refuse_functions, refuse_statement, refuse_unreadable
from xerosql.plan.scratch import plan_scratch, targets_scratch
from xerosql.plan.sequences import resolve_counters
from xerosql.plan.temporary import with_into
from xerosql.plan.writes import plan_delete, plan_insert, plan_update

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns about statements that we refuse with a better sentence

#: What PostgreSQL also calls BEGIN and ROLLBACK.
SYNONYMS: dict[str, exp.Expr] = {"START TRANSACTION": exp.Transaction(), "ABORT": exp.Rollback()}
TRANSACTIONS: dict[type[exp.Expr], str] = {exp.Transaction: "begin", exp.Commit: "commit", exp.Rollback: "rollback"}


#: From so many characters on statements are planned one after the other, and few plans of them are kept: they take
#: memory and time in proportion, megabytes and a second for ten thousand values of an IN.
LONG, LONG_PLANS = 20_000, 4


@dataclass(frozen=True)
class Known:
    """What names mean. `version` differs for all `names` that differ, and is what they are compared by."""

    version: Hashable
    names: Names = field(compare=False)


class Planner:
    """Plans statements for one connection and its siblings, from any thread. The same text under the same names is
    planned once."""

    def __init__(self, dialect: str = "xero", cache_size: int = 256) -> None:
        self.dialect = dialect
        self.cached = lru_cache(maxsize=cache_size)(self.planned)
        self.cached_long = lru_cache(maxsize=LONG_PLANS)(self.planned)
        self.one_long = Lock()

    def plan(self, sql: str, names: Names, version: Hashable) -> Plan:
        """The plan of `sql`. `version` differs for all `names` that differ."""
        known = Known(version, names)
        if len(sql) < LONG:
            return self.cached(sql, known)
        with self.one_long:
            return self.cached_long(sql, known)

    def planned(self, sql: str, known: Known) -> Plan:
        try:
            return make_plan(sql, known.names, self.dialect)
        except (Error, RecursionError, TemporaryWanted):
            raise
        except Exception as error:  # the parser and its optimiser fail in ways of their own on SQL that makes no sense
            raise ProgrammingError(
                f"the statement cannot be understood ({type(error).__name__}); is an argument missing somewhere?"
            ) from error


def make_plan(sql: str, names: Names, dialect: str = "xero") -> Plan:
    """Parse, refuse what is not ours, and plan by the kind of statement."""
    refuse_surrogates(sql)
    if (command := plan_command(sql, names)) is not None:
        return command
    if (explained := read_explain(sql)) is not None:
        return plan_explain(explained, names, dialect)
    expression = parsed(sql, dialect)
    if isinstance(expression, exp.Values):
        expression = exp.select("*").from_(exp.alias_(expression, "values", table=True))
    expression = with_into(expression)
    refuse_statement(expression, sql)
    nodes = list(expression.walk())
    refuse_functions(nodes)
    spell_out(nodes)
    resolve_counters(nodes, names)
    parameters = number_parameters(nodes)
    if type(expression) in TRANSACTIONS:
        return TransactionPlan(TRANSACTIONS[type(expression)], parameters)
    if targets_scratch(expression, names):
        return plan_scratch(expression, names, parameters)
    match expression:
        case exp.Query():
            return plan_query(expression, names, parameters)
        case exp.Insert():
            return plan_insert(expression, names, parameters)
        case exp.Update():
            return plan_update(expression, names, parameters)
        case exp.Delete():
            return plan_delete(expression, names, parameters)
    raise InternalError(f"no plan for a {type(expression).__name__} statement")


def plan_explain(explained: Explained, names: Names, dialect: str) -> ExplainPlan:
    """EXPLAIN of a statement; NotSupportedError for one that EXPLAIN has nothing to say of."""
    plan = make_plan(explained.statement, replace(names, explaining=True), dialect)
    if not isinstance(plan, ReadPlan | InsertPlan | UpdatePlan | DeletePlan | ScratchPlan):
        raise NotSupportedError("EXPLAIN takes SELECT, INSERT, UPDATE and DELETE, and statements on the scratch schema")
    if isinstance(plan, UpdatePlan | DeletePlan) and plan.table.source == "queue":
        raise NotSupportedError("EXPLAIN shows what would go to Xero, and this statement changes the queue only")
    if explained.analyze and not isinstance(plan, ReadPlan):
        raise NotSupportedError(
            "EXPLAIN ANALYZE runs the statement, and this one writes; EXPLAIN alone shows every request it would send"
        )
    return ExplainPlan(plan, explained.analyze, explained.format)


def parsed(sql: str, dialect: str) -> exp.Expr:
    """The statement; one that is refused anyway gets that sentence even where it cannot be parsed."""
    word = " ".join(sql.strip().rstrip(";").upper().split())
    if word in SYNONYMS:
        return SYNONYMS[word].copy()
    try:
        return parse(sql, dialect)
    except ProgrammingError:
        refuse_unreadable(sql)
        raise
