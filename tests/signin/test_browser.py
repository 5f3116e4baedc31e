"""The pages in a real browser: Xero's (simulated) consent and our own answer to it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import xerosql
from tests.signin.chromium import Chromium
from xerosql.simulator import Server

COMMAND = [sys.executable, "-c", "from xerosql.cli import main; main()"]


class SigningIn:
    """`xerosql login` in a process of its own, with a browser that somebody else plays."""

    def __init__(self, environ: dict[str, str], port: int, *arguments: str) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [*COMMAND, "login", "--client-id", "demo", "--port", str(port), *arguments],
            env=environ | {"BROWSER": "true"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.address = next(line.strip() for line in self.process.stdout if line.startswith("http"))

    def end(self) -> tuple[int, str, str]:
        said, complained = self.process.communicate(timeout=60)
        return self.process.returncode, said, complained


@pytest.fixture
def login(environ: dict[str, str], port: int) -> Iterator[SigningIn]:
    signing_in = SigningIn(environ, port)
    yield signing_in
    signing_in.process.kill()
    signing_in.process.communicate()


def test_who_allows_access_is_signed_in(chromium: Chromium, login: SigningIn, xero: Server) -> None:
    """The page names the organisation that was chosen, and connect() works from then on."""
    chromium.open(login.address)
    chromium.until("document.body.innerText.includes('offline_access')")
    chromium.press("#allow")
    page = chromium.arrived()
    code, said, complained = login.end()
    assert (code, complained) == (0, "")
    assert "You are signed in" in page
    assert "Harbour & Pine Studio" in page
    assert "Elm Yard" not in page
    assert "Harbour & Pine Studio" in said
    with xerosql.connect() as connection:
        assert connection.execute("SELECT count(*) FROM Projects").fetchone() == (48,)


def test_who_cancels_is_told_and_nothing_is_kept(chromium: Chromium, login: SigningIn, tmp_path: Path) -> None:
    chromium.open(login.address)
    chromium.press("#cancel")
    page = chromium.arrived()
    code, _, complained = login.end()
    assert code == 1
    for text in (page, complained):
        assert "access was not allowed" in text
    assert not list(tmp_path.rglob("default.json"))


def test_a_page_of_an_earlier_attempt_is_sent_away_and_the_right_one_still_works(
    chromium: Chromium, login: SigningIn
) -> None:
    """Its state is another one; the sign-in goes on waiting."""
    other = login.address.replace("state=", "state=x")
    chromium.open(other)
    chromium.press("#allow")
    assert "belongs to another sign-in" in chromium.arrived()
    chromium.open(login.address)
    chromium.press("#allow")
    assert "You are signed in" in chromium.arrived()
    assert login.end()[0] == 0


def test_a_code_without_its_verifier_is_worth_nothing(chromium: Chromium, login: SigningIn) -> None:
    """Whoever replaces the challenge on the way gets a code that Xero does not take from us."""
    name, _, _ = login.address.partition("&code_challenge=")
    chromium.open(f"{name}&code_challenge={'x' * 43}&code_challenge_method=S256")
    chromium.press("#allow")
    assert "does not take the code" in chromium.arrived()
    code, _, complained = login.end()
    assert code == 1
    assert "run xerosql login again" in complained


def test_a_redirect_that_xero_does_not_know_stays_with_xero(chromium: Chromium, login: SigningIn) -> None:
    """The browser never comes back, so the page at Xero's is where it is said."""
    chromium.open(login.address.replace("localhost", "127.0.0.1"))
    assert chromium.until("document.body.innerText.includes('invalid redirect_uri')")
