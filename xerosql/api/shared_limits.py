"""Deciding whether a call may go out now, for all processes of a machine. No clock, no file, no waiting.

The rules are those of `limits`; here the account is a value, so that it can stand in a file that several processes read
and write in turns. It has two things more: a place is a lease, which ends by itself should its holder be killed, and
those who wait stand in a queue, so that a busy process cannot keep the others out.

Times are monotonic seconds, which all processes of a machine share, except for the end of a day, which is seconds since
1970.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec

from xerosql.api.refusal import WINDOW, Quota, Refusal
from xerosql.api.request import Headers

_SLOT = 0.25  # seconds; calls that ended within the same slot are one entry, and leave the minute together
_LOOK = 0.05  # seconds between two looks for a place
_LONGEST_LOOK = 1.0  # seconds between two looks for anything else; the account may get better meanwhile
_FORGOTTEN = 3.0  # seconds after which a waiter that has not looked again is taken to be gone
_SHORTEST_HOLD = 0.5  # seconds for which everybody keeps still after a refusal
_UNKNOWN_DAY = 60.0  # seconds for which a day is over when Xero did not say for how long


class Account(msgspec.Struct, array_like=True):
    """What all processes together have used of one organisation, as one app."""

    written: float = 0.0
    leases: dict[str, float] = {}  # calls in flight, by name, with the time when they end should nobody say so
    ended: dict[int, int] = {}  # how many calls ended in which slot
    waiting: dict[str, float] = {}  # who waits, in order, and when they looked last
    others: int = 0  # calls that other machines must have made, as of others_at
    others_at: float = -math.inf
    not_before: float = -math.inf
    day_ends: float | None = None  # seconds since 1970
    day_end_is_known: bool = False
    day_remaining: int | None = None
    app_remaining: int | None = None


@dataclass(frozen=True, slots=True)
class Quotas:
    """The limits to keep, and how many seconds a call may hold its place without a word."""

    calls_per_minute: int = 60
    max_in_flight: int = 5
    lease: float = 110.0


@dataclass(frozen=True, slots=True)
class Wait:
    """No: look again after `seconds`. What it waits for may take `expected` seconds; infinity if nobody knows."""

    seconds: float
    expected: float


@dataclass(frozen=True, slots=True)
class DayOver:
    """No, and not today: until `ends` (seconds since 1970), None where Xero did not say."""

    ends: float | None


def refresh(account: Account, now: float) -> None:
    """Bring the account up to now: leases that ran out have ended, waiters that are gone have left.

    After a restart of the machine its clock begins anew, and what was noted by the old one is forgotten.
    """
    if account.written > now + 1.0:
        account.leases, account.ended, account.waiting = {}, {}, {}
        account.others, account.others_at, account.not_before = 0, -math.inf, -math.inf
    account.written = now
    for name in [name for name, until in account.leases.items() if until <= now]:
        _end(account, account.leases.pop(name))
    account.ended = {slot: calls for slot, calls in account.ended.items() if slot * _SLOT > now - 2 * WINDOW}
    account.waiting = {name: seen for name, seen in account.waiting.items() if seen > now - _FORGOTTEN}


def take(account: Account, name: str, quotas: Quotas, now: float, wall: float) -> Wait | DayOver | None:
    """Give `name` a place (None), or its place in the queue and what it waits for."""
    if account.day_ends is not None and wall < account.day_ends:
        return DayOver(account.day_ends if account.day_end_is_known else None)
    account.waiting.setdefault(name, now)
    ahead = list(account.waiting).index(name)
    wait = _wait(account, quotas, ahead, now)
    if wait is None:
        del account.waiting[name]
        account.leases[name] = now + quotas.lease
    else:
        account.waiting[name] = now
    return wait


def _wait(account: Account, quotas: Quotas, ahead: int, now: float) -> Wait | None:
    if len(account.leases) + ahead >= _places(account, quotas):
        return Wait(_LOOK, math.inf)
    seconds = max(account.not_before - now, _until_the_minute_has_room(account, quotas, ahead, now))
    if seconds <= 0:
        return None
    return Wait(min(seconds, _LONGEST_LOOK), seconds)


def _places(account: Account, quotas: Quotas) -> int:
    """Not more calls at a time than are left of the day; the one that finds it used up learns until when."""
    left = account.day_remaining
    return quotas.max_in_flight if left is None else max(1, min(quotas.max_in_flight, left))


def _until_the_minute_has_room(account: Account, quotas: Quotas, ahead: int, now: float) -> float:
    """Seconds until a call after those `ahead` fits in; infinity if calls in flight must end first."""
    excess = used(account, now) + ahead + 1 - quotas.calls_per_minute
    if excess <= 0:
        return 0.0
    for moment, calls in sorted(_still_counted(account, now)):
        excess -= calls
        if excess <= 0:
            return moment + WINDOW - now
    return math.inf


def used(account: Account, now: float) -> int:
    """How much of the minute is used up."""
    return len(account.leases) + sum(calls for _, calls in _still_counted(account, now))


def _still_counted(account: Account, now: float) -> list[tuple[float, int]]:
    """What leaves the minute a window after its moment."""
    moments = [(slot * _SLOT, calls) for slot, calls in account.ended.items()]
    return [
        (moment, calls) for moment, calls in (*moments, (account.others_at, account.others)) if moment + WINDOW > now
    ]


# -- Telling ---------------------------------------------------------------------------------------------------------


def give_back(account: Account, name: str, now: float, *, counted: bool) -> None:
    """The call has ended; `counted` says whether Xero may have seen it. Also ends the waiting of one that gave up."""
    account.waiting.pop(name, None)
    if account.leases.pop(name, None) is not None and counted:
        _end(account, now)


def _end(account: Account, moment: float) -> None:
    slot = math.ceil(moment / _SLOT)
    account.ended[slot] = account.ended.get(slot, 0) + 1


def learn(account: Account, headers: Headers, quotas: Quotas, started: float, now: float) -> None:
    """Take over what the answer to a call that `started` then says about the quotas."""
    account.day_remaining = _count(headers, "X-DayLimit-Remaining", account.day_remaining)
    account.app_remaining = _count(headers, "X-AppMinLimit-Remaining", account.app_remaining)
    if account.app_remaining == 0:
        _hold(account, now + WINDOW)
    remaining = _count(headers, "X-MinLimit-Remaining", None)
    if remaining is not None:
        _learn_of_others(account, quotas.calls_per_minute - remaining, started, now)


def _learn_of_others(account: Account, used_by_all: int, started: float, now: float) -> None:
    """What this machine cannot have used itself was used by another; forgotten when a fresh window shows."""
    earlier = [calls for slot, calls in account.ended.items() if slot * _SLOT > started - WINDOW]
    theirs = used_by_all - len(account.leases) - sum(earlier)
    known = account.others if now < account.others_at + WINDOW else 0
    if theirs > known:
        account.others, account.others_at = theirs, now
    elif started > account.others_at:
        account.others = min(account.others, max(0, used_by_all - 1))


def refused(account: Account, refusal: Refusal, now: float, wall: float) -> None:
    """Nobody else needs to try while Xero refuses."""
    if refusal.quota is Quota.DAY:
        account.day_remaining = 0
        account.day_end_is_known = refusal.seconds is not None
        account.day_ends = wall + (_UNKNOWN_DAY if refusal.seconds is None else refusal.seconds)
    elif refusal.quota is Quota.MINUTE:
        _hold(account, now + max(_SHORTEST_HOLD, WINDOW if refusal.seconds is None else refusal.seconds))
    else:
        _hold(account, now + max(_SHORTEST_HOLD, refusal.seconds or 0.0))


def _hold(account: Account, until: float) -> None:
    account.not_before = max(account.not_before, until)


def _count(headers: Headers, name: str, otherwise: int | None) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else otherwise
