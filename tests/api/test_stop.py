"""Breaking off what waits for Xero: reads at once, wherever they are; writes never; and nobody else is hurt."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import urllib3.util.connection

from tests.api.test_network import CA, SERVER
from xerosql.api.breakable import CURRENT, Breakable
from xerosql.api.client import Client
from xerosql.api.request import Request, Response
from xerosql.api.stop import Stop, apart
from xerosql.api.tally import Tally
from xerosql.config import Settings
from xerosql.errors import OperationalError

PATIENCE = 20
GET = Request("GET", "/projects.xro/2.0/Projects", tenant="t1")
DELETE = Request("DELETE", "/projects.xro/2.0/Projects/x/Tasks/y", tenant="t1")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Holding:
    """A server that answers a part, and the rest when it is let go. It counts connections and requests."""

    def __init__(self, part: bytes = b"", *, tls: bool = False) -> None:
        self.part = part
        self.arrived = threading.Semaphore(0)
        self.ended = threading.Semaphore(0)
        self.go_on = threading.Event()
        self.seen: list[bytes] = []
        self.connections = 0
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if tls else None
        if self.tls:
            self.tls.load_cert_chain(SERVER)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http{'s' * tls}://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                connected, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.attend, args=(connected,), daemon=True).start()

    def attend(self, connected: socket.socket) -> None:
        try:
            if self.tls:
                connected = self.tls.wrap_socket(connected, server_side=True)
            with connected:
                while request := connected.recv(65536):
                    self.seen.append(request)
                    connected.sendall(self.part)
                    self.arrived.release()
                    if not self.go_on.is_set():
                        connected.settimeout(0.01)
                        self.wait(connected)
                        connected.settimeout(None)
                    connected.sendall(OK[len(self.part) :])
        except OSError:
            pass
        finally:
            self.ended.release()

    def wait(self, connected: socket.socket) -> None:
        """Until it is let go; OSError as soon as the client has hung up."""
        while not self.go_on.is_set():
            try:
                if not connected.recv(1):
                    raise ConnectionResetError
            except TimeoutError:
                continue

    def __enter__(self) -> Holding:
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@contextmanager
def client_of(url: str) -> Iterator[Client]:
    settings = Settings(base_url=url, access_token="made-up", verify=CA, share_limits=False, read_timeout=60.0)
    with Client(settings) as client:
        yield client


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def cancelled(answer: Future[Any]) -> bool:
    """Whether the call ends with 57014, within a time in which the server does not answer."""
    with pytest.raises(OperationalError) as caught:
        answer.result(PATIENCE)
    return caught.value.sqlstate == "57014"


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("part", [b"", OK[:9], OK[:-1]], ids=["nothing", "half a head", "half a body"])
def test_a_read_that_is_on_its_way_is_broken_off(part: bytes, tls: bool) -> None:
    """Wherever it is; Xero's end sees it, the call was counted, and the organisation's place is free again."""
    stop, tally = Stop(), Tally()
    with Holding(part, tls=tls) as server, client_of(server.url) as client, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.send, GET, tally=tally, cancelled=stop)
        assert server.arrived.acquire(timeout=PATIENCE)
        stop.set()
        assert cancelled(answer)
        assert server.ended.acquire(timeout=PATIENCE)
        assert tally.calls == 1
        assert [each.in_flight for each in client.limits()] == [0]


def test_a_body_to_the_end_of_the_connection_is_broken_off() -> None:
    """There the library lets go of the socket before the body has been read, and half of one looks whole."""
    stop = Stop()
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"
    with Holding(head) as server, client_of(server.url) as client, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.send, GET, cancelled=stop)
        assert server.arrived.acquire(timeout=PATIENCE)
        time.sleep(0.05)  # so that it is at the body, as far as can be told
        stop.set()
        assert cancelled(answer)


def test_a_name_that_is_looked_up_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor a connection that is being made; should it come about after all, it is closed."""
    stop, going, go_on = Stop(), threading.Event(), threading.Event()
    made: list[socket.socket] = []
    connect = urllib3.util.connection.create_connection

    def slowly(*given: Any, **more: Any) -> socket.socket:
        going.set()
        assert go_on.wait(PATIENCE)
        made.append(connect(*given, **more))
        return made[-1]

    monkeypatch.setattr(urllib3.util.connection, "create_connection", slowly)
    with Holding() as server, client_of(server.url) as client, ThreadPoolExecutor(1) as pool:
        tally = Tally()
        answer = pool.submit(client.send, GET, tally=tally, cancelled=stop)
        assert going.wait(PATIENCE)
        stop.set()
        assert cancelled(answer)
        assert tally.calls == 0
        go_on.set()
        assert server.ended.acquire(timeout=PATIENCE)
        assert server.seen == []
        assert made[0].fileno() == -1


def test_a_write_that_is_on_its_way_is_waited_for() -> None:
    """What became of it matters more than when."""
    stop = Stop()
    with Holding() as server, client_of(server.url) as client, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.send, DELETE, cancelled=stop)
        assert server.arrived.acquire(timeout=PATIENCE)
        stop.set()
        time.sleep(0.05)
        assert not answer.done()
        server.go_on.set()
        assert answer.result(PATIENCE).status == 200


def test_others_go_on_over_their_own_connections() -> None:
    """Two reads at once, of which one is broken off."""
    stops = [Stop(), Stop()]
    with Holding() as server, client_of(server.url) as client, ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(client.send, GET, cancelled=stop) for stop in stops]
        for _ in answers:
            assert server.arrived.acquire(timeout=PATIENCE)
        stops[0].set()
        assert cancelled(answers[0])
        server.go_on.set()
        assert answers[1].result(PATIENCE).status == 200


def test_a_connection_that_was_shut_down_late_carries_no_other_request() -> None:
    """The answer had come, and the connection was taken for the next request: which has not left, and can be repeated.

    The moment between the two is made longer than it is: the write's connection is shut down just before it is used.
    """
    with Holding() as server, client_of(server.url) as client:
        server.go_on.set()
        stop = Stop()
        assert client.send(GET, cancelled=stop).status == 200
        request = Breakable.request
        shut: list[Breakable] = []

        def late(connection: Breakable, *given: Any, **more: Any) -> None:
            if not shut:
                shut.append(connection)
                connection.shut_down()
            request(connection, *given, **more)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Breakable, "request", late)
            assert client.send(DELETE).status == 200
        assert [each.split()[0] for each in server.seen] == [b"GET", b"DELETE"]
        assert server.connections == 2


def test_what_ends_by_itself_leaves_its_reads_to_end() -> None:
    """Such as a query whose LIMIT is reached: their connections stay open. Waiting is over all the same."""
    outer = Stop()
    inner = Stop(within=outer)
    with Holding() as server, client_of(server.url) as client, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.send, GET, cancelled=inner)
        assert server.arrived.acquire(timeout=PATIENCE)
        inner.set()
        with pytest.raises(TimeoutError):
            answer.result(0.05)
        with pytest.raises(OperationalError, match="cancelled"):
            client.send(GET, cancelled=inner)
        server.go_on.set()
        assert answer.result(PATIENCE).status == 200
        assert client.send(GET, cancelled=outer).status == 200
        assert server.connections == 1


def test_a_stop_after_the_answer_shuts_nothing_down() -> None:
    """The next request goes over the same connection."""
    with Holding() as server, client_of(server.url) as client:
        server.go_on.set()
        for _ in range(3):
            stop = Stop()
            assert isinstance(client.send(GET, cancelled=stop), Response)
            stop.set()
        assert server.connections == 1
        assert CURRENT.call is None


def test_a_token_that_is_being_fetched_is_not_waited_for() -> None:
    """It is fetched to its end, since it is for everybody, and the next statement has it."""
    asked, go_on, stop = threading.Event(), threading.Event(), Stop()
    sent: list[str] = []

    def handler(method: str, url: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        sent.append(url)
        if "token" in url:
            asked.set()
            assert go_on.wait(PATIENCE)
            return 200, {}, b'{"access_token": "new", "expires_in": 1800}'
        return 200, {}, b"{}"

    settings = Settings(client_id="app", client_secret="made-up", share_limits=False)
    with Client(settings, handler=handler) as client, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.send, GET, cancelled=stop)
        assert asked.wait(PATIENCE)
        stop.set()
        assert cancelled(answer)
        assert [each.in_flight for each in client.limits()] == [0]
        go_on.set()
        assert client.send(GET, cancelled=Stop()).status == 200
        assert sum("token" in url for url in sent) == 1


def test_who_waits_for_another_to_ask_is_not_held_by_it() -> None:
    """Which organisations there are is asked by one thread at a time."""
    asked, go_on, stop = threading.Event(), threading.Event(), Stop()

    def handler(*_: object) -> tuple[int, dict[str, str], bytes]:
        asked.set()
        assert go_on.wait(PATIENCE)
        return 200, {}, b"[]"

    with Client(Settings(access_token="made-up"), handler=handler) as client, ThreadPoolExecutor(2) as pool:
        first = pool.submit(client.connections)
        assert asked.wait(PATIENCE)
        second = pool.submit(client.connections, cancelled=stop)
        stop.set()
        assert cancelled(second)
        go_on.set()
        assert first.result(PATIENCE) == ()


def test_what_is_done_apart_returns_and_raises_as_it_would() -> None:
    """Unless it is stopped first, or was before."""
    stop, go_on = Stop(), threading.Event()
    assert apart(lambda: 3, stop) == 3
    with pytest.raises(ZeroDivisionError):
        apart(lambda: 1 / 0, stop)
    threading.Timer(0.01, stop.set).start()
    with pytest.raises(OperationalError, match="cancelled"):
        apart(lambda: go_on.wait(PATIENCE), stop)
    with pytest.raises(OperationalError, match="cancelled"):
        apart(lambda: go_on.wait(PATIENCE), stop)
    go_on.set()


def test_a_stop_tells_those_who_are_there() -> None:
    """When it is set, once more when it is set again, at once if it has been set, and nobody who has left."""
    stop, calls = Stop(), []
    for name in ("stays", "leaves"):
        stop.tell(tell := (lambda name=name: calls.append(name)))
    stop.forget(tell)
    stop.set()
    assert calls == ["stays"]
    with stop.telling(lambda: calls.append("late")):
        assert calls == ["stays", "late"]
    stop.set()
    assert calls == ["stays", "late", "stays"]
