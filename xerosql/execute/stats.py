"""What a statement has cost, counted while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from xerosql.api import Tally


@dataclass(slots=True)
class Account:
    """What one scan of a statement has taken: API calls of its own, rows that Xero returned, seconds in calls."""

    calls: int = 0
    rows: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, object]:
        return {"calls": self.calls, "rows": self.rows, "seconds": round(self.seconds, 3)}


class Stats:
    """`cursor.stats`: `api_calls` (requests sent, retries included), `rows_fetched` (rows Xero returned, before the
    engine filtered them), `expected_calls` (what the plan expected to take, None if nothing was estimated) and
    `seconds` (since the statement began, until a write was carried out or a query's last row
    was fetched).

    The numbers move while the statement runs, so a progress display may read them from another thread. `most` is how
    many calls the statement may make.
    """

    def __init__(self, most: int | None = None) -> None:
        self.tally = Tally(most)
        self.rows_fetched = 0
        self.expected_calls: int | None = None
        self._began = monotonic()
        self._ended: float | None = None

    @property
    def api_calls(self) -> int:
        return self.tally.calls

    @property
    def seconds(self) -> float:
        return (monotonic() if self._ended is None else self._ended) - self._began

    def expect(self, calls: int) -> None:
        """One more of the statement's queries is expected to make so many calls."""
        self.expected_calls = calls + (self.expected_calls or 0)

    def end(self) -> None:
        """Stop the clock; the first call counts."""
        if self._ended is None:
            self._ended = monotonic()

    def __repr__(self) -> str:
        return f"<Stats api_calls={self.api_calls} rows_fetched={self.rows_fetched} seconds={self.seconds:.3f}>"
