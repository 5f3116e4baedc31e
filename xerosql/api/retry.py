"""Deciding what follows an attempt: take the answer, try again, or give up. No I/O, no clock.

What may be repeated depends on whether Xero could apply a call twice:

    GET                      always
    with an Idempotency-Key  within the six minutes for which Xero remembers the answer to a key
    DELETE                   once: the second finds nothing left to delete, and its 404 says that the first one worked
    any other write          only if it was refused or cannot have left this machine
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from xerosql.api.answers import says_token_expired
from xerosql.api.failure import Failure, Outcome
from xerosql.api.refusal import Quota, Refusal, refusal_of, retry_after
from xerosql.api.request import Request, Response

_SERVER_TROUBLE = frozenset({408, 500, 502, 503, 504})
_SAYS_NOTHING_OF_THE_WRITE = frozenset({401, 403})  # turned away at the door, on an attempt after a lost one


class Repeat(Enum):
    """How often a call may be sent."""

    ALWAYS = "always"
    WITH_KEY = "with key"
    ONCE_MORE = "once more"
    NEVER = "never"


def repeatability(request: Request) -> Repeat:
    """Which of the four a request is."""
    if not request.writes:
        return Repeat.ALWAYS
    if request.idempotency_key:
        return Repeat.WITH_KEY
    return Repeat.ONCE_MORE if request.method == "DELETE" else Repeat.NEVER


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient to be. Times in seconds; `jitter` gives numbers from 0 to 1."""

    attempts: int = 5
    refusals: int = 20  # of one call by Xero's limits; they are waited for, so they are not attempts
    first_backoff: float = 0.5
    longest_backoff: float = 20.0
    longest_retry_after: float = 60.0
    key_window: float = 300.0  # Xero remembers a key for six minutes; the last one is kept as a margin
    jitter: Callable[[], float] = random.random

    def backoff(self, tries: int) -> float:
        """Doubling with each try, and between half and the whole of that, so that threads do not return together."""
        return min(self.longest_backoff, self.first_backoff * 2.0 ** (tries - 1)) * (0.5 + self.jitter() / 2)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending and what came of it; `sent_at` and `ended_at` are monotonic seconds."""

    outcome: Outcome
    refusal: Refusal | None = None
    retry_after: float | None = None
    sent_at: float = 0.0
    ended_at: float = 0.0

    @classmethod
    def of(cls, outcome: Outcome, sent_at: float, ended_at: float, wall_clock: datetime) -> Attempt:
        """Read from an outcome what deciding needs. `wall_clock` is what a Retry-After date counts from."""
        if isinstance(outcome, Failure) or outcome.ok:
            return cls(outcome, sent_at=sent_at, ended_at=ended_at)
        wait = retry_after(outcome.headers.get("Retry-After"), wall_clock)
        return cls(outcome, refusal_of(outcome, wall_clock), wait, sent_at, ended_at)

    @property
    def ok(self) -> bool:
        """Whether it brought a 2xx, which `decide` accepts whatever came before."""
        return isinstance(self.outcome, Response) and self.outcome.ok

    @property
    def in_trouble(self) -> bool:
        """Whether it brought neither a verdict nor a refusal."""
        if isinstance(self.outcome, Failure):
            return True
        return self.refusal is None and self.outcome.status in _SERVER_TROUBLE

    @property
    def token_expired(self) -> bool:
        """Whether Xero has turned it away for an old access token."""
        return isinstance(self.outcome, Response) and says_token_expired(self.outcome)

    @property
    def lost(self) -> bool:
        """Whether Xero may have applied the call all the same."""
        return self.in_trouble and (isinstance(self.outcome, Response) or self.outcome.sent)

    def response(self) -> Response:
        """The answer, good or bad. Raises the failure's error if there is none."""
        if isinstance(self.outcome, Failure):
            raise self.outcome.error()
        return self.outcome


@dataclass(frozen=True, slots=True)
class History:
    """What has happened to one call so far."""

    repeat: Repeat
    attempts: int = 0  # that ended in trouble
    refusals: int = 0
    lost: int = 0  # attempts after which nobody knows whether Xero applied the call
    lost_since: float = math.inf  # when the first of those was sent
    expired: int = 0  # answers saying that the access token has expired
    renewable: bool = True  # whether there will be another token then

    def after(self, attempt: Attempt) -> History:
        """The history with one more attempt in it."""
        return replace(
            self,
            attempts=self.attempts + attempt.in_trouble,
            refusals=self.refusals + (attempt.refusal is not None),
            lost=self.lost + attempt.lost,
            expired=self.expired + attempt.token_expired,
            lost_since=min(self.lost_since, attempt.sent_at) if attempt.lost else self.lost_since,
        )

    @property
    def begun(self) -> bool:
        """Whether the call has been sent before."""
        return self.attempts + self.refusals + self.expired > 0

    @property
    def unknown(self) -> bool:
        """Whether the call is a write that may have been applied."""
        return self.lost > 0 and self.repeat is not Repeat.ALWAYS

    def seconds_left(self, now: float, policy: Policy) -> float:
        """How long the call may still be repeated: the key's window once it may have been applied, else without end."""
        return self.lost_since + policy.key_window - now if self.repeat is Repeat.WITH_KEY else math.inf


@dataclass(frozen=True, slots=True)
class Accept:
    """Take the answer, good or bad, as Xero's verdict. `gone` turns a DELETE's 404 into success."""

    gone: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """Send the same bytes again after `delay` seconds."""

    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Raise what the last attempt brought; if `unknown`, as a write whose outcome nobody knows."""

    unknown: bool = False


Decision = Accept | Retry | GiveUp


def decide(history: History, attempt: Attempt, policy: Policy) -> Decision:
    """What follows `attempt`, the last one in `history`."""
    if attempt.refusal is not None:
        return _after_refusal(history, attempt.refusal, policy)
    if attempt.in_trouble:
        return _after_trouble(history, attempt, policy)
    return _after_verdict(history, attempt)


def _after_refusal(history: History, refusal: Refusal, policy: Policy) -> Decision:
    if refusal.quota is Quota.DAY or history.refusals > policy.refusals:
        return GiveUp(history.unknown)
    if refusal.quota is Quota.MINUTE:
        return Retry()  # the gate knows for how long, and holds everybody
    return Retry(max(policy.backoff(min(history.refusals, policy.attempts)), refusal.seconds or 0.0))


def _after_trouble(history: History, attempt: Attempt, policy: Policy) -> Decision:
    permanent = isinstance(attempt.outcome, Failure) and attempt.outcome.permanent
    if permanent or history.attempts >= policy.attempts or not _may_repeat(history):
        return GiveUp(history.unknown)
    delay = max(policy.backoff(history.attempts), attempt.retry_after or 0.0)
    if delay > min(policy.longest_retry_after, history.seconds_left(attempt.ended_at, policy)):
        return GiveUp(history.unknown)
    return Retry(delay)


def _may_repeat(history: History) -> bool:
    match history.repeat:
        case Repeat.ALWAYS | Repeat.WITH_KEY:
            return True
        case Repeat.ONCE_MORE:
            return history.lost <= 1
        case Repeat.NEVER:
            return history.lost == 0


def _after_verdict(history: History, attempt: Attempt) -> Decision:
    status = attempt.response().status
    if status == 404 and history.unknown and history.repeat is Repeat.ONCE_MORE:
        return Accept(gone=True)
    if attempt.token_expired and history.renewable and history.expired == 1:
        return Retry()
    if history.unknown and status in _SAYS_NOTHING_OF_THE_WRITE:
        return GiveUp(unknown=True)
    return Accept()
