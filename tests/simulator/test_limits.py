"""Rate limits by a clock that stands still: nothing here waits."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from xerosql.simulator import Fault, ManualClock, Simulator

LEFT = ("X-DayLimit-Remaining", "X-MinLimit-Remaining", "X-AppMinLimit-Remaining")


def left(reply: Any) -> tuple[int, ...]:
    return tuple(int(reply.headers[name]) for name in LEFT)


def test_the_sixty_first_call_of_a_minute_is_refused_until_the_window_turns(connect: Any, clock: ManualClock) -> None:
    """The window opens with the first call; Retry-After counts down to its end, and a refusal uses nothing up."""
    client = connect(Simulator(clock=clock))
    assert left(client.get("/ProjectsUsers")) == (999, 59, 9_999)
    clock.advance(40)
    for _ in range(59):
        assert client.get("/ProjectsUsers").status == 200
    refused = client.get("/ProjectsUsers")
    assert (refused.status, refused.headers["X-Rate-Limit-Problem"]) == (429, "minute")
    assert refused.headers["Retry-After"] == "20"
    assert left(refused) == (940, 0, 9_940)
    clock.advance(19.5)
    assert client.get("/ProjectsUsers").headers["Retry-After"] == "1"
    clock.advance(0.5)
    assert left(client.get("/ProjectsUsers")) == (939, 59, 9_999)


def test_the_day_limit_counts_per_organisation(connect: Any, clock: ManualClock) -> None:
    """Another organisation has its own day; Retry-After may be hours."""
    simulator = Simulator(clock=clock, day_limit=3)
    client, other = connect(simulator), connect(simulator, simulator.tenants[1][0])
    for _ in range(3):
        assert client.get("/ProjectsUsers").status == 200
    refused = client.get("/ProjectsUsers")
    assert (refused.headers["X-Rate-Limit-Problem"], refused.headers["Retry-After"]) == ("day", "86400")
    assert other.get("/ProjectsUsers").status == 200
    clock.advance(86_400)
    assert client.get("/ProjectsUsers").status == 200


def test_errors_count_against_the_limits_too(connect: Any, clock: ManualClock) -> None:
    """A 404 and a 400 cost a call; a call that was not let in (401, 403) costs none."""
    client = connect(Simulator(clock=clock))
    assert left(client.get("/Projects/none"))[1] == 59
    assert left(client.get("/Projects?page=0"))[1] == 58
    assert connect(client.simulator, "nobody").get("/Projects").status == 403
    assert left(client.get("/ProjectsUsers"))[1] == 57


def test_every_answer_carries_the_limits_and_a_correlation_id(connect: Any, clock: ManualClock) -> None:
    """Successes, refusals of every kind, injected errors, and identity calls."""
    client = connect(Simulator(clock=clock))
    project = f"/Projects/{client.project()['projectId']}"
    for kind in ("429-day", "503"):
        client.simulator.add_fault(Fault(kind, match="fault"))
    replies = [
        client.get(project),
        client.send("PATCH", project, {"status": "CLOSED"}),
        client.send("PATCH", project, {"status": "OPEN"}),
        client.send("PATCH", project, {}, {"Idempotency-Key": "k" * 200}),
        client.get("/Nothing"),
        client.send("PUT", "/Projects"),
        connect(client.simulator, "nobody").get(project),
        connect(client.simulator, token="").get(project),
        client.get("/Projects?fault"),
        client.get("/Projects?fault"),
        client.send("GET", "/connections"),
        client.send("POST", "/connect/token", b""),
    ]
    assert [reply.status for reply in replies] == [200, 204, 400, 400, 404, 405, 403, 401, 429, 503, 200, 400]
    assert all(len(left(reply)) == 3 for reply in replies)
    assert len({reply.headers["Xero-Correlation-Id"] for reply in replies}) == len(replies)
    assert left(replies[8])[:2] == (0, 54)


def test_identity_calls_cost_no_organisation_anything(connect: Any, clock: ManualClock) -> None:
    """They carry the headers, and `calls` leaves them out."""
    client = connect(Simulator(clock=clock))
    for _ in range(70):
        assert client.send("GET", "/connections").status == 200
    assert left(client.get("/ProjectsUsers"))[:2] == (999, 59)
    assert (client.simulator.calls, client.simulator.identity_calls) == (1, 70)


def test_without_limits_nothing_is_refused(client: Any) -> None:
    """The headers stay, with numbers that no client runs out of."""
    for _ in range(70):
        reply = client.get("/ProjectsUsers")
    assert reply.status == 200
    assert min(left(reply)) > 100_000


class Gatekeeper(ManualClock):
    """A clock on which sleepers wait until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asleep = threading.Semaphore(0)
        self.go = threading.Event()

    def sleep(self, seconds: float) -> None:
        self.asleep.release()
        assert self.go.wait(5)


@pytest.mark.parametrize("limits", [True, False])
def test_a_sixth_call_at_once_is_refused_without_a_retry_after(connect: Any, limits: bool) -> None:
    """Five under way fill the organisation; the log tells how many were."""
    clock = Gatekeeper()
    simulator = Simulator(clock=clock, latency=1.0, limits=limits)
    client = connect(simulator)
    threads = [threading.Thread(target=client.get, args=("/ProjectsUsers",)) for _ in range(5)]
    for thread in threads:
        thread.start()
        assert clock.asleep.acquire(timeout=5)
    if limits:
        sixth = client.get("/ProjectsUsers")
        assert (sixth.status, sixth.headers["X-Rate-Limit-Problem"]) == (429, "concurrent")
        assert "Retry-After" not in sixth.headers
    clock.go.set()
    for thread in threads:
        thread.join(5)
    assert client.get("/ProjectsUsers").status == 200
    assert [record.in_flight for record in simulator.requests[:5]] == [1, 2, 3, 4, 5]
