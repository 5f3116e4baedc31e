"""Faults in-process: what strikes, when, and what has happened by then."""

from __future__ import annotations

from typing import Any

import pytest

from xerosql.simulator import FAULT_KINDS, ConnectionReset, Fault, ManualClock, Simulator, Truncated

DRAFT = {"name": "Dig", "chargeType": "TIME", "rate": {"currency": "NZD", "value": 80}}


@pytest.fixture
def path(client: Any) -> str:
    return f"/Projects/{client.project(status='INPROGRESS')['projectId']}/Tasks"


@pytest.mark.parametrize(
    ("kind", "status", "problem", "wait"),
    [
        ("429-minute", 429, "minute", "13"),
        ("429-day", 429, "day", "36000"),
        ("429-concurrent", 429, "concurrent", None),
        ("500", 500, None, None),
        ("502", 502, None, None),
        ("503", 503, None, None),
    ],
)
def test_error_answers_replace_the_operation(
    client: Any, path: str, kind: str, status: int, problem: str | None, wait: str | None
) -> None:
    """Once, with nothing applied; the next request is served."""
    count = len(client.items(path))
    client.simulator.add_fault(Fault(kind))
    reply = client.send("POST", path, DRAFT)
    assert reply.status == status
    assert reply.headers.get("X-Rate-Limit-Problem") == problem
    assert reply.headers.get("Retry-After") == wait
    assert len(client.items(path)) == count


def test_a_fault_names_its_own_wait(client: Any) -> None:
    """`retry_after` wins over what would be made up, 0 included, and works for a 503."""
    for kind in ("429-minute", "429-concurrent", "503"):
        client.simulator.add_fault(Fault(kind, retry_after=0))
        assert client.get("/ProjectsUsers").headers["Retry-After"] == "0"


@pytest.mark.parametrize(("kind", "applied"), [("reset-before", False), ("reset-after", True)])
def test_a_reset_comes_before_or_after_the_write(client: Any, path: str, kind: str, applied: bool) -> None:
    """To the caller both look the same: a ConnectionResetError."""
    count = len(client.items(path))
    client.simulator.add_fault(Fault(kind, match="^post .*/tasks$"))
    with pytest.raises(ConnectionResetError) as reset:
        client.send("POST", path, DRAFT)
    assert isinstance(reset.value, ConnectionReset)
    assert reset.value.applied is applied
    assert len(client.items(path)) == count + applied
    assert client.simulator.requests[1].status == 0


def test_a_write_lost_on_the_way_back_is_found_by_its_key(client: Any, path: str) -> None:
    """The answer was kept before the connection broke: the retry gets it, and there is one task."""
    count = len(client.items(path))
    client.simulator.add_fault(Fault("reset-after"))
    with pytest.raises(ConnectionReset):
        client.send("POST", path, DRAFT, {"Idempotency-Key": "k"})
    assert client.send("POST", path, DRAFT, {"Idempotency-Key": "k"}).status == 201
    assert len(client.items(path)) == count + 1


def test_a_cut_body_announces_its_full_length(client: Any) -> None:
    """Half of the body comes, and Content-Length speaks of all of it; a 204 is cut as well."""
    whole = client.get("/ProjectsUsers").body
    client.simulator.add_fault(Fault("truncated"))
    with pytest.raises(Truncated) as cut:
        client.get("/ProjectsUsers")
    assert cut.value.status == 200
    assert cut.value.body == whole[: len(whole) // 2]
    assert cut.value.headers["Content-Length"] == str(len(whole))


def test_a_slow_answer_takes_its_seconds(client: Any, clock: ManualClock) -> None:
    """By the simulator's clock, and then succeeds."""
    client.simulator.add_fault(Fault("slow", seconds=30))
    started = clock.now()
    assert client.get("/ProjectsUsers").status == 200
    assert clock.now() - started == 30
    assert client.simulator.requests[-1].seconds == 30


def test_a_fault_waits_for_its_request_and_counts(client: Any) -> None:
    """`match` picks, `after` lets pass, `times` limits; -1 never ends until cleared."""
    simulator = client.simulator
    simulator.add_fault(Fault("500", match=r"ProjectsUsers\?page=1", times=2, after=1))
    assert [client.get("/ProjectsUsers?page=1").status for _ in range(4)] == [200, 500, 500, 200]
    simulator.add_fault(Fault("503", match="users", times=-1))
    assert client.get("/Projects").status == 200
    assert [client.get("/ProjectsUsers").status for _ in range(3)] == [503] * 3
    simulator.clear_faults()
    assert client.get("/ProjectsUsers").status == 200


def test_the_first_fault_in_line_strikes(client: Any) -> None:
    """Two faults on the same request hit two requests in turn."""
    client.simulator.add_fault(Fault("500"))
    client.simulator.add_fault(Fault("503"))
    assert [client.get("/ProjectsUsers").status for _ in range(3)] == [500, 503, 200]


def test_faults_reach_the_identity_service_too(client: Any) -> None:
    """A token endpoint can be down."""
    client.simulator.add_fault(Fault("503", match="/connect/token"))
    form = b"grant_type=client_credentials&client_id=demo&client_secret=demo-secret"
    assert [client.send("POST", "/connect/token", form).status for _ in range(2)] == [503, 200]


def test_random_faults_are_the_same_for_the_same_seed(connect: Any) -> None:
    """Seed and ordinal decide; about the share asked for is hit."""

    def outcomes(seed: int) -> list[str | None]:
        simulator = Simulator(seed=seed, limits=False, fault_rate=0.3, fault_kinds=("500", "503"), clock=ManualClock())
        client = connect(simulator)
        for _ in range(300):
            client.get("/ProjectsUsers")
        return [record.fault for record in simulator.requests]

    first = outcomes(7)
    assert first == outcomes(7)
    assert first != outcomes(8)
    assert 60 < sum(kind is not None for kind in first) < 120
    assert {"500", "503", None} == set(first)


def test_an_unknown_kind_is_a_mistake() -> None:
    """The message lists what there is."""
    with pytest.raises(ValueError, match="slow"):
        Fault("meteor")
    assert all(Fault(kind).kind == kind for kind in FAULT_KINDS)
