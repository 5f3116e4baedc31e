"""Where a process waits for what the other processes of its machine leave of Xero's quotas."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event, Lock
from typing import TypeVar

from xerosql.api.clock import Clock
from xerosql.api.failure import Outcome
from xerosql.api.gate import Gate
from xerosql.api.limits import LimitsSnapshot
from xerosql.api.limits_file import LimitsFile, default_path, file_at
from xerosql.api.refusal import refusal_of
from xerosql.api.request import Headers, Response
from xerosql.api.shared_limits import Account, DayOver, Quotas, Wait, give_back, learn, refresh, refused, take, used
from xerosql.api.stop import check_cancelled
from xerosql.api.tally import Tally
from xerosql.config import Settings
from xerosql.errors import RateLimitError

_names = count()
T = TypeVar("T")


class SharedGate:
    """A gate with another behind it: the first is for the threads of this process, the second for all processes.

    Has the methods of `Gate`. Once the file cannot be used, it is the first gate and nothing else.
    """

    def __init__(self, gate: Gate, file: LimitsFile, key: str, quotas: Quotas, clock: Clock) -> None:
        self._gate = gate
        self._file = file
        self._key = key
        self._quotas = quotas
        self._clock = clock
        self._lock = Lock()
        self._leases: dict[float, tuple[float, str]] = {}  # by the place given out: the first gate's place, the lease

    def enter(
        self, tally: Tally, patience: float | None = None, cancelled: Event | None = None, again: bool = False
    ) -> float:
        """Wait for a place at both and return its name, to be given to `leave`. Who comes `again` goes first here.

        Raises what `Gate.enter` raises, and RateLimitError when the other processes' calls outlast `patience`.
        """
        deadline = math.inf if patience is None else self._clock.monotonic() + patience
        inner, lease = self._gate.enter(tally, patience, cancelled, again), f"{os.getpid()}.{next(_names)}"
        try:
            while (verdict := self._change(lambda account, now: self._taken(account, lease, now))) is not None:
                self._wait(verdict, deadline, tally, cancelled)
        except BaseException:
            self._change(lambda account, now: give_back(account, lease, now, counted=False))
            self._gate.leave(inner, None)
            raise
        return self._place(inner, lease)

    def leave(self, place: float, outcome: Outcome | None) -> None:
        """Give the place back at both. `outcome` is None if nothing was sent after all."""
        with self._lock:
            inner, lease = self._leases.pop(place)
        self._change(lambda account, now: self._told(account, lease, place, outcome, now))
        self._gate.leave(inner, _for_one_process(outcome) if self._file.usable else outcome)

    def snapshot(self) -> LimitsSnapshot:
        """What is left at this moment, of what all processes have used together."""
        found: LimitsSnapshot | None = self._change(lambda account, now: self._seen(account, now))
        return found or self._gate.snapshot()

    def _place(self, inner: float, lease: str) -> float:
        """The time of admission, which is the place's name and so belongs to one call only."""
        place = self._clock.monotonic()
        with self._lock:
            while place in self._leases:
                place = math.nextafter(place, math.inf)
            self._leases[place] = inner, lease
        return place

    def _wait(self, verdict: Wait | DayOver, deadline: float, tally: Tally, cancelled: Event | None) -> None:
        check_cancelled(cancelled)
        if isinstance(verdict, DayOver):
            raise _day_is_used_up(verdict)
        expected = verdict.seconds if verdict.expected == math.inf else verdict.expected
        if self._clock.monotonic() + expected > deadline:
            raise self._takes_too_long(expected)
        if verdict.expected == math.inf:  # for a place, not for the quota
            self._clock.sleep(verdict.seconds, cancelled)
            return
        with tally.waiting(self._clock):
            self._clock.sleep(verdict.seconds, cancelled)

    def _takes_too_long(self, seconds: float) -> RateLimitError:
        return RateLimitError(
            f"the other processes that use this app leave no room for {seconds:.0f} more seconds, "
            "longer than this may wait",
            reset_at=self._clock.now() + timedelta(seconds=seconds),
        )

    # -- The account -------------------------------------------------------------------------------------------------

    def _change(self, change: Callable[[Account, float], T]) -> T | None:
        now = self._clock.monotonic
        return self._file.change(self._key, lambda account: change(account, now()))

    def _taken(self, account: Account, lease: str, now: float) -> Wait | DayOver | None:
        refresh(account, now)
        return take(account, lease, self._quotas, now, self._clock.now().timestamp())

    def _told(self, account: Account, lease: str, started: float, outcome: Outcome | None, now: float) -> None:
        refresh(account, now)
        counted = isinstance(outcome, Response) or (outcome is not None and outcome.sent)
        give_back(account, lease, now, counted=counted)
        if isinstance(outcome, Response):
            learn(account, outcome.headers, self._quotas, started, now)
            if not outcome.ok and (refusal := refusal_of(outcome, self._clock.now())):
                refused(account, refusal, now, self._clock.now().timestamp())

    def _seen(self, account: Account, now: float) -> LimitsSnapshot:
        refresh(account, now)
        known = account.day_end_is_known and (account.day_ends or 0.0) > self._clock.now().timestamp()
        return replace(
            self._gate.snapshot(),
            minute_remaining=max(0, self._quotas.calls_per_minute - used(account, now)),
            day_remaining=account.day_remaining,
            app_remaining=account.app_remaining,
            in_flight=len(account.leases),
            reset_at=datetime.fromtimestamp(account.day_ends, UTC) if known and account.day_ends else None,
        )


def shared(gate: Gate, settings: Settings, app: tuple[str, str], tenant: str, clock: Clock) -> SharedGate:
    """A process's gate with that of the whole machine behind it. No name stands in the file that could be read."""
    path = Path(settings.limits_file).expanduser() if settings.limits_file else default_path()
    key = hashlib.sha256("\n".join((*app, tenant)).encode()).hexdigest()
    lease = settings.connect_timeout + settings.read_timeout
    quotas = Quotas(settings.calls_per_minute, settings.max_in_flight, lease)
    return SharedGate(gate, file_at(path), key, quotas, clock)


def _for_one_process(outcome: Outcome | None) -> Outcome | None:
    """The answer without the minute's count, which the first gate would take for calls that nobody here knows of."""
    if not isinstance(outcome, Response) or "X-MinLimit-Remaining" not in outcome.headers:
        return outcome
    fields = {name: value for name, value in outcome.headers.items() if name != "x-minlimit-remaining"}
    return Response(outcome.status, Headers(fields), outcome.body)


def _day_is_used_up(verdict: DayOver) -> RateLimitError:
    if verdict.ends is None:
        return RateLimitError(
            "the day's quota of API calls for this organisation is used up; Xero did not say until when"
        )
    reset_at = datetime.fromtimestamp(verdict.ends, UTC)
    return RateLimitError(
        f"the day's quota of API calls for this organisation is used up until {reset_at:%Y-%m-%d %H:%M:%S} UTC",
        reset_at=reset_at,
    )
