"""What the rows of each table must satisfy, read off the statement: the conditions a scan may be narrowed by.

A condition is noted only where leaving out the rows that fail it cannot change the result (the engine runs the whole
query over what is fetched, so noting too few is safe, noting a wrong one is not):

* in WHERE and in the ON of an inner join: for any table, since every form noted here rejects NULL;
* in the ON of a LEFT JOIN: for its right side; of a RIGHT JOIN: for what stands left of it; of a FULL JOIN: none;
* through `a.x = b.y`: both ways where WHERE or an inner join says so, from the kept side to the other in an outer join;
* into a derived table or a CTE that is read once, where the column comes out of it unchanged.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from xerosql.plan.literals import value_from
from xerosql.plan.model import Condition, Value

ColumnKey = tuple[str, str]
MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.GTE: exp.LTE,
    exp.GT: exp.LT,
    exp.LTE: exp.GTE,
    exp.LT: exp.GT,
    exp.EQ: exp.EQ,
}
OPERATORS: dict[type[exp.Expr], str] = {exp.GTE: "ge", exp.GT: "ge", exp.LTE: "le", exp.LT: "le", exp.EQ: "in"}

Conditions = dict[str, list[Condition]]


@dataclass
class Facts:
    """What is known of one scope's sources: conditions by alias, and which columns pass their conditions on."""

    conditions: dict[str, list[Condition]] = field(default_factory=lambda: defaultdict(list))
    passes: dict[ColumnKey, set[ColumnKey]] = field(default_factory=lambda: defaultdict(set))

    def note(self, alias: str, condition: Condition) -> None:
        if condition not in self.conditions[alias]:
            self.conditions[alias].append(condition)


def conditions_by_table(scopes: Sequence[Scope]) -> dict[int, list[Condition]]:
    """For the `id()` of every table node of a qualified query, given by its scopes, what its rows must satisfy."""
    references = Counter(id(source) for scope in scopes for _, source in scope.selected_sources.values())
    handed_down: dict[int, list[Condition]] = defaultdict(list)
    found: dict[int, list[Condition]] = {}
    for scope in reversed(scopes):  # outer scopes first: they hand conditions down to the inner ones
        facts = facts_of(scope, handed_down.get(id(scope), []))
        for alias, (_, source) in scope.selected_sources.items():
            known = facts.conditions.get(alias, [])
            if isinstance(source, exp.Table):
                found[id(source)] = known
            elif references[id(source)] == 1 and known:
                hand_down(known, source, handed_down)
    return found


def facts_of(scope: Scope, given: Iterable[Condition]) -> Facts:
    facts = Facts()
    select = scope.expression
    if not isinstance(select, exp.Select):
        return facts
    for condition in given:
        translate(condition, select, facts)
    where = select.args.get("where")
    if where is not None:
        for conjunct in conjuncts(where.this):
            for each in unmerged(conjunct, joined_columns(select)):
                note_conjuncts(each, facts, None, None)
    left = [aliased(select.args.get("from_") or select.args.get("from"))]
    for join in select.args.get("joins") or []:
        note_join(join, left, facts)
        left.append(aliased(join))
    spread(facts)
    return facts


def aliased(node: exp.Expr | None) -> str:
    return node.this.alias_or_name if node is not None else ""


def note_join(join: exp.Join, left: list[str], facts: Facts) -> None:
    on = join.args.get("on")
    side, right = join.side.upper(), aliased(join)
    if on is None or side == "FULL" or join.kind.upper() in ("SEMI", "ANTI"):
        return
    if side == "LEFT":
        note_conjuncts(on, facts, {right}, right)
    elif side == "RIGHT":
        note_conjuncts(on, facts, set(left), None, kept=right)
    else:
        note_conjuncts(on, facts, None, None)


def joined_columns(select: exp.Select) -> set[frozenset[ColumnKey]]:
    """The pairs of columns that some join, of any kind, says are equal."""
    ons = [join.args["on"] for join in select.args.get("joins") or [] if join.args.get("on") is not None]
    return {frozenset(pair) for on in ons for conjunct in conjuncts(on) for pair in equalities_in(conjunct)}


def unmerged(conjunct: exp.Expr, joined: set[frozenset[ColumnKey]]) -> Iterator[exp.Expr]:
    """A conjunct on the one column that USING makes of two, COALESCE(a.x, b.x), holds for each of them.

    Whatever the kind of the join: where it says a.x = b.x, a row with another a.x or b.x has that in the COALESCE too.
    """
    merged = [node for node in conjunct.find_all(exp.Coalesce) if is_merged(node, joined)]
    if not merged or any(node != merged[0] for node in merged):
        yield conjunct
        return
    for place in range(2):
        one = conjunct.copy()
        for node in list(one.find_all(exp.Coalesce)):
            node.replace([node.this, *node.expressions][place])
        yield one


def is_merged(node: exp.Coalesce, joined: set[frozenset[ColumnKey]]) -> bool:
    columns = [node.this, *node.expressions]
    if len(columns) != 2 or not all(isinstance(each, exp.Column) for each in columns):
        return False
    return frozenset((each.table, each.name) for each in columns) in joined


def note_conjuncts(
    predicate: exp.Expr, facts: Facts, only: set[str] | None, receiver: str | None, *, kept: str = ""
) -> None:
    """Note each conjunct: conditions for the aliases in `only` (None: all), equalities as ways to pass them on.

    `receiver` is the right side of a LEFT JOIN, the only one that conditions pass to; `kept` the right side of a RIGHT
    JOIN, the only one they do not pass to.
    """
    for conjunct in conjuncts(predicate):
        for alias, condition in conditions_in(conjunct):
            if only is None or alias in only:
                facts.note(alias, condition)
            elif receiver:
                pass_from_on(alias, condition, predicate, receiver, facts)
        for one, other in equalities_in(conjunct):
            for source, target in ((one, other), (other, one)):
                if target[0] != kept and (receiver is None or target[0] == receiver):
                    facts.passes[source].add(target)


def pass_from_on(alias: str, condition: Condition, on: exp.Expr, receiver: str, facts: Facts) -> None:
    """`ON a.x = 1 AND a.x = b.y` of a LEFT JOIN to b: a row of b matches only with y = 1."""
    for conjunct in conjuncts(on):
        for one, other in equalities_in(conjunct):
            for source, target in ((one, other), (other, one)):
                if source == (alias, condition.column) and target[0] == receiver:
                    facts.note(receiver, replace(condition, column=target[1], direct=False))


def spread(facts: Facts) -> None:
    """Pass every condition along the equalities until nothing new is learnt."""
    waiting = [(alias, each) for alias, known in facts.conditions.items() for each in known]
    while waiting:
        alias, condition = waiting.pop()
        for target_alias, target_column in facts.passes.get((alias, condition.column), ()):
            passed = replace(condition, column=target_column, direct=False)
            known = facts.conditions[target_alias]
            if not any(replace(each, direct=False) == passed for each in known):
                known.append(passed)
                waiting.append((target_alias, passed))


def conjuncts(predicate: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(predicate, exp.Paren):
        yield from conjuncts(predicate.this)
    elif isinstance(predicate, exp.And):
        yield from conjuncts(predicate.this)
        yield from conjuncts(predicate.expression)
    else:
        yield predicate


def equalities_in(conjunct: exp.Expr) -> Iterator[tuple[ColumnKey, ColumnKey]]:
    """`a.x = b.y`, where both are of the same type."""
    if isinstance(conjunct, exp.EQ):
        one, other = conjunct.this, conjunct.expression
        if isinstance(one, exp.Column) and isinstance(other, exp.Column) and same_type(one, other):
            yield (one.table, one.name), (other.table, other.name)


def same_type(one: exp.Column, other: exp.Column) -> bool:
    return one.type is not None and other.type is not None and one.type.this == other.type.this


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


def disjuncts(predicate: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(predicate, exp.Paren):
        yield from disjuncts(predicate.this)
    elif isinstance(predicate, exp.Or):
        yield from disjuncts(predicate.this)
        yield from disjuncts(predicate.expression)
    else:
        yield predicate


def translate(condition: Condition, select: exp.Select, facts: Facts) -> None:
    """A condition on an output column becomes one on the inner column it is, if it is one."""
    for projection in select.selects:
        if projection.alias_or_name == condition.column:
            column = projection.unalias()
            if isinstance(column, exp.Column) and may_filter_before(column, select):
                facts.note(column.table, replace(condition, column=column.name))
            return


def may_filter_before(column: exp.Column, select: exp.Select) -> bool:
    """Whether dropping rows by `column` before the SELECT is the same as dropping its result rows."""
    if any(select.args.get(part) for part in ("limit", "offset", "qualify", "fetch")):
        return False
    distinct = select.args.get("distinct")
    if distinct is not None and distinct.args.get("on") is not None:
        return False
    if select.find(exp.Window):
        return False
    group = select.args.get("group")
    if group is None:
        return not any(projection.find(exp.AggFunc) for projection in select.selects) and not select.args.get("having")
    plain = not any(group.args.get(part) for part in ("grouping_sets", "cube", "rollup", "totals", "all"))
    return plain and any(each == column for each in group.expressions)


def hand_down(known: list[Condition], source: Scope, handed_down: Mapping[int, list[Condition]]) -> None:
    """Give conditions on a derived table's columns to the query behind it, in every branch of a set operation."""
    expression = source.expression
    names = getattr(expression.parent, "alias_column_names", None)
    if names or source.is_udtf or recursive(source):
        return
    if isinstance(expression, exp.SetOperation):
        hand_down_to_branches(known, source, handed_down)
    elif isinstance(expression, exp.Select):
        handed_down[id(source)].extend(known)


def hand_down_to_branches(known: list[Condition], source: Scope, handed_down: Mapping[int, list[Condition]]) -> None:
    expression = source.expression
    by_position = not any(expression.args.get(part) for part in ("limit", "offset", "by_name"))
    if not isinstance(expression, exp.Query) or not by_position:
        return
    outputs = [name.lower() for name in expression.named_selects]
    for branch in branches(source):
        if not isinstance(branch.expression, exp.Query):
            continue
        own = [name.lower() for name in branch.expression.named_selects]
        moved = [replace(each, column=own[outputs.index(each.column)]) for each in known if each.column in outputs]
        if isinstance(branch.expression, exp.SetOperation):
            hand_down_to_branches(moved, branch, handed_down)
        elif isinstance(branch.expression, exp.Select):
            handed_down[id(branch)].extend(moved)


def branches(source: Scope) -> list[Scope]:
    """The scopes of a set operation's sides; sqlglot 28 calls them by another name."""
    found: list[Scope] = getattr(source, "set_operation_scopes", None) or getattr(source, "union_scopes", [])
    return found


def recursive(source: Scope) -> bool:
    with_ = source.expression.find_ancestor(exp.With)
    return with_ is not None and bool(with_.args.get("recursive"))
