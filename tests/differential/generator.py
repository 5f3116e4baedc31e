"""Random queries over Projects, Tasks, Time and Users, in which much could be pushed down, rightly or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from . import truth
from .focus import Focus
from .pools import Pool, literal
from .shapes import Shape, State
from .world import Answer, Question, World

WEIGHTS = {"select": 38, "focus": 34, "counts": 9, "values": 2, "set": 6, "with": 11}
ORDERS = ("", "", " DESC", " NULLS FIRST", " DESC NULLS LAST")


class Generator(Focus):
    """Makes one query after the other from a seed."""

    def question(self) -> Question:
        self.state = State(near=self.pick(self.pool.near))
        made: dict[str, Callable[[], str]] = {
            "select": self.top,
            "focus": self.top_focused,
            "counts": self.top_counts,
            "values": self.top_values,
            "set": self.top_set,
            "with": self.top_with,
        }
        return self.finished(made[self.weighted(WEIGHTS)]())

    def finished(self, text: str) -> Question:
        """The query in the user's words and in DuckDB's, with its marks taken out."""
        given = self.state.parameters
        used = [int(number) for number in re.findall(r"[⟦⟪](\d+)[⟧⟫]", text)]
        shared = [int(number) for number in re.findall(r"⟦(\d+)⟧", text)]
        plain = re.sub(r"⟨(\d+)⟩", lambda mark: "every." if int(mark[1]) in self.state.abroad else "", text)
        plain = re.sub(r"⟪(\d+)⟫", lambda mark: literal(given[int(mark[1])]), plain)
        user, named = re.sub(r"⟨\d+⟩", "", text), self.maybe(0.5)
        user, plain = (re.sub(r"[⟦⟪](\d+)[⟧⟫]", r":p\1" if named else "?", each) for each in (user, plain))

        def values(numbers: list[int]) -> Any:
            return {f"p{each}": given[each] for each in numbers} if named else [given[each] for each in numbers]

        apart = truth.plain(plain) if plain != user else ""
        return Question(
            user,
            plain=apart,
            parameters=values(used) or None,
            plain_parameters=values(shared) if used != shared else None,
            ordered=self.state.ordered,
        )

    # -- Whole queries -------------------------------------------------------------------------------------------------

    def top(self) -> str:
        shape = Shape(rounded=self.maybe(0.25))
        return self.ended(self.select(shape), shape)

    def top_focused(self) -> str:
        shape = Shape()
        return self.ended(self.focused(shape), shape)

    def top_counts(self) -> str:
        shape = Shape()
        return self.ended(self.counting(shape), shape)

    def top_values(self) -> str:
        return self.values_only(Shape())

    def top_set(self) -> str:
        text, kinds, _ = self.set_operation(1)
        return self.ended(text, Shape(kinds=kinds))

    def top_with(self) -> str:
        """One or two common tables, each read once, twice, by the other, or not at all."""
        made = [self.common_table(1) for _ in range(self.pick([1, 1, 2]))]
        shape = Shape()
        return f"WITH {', '.join(made)} {self.ended(self.select(shape), shape)}"

    # -- The end of a query --------------------------------------------------------------------------------------------

    def ended(self, query: str, shape: Shape) -> str:
        """The query with an order over all its columns, a limit, both, or neither."""
        if shape.rounded:
            return query
        width = len(shape.kinds)
        if self.maybe(0.25) and width:
            keys = [f"{number}{self.pick(ORDERS)}" for number in self.chance.sample(range(1, width + 1), width)]
            query = f"{query} ORDER BY {', '.join(keys)}"
            self.state.ordered = True
        if self.maybe(0.22):
            if query.endswith(")"):  # sqlglot 28 cannot parse LIMIT right behind ROLLUP (…)
                query = f"SELECT * FROM ({query}) AS limited"
            query += self.limit()
        return query

    def limit(self) -> str:
        count = self.pick([0, 1, 1, 2, 2, 5, 5, 5, 10, 10, 50])
        offset = f" OFFSET {self.pick([0, 1, 1, 3, 20])}" if self.maybe(0.35) else ""
        forms = {f" LIMIT {count}{offset}": 8, f" FETCH FIRST {count} ROWS ONLY": 1, f" LIMIT ALL{offset}": 1}
        if self.maybe(0.15):
            return f" LIMIT {self.parameter(count, '⟪{}⟫')}"
        return self.weighted(forms)


def questions(world: World, seed: int, count: int) -> Iterator[tuple[Question, Answer]]:
    """Generated queries and what plain DuckDB answers. Of those without rows, which show less, every second one."""
    made = Generator(seed, Pool.of(world), [tenant for tenant, _ in world.simulator.tenants])
    while count:
        question = made.question()
        answer = world.plainly(question)
        if answer.rows or answer.error or made.maybe(0.5):
            yield question, answer
            count -= 1
