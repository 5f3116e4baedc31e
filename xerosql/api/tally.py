"""What one statement has used of the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from xerosql.api.clock import Clock
from xerosql.api.failure import Outcome
from xerosql.api.request import Response


class Tally:
    """Counts the calls of one statement, across the threads that work for it.

    `calls` counts what was really sent: retries and refused calls are in it, as they are in Xero's own count.
    `waited` is the time in seconds during which at least one thread stood before the minute's quota; five threads
    waiting through the same minute waited one minute.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting = 0
        self._since = 0.0
        self._waited = 0.0
        self.calls = 0
        self.retries = 0
        self.received_bytes = 0

    def count(self, outcome: Outcome) -> None:
        """One request went out, unless it could not have, and so many (decompressed) bytes came back."""
        with self._lock:
            if isinstance(outcome, Response):
                self.received_bytes += len(outcome.body)
            self.calls += isinstance(outcome, Response) or outcome.sent

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
