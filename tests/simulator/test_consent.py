"""What a browser sees of a sign-in: the page to allow access on, and what comes of each button."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from xerosql.simulator import ManualClock, Simulator

HOME = "http://localhost:9376/callback"
BROWSER = {"accept": "text/html,application/xhtml+xml", "content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def simulator(clock: ManualClock) -> Simulator:
    return Simulator(auth=True, clock=clock, limits=False)


def address(**changed: str) -> str:
    query = {"response_type": "code", "client_id": "demo", "redirect_uri": HOME, "scope": "projects", "state": "s"}
    return f"/identity/connect/authorize?{urlencode(query | changed)}"


def decide(simulator: Simulator, *choices: tuple[str, str]) -> dict[str, Any]:
    """What comes back at the redirect URI."""
    status, headers, _ = simulator.handle("POST", address(), BROWSER, urlencode(choices).encode())
    assert status == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(headers["Location"]).query).items()}


def test_a_browser_is_asked_a_program_is_not(simulator: Simulator) -> None:
    """The page names app, scopes and organisations, with the first one ticked, as at Xero."""
    status, headers, body = simulator.handle("GET", address(), BROWSER)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    page = body.decode()
    assert "<li>projects</li>" in page
    assert "Harbour &amp; Pine Studio" in page
    assert page.count(" checked>") == 1
    assert simulator.handle("GET", address(), {})[0] == 302


def test_who_allows_connects_what_was_ticked(simulator: Simulator) -> None:
    chosen = simulator.tenants[1][0]
    back = decide(simulator, ("decision", "allow"), ("organisation", chosen), ("organisation", "unknown"))
    assert back["state"] == "s"
    assert back["code"]
    assert [row["tenantId"] for row in simulator.rows(chosen)["tenants"]] == [chosen]


@pytest.mark.parametrize("choices", [[("decision", "cancel")], []])
def test_who_cancels_goes_back_with_access_denied(simulator: Simulator, choices: list[tuple[str, str]]) -> None:
    before = simulator.rows(simulator.tenants[0][0])["tenants"]
    assert decide(simulator, *choices) == {"error": "access_denied", "state": "s"}
    assert simulator.rows(simulator.tenants[0][0])["tenants"] == before


@pytest.mark.parametrize(
    "changed", [{"client_id": "stranger"}, {"redirect_uri": "http://127.0.0.1:9376/callback"}, {"redirect_uri": ""}]
)
def test_what_cannot_go_to_the_app_stays_a_page(simulator: Simulator, changed: dict[str, str]) -> None:
    """An unknown app and a redirect that is not allowed would send the user to a stranger."""
    status, headers, body = simulator.handle("GET", address(**changed), BROWSER)
    assert (status, "Location" in headers) == (400, False)
    assert b"invalid redirect_uri" in body


def test_a_verifier_of_a_forbidden_length_is_refused(simulator: Simulator) -> None:
    """RFC 7636: 43 to 128 characters, even if it hashes to the challenge."""
    from xerosql.simulator.tokens import answers, challenge_of

    assert answers("v" * 43, challenge_of("v" * 43))
    assert answers("v" * 128, challenge_of("v" * 128))
    assert not answers("v" * 42, challenge_of("v" * 42))
    assert not answers("v" * 129, challenge_of("v" * 129))
    assert not answers("v" * 43, challenge_of("w" * 43))


def test_the_identity_server_tells_the_date(simulator: Simulator) -> None:
    """Which is how a client learns that its clock is wrong."""
    _, headers, _ = simulator.handle("POST", "/connect/token", {}, b"")
    assert headers["Date"] == "Sun, 01 Nov 2026 00:00:00 GMT"
