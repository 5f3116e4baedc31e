"""A question that a tool asks of the catalog, and what of its answer can differ between two servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

INT2, INT4, INT8, OID, TEXT, VARCHAR = 21, 23, 20, 26, 25, 1043


@dataclass(frozen=True)
class Question:
    """`sql` in one statement, with `values` bound to $1, $2, … as texts, and `types` declared for them by number.

    «projects.Tasks» in the SQL or a value stands for the number that each server gave to that thing.

    What may differ is named with the reason: `differs` are columns whose values are not compared, `unordered` says why
    rows come in any order in spite of an ORDER BY, and `as_owner` why the real server is asked as the tables' owner.
    `numbers` are columns of another type than oid that hold numbers of things.
    """

    wants: str
    sql: str
    values: tuple[str | None, ...] = ()
    types: tuple[int, ...] = ()
    numbers: tuple[str, ...] = ()
    differs: Mapping[str, str] = field(default_factory=dict)
    unordered: str = ""
    as_owner: str = ""
