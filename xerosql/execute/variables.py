"""The budgets and guards of one connection's statements, as SET changes them."""

from __future__ import annotations

from dataclasses import dataclass

from xerosql.config import Settings

#: Rows that an UPDATE or DELETE may change unless somebody has said another number.
ROWS_AFFECTED = 100


@dataclass
class Variables:
    """What a connection's statements may cost from now on.

    `max_calls` is of one statement (None: any number), `day_reserve` the share of the day's quota that statements leave
    unused, `max_rows_affected` what an UPDATE or DELETE may change (None: nobody has said, so `ROWS_AFFECTED`).
    """

    max_calls: int | None = None
    day_reserve: float = 0.0
    max_rows_affected: int | None = None

    @classmethod
    def of(cls, settings: Settings) -> Variables:
        """Those that a connection begins with."""
        return cls(settings.max_calls, settings.day_reserve, settings.max_rows_affected)
