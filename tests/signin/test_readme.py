"""README's way to your own organisation, step by step as it stands there, in a real browser."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.docs.examples import ROOT
from tests.signin import chromium
from xerosql.api.signin.authorise import PORT, redirect_uri

COMMAND = [sys.executable, "-c", "from xerosql.cli import main; main()"]


@pytest.fixture
def the_port_is_ours() -> Iterator[None]:
    """The documented port is one for the machine, and several runs of this test may share that."""
    with FileLock(Path(tempfile.gettempdir()) / f"xerosql-test-port-{PORT}.lock"):
        yield


def section() -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text.partition("## Your own organisation")[2].partition("\n## ")[0]


def steps() -> list[list[str]]:
    """The commands of the section, in order."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", section(), re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("xerosql ")]


def test_the_redirect_address_that_is_documented_is_the_one_that_is_used() -> None:
    assert redirect_uri() in section()
    assert redirect_uri() in (ROOT / "docs" / "connecting.md").read_text(encoding="utf-8")


@pytest.mark.skipif(chromium.installed() is None, reason="no Chromium on this machine; make browser installs it")
def test_the_steps_lead_from_nothing_to_the_first_row(
    environ: dict[str, str], tmp_path: Path, the_port_is_ours: None
) -> None:
    """Only the client id is filled in. The browser that opens is one that allows access."""
    page = tmp_path / "page.txt"
    program = [sys.executable, chromium.__file__, str(page), "%s"]
    environ |= {"BROWSER": shlex.join(program), "PYTHONPATH": str(ROOT)}
    commands = steps()
    assert [command[0] for command in commands] == ["login", "query"]
    outputs = []
    for command in commands:
        filled = ["demo" if word == "YOUR-CLIENT-ID" else word for word in command]
        done = subprocess.run(  # noqa: S603 - our own commands
            [*COMMAND, *filled], env=environ, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout)
    assert "Signed in as profile default" in outputs[0]
    assert "Water-saving campaign" in outputs[1]


def test_then_connect_needs_nothing_and_doctor_finds_nothing_and_logout_ends_it(
    environ: dict[str, str], xero: object, port: int
) -> None:
    """The commands that the section names besides, on a sign-in with a pasted address."""
    signing_in = subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "login", "--client-id", "demo", "--no-browser", "--read-only", "--tenant", "Elm Yard Digital Ltd"],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert signing_in.stdout is not None
    address = next(line.strip() for line in signing_in.stdout if line.startswith("http"))
    said, _ = signing_in.communicate(redirected(address) + "\n", timeout=60)
    assert signing_in.returncode == 0
    assert "Elm Yard Digital Ltd" in said
    assert run(environ, "query", "-f", "csv", "-q", "SELECT count(*) AS n FROM Projects") == (0, "n\n13\n", "")
    code, said, _ = run(environ, "doctor")
    assert (code, "FAIL" in said) == (0, False)
    assert "reading only" in said
    assert run(environ, "logout") == (0, "Profile default is signed out, at Xero too.\n", "")
    code, _, complained = run(environ, "query", "SELECT 1")
    assert code == 2
    assert "run xerosql login" in complained


def redirected(address: str) -> str:
    """Where Xero sends a browser whose user agrees."""
    import http.client
    from urllib.parse import urlsplit

    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", f"{parts.path}?{parts.query}")
    location = connection.getresponse().headers["Location"]
    connection.close()
    return str(location)


def run(environ: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, *arguments], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, done.stderr
