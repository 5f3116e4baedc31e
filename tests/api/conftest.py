"""Time that passes only when asked for, and a Xero of a few lines on the loopback interface."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Lock

import pytest

from xerosql.api.client import Client
from xerosql.api.retry import Policy
from xerosql.config import Settings


class FakeClock:
    """A clock that jumps over every wait. Safe for threads."""

    def __init__(self) -> None:
        self._seconds = 1000.0
        self._lock = Lock()
        self.slept: list[float] = []

    def monotonic(self) -> float:
        with self._lock:
            return self._seconds

    def now(self) -> datetime:
        return datetime(2026, 11, 21, 12, 0, tzinfo=UTC) + timedelta(seconds=self.monotonic() - 1000.0)

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._seconds += seconds

    def sleep(self, seconds: float, cancelled: Event | None = None) -> None:
        self.slept.append(seconds)
        if cancelled is None or not cancelled.is_set():
            self.advance(seconds)

    def wait(self, condition: Condition, seconds: float | None) -> None:
        if seconds is None:
            condition.wait(0.01)
        else:
            self.advance(seconds)
            condition.wait(0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def new_client(clock: FakeClock) -> Callable[..., Client]:
    """Makes clients of an in-process handler, on the fake clock and without jitter."""

    def make(handler: Callable[..., object], **options: object) -> Client:
        settings = Settings(**({"access_token": "made-up-token"} | options))
        return Client(settings, handler=handler, clock=clock, policy=Policy(jitter=lambda: 1.0))

    return make


class Loopback:
    """A web server whose `answer(method, path, headers, body)` a test replaces; it returns the raw bytes to write."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answer: Callable[..., bytes] = lambda *_: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                seen = self.command, self.path, dict(self.headers.items()), body
                loopback.requests.append(seen)
                answer = loopback.answer(*seen)
                self.wfile.write(answer)
                self.close_connection = b"Connection: close" in answer or not answer

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # a client that hangs up is what some tests are about
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = Loopback()
    yield server
    server.close()
