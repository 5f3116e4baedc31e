"""A query with its names bound: what its tables and columns are is settled, and nothing is known of values yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from xerosql.errors import ProgrammingError
from xerosql.plan.flat import flatten
from xerosql.plan.names import Names, qualified, resolve
from xerosql.plan.naming import OutputNames
from xerosql.plan.unused import leave_out_unused
from xerosql.plan.using import merge_using, note_using
from xerosql.plan.views import Place, expand, refuse_out_of_date


@dataclass(frozen=True)
class Bound:
    """A query with every column bound to its table and types told, its scopes, and its columns' names as written."""

    query: exp.Expr
    scopes: Sequence[Scope]
    names: tuple[str, ...]


def bound(query: exp.Expr, names: Names, *, within: tuple[Place, ...] = (), opaque: bool = False) -> Bound:
    """Bind the names of a query, with its views replaced by their definitions; it is used up.

    With `opaque` a view is a table like others. The query may not come to read the views `within`.
    """
    nodes = list(query.walk())
    resolve(nodes, names)
    outputs = OutputNames.of(query, nodes, names)
    note_using(node for node in nodes if isinstance(node, exp.Join))
    views = [] if opaque else expand(nodes, names, within)
    try:
        query, scopes = qualified(query, list(query.walk()) if views else nodes, names)
    except ProgrammingError:
        refuse_out_of_date(views, names)
        raise
    merged = merge_using(scope.expression for scope in reversed(scopes) if isinstance(scope.expression, exp.Select))
    flat = flatten(query, views)  # first, since a view without a column in use names none
    if leave_out_unused(query, views) or flat or merged:
        scopes = traverse_scope(query)
    return Bound(query, scopes, outputs.of_result(query))
