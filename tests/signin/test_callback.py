"""The listener: who may come, from where, and what they are shown."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.signin.conftest import has_ipv6
from xerosql.api.signin.callback import Callback
from xerosql.api.signin.pages import failed, signed_in
from xerosql.errors import InterfaceError

V6 = pytest.param("::1", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 loopback on this machine"))
Answer = tuple[int, str, http.client.HTTPMessage]


@pytest.fixture
def browsers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def get(host: str, port: int, target: str, method: str = "GET") -> Answer:
    connection = http.client.HTTPConnection(host, port, timeout=30)
    try:
        connection.request(method, target)
        response = connection.getresponse()
        return response.status, response.read().decode(), response.headers
    finally:
        connection.close()


@pytest.mark.parametrize("host", ["127.0.0.1", V6, "localhost"])
def test_the_browser_may_come_over_ipv4_and_ipv6(host: str, port: int, browsers: ThreadPoolExecutor) -> None:
    """`localhost` means one or the other, depending on the machine. The page that it gets is the caller's."""
    with Callback(port) as callback:
        page: Future[Answer] = browsers.submit(get, host, port, "/callback?code=c0de&state=s")
        arrival = callback.wait(30)
        assert arrival is not None
        assert arrival.target == "/callback?code=c0de&state=s"
        assert "c0de" not in repr(arrival)
        arrival.reply(signed_in(["Books & <Co>"]))
        status, text, headers = page.result()
    assert status == 200
    assert "Books &amp; &lt;Co&gt;" in text
    assert "You are signed in" in text
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_whoever_comes_without_an_answer_is_sent_away(port: int, browsers: ThreadPoolExecutor) -> None:
    """Icons, curious programs and other methods do not count as the browser coming back."""
    with Callback(port) as callback:
        for target in ("/favicon.ico", "/", "/callback", "/callback/?code=x", "/other?code=x"):
            assert get("127.0.0.1", port, target)[0] == 404
        assert get("127.0.0.1", port, "/callback?code=x", "POST")[0] == 501
        assert callback.wait(0) is None


def test_a_refusal_is_shown_as_text(port: int, browsers: ThreadPoolExecutor) -> None:
    with Callback(port) as callback:
        page = browsers.submit(get, "127.0.0.1", port, "/callback?error=x")
        arrival = callback.wait(30)
        assert arrival is not None
        arrival.reply(failed("<script>alert(1)</script>"))
        status, text, _ = page.result()
    assert status == 400
    assert "<script>" not in text


def test_a_browser_that_connects_in_advance_holds_nothing_up(port: int) -> None:
    with Callback(port) as callback, socket.create_connection(("127.0.0.1", port)):
        assert callback.wait(0) is None


def test_nothing_listens_after_the_end(port: int) -> None:
    Callback(port).close()
    with pytest.raises(ConnectionRefusedError):
        get("127.0.0.1", port, "/callback?code=x")
    Callback(port).close()


@pytest.mark.parametrize("host", ["127.0.0.1", V6])
def test_a_taken_port_is_told_with_what_to_do(host: str, port: int) -> None:
    """Also when it is taken on one of the two addresses only, and nothing is left listening on the other."""
    with (
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET),
        pytest.raises(InterfaceError, match=rf"port {port} is taken, .*--no-browser, or --port"),
    ):
        Callback(port)
    Callback(port).close()


def test_only_this_machine_is_listened_to(port: int) -> None:
    with Callback(port) as callback:
        hosts = {server.server_address[0] for server in callback._servers}
    assert "127.0.0.1" in hosts
    assert hosts <= {"127.0.0.1", "::1"}
