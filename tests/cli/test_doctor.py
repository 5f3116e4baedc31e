"""`xerosql doctor`: each thing that can be wrong is found, and said with what to do."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import xerosql
from xerosql.api.request import Headers, Response
from xerosql.api.signin.store import SignIn, Store
from xerosql.api.tokens import Token
from xerosql.cli.doctor import of_clock, of_limits, of_scopes
from xerosql.simulator import Fault, Server, Simulator

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, xero: Server) -> None:
    monkeypatch.setenv("XEROSQL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XEROSQL_BASE_URL", xero.url)
    monkeypatch.setenv("XEROSQL_IDENTITY_URL", xero.url)
    monkeypatch.setattr("xerosql.api.retry.Policy.backoff", lambda *_: 0.0)


@pytest.fixture
def xero(monkeypatch: pytest.MonkeyPatch) -> object:
    with Simulator(auth=True).serve() as server:
        yield server


def checked(*arguments: str) -> tuple[int, dict[str, str]]:
    """The exit code, and by subject whether it was fine and what was said."""
    result = xerosql("doctor", *arguments)
    assert result.stderr == ""
    return result.exit_code, {
        line[6:20].strip(): line[:4].strip() + " " + line[20:] for line in result.stdout.splitlines()
    }


def custom(monkeypatch: pytest.MonkeyPatch, scopes: str = "") -> None:
    monkeypatch.setenv("XEROSQL_CLIENT_ID", "demo")
    monkeypatch.setenv("XEROSQL_CLIENT_SECRET", "demo-secret")
    monkeypatch.setenv("XEROSQL_SCOPES", scopes)


def test_what_is_fine_is_said_piece_by_piece(environ: None, xero: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """For one call."""
    custom(monkeypatch)
    code, found = checked()
    assert code == 0
    assert list(found) == ["profile", "token", "scopes", "clock", "organisation", "limits"]
    assert all(each.startswith("ok ") for each in found.values())
    assert "59 calls are left this minute, 999 today" in found["limits"]
    assert xero.simulator.calls == 1


def test_the_demo_is_fine() -> None:
    code, found = checked("--profile", "demo")
    assert code == 0
    assert "Harbour & Pine Studio" in found["organisation"]


def test_a_wrong_profile_is_found(environ: None) -> None:
    code, found = checked("--profile", "nowhere")
    assert code == 1
    assert found == {"profile": found["profile"]}
    assert "FAIL there is no profile 'nowhere'" in found["profile"]


def test_no_way_to_sign_in_is_found(environ: None) -> None:
    code, found = checked()
    assert code == 1
    assert "FAIL no way to sign in: run xerosql login" in found["token"]


def test_a_refused_sign_in_is_found(environ: None, monkeypatch: pytest.MonkeyPatch) -> None:
    custom(monkeypatch)
    monkeypatch.setenv("XEROSQL_CLIENT_SECRET", "wrong")
    code, found = checked()
    assert code == 1
    assert "client_id or client_secret is wrong" in found["token"]


def test_an_ended_sign_in_and_a_file_for_all_to_read_are_found(environ: None, xero: Server, tmp_path: Path) -> None:
    path = tmp_path / "home" / "signins" / "default.json"
    options = {"client_id": "demo", "base_url": xero.url, "identity_url": xero.url}
    Store(path).save(SignIn(options, Token("old", NOW - timedelta(days=90), "r")))
    path.chmod(0o644)
    code, found = checked()
    assert code == 1
    assert f"chmod 600 {path}" in found["permissions"]
    assert "FAIL Xero refused the sign-in (invalid_grant)" in found["token"]


def test_a_missing_scope_is_found(environ: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no call is made that would fail for it."""
    custom(monkeypatch, "accounting.contacts.read")
    code, found = checked()
    assert code == 1
    assert "FAIL projects: lack projects.read; run xerosql login --schemas with projects in it" in found["scopes"]
    assert "needs projects.read" in found["limits"]


def test_an_unknown_and_an_unnamed_organisation_are_found(
    environ: None, xero: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    custom(monkeypatch)
    assert "FAIL the organisation 'Nobody' is not connected" in checked("--tenant", "Nobody")[1]["organisation"]
    for name in ("CLIENT_ID", "CLIENT_SECRET", "SCOPES", "BASE_URL", "IDENTITY_URL"):
        monkeypatch.delenv(f"XEROSQL_{name}")
    with Simulator(limits=False).serve() as several:
        monkeypatch.setenv("XEROSQL_BASE_URL", several.url)
        monkeypatch.setenv("XEROSQL_ACCESS_TOKEN", "opaque")
        code, found = checked()
        assert code == 1
        assert "say which one with tenant=. Connected: Harbour" in found["organisation"]
        assert "not told by this token" in found["scopes"]
        assert "xerosql login gives one that is" in found["token"]


def test_a_used_up_day_is_found(environ: None, xero: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    custom(monkeypatch)
    xero.simulator.add_fault(Fault("429-day", match="Projects"))
    code, found = checked()
    assert code == 1
    assert "FAIL the day's quota" in found["limits"]


def test_xero_out_of_reach_is_found(environ: None, xero: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    custom(monkeypatch)
    xero.simulator.add_fault(Fault("503", match="connections", times=-1))
    code, found = checked()
    assert code == 1
    assert "FAIL Xero is offline for maintenance" in found["Xero"]


@pytest.mark.parametrize(
    ("seconds", "fine", "words"),
    [
        (0, True, "agrees"),
        (-59, True, "agrees"),
        (61, False, "61 seconds ahead of"),
        (-3600, False, "3600 seconds behind"),
    ],
)
def test_a_wrong_clock_is_found(seconds: int, fine: bool, words: str) -> None:
    response = Response(200, Headers({"Date": "Wed, 25 Nov 2026 12:00:00 GMT"}))
    finding = of_clock(response, NOW + timedelta(seconds=seconds))
    assert finding.fine is fine
    assert words in finding.sentence


@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}])
def test_a_clock_that_cannot_be_compared_is_no_fault(headers: dict[str, str]) -> None:
    assert of_clock(Response(200, Headers(headers)), NOW).fine


def test_limits_that_are_not_told_or_used_up() -> None:
    assert of_limits(Response(200)).fine
    assert not of_limits(Response(200, Headers({"X-MinLimit-Remaining": "60", "X-DayLimit-Remaining": "0"}))).fine


def test_a_schema_that_is_not_searched_may_lack_its_scopes() -> None:
    """Who has not asked for it does not miss it."""
    (finding,) = [each for each in of_scopes((), ("scratch",)) if "projects" in each.sentence]
    assert finding.fine
    assert "lack projects.read" in finding.sentence


def test_what_xero_says_does_not_steer_the_terminal(environ: None, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = urlsafe_b64encode(b'{"scope": ["\x1b[2J"]}').decode()
    monkeypatch.setenv("XEROSQL_ACCESS_TOKEN", f"e30.{claims}.s")
    assert "\x1b" not in xerosql("doctor", "--tenant", "\x1b[2J").stdout
