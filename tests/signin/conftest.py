"""An identity server on the loopback interface, ports that are free, and a home for sign-ins."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.signin.chromium import Chromium, installed
from xerosql.simulator import Server, Simulator


class JumpingClock:
    """The machine's time, and whatever it was made to jump."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@pytest.fixture
def jump() -> JumpingClock:
    """The clock of `xero`."""
    return JumpingClock()


@pytest.fixture
def xero(jump: JumpingClock) -> Iterator[Server]:
    """A Xero that checks tokens."""
    with Simulator(auth=True, limits=False, clock=jump).serve() as server:
        yield server


@pytest.fixture
def environ(xero: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment in which xerosql talks to `xero` and keeps its sign-ins below `tmp_path`; also set here."""
    for name in list(os.environ):
        if name.startswith("XEROSQL_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    own = {
        "XEROSQL_HOME": str(tmp_path / "home"),
        "XEROSQL_CONFIG": str(tmp_path / "config.toml"),
        "XEROSQL_BASE_URL": xero.url,
        "XEROSQL_IDENTITY_URL": xero.url,
        "XEROSQL_CALLS_PER_MINUTE": "1000000",
    }
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    return dict(os.environ)


def has_ipv6() -> bool:
    """Whether this machine has an IPv6 loopback."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.fixture
def port() -> int:
    """A port that is free on the loopback addresses that there are."""
    for _ in range(100):
        with socket.create_server(("127.0.0.1", 0)) as held:
            number: int = held.getsockname()[1]
            if not has_ipv6():
                return number
            with suppress(OSError):
                socket.create_server(("::1", number), family=socket.AF_INET6).close()
                return number
    raise AssertionError("no port is free")


@pytest.fixture
def chromium() -> Iterator[Chromium]:
    """A headless Chromium."""
    if installed() is None:
        pytest.skip("no Chromium on this machine; make browser installs it where it can")
    with Chromium() as browser:
        yield browser
