"""Idempotency keys: six minutes, errors included, never on DELETE, the app's or the access token's."""

from __future__ import annotations

from typing import Any

import pytest

from xerosql.simulator import Fault, ManualClock, Simulator

DRAFT = {"name": "Dig", "chargeType": "TIME", "rate": {"currency": "NZD", "value": 80}}
KEY = {"Idempotency-Key": "k1"}


@pytest.fixture
def path(client: Any) -> str:
    return f"/Projects/{client.project(status='INPROGRESS')['projectId']}/Tasks"


def test_a_repeated_request_gets_the_first_answer(client: Any, path: str) -> None:
    """One task is made; the answers differ only in what names the exchange."""
    count = len(client.items(path))
    first, again = (client.send("POST", path, DRAFT, KEY) for _ in range(2))
    assert (first.status, first.body) == (again.status, again.body)
    assert first.headers["Xero-Correlation-Id"] != again.headers["Xero-Correlation-Id"]
    assert len(client.items(path)) == count + 1
    assert client.send("POST", path, DRAFT, {"idempotency-key": "k2"}).json["taskId"] != first.json["taskId"]


def test_a_key_is_forgotten_after_six_minutes(client: Any, path: str, clock: ManualClock) -> None:
    """Counted from the first use, not the last; afterwards the same request makes a second task."""
    first = client.send("POST", path, DRAFT, KEY).json["taskId"]
    clock.advance(359)
    assert client.send("POST", path, DRAFT, KEY).json["taskId"] == first
    clock.advance(1)
    assert client.send("POST", path, DRAFT, KEY).json["taskId"] != first


def test_a_key_is_good_for_one_request_only(client: Any, path: str) -> None:
    """Another body, path or method under the same key is a 400, and the first answer stays kept."""
    first = client.send("POST", path, DRAFT, KEY)
    for method, where, body in [
        ("POST", path, DRAFT | {"name": "Mow"}),
        ("POST", f"{path}?x=1", DRAFT),
        ("PUT", f"{path}/{first.json['taskId']}", DRAFT),
    ]:
        (complaint,) = client.send(method, where, body, KEY).complaints["Idempotency-Key"]
        assert "different request" in complaint
    assert client.send("POST", path, DRAFT, KEY).body == first.body


def test_errors_are_kept_like_successes(client: Any, path: str) -> None:
    """An update that failed fails again under its key, even once the reason is gone."""
    missing = f"{path}/{client.user_id}"
    assert client.send("PUT", missing, DRAFT, KEY).status == 404
    refused = client.send("POST", path, {}, {"Idempotency-Key": "k2"})
    assert refused.status == 400
    assert client.send("POST", path, {}, {"Idempotency-Key": "k2"}).body == refused.body
    assert client.send("PUT", missing, DRAFT, KEY).status == 404


def test_a_key_has_at_most_128_characters(client: Any, path: str) -> None:
    """129 are a 400."""
    assert client.send("POST", path, DRAFT, {"Idempotency-Key": "k" * 128}).status == 201
    assert "Idempotency-Key" in client.send("POST", path, DRAFT, {"Idempotency-Key": "k" * 129}).complaints


def test_delete_ignores_keys(client: Any, path: str) -> None:
    """The second DELETE finds nothing, key or not."""
    where = client.task_path(client.send("POST", path, DRAFT).json)
    assert [client.send("DELETE", where, None, KEY).status for _ in range(2)] == [204, 404]


@pytest.mark.parametrize("kind", ["429-minute", "429-concurrent", "500", "503"])
def test_refusals_on_the_way_in_are_not_kept(client: Any, path: str, kind: str) -> None:
    """After a 429 or a gateway error the same key still works."""
    client.simulator.add_fault(Fault(kind, match="^POST"))
    assert client.send("POST", path, DRAFT, KEY).status == int(kind[:3])
    assert client.send("POST", path, DRAFT, KEY).status == 201


@pytest.mark.parametrize(("kind", "made"), [("500-kept", 0), ("500-after", 1)])
def test_an_error_of_xero_itself_is_kept(client: Any, path: str, kind: str, made: int) -> None:
    """Whether or not the request was applied first: only another key gets another answer."""
    count = len(client.items(path))
    client.simulator.add_fault(Fault(kind, match="^POST"))
    answers = [client.send("POST", path, DRAFT, KEY) for _ in range(2)]
    assert [each.status for each in answers] == [500, 500]
    assert len(client.items(path)) == count + made
    assert client.send("POST", path, DRAFT, {"Idempotency-Key": "k2"}).status == 201


@pytest.mark.parametrize("scope", ["app", "token"])
def test_a_key_belongs_to_the_app_or_to_the_access_token(connect: Any, clock: ManualClock, scope: str) -> None:
    """With another token the same key makes a second task, if keys are the token's."""
    simulator = Simulator(clock=clock, key_scope=scope)
    client, renewed = connect(simulator), connect(simulator, token="renewed")
    path = f"/Projects/{client.project()['projectId']}/Tasks"
    first, same, other = (each.send("POST", path, DRAFT, KEY).json["taskId"] for each in (client, client, renewed))
    assert same == first
    assert (other == first) is (scope == "app")


def test_there_is_no_other_scope() -> None:
    """The message lists the two."""
    with pytest.raises(ValueError, match="app, token"):
        Simulator(key_scope="user")


def test_replays_count_against_the_limits(connect: Any, clock: ManualClock) -> None:
    """Each repetition costs a call."""
    client = connect(Simulator(clock=clock))
    path = f"/Projects/{client.project()['projectId']}/Tasks"
    left = [int(client.send("POST", path, DRAFT, KEY).headers["X-MinLimit-Remaining"]) for _ in range(3)]
    assert left == [59, 58, 57]


def test_keys_belong_to_the_organisation_asked(connect: Any, client: Any) -> None:
    """The same key on another organisation is a different request."""
    other = connect(client.simulator, client.simulator.tenants[1][0])
    body = {"name": "Shed", "contactId": client.contact_id}
    assert client.send("POST", "/Projects", body, KEY).status == 201
    assert "Idempotency-Key" in other.send("POST", "/Projects", body, KEY).complaints
