"""Eight processes, one sign-in, a token that ends in the middle, and an answer that gets lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import xerosql
from tests.signin.conftest import JumpingClock
from xerosql.api.signin.authorise import redirect_uri
from xerosql.api.signin.entrance import Entrance
from xerosql.config import load_settings, sign_in_path
from xerosql.simulator import Fault, Server

PROCESSES = 8
HALF_AN_HOUR = 1800.0

#: Three statements; then, when told to, three more.
PROGRAM = """
import sys, xerosql
with xerosql.connect() as connection:
    def ask():
        for _ in range(3):
            assert connection.execute("SELECT count(*) FROM Projects").fetchone() == (48,)
    ask()
    print("half", flush=True)
    sys.stdin.readline()
    ask()
    print("whole", flush=True)
"""


@pytest.fixture
def signed_in(environ: dict[str, str], xero: Server) -> Path:
    """Where the sign-in is kept that a user has made, for the first organisation."""
    tenant, _ = xero.simulator.tenants[0]
    path = sign_in_path(environ, "default")
    settings = load_settings("default", {"client_id": "demo", "tenant": tenant}, environ, signing_in=True)
    with Entrance(settings, path) as entrance:
        authorisation = entrance.begin(("offline_access", "projects.read"), redirect_uri())
        address = authorisation.address(settings)
        _, headers, _ = xero.simulator.handle("GET", address, {})
        entrance.keep(entrance.redeem(authorisation, headers["Location"]), keyring=False)
    xero.simulator.reset_counters()
    return path


class Program:
    """One of the processes."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", PROGRAM],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self) -> str:
        """What it complained about."""
        return self.process.communicate(timeout=120)[1]


def renewals(xero: Server) -> list[Any]:
    return [each for each in xero.simulator.requests if each.path.endswith("/connect/token")]


def test_nobody_is_signed_out_when_eight_processes_renew_at_once(
    signed_in: Path, environ: dict[str, str], xero: Server, jump: JumpingClock
) -> None:
    """One of them asks, loses the answer and asks again; the others take what it kept."""
    programs = [Program(environ) for _ in range(PROCESSES)]
    try:
        assert [each.said() for each in programs] == ["half"] * PROCESSES
        assert renewals(xero) == []
        jump.ahead += HALF_AN_HOUR
        xero.simulator.add_fault(Fault("reset-after", match="/connect/token"))
        for each in programs:
            each.go_on()
        assert [(each.end(), each.process.returncode) for each in programs] == [("", 0)] * PROCESSES
    finally:
        for each in programs:
            each.process.kill()
            each.end()
    asked = renewals(xero)
    assert [each.fault for each in asked] == ["reset-after", None]
    assert asked[0].body == asked[1].body
    assert still_signed_in(xero, jump)


def test_an_answer_that_never_came_does_not_sign_out(
    signed_in: Path, environ: dict[str, str], xero: Server, jump: JumpingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Xero has handed out the next pair, nobody has got it, and the old refresh token still opens the door."""
    monkeypatch.setattr("xerosql.api.retry.Policy.backoff", lambda *_: 0.0)
    jump.ahead += HALF_AN_HOUR
    xero.simulator.add_fault(Fault("reset-after", match="/connect/token", times=5))
    connection = xerosql.connect()
    with pytest.raises(xerosql.OperationalError, match="broke before the whole answer"):
        connection.execute("SELECT count(*) FROM Projects")
    assert connection.execute("SELECT count(*) FROM Projects").fetchone() == (48,)
    assert still_signed_in(xero, jump)


def test_a_scan_outlives_its_token(
    signed_in: Path, environ: dict[str, str], xero: Server, jump: JumpingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call takes twenty minutes, so that the token ends again and again between the pages."""
    operate = xero.simulator._service.operate

    def slowly(*arguments: Any) -> Any:
        jump.ahead += 1200
        return operate(*arguments)

    monkeypatch.setattr(xero.simulator._service, "operate", slowly)
    expected = len(xero.simulator.rows(xero.simulator.tenants[0][0])["tasks"])
    connection = xerosql.connect(max_in_flight=1)
    cursor = connection.execute("SELECT count(*) FROM Tasks")
    assert cursor.fetchone() == (expected,)
    assert len(renewals(xero)) > 10


def still_signed_in(xero: Server, jump: JumpingClock) -> bool:
    """Whether the sign-in works when every token there has been, and the grace of the one before, is over."""
    for _ in range(2):
        jump.ahead += HALF_AN_HOUR + 60
        with xerosql.connect() as connection:
            connection.execute("SELECT count(*) FROM Projects").fetchone()
    return True


def test_the_secrets_are_in_no_log_and_no_error(
    signed_in: Path, xero: Server, jump: JumpingClock, caplog: pytest.LogCaptureFixture
) -> None:
    """While the token is renewed, and while that is refused."""
    secrets = [json.loads(signed_in.read_text())["access_token"]]
    secrets += json.loads(signed_in.read_text())["secrets"].values()
    caplog.set_level("DEBUG")
    connection = xerosql.connect()
    jump.ahead += HALF_AN_HOUR
    connection.execute("SELECT count(*) FROM Projects")
    kept = json.loads(signed_in.read_text())
    secrets += [kept["access_token"], *kept["secrets"].values()]
    xero.simulator.reset()
    signed_in.write_text(signed_in.read_text().replace('"expires_at": "2', '"expires_at": "1'))
    with pytest.raises(xerosql.AuthenticationError, match="invalid_grant") as caught:
        xerosql.connect().execute("SELECT count(*) FROM Projects")
    seen = caplog.text + repr(caught.value) + str(caught.value) + repr(connection) + repr(connection.settings)
    assert "/Projects" in caplog.text
    assert not [secret for secret in secrets if secret in seen]
