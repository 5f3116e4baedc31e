"""`xerosql queue serve` as a process: what it prints leads to the page, and a signal ends it."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.web.conftest import TOKEN, Office
from xerosql.web import Server

COMMAND = [sys.executable, "-c", "from xerosql.cli import main; main()", "queue", "serve", "--port", "0"]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts servers that have no way to sign in at Xero, and need none to show the queue."""
    monkeypatch.setenv("XEROSQL_QUEUE_URL", f"sqlite:///{tmp_path / 'queue.sqlite'}")
    monkeypatch.setenv("XEROSQL_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.delenv("XEROSQL_QUEUE_TOKEN", raising=False)
    started: list[subprocess.Popen[str]] = []

    def start_(*arguments: str) -> subprocess.Popen[str]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen([*COMMAND, *arguments], text=True, encoding="utf-8", **pipes))  # noqa: S603
        return started[-1]

    yield start_
    for each in started:
        each.kill()
        each.communicate()


def welcome(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = ""
    while "Ctrl-C" not in said:
        line = process.stdout.readline()
        assert line, "it ended before it said where the page is"
        said += line
    return said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_printed_address_leads_to_the_list(start: Start, number: signal.Signals) -> None:
    process = start()
    address = re.search(r"http://127\.0\.0\.1:\d+/sign-in\?token=\S{40,}", welcome(process))
    assert address is not None
    with requests.Session() as browser:
        answer = browser.get(address[0], timeout=30)
        assert answer.status_code == 200
        assert "The queue is empty" in answer.text
        assert "token=" not in answer.url
        assert "Server" not in answer.headers
    process.send_signal(number)
    _, complained = process.communicate(timeout=30)
    assert process.returncode == 0
    assert complained == "Stopped.\n"


def test_a_token_of_ones_own_is_not_repeated(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROSQL_QUEUE_TOKEN", TOKEN)
    process = start()
    said = welcome(process)
    assert TOKEN not in said
    url = re.search(r"http://\S+", said)
    assert url is not None
    answer = requests.get(f"{url[0]}sign-in", {"token": TOKEN}, timeout=30, allow_redirects=False)
    assert answer.status_code == 302


def test_another_name_for_the_page_is_one_that_was_given(start: Start) -> None:
    said = welcome(start("--name", "queue.office"))
    url = re.search(r"http://127\.0\.0\.1:\d+/", said)
    assert url is not None
    for host, status in (("queue.office", 200), ("evil.example", 400)):
        assert requests.get(f"{url[0]}sign-in", headers={"Host": host}, timeout=30).status_code == status


def test_a_port_that_is_taken_is_one_sentence(office: Office) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(office.connection.OperationalError, match="port"),
    ):
        Server(office.connection, TOKEN, "127.0.0.1", taken.getsockname()[1])
