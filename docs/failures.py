"""Writes docs/errors.md: every failure is tried out on the client, on a clock that jumps, and what happens is written down."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Condition, Event
from typing import Any

import requests
from urllib3 import HTTPSConnectionPool
from urllib3 import exceptions as lower

import xerosql
from xerosql.api.client import Client
from xerosql.api.failure import Outcome
from xerosql.api.request import Headers, Request, Response
from xerosql.api.retry import Policy
from xerosql.api.transport import failure_of, too_big
from xerosql.config import Settings

PATH = "/projects.xro/2.0/Projects/p/Tasks"
REQUESTS = {
    "SELECT": Request("GET", PATH, tenant="t"),
    "INSERT and UPDATE": Request("PUT", PATH, body=b"{}", tenant="t", idempotency_key="k"),
    "DELETE": Request("DELETE", PATH, tenant="t"),
}


@dataclass(frozen=True)
class Trouble:
    """Something that goes wrong every time, and what its victim should do."""

    what: str
    outcome: Outcome | tuple[Outcome, ...]  # several that must end alike
    do: str


def failed(error: Exception) -> Outcome:
    return failure_of(error, "api.xero.com")


def answered(status: int, detail: str = "", **headers: str) -> Response:
    body = f'{{"Detail": "{detail}"}}'.encode() if detail else b""
    return Response(status, Headers({name.replace("_", "-"): value for name, value in headers.items()}), body)


UNREACHED = lower.NewConnectionError(HTTPSConnectionPool("api.xero.com"), "x")
LOOK = "For a write: look whether the row is there before you repeat it."

TROUBLES = (
    Trouble("No connection: name not found, refused, connect timeout, proxy down", failed(UNREACHED), "Check the network and `proxies`."),
    Trouble("No answer within `read_timeout`", failed(requests.ReadTimeout()), f"Run it again later. {LOOK}"),
    Trouble("The connection breaks, or the body is cut short", failed(ConnectionResetError()), f"Run it again later. {LOOK}"),
    Trouble("The certificate is not trusted", failed(ssl.SSLCertVerificationError(1, "x")), "Give your company's CA bundle as `verify`."),
    Trouble("`verify` or `cert` names no file, a header cannot be sent", failed(OSError("x")), "Correct the setting."),
    Trouble("The answer is larger than `max_body_bytes`", too_big(1), f"Raise `max_body_bytes`. {LOOK}"),
    Trouble("400, a validation error", answered(400), "Correct the values; `details` has Xero's sentences."),
    Trouble("401, the token has expired", answered(401, "TokenExpired"), "Sign in again. A sign-in that can be renewed is renewed first, and the call sent once more."),
    Trouble("401, the scope is missing", answered(401, "AuthorizationUnsuccessful"), "Add the scope that the message names, and sign in again."),
    Trouble("401, anything else", answered(401), "Sign in again."),
    Trouble("403", answered(403), "Choose a connected organisation, or ask for the role."),
    Trouble("404", answered(404), "The row is gone, or never was. (A SELECT takes it for no rows.)"),
    Trouble("409, 412, 423", (answered(409), answered(412), answered(423)), "Read the row again, then repeat."),
    Trouble("413", answered(413), "Send less at a time."),
    Trouble("429, the minute is used up", answered(429, X_Rate_Limit_Problem="minute", Retry_After="20"), "Nothing: it is waited for, at most `max_wait` seconds for a statement. Another program uses the same app."),
    Trouble("429, the day is used up", answered(429, X_Rate_Limit_Problem="day", Retry_After="3600"), "Wait until `reset_at`, or get a plan with more calls."),
    Trouble("429, too many at a time", answered(429), "Nothing. Another program uses the same app."),
    Trouble("408, 500, 502", (answered(408), answered(500), answered(502)), f"Run it again later. {LOOK}"),
    Trouble("503, 504", (answered(503), answered(504)), f"Run it again in some minutes. {LOOK}"),
    Trouble("503 with a Retry-After of more than a minute", answered(503, Retry_After="300"), f"Run it again when that time is over. {LOOK}"),
    Trouble("Any other status", answered(418), "Report it, with the correlation id."),
)


class JumpingClock:
    """Every wait is over at once, and has passed."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float, cancelled: Event | None = None) -> None:
        self.seconds += seconds

    def wait(self, condition: Condition, seconds: float | None) -> None:
        self.seconds += seconds or 0.0


class Stubborn:
    """A transport on which the same thing happens every time."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.sent = 0

    def send(self, *_: Any, **__: Any) -> Outcome:
        self.sent += 1
        return self.outcome


@dataclass(frozen=True)
class Ending:
    """How it ended: so many tries, the time from the first to the last, and the error."""

    tries: int
    seconds: float
    error: xerosql.Error

    def text(self) -> str:
        error = self.error
        tries = f"{self.tries} tries in {self.seconds:.1f} s" if self.tries > 1 else "1 try"
        return f"{tries}: {type(error).__name__} {error.sqlstate}{', retryable' if error.retryable else ''}"


def ending(trouble: Trouble, request: Request) -> str:
    outcomes = trouble.outcome if isinstance(trouble.outcome, tuple) else (trouble.outcome,)
    (text,) = {ending_of(outcome, request).text() for outcome in outcomes}
    return text


def ending_of(outcome: Outcome, request: Request) -> Ending:
    clock, transport = JumpingClock(), Stubborn(outcome)
    client = Client(Settings(access_token="made up"), handler=lambda *_: (200, {}, b""), clock=clock, policy=Policy(jitter=lambda: 1.0))
    client._transport = transport  # type: ignore[assignment]  # in the network's place
    try:
        client.send(request)
    except xerosql.Error as error:
        return Ending(transport.sent, clock.seconds, error)
    raise AssertionError(f"{outcome} is no failure")


def rows() -> Iterator[str]:
    for trouble in TROUBLES:
        cells = [ending(trouble, request) for request in REQUESTS.values()]
        merged = [cells[0] if len(set(cells)) == 1 else " / ".join(cells)]
        yield "| " + " | ".join([trouble.what, *merged, trouble.do]) + " |"


def errors_page(note: str) -> str:
    """docs/errors.md."""
    table = ["| What happens, every time | Tries, and the error in the end | What to do |", "|---|---|---|", *rows()]
    return "\n".join([note, "", HEAD, *table, "", TAIL])


HEAD = f"""\
# What can go wrong, and what is done about it

The table was made by letting each failure happen to a client, over and over. Where two or three endings stand, they are
those of {" / ".join(REQUESTS)}. A failure that passes is not seen at all, except in `cursor.stats` and in the log.
"""

TAIL = """\
The rules behind it, which stand in one pure function (`decide` in `xerosql/api/retry.py`):

* **A read** is tried up to 5 times, after 0.5, 1, 2 and 4 seconds at most; a random part of up to a half is left off, so
  that several programs do not return together. A `Retry-After`, in seconds or as a date, is kept to, up to a minute; when
  Xero asks for more, the error comes at once.
* **An INSERT or UPDATE** carries an Idempotency-Key, by which Xero knows a request that it has applied. It is sent again
  byte for byte, for up to five minutes from the first attempt that may have arrived: Xero forgets keys after six.
* **A DELETE** has no key, and is sent twice at most: a 404 the second time means that the first one worked.
* **A write that may have arrived** and brought no answer is UnknownOutcomeError: nobody knows whether Xero applied it.
  Of a statement with several rows, PartialWriteError tells what became of each.
* **A refusal (429)** is no attempt. Nothing was applied, and the same call is sent again, up to 20 times.

## What an error carries

| Attribute | |
|---|---|
| `sqlstate` | PostgreSQL's five characters; [which means what](sql.md#errors) |
| `retryable` | whether the same statement may work later. False for a write that may have been applied |
| `http_status`, `details`, `correlation_id` | Xero's status, its sentences, and the name its support asks for; None or empty where Xero did not answer |
| `table`, `row` | the table, and the row of those that the statement writes, from 1; None where none is to blame |
| `reset_at` | of RateLimitError: when Xero will answer again, if it said so |
| `written`, `failed`, `unknown`, `not_sent` | of PartialWriteError: the rows |

```python
import xerosql

with xerosql.connect("demo") as connection:
    try:
        connection.execute("INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, ?, 1, 'TIME')",
                           ["c1674cba-c21d-477c-b408-33d8829add21", "A name of more than a hundred characters " * 3])
    except xerosql.DataError as error:
        print(error.sqlstate, error.table, error.row, error.retryable)
```

```text
22001 projects.Tasks 1 False
```

## The log

xerosql logs through Python's `logging`, under `xerosql`: at DEBUG a line for every request, with its status, Xero's name
for the exchange and its time; at INFO one for every request that is sent again; at WARNING what it does without. No query,
body, header or token is in it, nor in an error's text or attributes. A crash report that prints the local variables of
every frame is another matter: switch that off, or filter it.

```python
import logging

logging.basicConfig()
logging.getLogger("xerosql").setLevel(logging.DEBUG)
```
"""
