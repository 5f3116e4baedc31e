"""What one statement has used of the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from xerosql.api.clock import Clock
from xerosql.api.failure import Outcome, was_sent
from xerosql.api.request import Response
from xerosql.errors import BudgetError


class Tally:
    """Counts the calls of one statement, across the threads that work for it, and stops it after `most` of them.

    `calls` counts what was really sent: retries and refused calls are in it, as they are in Xero's own count.
    `waited` is the time in seconds during which at least one thread stood before the minute's quota; five threads
    waiting through the same minute waited one minute.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._claimed = 0
        self._lock = Lock()
        self._waiting = 0
        self._since = 0.0
        self._waited = 0.0
        self.calls = 0
        self.retries = 0
        self.received_bytes = 0

    # -- The budget ----------------------------------------------------------------------------------------------------

    def claim(self) -> None:
        """Take one call to an organisation out of the budget, before it is made.

        Raises BudgetError when as many as are allowed have been made or are under way.
        """
        with self._lock:
            if self._most is not None and self._claimed >= self._most:
                raise _spent(self._most)
            self._claimed += 1

    def unclaim(self) -> None:
        """Give a claimed call back: it was not made."""
        with self._lock:
            self._claimed -= 1

    def lift(self) -> None:
        """Allow any number from here on: a write must not be stopped between two of its rows."""
        with self._lock:
            self._most = None

    # -- Counts --------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """A request goes out; it counts from now on, so that a statement that ends before its answer has counted it."""
        with self._lock:
            self.calls += 1

    def count(self, outcome: Outcome) -> None:
        """What became of it: so many (decompressed) bytes came back, or it cannot have gone out after all."""
        with self._lock:
            if isinstance(outcome, Response):
                self.received_bytes += len(outcome.body)
            self.calls -= not was_sent(outcome)

    def count_retry(self) -> None:
        """One of the calls repeats an earlier one."""
        with self._lock:
            self.retries += 1

    def waited(self, now: float) -> float:
        """Seconds spent before the minute's quota up to `now` (monotonic), a wait that is still going on included."""
        with self._lock:
            return self._waited + (now - self._since if self._waiting else 0.0)

    @contextmanager
    def waiting(self, clock: Clock) -> Iterator[None]:
        """Count the time inside as waiting."""
        self._enter(clock.monotonic())
        try:
            yield
        finally:
            self._leave(clock.monotonic())

    def _enter(self, now: float) -> None:
        with self._lock:
            if not self._waiting:
                self._since = now
            self._waiting += 1

    def _leave(self, now: float) -> None:
        with self._lock:
            self._waiting -= 1
            if not self._waiting:
                self._waited += now - self._since


def _spent(most: int) -> BudgetError:
    return BudgetError(
        f"the statement has made {most} call{'s' * (most != 1)}, all that max_calls = {most} allows, and was stopped; "
        "narrow it or SET max_calls higher"
    )
