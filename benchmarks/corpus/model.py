"""A query of the corpus with the fewest calls that can answer it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .facts import Organisation

DEMO, LARGE, LONG = "demo", "large", "long"
Calls = Callable[[Organisation], int]


@dataclass(frozen=True)
class Entry:
    """`{name}` in the SQL stands for an id or ids of that name, quoted; alone as a parameter for them bare.

    `fewest` counts calls over the rows of the connection's organisation, `why` says the same in words. `plain` is the
    query over all organisations' rows in the schema `every`, where the SQL names TenantId. `worlds` are the
    organisations to ask: the demo, one of several pages of projects, one of a single long project. `by_length` marks
    those whose cheapest way is known only to one who knows how long the lists are, as a first run cannot.
    """

    name: str
    sql: str
    fewest: Calls
    why: str
    parameters: tuple[object, ...] = ()
    plain: str = ""
    worlds: tuple[str, ...] = (DEMO,)
    by_length: bool = False
    family: str = ""  # the entries of one family are one query, written in several ways

    @property
    def title(self) -> str:
        return self.family or self.name
