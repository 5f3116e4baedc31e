"""The usual settings of a company's network: CA bundles, client certificates, proxies, timeouts.

The certificates beside this file are made up for it, and valid for a hundred years.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import urllib3.util.connection
from requests.adapters import HTTPAdapter

from xerosql.api.failure import Failure
from xerosql.api.request import Request, Response
from xerosql.api.transport import Transport
from xerosql.config import Settings

CERTIFICATES = Path(__file__).parent / "certificates"
CA, SERVER, CLIENT = (str(CERTIFICATES / f"{name}.pem") for name in ("ca", "server", "client"))
GET = Request("GET", "/projects.xro/2.0/Projects", tenant="t1")
SIGNED = (("Authorization", "Bearer s3cret"),)
Start = Callable[..., str]


class Answering(BaseHTTPRequestHandler):
    """Says 200 to every GET."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def secure_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts servers on HTTPS, which may want a client's certificate; gives their URL."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    servers: list[HTTPServer] = []

    def start(*, wants_certificate: bool = False) -> str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(SERVER)
        if wants_certificate:
            context.load_verify_locations(CA)
            context.verify_mode = ssl.CERT_REQUIRED
        server = HTTPServer(("127.0.0.1", 0), Answering)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # refused handshakes are the point
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return f"https://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def sent(url: str, **options: object) -> Response | Failure:
    transport = Transport(Settings(base_url=url, **options))
    try:
        return transport.send(GET, SIGNED)
    finally:
        transport.close()


def test_a_companys_own_authority_is_trusted_when_named(secure_server: Start) -> None:
    """As `verify`."""
    outcome = sent(secure_server(), verify=CA)
    assert isinstance(outcome, Response)
    assert outcome.status == 200


def test_the_environments_bundle_is_used(secure_server: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """REQUESTS_CA_BUNDLE, as every tool that uses requests does."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", CA)
    assert isinstance(sent(secure_server()), Response)


def test_an_unknown_authority_is_not_trusted_and_nothing_is_sent(secure_server: Start) -> None:
    """Trying again would not help; the sentence says what is wrong."""
    outcome = sent(secure_server())
    assert isinstance(outcome, Failure)
    assert (outcome.sent, outcome.permanent) == (False, True)
    assert "certificate of 127.0.0.1" in outcome.sentence
    assert "not trusted" in outcome.sentence


def test_verification_can_be_switched_off(secure_server: Start) -> None:
    """For trying things out; urllib3 warns of it."""
    with pytest.warns(urllib3.exceptions.InsecureRequestWarning):
        assert isinstance(sent(secure_server(), verify=False), Response)


def test_a_client_certificate_is_shown_where_it_is_wanted(secure_server: Start) -> None:
    """And without it the server hangs up."""
    url = secure_server(wants_certificate=True)
    assert isinstance(sent(url, verify=CA, cert=CLIENT), Response)
    assert isinstance(sent(url, verify=CA), Failure)


def test_a_proxy_that_wants_a_password_sees_no_token(loopback) -> None:
    """HTTPS goes through a tunnel: the proxy is asked for that, with its own password only."""
    loopback.answer = lambda *_: (
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    outcome = sent("https://api.invalid", proxies={"https": loopback.url.replace("//", "//user:word@")})
    assert isinstance(outcome, Failure)
    assert not outcome.sent
    ((method, path, headers, _),) = loopback.requests
    assert (method, path) == ("CONNECT", "api.invalid:443")
    assert headers["Proxy-Authorization"].startswith("Basic ")
    assert "Authorization" not in headers


def test_hosts_that_need_no_proxy_are_asked_directly(loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_PROXY."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert isinstance(sent(loopback.url), Response)


def test_both_timeouts_go_with_every_request(loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    """10 seconds to connect and 100 between two packets, unless the settings say otherwise."""
    seen: list[object] = []
    send = HTTPAdapter.send

    def noted(*given: object, **options: object) -> object:
        seen.append(options["timeout"])
        return send(*given, **options)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(HTTPAdapter, "send", noted)
    sent(loopback.url)
    sent(loopback.url, connect_timeout=3, read_timeout=7)
    assert seen == [(10.0, 100.0), (3, 7)]


def test_a_connect_timeout_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that any call may be tried again."""

    def late(*_: object, **__: object) -> socket.socket:
        raise TimeoutError

    monkeypatch.setattr(urllib3.util.connection, "create_connection", late)
    outcome = sent("http://127.0.0.1:1")
    assert isinstance(outcome, Failure)
    assert (outcome.sent, outcome.permanent) == (False, False)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_kept_to_in_both_forms(new_client, clock, form: str) -> None:
    """Three seconds, or the time at which they are over."""
    when = datetime(2026, 11, 21, 12, 0, 3, tzinfo=UTC)
    value = "3" if form == "seconds" else when.strftime("%a, %d %b %Y %H:%M:%S GMT")
    answers = iter([(503, {"Retry-After": value}, b""), (200, {}, b"{}")])
    assert new_client(lambda *_: next(answers)).send(GET).ok
    assert clock.slept == [3.0]
    assert clock.now() == when
