"""What a statement has cost, counted while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

from xerosql.api import Tally
from xerosql.plan.access import Fetch


@dataclass(slots=True)
class Account:
    """What one scan of a statement has taken: API calls of its own, rows that Xero returned, seconds in calls.

    `reused` pages were there already, fetched for other statements; `age` is the seconds since the oldest of its data
    was asked for. `fetches` has the pages of each fetch, where what was fetched is kept for others.
    """

    calls: int = 0
    rows: int = 0
    seconds: float = 0.0
    reused: int = 0
    age: float | None = None
    fetches: dict[Fetch, int] = field(default_factory=dict)

    def note_age(self, age: float) -> None:
        """Some of its data is so many seconds old."""
        self.age = age if self.age is None else max(self.age, age)

    def as_dict(self) -> dict[str, object]:
        found: dict[str, object] = {"calls": self.calls, "rows": self.rows, "seconds": round(self.seconds, 3)}
        if self.reused:
            found |= {"reused": self.reused, "age": round(self.age or 0.0, 1)}
        return found


class Stats:
    """`cursor.stats`: `api_calls` (requests sent, retries included), `rows_fetched` (rows Xero returned, before the
    engine filtered them), `expected_calls` (what the plan expected to take, None if nothing was estimated),
    `pages_reused` (answers that were there already, see `max_age`), `data_age` (seconds since the oldest data was
    asked for) and `seconds` (since the statement began, until a write was carried out or a query's last row
    was fetched).

    The numbers move while the statement runs, so a progress display may read them from another thread. `most` is how
    many calls the statement may make.
    """

    def __init__(self, most: int | None = None) -> None:
        self.tally = Tally(most)
        self.rows_fetched = 0
        self.pages_reused = 0
        self.expected_calls: int | None = None
        self._oldest: float | None = None
        self._began = monotonic()
        self._ended: float | None = None

    @property
    def api_calls(self) -> int:
        return self.tally.calls

    @property
    def seconds(self) -> float:
        return (monotonic() if self._ended is None else self._ended) - self._began

    @property
    def data_age(self) -> float | None:
        """Seconds since the oldest data that the statement has used was asked of Xero, until the statement ended; None
        if it has used none.
        """
        return None if self._oldest is None else (monotonic() if self._ended is None else self._ended) - self._oldest

    def note_age(self, age: float) -> None:
        """Data that is so many seconds old by now has been used."""
        asked = monotonic() - age
        self._oldest = asked if self._oldest is None else min(self._oldest, asked)

    def expect(self, calls: int) -> None:
        """One more of the statement's queries is expected to make so many calls."""
        self.expected_calls = calls + (self.expected_calls or 0)

    def end(self) -> None:
        """Stop the clock; the first call counts."""
        if self._ended is None:
            self._ended = monotonic()

    def __repr__(self) -> str:
        return f"<Stats api_calls={self.api_calls} rows_fetched={self.rows_fetched} seconds={self.seconds:.3f}>"
