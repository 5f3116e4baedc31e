"""Reading one condition of a statement: what it says of which columns, by its form alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from xerosql.plan.literals import value_from
from xerosql.plan.model import Condition, Value

#: A column of a source as one SELECT calls it: alias and name.
ColumnKey = tuple[str, str]
MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.GTE: exp.LTE,
    exp.GT: exp.LT,
    exp.LTE: exp.GTE,
    exp.LT: exp.GT,
    exp.EQ: exp.EQ,
}
OPERATORS: dict[type[exp.Expr], str] = {exp.GTE: "ge", exp.GT: "ge", exp.LTE: "le", exp.LT: "le", exp.EQ: "in"}
#: Comparisons that are never true of NULL.
STRICT = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.ILike, exp.In, exp.Between)


def conjuncts(predicate: exp.Expr) -> Iterator[exp.Expr]:
    """The parts of a predicate that must all hold."""
    if isinstance(predicate, exp.Paren):
        yield from conjuncts(predicate.this)
    elif isinstance(predicate, exp.And):
        yield from conjuncts(predicate.this)
        yield from conjuncts(predicate.expression)
    else:
        yield predicate


def is_never_true(conjunct: exp.Expr) -> bool:
    """FALSE, NULL, and comparisons of literals that do not hold, such as 1 = 0."""
    node = conjunct.unnest() if isinstance(conjunct, exp.Paren) else conjunct
    if isinstance(node, exp.Boolean):
        return not node.this
    if isinstance(node, exp.Null):
        return True
    if not isinstance(node, exp.EQ | exp.NEQ):
        return False
    one, other = node.this, node.expression
    if not isinstance(one, exp.Literal) or not isinstance(other, exp.Literal) or one.is_string != other.is_string:
        return False
    return (one.name == other.name) == isinstance(node, exp.NEQ) and (
        one.is_string or (is_whole(one) and is_whole(other))
    )


def is_whole(literal: exp.Literal) -> bool:
    return literal.name.isdigit() and (literal.name == "0" or not literal.name.startswith("0"))


def disjuncts(predicate: exp.Expr) -> Iterator[exp.Expr]:
    """The parts of a predicate of which one must hold."""
    if isinstance(predicate, exp.Paren):
        yield from disjuncts(predicate.this)
    elif isinstance(predicate, exp.Or):
        yield from disjuncts(predicate.this)
        yield from disjuncts(predicate.expression)
    else:
        yield predicate


def key(column: exp.Column) -> ColumnKey:
    return column.table, column.name


# -- Columns that are equal --------------------------------------------------------------------------------------------


def equalities_in(conjunct: exp.Expr) -> Iterator[tuple[ColumnKey, ColumnKey]]:
    """`a.x = b.y`, where both are of the same type."""
    if isinstance(conjunct, exp.EQ):
        one, other = conjunct.this, conjunct.expression
        if isinstance(one, exp.Column) and isinstance(other, exp.Column) and same_type(one, other):
            yield key(one), key(other)


def same_type(one: exp.Expr, other: exp.Expr) -> bool:
    return one.type is not None and other.type is not None and one.type.this == other.type.this


def members(node: exp.Expr | None) -> list[exp.Column]:
    """The columns that USING makes one of: `COALESCE(a.x, b.x)` has a.x and b.x. Empty for anything else."""
    if not isinstance(node, exp.Coalesce):
        return []
    columns = [node.this, *node.expressions]
    return columns if all(isinstance(each, exp.Column) for each in columns) else []


def merged_equality(conjunct: exp.Expr) -> tuple[list[exp.Column], exp.Column] | None:
    """`COALESCE(a.x, b.x) = c.x`, which a further USING becomes, as its members and the other column."""
    if not isinstance(conjunct, exp.EQ):
        return None
    for one, other in ((conjunct.this, conjunct.expression), (conjunct.expression, conjunct.this)):
        columns = members(one)
        if columns and isinstance(other, exp.Column) and all(same_type(each, other) for each in columns):
            return columns, other
    return None


def joined_columns(select: exp.Select) -> list[set[ColumnKey]]:
    """The sets of columns that the joins of a SELECT, of any kind, say are equal."""
    found: list[set[ColumnKey]] = []
    for join in select.args.get("joins") or []:
        on = join.args.get("on")
        for conjunct in conjuncts(on) if on is not None else ():
            merged = merged_equality(conjunct)
            joins_another = merged is not None and are_alike(merged[0], found)  # as further USINGs do, in their order
            alike = {key(each) for each in (*merged[0], merged[1])} if merged and joins_another else set()
            alike.update(*equalities_in(conjunct))
            if alike:
                apart = [each for each in found if not each & alike]
                found = [*apart, alike.union(*(each for each in found if each & alike))]
    return found


def unmerged(conjunct: exp.Expr, joined: list[set[ColumnKey]]) -> Iterator[exp.Expr]:
    """A conjunct on the one column that USING makes of several, COALESCE(a.x, b.x), holds for each of them.

    Whatever the kind of the joins: where they say a.x = b.x, a row with another a.x or b.x has it in the COALESCE too.
    """
    merged = [node for node in conjunct.find_all(exp.Coalesce) if is_merged(node, joined)]
    if not merged or any(node != merged[0] for node in merged):
        yield conjunct
        return
    for place in range(len(members(merged[0]))):
        one = conjunct.copy()
        for node in list(one.find_all(exp.Coalesce)):
            node.replace([node.this, *node.expressions][place])
        yield one


def is_merged(node: exp.Coalesce, joined: list[set[ColumnKey]]) -> bool:
    return are_alike(members(node), joined)


def are_alike(columns: Sequence[exp.Column], joined: Sequence[set[ColumnKey]]) -> bool:
    """Whether joins say that these columns are equal; a COALESCE of others is of their first that is not NULL."""
    keys = {key(each) for each in columns}
    return len(keys) > 1 and any(keys <= alike for alike in joined)


# -- Columns and values ------------------------------------------------------------------------------------------------


def conditions_in(conjunct: exp.Expr) -> Iterator[tuple[str, Condition]]:
    """The conditions that a conjunct is, each with the alias of its column."""
    if isinstance(conjunct, exp.Or):
        yield from alternatives(conjunct)
    elif isinstance(conjunct, exp.Between) and not conjunct.args.get("symmetric"):
        yield from bound(conjunct.this, "ge", conjunct.args["low"])
        yield from bound(conjunct.this, "le", conjunct.args["high"])
    elif isinstance(conjunct, exp.In):
        yield from listed(conjunct)
    elif type(conjunct) in OPERATORS:
        one, other = conjunct.this, conjunct.expression
        if isinstance(one, exp.Column):
            yield from compared(one, OPERATORS[type(conjunct)], other)
        elif isinstance(other, exp.Column):
            yield from compared(other, OPERATORS[MIRRORED[type(conjunct)]], one)


def compared(column: exp.Column, operator: str, other: exp.Expr) -> Iterator[tuple[str, Condition]]:
    if isinstance(other, exp.Any) and operator == "in":
        yield from any_element(column, other)
    else:
        yield from bound(column, operator, other)


def bound(column: exp.Expr, operator: str, other: exp.Expr) -> Iterator[tuple[str, Condition]]:
    value = value_from(other)
    if value is not None and isinstance(column, exp.Column):
        yield column.table, Condition(column.name, operator, (value,))


def listed(conjunct: exp.In) -> Iterator[tuple[str, Condition]]:
    column, values = conjunct.this, [value_from(each) for each in conjunct.expressions]
    if isinstance(column, exp.Column) and values and not conjunct.args.get("query"):
        known = [value for value in values if value is not None]
        if len(known) == len(values):
            yield column.table, Condition(column.name, "in", tuple(known))


def any_element(column: exp.Column, other: exp.Any) -> Iterator[tuple[str, Condition]]:
    """`column = ANY(ARRAY[…])` and `= ANY(?)` with a list."""
    array = other.this.unnest() if isinstance(other.this, exp.Paren) else other.this
    if isinstance(array, exp.Array):
        values = [value_from(each) for each in array.expressions]
        known = [value for value in values if value is not None]
        if known and len(known) == len(values):
            yield column.table, Condition(column.name, "in", tuple(known))
    elif isinstance(array, exp.Parameter | exp.Placeholder):
        value = value_from(array)
        if value is not None:
            yield column.table, Condition(column.name, "in_list", (value,))


def alternatives(conjunct: exp.Or) -> Iterator[tuple[str, Condition]]:
    """`x = 1 OR x = 2 OR x IN (3)` on one column is a list."""
    values: list[Value] = []
    where: set[ColumnKey] = set()
    for branch in disjuncts(conjunct):
        parts = list(conditions_in(branch))
        if len(parts) != 1 or parts[0][1].operator != "in" or isinstance(branch, exp.And):
            return
        alias, condition = parts[0]
        where.add((alias, condition.column))
        values += condition.values
    if len(where) == 1:
        alias, column = where.pop()
        yield alias, Condition(column, "in", tuple(values))


def implied_by(conjunct: exp.Expr) -> Iterator[tuple[str, Condition]]:
    """What an OR says besides other things: `(x = 1 AND y = 5) OR (x = 2 AND z)` has x among 1 and 2."""
    if not isinstance(conjunct, exp.Or):
        return
    branches = [list(in_branch(branch)) for branch in disjuncts(conjunct)]
    for place in set.intersection(*({(alias, each.column) for alias, each in branch} for branch in branches)):
        values = [
            value
            for branch in branches
            for value in next(each.values for alias, each in branch if (alias, each.column) == place)
        ]
        yield place[0], Condition(place[1], "in", tuple(dict.fromkeys(values)), direct=False)


def in_branch(branch: exp.Expr) -> Iterator[tuple[str, Condition]]:
    for conjunct in conjuncts(branch):
        yield from (found for found in conditions_in(conjunct) if found[1].operator == "in")


def rejects_null(predicate: exp.Expr, alias: str) -> bool:
    """Whether the predicate cannot be true of a row in which all columns of `alias` are NULL."""
    match predicate:
        case exp.Paren():
            return rejects_null(predicate.this, alias)
        case exp.And():
            return rejects_null(predicate.this, alias) or rejects_null(predicate.expression, alias)
        case exp.Or():
            return rejects_null(predicate.this, alias) and rejects_null(predicate.expression, alias)
        case exp.Not():
            inner = predicate.this.unnest() if isinstance(predicate.this, exp.Paren) else predicate.this
            if isinstance(inner, exp.Is):
                return is_of(inner.this, alias) and isinstance(inner.expression, exp.Null)
            return isinstance(inner, STRICT) and is_of(inner.this, alias) and not of_a_set(inner)
    if not isinstance(predicate, STRICT) or isinstance(predicate.args.get("expression"), exp.All):
        return False
    return is_of(predicate.this, alias) or is_of(predicate.args.get("expression"), alias)


def of_a_set(predicate: exp.Expr) -> bool:
    """Whether the comparison is with a subquery or list: NOT IN (nothing) is true even of NULL."""
    return predicate.args.get("query") is not None or isinstance(predicate.args.get("expression"), exp.Any | exp.All)


def is_of(node: exp.Expr | None, alias: str) -> bool:
    return isinstance(node, exp.Column) and node.table == alias
