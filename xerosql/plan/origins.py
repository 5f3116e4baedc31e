"""Where the values of a column come from: the tables' own columns that hold every value it can have.

A column passes through a SELECT, a WITH, a set operation, DISTINCT, GROUP BY, LIMIT or an outer join with some of its
values left out or NULL put in, and NULL equals nothing; so the values it is compared by are among those of its origins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from xerosql.plan.model import KeySource
from xerosql.plan.names import sources_in_reach

#: Where a table's node keeps the name of its scan.
SCAN = "xerosql_scan"
#: Where it keeps the names of its columns, in lower case.
COLUMNS = "xerosql_columns"
Origins = tuple[KeySource, ...]
NOWHERE: Origins = ()


def origins_of(scope: Scope, alias: str, column: str) -> Origins:
    """The origins of a column as `scope` calls it; none where they cannot be told."""
    source = sources_in_reach(scope).get(alias.lower())
    if isinstance(source, exp.Table):
        return (KeySource(source.meta[SCAN], column),) if SCAN in source.meta else NOWHERE
    return origins_of_output(source, column) if isinstance(source, Scope) else NOWHERE


def origins_of_output(scope: Scope, name: str) -> Origins:
    """The origins of a column that a query puts out."""
    expression = scope.expression
    if not isinstance(expression, exp.Query) or is_recursive(scope) or scope.is_udtf or renamed(scope):
        return NOWHERE
    outputs = [output.lower() for output in expression.named_selects]
    return origins_at(scope, outputs.index(name)) if name in outputs else NOWHERE


def origins_at(scope: Scope, place: int) -> Origins:
    """The origins of the output column at `place`."""
    expression = scope.expression
    if isinstance(expression, exp.SetOperation):
        if expression.args.get("by_name"):
            return NOWHERE
        sides = branches(scope)
        if not isinstance(expression, exp.Union):
            return origins_at(sides[0], place) if sides else NOWHERE
        return together([origins_at(side, place) for side in sides])
    if not isinstance(expression, exp.Select) or place >= len(expression.selects):
        return NOWHERE
    return origins_of_expression(scope, expression.selects[place].unalias())


def origins_of_expression(scope: Scope, node: exp.Expr) -> Origins:
    match node:
        case exp.Paren():
            return origins_of_expression(scope, node.this)
        case exp.Column():
            return origins_of(scope, node.table, node.name)
        case exp.Coalesce():
            return together([origins_of_expression(scope, each) for each in (node.this, *node.expressions)])
        case exp.Min() | exp.Max() if not node.expressions:
            return origins_of_expression(scope, node.this)
    return NOWHERE


def together(parts: list[Origins]) -> Origins:
    """The union, unless one part is unknown."""
    return tuple(dict.fromkeys(each for part in parts for each in part)) if all(parts) else NOWHERE


def never_null(scope: Scope, place: int, required: Mapping[int, frozenset[str]]) -> bool:
    """Whether the output column at `place` is a table's own column that is never NULL, of a table on no outer side.

    `required` has the columns without NULL of every table, by the node's `id()`.
    """
    select = scope.expression
    if not isinstance(select, exp.Select) or place >= len(select.selects):
        return False
    column = select.selects[place].unalias()
    if not isinstance(column, exp.Column) or column.table in null_supplied(select):
        return False
    source = scope.sources.get(column.table)
    return isinstance(source, exp.Table) and column.name in required.get(id(source), frozenset())


def null_supplied(select: exp.Select) -> set[str]:
    """The aliases whose columns an outer join of the SELECT may fill with NULL."""
    first = select.args.get("from_") or select.args.get("from")
    return filled_with_null(first.this, joins_of(select)) if first is not None else set()


def filled_with_null(first: exp.Expr, joins: Sequence[exp.Join]) -> set[str]:
    found, left = nulls_within(first), aliases_of(first)
    for join in joins:
        side, right = join.side.upper(), aliases_of(join.this)
        found |= nulls_within(join.this)
        found |= right if side in ("LEFT", "FULL") else set()
        found |= left if side in ("RIGHT", "FULL") else set()
        left |= right
    return found


def nulls_within(operand: exp.Expr) -> set[str]:
    return filled_with_null(operand.this, joins_of(operand.this)) if is_in_parentheses(operand) else set()


def aliases_of(operand: exp.Expr) -> set[str]:
    """The aliases of what follows FROM or JOIN: several, where that is a join in parentheses."""
    if not is_in_parentheses(operand):
        return {operand.alias_or_name}
    return aliases_of(operand.this).union(*(aliases_of(join.this) for join in joins_of(operand.this)))


def is_in_parentheses(operand: exp.Expr) -> bool:
    """Whether what follows FROM or JOIN is a join in parentheses, whose first table has its joins."""
    inner = operand.this
    return isinstance(operand, exp.Subquery) and not operand.alias and isinstance(inner, exp.Table | exp.Subquery)


def joins_of(operand: exp.Expr) -> list[exp.Join]:
    return operand.args.get("joins") or []


def aliased(node: exp.Expr | None) -> str:
    return node.this.alias_or_name if node is not None else ""


def renamed(scope: Scope) -> bool:
    """Whether the columns of a derived table have other names outside, as in `AS t(a, b)`."""
    return bool(getattr(scope.expression.parent, "alias_column_names", None))


def branches(source: Scope) -> list[Scope]:
    """The scopes of a set operation's sides; sqlglot 28 calls them by another name."""
    found: list[Scope] = getattr(source, "set_operation_scopes", None) or getattr(source, "union_scopes", [])
    return found


def is_recursive(scope: Scope) -> bool:
    with_ = scope.expression.find_ancestor(exp.With)
    return with_ is not None and bool(with_.args.get("recursive"))
