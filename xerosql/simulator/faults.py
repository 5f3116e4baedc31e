"""Things that go wrong on purpose: refusals, gateway errors, broken connections, cut bodies, slow answers."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from .exchange import Answer, Request, problem
from .ids import digest
from .limits import too_many

KINDS = (
    "429-minute",
    "429-day",
    "429-concurrent",
    "500",
    "500-kept",
    "500-after",
    "502",
    "503",
    "reset-before",
    "reset-after",
    "truncated",
    "slow",
)
WAITS = {"429-minute": 13, "429-day": 36_000}  # seconds told in Retry-After when the fault names none
USED_UP = {"429-minute": "X-MinLimit-Remaining", "429-day": "X-DayLimit-Remaining"}
TITLES = {"500": "Internal Server Error", "502": "Bad Gateway", "503": "Service Unavailable"}


class ConnectionReset(ConnectionResetError):  # noqa: N818 - the name says what the wire does
    """In-process stand-in for a reset connection. `applied` tells whether the request had taken effect by then.

    The client cannot know that; a transport adapter must not pass it on.
    """

    def __init__(self, *, applied: bool) -> None:
        super().__init__("the simulated connection was reset")
        self.applied = applied


class Truncated(EOFError):  # noqa: N818 - the name says what the wire does
    """In-process stand-in for a body that ends early; `headers` announce the full `Content-Length`."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__("the simulated response ended early")
        self.status = status
        self.headers = headers
        self.body = body


@dataclass(slots=True)
class Fault:
    """Something that will go wrong.

    * `kind`: one of `KINDS`. "reset-before" breaks the connection with the request not applied, "reset-after" with the
      request applied; "truncated" applies it and cuts the answer's body; "slow" answers after `seconds`. The numbers
      are statuses that the gateway answers. "500-kept" is Xero itself failing, which it remembers under the request's
      Idempotency-Key; "500-after" too, but with the request applied.
    * `match`: a regular expression looked for, without case, in `METHOD /path?query`; None matches every request.
    * `times`: how many matching requests it hits; -1 means all. `after`: how many it lets pass first.
    * `retry_after`: seconds for the Retry-After header of the 429 and 503 kinds. Without it the minute and day kinds
      make one up and the others send none.
    """

    kind: str
    match: str | None = None
    times: int = 1
    after: int = 0
    retry_after: int | None = None
    seconds: float = 1.0
    _pattern: re.Pattern[str] | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            message = f"unknown fault {self.kind!r}; known are {', '.join(KINDS)}"
            raise ValueError(message)
        if self.match is not None:
            try:
                self._pattern = re.compile(self.match, re.IGNORECASE)
            except re.error as error:
                message = f"not a regular expression: {self.match!r} ({error})"
                raise ValueError(message) from error

    def strikes(self, line: str) -> bool:
        """Whether this request is hit; counts it if it matches."""
        if self.times == 0 or (self._pattern is not None and not self._pattern.search(line)):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= self.times > 0
        return True


class Faults:
    """The faults in waiting, first added first struck, and behind them seeded chance.

    With a `rate`, that share of all requests meets one of the `random_kinds`; the seed and the request's ordinal
    decide which, so a run can be repeated.
    """

    def __init__(self, seed: int, rate: float, random_kinds: tuple[str, ...]) -> None:
        self._seed = seed
        self._rate = rate
        self._random = [Fault(kind, times=-1, seconds=0.05) for kind in random_kinds]
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Drop the faults in waiting; the seeded rate stays."""
        with self._lock:
            self._waiting.clear()

    def strike(self, request: Request, ordinal: int) -> Fault | None:
        """The fault that hits this request, if one does."""
        if not self._waiting and not self._rate:
            return None
        line = f"{request.method} {request.target}"
        with self._lock:
            for fault in self._waiting:
                if fault.strikes(line):
                    return fault
        return self._by_chance(ordinal)

    def _by_chance(self, ordinal: int) -> Fault | None:
        if not self._rate or not self._random:
            return None
        drawn = int(digest(self._seed, "fault", ordinal)[:12], 16)
        if drawn % 1_000_000 >= self._rate * 1_000_000:
            return None
        return self._random[drawn // 1_000_000 % len(self._random)]


def before(fault: Fault | None, request: Request) -> Answer | None:
    """What the fault does instead of the operation: an error answer, or a reset with nothing applied."""
    if fault is None:
        return None
    if fault.kind == "reset-before":
        raise ConnectionReset(applied=False)
    if fault.kind.startswith("429"):
        wait = fault.retry_after if fault.retry_after is not None else WAITS.get(fault.kind)
        answer = too_many(request, fault.kind[4:], wait)
        if fault.kind in USED_UP:
            answer.headers[USED_UP[fault.kind]] = "0"
        return answer
    title = TITLES.get(fault.kind)
    if title is None:
        return None
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else None
    return problem(int(fault.kind), title, "A fault that was asked for", request, headers)


def inside(fault: Fault | None, request: Request, operate: Callable[[], Answer]) -> Answer:
    """The operation's answer, or the error of a Xero that fails before or after it."""
    if fault is None or fault.kind not in ("500-kept", "500-after"):
        return operate()
    if fault.kind == "500-after":
        operate()
    return problem(500, TITLES["500"], "A fault that was asked for", request)


def after(fault: Fault | None, answer: Answer) -> None:
    """What the fault does to the answer of an operation that took effect."""
    if fault is None:
        return
    if fault.kind == "reset-after":
        raise ConnectionReset(applied=True)
    if fault.kind == "truncated":
        raw = answer.body.raw
        headers = {**answer.headers, "Content-Length": str(max(len(raw), 1))}  # an empty body is cut too: none of 1
        raise Truncated(answer.status, headers, raw[: len(raw) // 2])
