"""What the rows of each table must satisfy, read off the statement: the conditions a scan may be narrowed by.

A condition is noted only where leaving out the rows that fail it cannot change the result (the engine runs the whole
query over what is fetched, so noting too few is safe, noting a wrong one is not):

* in WHERE and in the ON of an inner join: for any table, since every form noted here rejects NULL;
* in the ON of a LEFT JOIN: for its right side; of a RIGHT JOIN: for what stands left of it; of a FULL JOIN: none;
* through `a.x = b.y`: both ways where WHERE or an inner join says so, from the kept side to the other in an outer join.
  What passes are values of the statement, and the keys: the values that a.x has once a's rows are there;
* into a derived table or a CTE that is read once, where the column comes out of it unchanged;
* between a query and its subqueries, see `subqueries.py`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from xerosql.plan.below import hand_down, translate
from xerosql.plan.conjuncts import (
    ColumnKey,
    are_alike,
    conditions_in,
    conjuncts,
    equalities_in,
    implied_by,
    is_never_true,
    joined_columns,
    key,
    merged_equality,
    rejects_null,
    unmerged,
)
from xerosql.plan.literals import volatile
from xerosql.plan.model import Condition, Constant, Keys
from xerosql.plan.origins import COLUMNS, Origins, aliased, aliases_of, null_supplied, origins_of, together
from xerosql.plan.subqueries import Subqueries, conditions_of_subqueries, equalities_inside

#: What keeps a conjunct from filtering one table's rows by itself.
NO_FILTER = (exp.Query, exp.Subquery, exp.Anonymous, exp.AggFunc, exp.Window, exp.Rand, exp.Uuid)
#: Columns that settle another one of the same row: equal TaskIds are of equal ProjectIds. By table node's `id()`.
Settles = Mapping[int, Mapping[str, str]]


@dataclass
class Facts:
    """What is known of one scope's sources: conditions by alias, and which columns pass their conditions on."""

    scope: Scope
    conditions: dict[str, list[Condition]] = field(default_factory=lambda: defaultdict(list))
    passes: dict[ColumnKey, set[ColumnKey]] = field(default_factory=lambda: defaultdict(set))
    #: The conjuncts by `id()` that every row of the result satisfies.
    holding: set[int] = field(default_factory=set)
    #: By alias, the conjuncts that are a list of values and nothing else, with what they say.
    listing: dict[str, list[tuple[Condition, exp.Expr]]] = field(default_factory=lambda: defaultdict(list))
    #: By alias, the conjuncts on its columns alone by which its rows may be filtered before anything else.
    filters: dict[str, list[exp.Expr]] = field(default_factory=lambda: defaultdict(list))
    #: The aliases whose columns an outer join may fill with NULL.
    outer: set[str] = field(default_factory=set)
    #: The aliases of which WHERE wants a row: it rejects NULL for them.
    present: set[str] = field(default_factory=set)
    #: All conjuncts of WHERE and ON.
    conjuncts: list[exp.Expr] = field(default_factory=list)

    def note(self, alias: str, condition: Condition) -> None:
        if condition not in self.conditions[alias]:
            self.conditions[alias].append(condition)

    def note_keys(self, column: ColumnKey, sources: Origins) -> None:
        """The column's useful values are among those of `sources`."""
        if sources:
            self.note(column[0], Condition(column[1], "in", (Keys(sources),), direct=False))


class Inference:
    """Reads the scopes of a qualified query, the outer ones first: they hand conditions down to the inner ones.

    `required` has the columns that are never NULL, and `settles` those that settle another, of every table node by its
    `id()`.
    """

    def __init__(
        self, scopes: Sequence[Scope], required: Mapping[int, frozenset[str]], settles: Settles | None = None
    ) -> None:
        self.scopes = scopes
        self.settles = settles or {}
        self.references = Counter(id(source) for scope in scopes for _, source in scope.selected_sources.values())
        self.handed_down: dict[int, list[Condition]] = defaultdict(list)
        self.subqueries = Subqueries(scopes, required)
        self.facts: dict[int, Facts] = {}
        self.places: dict[int, tuple[Facts, str]] = {}

    def place_of(self, table: exp.Table) -> tuple[Facts, str] | tuple[None, str]:
        """The facts of the SELECT that a table stands in, and what it is called there."""
        return self.places.get(id(table), (None, ""))

    def is_listed(self, table: exp.Table) -> bool:
        """Whether the SELECT of a table says nothing of its rows but lists of values for their columns."""
        facts, alias = self.place_of(table)
        where = facts.scope.expression.args.get("where") if facts else None
        if facts is None or where is None:
            return facts is not None
        listed = {id(conjunct) for _, conjunct in facts.listing[alias]}
        return all(id(conjunct) in listed for conjunct in conjuncts(where.this))

    def conditions_by_table(self) -> dict[int, list[Condition]]:
        """For the `id()` of every table node, what its rows must satisfy."""
        found: dict[int, list[Condition]] = {}
        for scope in reversed(self.scopes):
            facts = self.facts[id(scope)] = self.facts_of(scope)
            for alias, (_, source) in scope.selected_sources.items():
                known = facts.conditions.get(alias, [])
                if isinstance(source, exp.Table):
                    found[id(source)] = known
                    self.places[id(source)] = facts, alias
                elif self.references[id(source)] == 1 and known:
                    hand_down(known, source, self.handed_down)
            for other, given in self.subqueries.taken_away(scope):
                hand_down(given, other, self.handed_down)
            for subquery, given in self.subqueries.handed_down(scope, facts.conditions, facts.holding):
                hand_down(given, subquery, self.handed_down)
        return found

    def facts_of(self, scope: Scope) -> Facts:
        facts = Facts(scope)
        select = scope.expression
        if not isinstance(select, exp.Select):
            return facts
        for condition in self.handed_down.get(id(scope), []):
            translate(condition, select, facts.note)
        self.read(select, facts)
        self.note_settled(facts)
        self.note_around(facts)
        self.note_passing_keys(facts)
        spread(facts)
        return facts

    def read(self, select: exp.Select, facts: Facts) -> None:
        """Note what WHERE and the joins say."""
        where = select.args.get("where")
        joined = joined_columns(select)
        facts.present = present(select)
        facts.outer = null_supplied(select) - facts.present
        if where is not None:
            for conjunct in conjuncts(where.this):
                for each in unmerged(conjunct, joined):
                    self.note_conjuncts(each, facts, None, None)
        left = [aliased(select.args.get("from_") or select.args.get("from"))]
        for join in select.args.get("joins") or []:
            self.note_join(join, left, facts, joined)
            left.append(aliased(join))

    def side_of(self, join: exp.Join, left: list[str], facts: Facts) -> str:
        """LEFT, RIGHT, FULL or nothing: the side that a join really has.

        Where WHERE rejects NULL for an alias, the rows in which an outer join has left it out are none of the result.
        """
        side = join.side.upper()
        keeps_left = side in ("LEFT", "FULL") and aliased(join) not in facts.present
        keeps_right = side in ("RIGHT", "FULL") and not facts.present & set(left)
        return {(True, True): "FULL", (True, False): "LEFT", (False, True): "RIGHT"}.get((keeps_left, keeps_right), "")

    def note_join(self, join: exp.Join, left: list[str], facts: Facts, joined: list[set[ColumnKey]]) -> None:
        on = join.args.get("on")
        side, right = self.side_of(join, left, facts), aliased(join)
        if on is None or side == "FULL" or join.kind.upper() in ("SEMI", "ANTI"):
            return
        if side == "LEFT":
            self.note_conjuncts(on, facts, {right}, right)
        elif side == "RIGHT":
            self.note_conjuncts(on, facts, set(left), None, kept=aliases_of(join.this))
        else:
            self.note_conjuncts(on, facts, None, None)
        for conjunct in conjuncts(on):
            merged = merged_equality(conjunct)
            if merged is not None:
                note_merged(*merged, right, side, facts, alike=are_alike(merged[0], joined))

    def note_conjuncts(
        self,
        predicate: exp.Expr,
        facts: Facts,
        only: set[str] | None,
        receiver: str | None,
        *,
        kept: Container[str] = (),
    ) -> None:
        """Note each conjunct: conditions for the aliases in `only` (None: all), equalities as ways to pass them on.

        `receiver` is the right side of a LEFT JOIN, the only one that conditions pass to; `kept` the right side of a
        RIGHT JOIN, which they do not pass to.
        """
        for conjunct in conjuncts(predicate):
            facts.conjuncts.append(conjunct)
            if only is None:
                facts.holding.add(id(conjunct))
            note_filter(conjunct, facts, only, receiver)
            self.note_values(conjunct, facts, only)
            if receiver:
                for alias, condition in conditions_in(conjunct):
                    pass_from_on(alias, condition, predicate, receiver, facts)
            for one, other in (*equalities_in(conjunct), *equalities_inside(conjunct)):
                for source, target in ((one, other), (other, one)):
                    if target[0] not in kept and (receiver is None or target[0] == receiver):
                        facts.passes[source].add(target)

    def note_values(self, conjunct: exp.Expr, facts: Facts, only: set[str] | None) -> None:
        """What a conjunct says of the values that columns of the aliases in `only` (None: all) have."""
        for alias, condition in conditions_in(conjunct):
            if only is None or alias in only:
                facts.note(alias, condition)
                facts.listing[alias].append((condition, conjunct))
        also = conditions_of_subqueries(conjunct, facts.scope, self.subqueries)
        for alias, condition in (*implied_by(conjunct), *also):
            if only is None or alias in only:
                facts.note(alias, condition)
        if is_never_true(conjunct):
            note_nothing(facts, only)

    def note_passing_keys(self, facts: Facts) -> None:
        """A column that passes its conditions on passes its values on too, once they are known."""
        for source, targets in facts.passes.items():
            keys = origins_of(facts.scope, *source)
            told = self.told_by(facts.scope.sources.get(source[0]), source[1])
            for target in targets:
                facts.note_keys(target, keys)
                facts.note_keys(target, told)

    def told_by(self, source: exp.Expr | Scope | None, column: str) -> Origins:
        """The keys that a derived table's own result tells."""
        if not isinstance(source, Scope) or not isinstance(source.expression, exp.Query):
            return ()
        outputs = [name.lower() for name in source.expression.named_selects]
        return self.subqueries.told_by(source, outputs.index(column)) if column in outputs else ()

    def note_settled(self, facts: Facts) -> None:
        """Where `a.TaskId = b.TaskId` passes, so does `a.ProjectId = b.ProjectId`."""
        for source, targets in list(facts.passes.items()):
            settled = self.settled_by(source, facts)
            for target in list(targets):
                also = self.settled_by(target, facts)
                if settled and also and source[1] == target[1]:
                    facts.passes[source[0], settled].add((target[0], also))

    def settled_by(self, column: ColumnKey, facts: Facts) -> str:
        source = facts.scope.sources.get(column[0])
        return self.settles.get(id(source), {}).get(column[1], "")

    def note_around(self, facts: Facts) -> None:
        """What is known of the queries around a subquery holds for their columns inside it too."""
        around = facts.scope.parent
        nearer = set(facts.scope.selected_sources)
        while around is not None:
            known = self.facts.get(id(around))
            for alias, conditions in (known.conditions if known else {}).items():
                for condition in conditions if alias not in nearer else ():
                    facts.note(alias, condition)  # what is around has been told of what is around that, too
            nearer |= set(around.selected_sources)
            around = around.parent


def note_nothing(facts: Facts, only: set[str] | None) -> None:
    """A condition that is never true: no row of these aliases is of use."""
    for alias, (_, source) in facts.scope.selected_sources.items():
        if isinstance(source, exp.Table):
            outputs = source.meta.get(COLUMNS, ())
        else:
            outputs = source.expression.named_selects if isinstance(source.expression, exp.Query) else ()
        for column in list(outputs)[:1] if only is None or alias in only else ():
            facts.note(alias, Condition(column.lower(), "in", (Constant(None),), direct=False))


def present(select: exp.Select) -> set[str]:
    """The aliases for which a condition of WHERE cannot be true of NULL."""
    where = select.args.get("where")
    if where is None or not any(join.side for join in select.args.get("joins") or []):
        return set()
    aliases = {column.table for column in where.find_all(exp.Column)}
    found = list(conjuncts(where.this))
    return {alias for alias in aliases if any(rejects_null(conjunct, alias) for conjunct in found)}


def note_filter(conjunct: exp.Expr, facts: Facts, only: set[str] | None, receiver: str | None) -> None:
    """A conjunct on one alias alone filters its rows; where they may be NULL for an outer join, only if NULL fails it.

    The ON of an outer join filters what it filters anyway: the right side of a LEFT JOIN whatever it says of NULL.
    """
    aliases = {column.table for column in conjunct.find_all(exp.Column)}
    if len(aliases) != 1 or conjunct.find(*NO_FILTER) or volatile(conjunct):
        return
    (alias,) = aliases
    if only is not None and alias not in only:
        return
    free = alias == receiver or (only is None and alias not in facts.outer)
    if free or rejects_null(conjunct, alias):
        facts.filters[alias].append(conjunct)


def note_merged(
    columns: list[exp.Column], other: exp.Column, right: str, side: str, facts: Facts, *, alike: bool
) -> None:
    """`COALESCE(a.x, b.x) = c.x`, of a second USING: c's keys bind a and b; c is bound by either, or by both together.

    Where an outer join may have left a or b out, a row has its x from the other one only. And unless the joins say
    that the columns are `alike`, of a COALESCE that only looks like a USING, c is bound by both together and they by
    nothing.
    """
    one = key(other)
    if side != "LEFT" and alike:  # of a LEFT JOIN the rows on the left stay whatever the right one has
        for column in columns:
            if other.table == right:
                facts.passes[one].add(key(column))
    if side == "RIGHT" or other.table != right:
        return
    if not alike or any(column.table in facts.outer for column in columns):
        facts.note_keys(one, together([origins_of(facts.scope, *key(column)) for column in columns]))
        return
    for column in columns:
        facts.passes[key(column)].add(one)


def pass_from_on(alias: str, condition: Condition, on: exp.Expr, receiver: str, facts: Facts) -> None:
    """`ON a.x = 1 AND a.x = b.y` of a LEFT JOIN to b: a row of b matches only with y = 1."""
    for conjunct in conjuncts(on):
        for one, other in equalities_in(conjunct):
            for source, target in ((one, other), (other, one)):
                if source == (alias, condition.column) and target[0] == receiver:
                    facts.note(receiver, replace(condition, column=target[1], direct=False))


def says_the_same(one: Condition, other: Condition) -> bool:
    """Whether two conditions are alike, however they were come by."""
    return (one.column, one.operator, one.values) == (other.column, other.operator, other.values)


def spread(facts: Facts) -> None:
    """Pass every condition along the equalities until nothing new is learnt."""
    waiting = [(alias, each) for alias, known in facts.conditions.items() for each in known]
    while waiting:
        alias, condition = waiting.pop()
        for target_alias, target_column in facts.passes.get((alias, condition.column), ()):
            passed = replace(condition, column=target_column, direct=False)
            known = facts.conditions[target_alias]
            if not any(says_the_same(each, passed) for each in known):
                known.append(passed)
                waiting.append((target_alias, passed))
