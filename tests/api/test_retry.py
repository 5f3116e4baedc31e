import pytest

from xerosql.api.failure import Failure
from xerosql.api.refusal import Quota, Refusal, refusal_of
from xerosql.api.request import Headers, Request, Response
from xerosql.api.retry import Accept, Attempt, Decision, GiveUp, History, Policy, Repeat, Retry, decide, repeatability

POLICY = Policy(jitter=lambda: 1.0)
UNSENT = Failure("could not connect", sent=False)
RESET = Failure("reset", sent=True)
UNTRUSTED = Failure("certificate", sent=False, permanent=True)
HUGE = Failure("too big", sent=True, permanent=True)
MINUTE = Refusal(Quota.MINUTE, 13.0)
DAY = Refusal(Quota.DAY, 3600.0)
CONCURRENT = Refusal(Quota.CONCURRENT, None)
EXPIRED = Response(401, body=b'{"Detail": "TokenExpired: token expired at 01/01/2026"}')
TROUBLING = Headers({"X-Rate-Limit-Problem": "day", "Retry-After": "3600"})
LOST = {"attempts": 1, "lost": 1, "lost_since": 0.0}

GET, KEYED, DELETE, POST = Repeat.ALWAYS, Repeat.WITH_KEY, Repeat.ONCE_MORE, Repeat.NEVER

TABLE: list[tuple[str, Repeat, dict[str, float], object, Decision]] = [
    # Verdicts are taken, whatever they are.
    ("an answer", GET, {}, Response(200), Accept()),
    ("an empty answer", KEYED, {}, Response(204), Accept()),
    ("a refused change", KEYED, {}, Response(400), Accept()),
    ("nothing there", GET, {}, Response(404), Accept()),
    ("a redirect", GET, {}, Response(302), Accept()),
    # Nothing was sent: anything may be tried again.
    ("GET, no connection", GET, {}, UNSENT, Retry(0.5)),
    ("keyed write, no connection", KEYED, {}, UNSENT, Retry(0.5)),
    ("DELETE, no connection", DELETE, {}, UNSENT, Retry(0.5)),
    ("POST, no connection", POST, {}, UNSENT, Retry(0.5)),
    ("no connection, fifth time", GET, {"attempts": 4}, UNSENT, GiveUp()),
    ("POST, no connection, fifth time", POST, {"attempts": 4}, UNSENT, GiveUp()),
    ("keyed write, no connection, after a lost one", KEYED, {**LOST, "attempts": 4}, UNSENT, GiveUp(unknown=True)),
    ("an untrusted certificate", GET, {}, UNTRUSTED, GiveUp()),
    ("keyed write, an untrusted certificate", KEYED, {}, UNTRUSTED, GiveUp()),
    # The answer was lost.
    ("GET, reset", GET, {}, RESET, Retry(0.5)),
    ("GET, reset, fifth time", GET, {"attempts": 4, "lost": 4}, RESET, GiveUp()),
    ("GET, a huge answer", GET, {}, HUGE, GiveUp()),
    ("keyed write, reset", KEYED, {}, RESET, Retry(0.5)),
    ("keyed write, reset again", KEYED, LOST, RESET, Retry(1.0)),
    ("keyed write, reset, fifth time", KEYED, {**LOST, "attempts": 4}, RESET, GiveUp(unknown=True)),
    ("keyed write, a huge answer", KEYED, {}, HUGE, GiveUp(unknown=True)),
    ("DELETE, reset", DELETE, {}, RESET, Retry(0.5)),
    ("DELETE, reset again", DELETE, LOST, RESET, GiveUp(unknown=True)),
    ("POST, reset", POST, {}, RESET, GiveUp(unknown=True)),
    # Xero's trouble: it may have come before or after the change.
    *[(f"GET, {status}", GET, {}, Response(status), Retry(0.5)) for status in (500, 502, 503, 504, 408)],
    ("GET, 500, fifth time", GET, {"attempts": 4, "lost": 4}, Response(500), GiveUp()),
    ("GET, 501", GET, {}, Response(501), Accept()),
    ("keyed write, 500", KEYED, {}, Response(500), Retry(0.5)),
    ("keyed write, 500, fifth time", KEYED, {**LOST, "attempts": 4}, Response(500), GiveUp(unknown=True)),
    ("DELETE, 503", DELETE, {}, Response(503), Retry(0.5)),
    ("DELETE, 503 again", DELETE, LOST, Response(503), GiveUp(unknown=True)),
    ("POST, 502", POST, {}, Response(502), GiveUp(unknown=True)),
    # Refused: not applied, so anything may be tried again.
    ("GET, minute", GET, {}, MINUTE, Retry()),
    ("keyed write, minute", KEYED, {}, MINUTE, Retry()),
    ("DELETE, minute", DELETE, {}, MINUTE, Retry()),
    ("POST, minute", POST, {}, MINUTE, Retry()),
    ("minute, twenty times", GET, {"refusals": 20}, MINUTE, GiveUp()),
    ("minutes are no attempts", GET, {"attempts": 4}, MINUTE, Retry()),
    ("concurrent", GET, {}, CONCURRENT, Retry(0.5)),
    ("concurrent, third time", POST, {"refusals": 2}, CONCURRENT, Retry(2.0)),
    ("concurrent, with a time", GET, {}, Refusal(Quota.CONCURRENT, 7.0), Retry(7.0)),
    ("day", GET, {}, DAY, GiveUp()),
    ("POST, day", POST, {}, DAY, GiveUp()),
    ("keyed write, day, after a lost one", KEYED, LOST, DAY, GiveUp(unknown=True)),
    # A DELETE's second attempt.
    ("DELETE, nothing there", DELETE, {}, Response(404), Accept()),
    ("DELETE, nothing there, after a lost one", DELETE, LOST, Response(404), Accept(gone=True)),
    ("DELETE, nothing there, after a refused one", DELETE, {"refusals": 1}, Response(404), Accept()),
    ("keyed write, nothing there, after a lost one", KEYED, LOST, Response(404), Accept()),
    ("GET, nothing there, after a lost one", GET, LOST, Response(404), Accept()),
    # The door, on the way to a write that may have been applied.
    ("keyed write, 403, after a lost one", KEYED, LOST, Response(403), GiveUp(unknown=True)),
    ("keyed write, 401, after a lost one", KEYED, LOST, Response(401), GiveUp(unknown=True)),
    ("keyed write, 400, after a lost one", KEYED, LOST, Response(400), Accept()),
    ("GET, 403, after a lost one", GET, LOST, Response(403), Accept()),
    # An expired token is renewed once.
    ("GET, expired", GET, {}, EXPIRED, Retry()),
    ("POST, expired", POST, {}, EXPIRED, Retry()),
    ("GET, expired again", GET, {"expired": 1}, EXPIRED, Accept()),
    ("GET, expired, nothing to renew with", GET, {"renewable": False}, EXPIRED, Accept()),
    ("GET, another 401", GET, {}, Response(401, body=b'{"Detail":"AuthorizationUnsuccessful"}'), Accept()),
]


@pytest.mark.parametrize(
    ("repeat", "past", "happened", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_what_follows_an_attempt(repeat: Repeat, past: dict[str, float], happened: object, expected: Decision) -> None:
    """The whole table: who may be repeated, after what, and when nobody knows."""
    if isinstance(happened, Refusal):
        attempt = Attempt(Response(429), refusal=happened, sent_at=10.0, ended_at=11.0)
    else:
        attempt = Attempt(happened, sent_at=10.0, ended_at=11.0)
    assert decide(History(repeat, **past).after(attempt), attempt, POLICY) == expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request("GET", "/p"), GET),
        (Request("POST", "/p", body=b"{}", idempotency_key="k"), KEYED),
        (Request("PUT", "/p", body=b"{}", idempotency_key="k"), KEYED),
        (Request("PATCH", "/p", body=b"{}", idempotency_key="k"), KEYED),
        (Request("DELETE", "/p"), DELETE),
        (Request("POST", "/p", body=b"{}"), POST),
        (Request("PUT", "/p", body=b"{}"), POST),
    ],
)
def test_how_often_a_request_may_be_sent(request_: Request, expected: Repeat) -> None:
    """A PUT without a key is not safe: in the Accounting API it creates."""
    assert repeatability(request_) is expected


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
@pytest.mark.parametrize("repeat", Repeat)
@pytest.mark.parametrize(
    "past", [{}, LOST, {"refusals": 30}, {"expired": 1}, {**LOST, "attempts": 9}, {"renewable": False}]
)
def test_a_2xx_is_accepted_whatever_came_before(clock, status: int, repeat: Repeat, past: dict[str, float]) -> None:
    """So the client takes it without asking; headers that mean something beside another status mean nothing here."""
    attempt = Attempt.of(Response(status, TROUBLING, EXPIRED.body), 10.0, 11.0, clock.now())
    assert attempt.ok
    assert decide(History(repeat, **past).after(attempt), attempt, POLICY) == Accept()
    assert attempt.refusal is refusal_of(attempt.response(), clock.now()) is None


@pytest.mark.parametrize("outcome", [UNSENT, RESET, Response(302), Response(404), Response(429), Response(500)])
def test_nothing_else_is_taken_without_asking(clock, outcome: object) -> None:
    """A DELETE's 404 may be a success, and a redirect is none."""
    assert not Attempt.of(outcome, 10.0, 11.0, clock.now()).ok


def test_a_key_protects_for_five_minutes_from_the_first_lost_attempt() -> None:
    """Not from the last one; and what would come too late is not even waited for."""
    history = History(KEYED, attempts=1, lost=1, lost_since=0.0)
    in_time = Attempt(RESET, sent_at=200.0, ended_at=298.0)
    too_late = Attempt(RESET, sent_at=200.0, ended_at=299.5)
    assert decide(history.after(in_time), in_time, POLICY) == Retry(1.0)
    assert decide(history.after(too_late), too_late, POLICY) == GiveUp(unknown=True)


def test_refused_attempts_do_not_start_the_keys_window() -> None:
    """Xero has not seen the key yet."""
    attempt = Attempt(Response(429), refusal=MINUTE, sent_at=0.0, ended_at=1.0)
    assert History(KEYED).after(attempt).seconds_left(10_000.0, POLICY) == float("inf")


def test_a_short_retry_after_is_kept_and_a_long_one_is_not_waited_for() -> None:
    """Maintenance may take hours; the caller had better know."""
    for seconds, expected in [(7.0, Retry(7.0)), (0.1, Retry(0.5)), (600.0, GiveUp())]:
        attempt = Attempt(Response(503), retry_after=seconds, ended_at=1.0)
        assert decide(History(GET).after(attempt), attempt, POLICY) == expected


def test_the_backoff_doubles_has_a_ceiling_and_is_spread() -> None:
    """Between half and the whole."""
    assert [POLICY.backoff(tries) for tries in (1, 2, 3, 4, 9)] == [0.5, 1.0, 2.0, 4.0, 20.0]
    assert Policy(jitter=lambda: 0.0).backoff(2) == 0.5


def test_an_attempt_is_read_from_its_answer(clock) -> None:
    """Refusal and Retry-After, by the wall clock."""
    answer = Response(429, Headers({"X-Rate-Limit-Problem": "minute", "Retry-After": "13"}))
    attempt = Attempt.of(answer, 1.0, 2.0, clock.now())
    assert (attempt.refusal, attempt.retry_after, attempt.in_trouble, attempt.lost) == (MINUTE, 13.0, False, False)
    assert Attempt.of(RESET, 1.0, 2.0, clock.now()).lost
