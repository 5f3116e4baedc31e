import gzip
import http.client
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests
import urllib3
from urllib3 import exceptions as lower

from xerosql.api.failure import Failure
from xerosql.api.request import Request, Response, path_of
from xerosql.api.transport import Network, Transport, failure_of
from xerosql.config import Settings
from xerosql.errors import InterfaceError, OperationalError

GET = Request("GET", "/projects.xro/2.0/Projects", (("page", "1"), ("states", "A,B")), tenant="t1")
SIGNED = (("Authorization", "Bearer s3cret"),)
PACKED = gzip.compress(b'{"items":[]}')


def ok(body: bytes = b"{}", *fields: str) -> bytes:
    head = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def open_transport(url: str, **options: object) -> Transport:
    return Transport(Settings(base_url=url, **options))


def test_a_request_arrives_as_it_was_meant(loopback) -> None:
    """Path and query encoded once, the headers as given, nothing else of note."""
    request = Request("GET", path_of("/p/{id}", id="a/b c"), (("where", 'Name=="x&y"'),), tenant="t1")
    outcome = open_transport(loopback.url).send(request, SIGNED)
    assert isinstance(outcome, Response)
    method, path, headers, body = loopback.requests[0]
    assert (method, path, body) == ("GET", "/p/a%2Fb%20c?where=Name%3D%3D%22x%26y%22", b"")
    assert headers.pop("Host") in loopback.url
    assert headers.pop("User-Agent").startswith("xerosql/")
    assert headers == {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "Authorization": "Bearer s3cret",
        "Xero-Tenant-Id": "t1",
    }


def test_a_write_arrives_to_the_byte(loopback) -> None:
    """With its key and its length."""
    request = Request("PUT", "/p", body='{"name":"Größe"}'.encode(), tenant="t1", idempotency_key="k-1")
    open_transport(loopback.url).send(request, SIGNED)
    method, _, headers, body = loopback.requests[0]
    assert (method, body) == ("PUT", '{"name":"Größe"}'.encode())
    assert headers["Idempotency-Key"] == "k-1"
    assert headers["Content-Type"] == "application/json"
    assert headers["Content-Length"] == str(len(body))


@pytest.mark.parametrize(
    "request_",
    [
        GET,
        Request("GET", "/connections"),
        Request("DELETE", path_of("/p/{id}", id="a/b ~é;=&")),
        Request("GET", "/p", (("where", 'Name=="ü x" AND A<>1'), ("a", ""), ("b", "1+1%"))),
        Request("POST", "/p", body=b'{"a":1}', idempotency_key="k"),
        Request("PATCH", "/p", body=b""),
        Request("POST", "/p"),
    ],
)
def test_the_prepared_template_equals_what_a_session_would_send(request_: Request) -> None:
    """Same URL, headers and body as `requests` makes of the plain values, the second time (from the template) too."""
    network = Network(Settings())
    headers = (("Accept", "application/json"), *SIGNED)
    for _ in range(2):
        ours = network.prepare(request_, headers, "https://api.xero.com")
        theirs = network._session.prepare_request(
            requests.Request(
                request_.method,
                "https://api.xero.com" + request_.path,
                params=list(request_.query),
                headers=dict(headers),
                data=request_.body,
                auth=lambda prepared: prepared,
            )
        )
        assert (ours.method, ours.url, ours.body) == (theirs.method, theirs.url, theirs.body)
        assert dict(ours.headers) == dict(theirs.headers)


def test_a_new_token_is_sent_from_the_next_call_on(loopback) -> None:
    """Templates belong to their headers, and there are never many of them."""
    transport = open_transport(loopback.url)
    for number in range(70):
        transport.send(GET, (("Authorization", f"Bearer {number}"),))
    assert [headers["Authorization"] for _, _, headers, _ in loopback.requests] == [f"Bearer {n}" for n in range(70)]
    assert len(transport._wire._templates) <= 64


def test_the_netrc_file_does_not_replace_the_token(loopback, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As requests would let it, were it asked the usual way."""
    (tmp_path / "netrc").write_text("default login somebody password else\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    open_transport(loopback.url).send(GET, SIGNED)
    assert loopback.requests[0][2]["Authorization"] == "Bearer s3cret"


def test_bodies_arrive_unpacked(loopback) -> None:
    """gzip saves 85 % of the bytes."""
    loopback.answer = lambda *_: ok(PACKED, "Content-Encoding: gzip", "X-MinLimit-Remaining: 59")
    outcome = open_transport(loopback.url).send(GET)
    assert isinstance(outcome, Response)
    assert outcome.body == b'{"items":[]}'
    assert outcome.headers.get("x-minlimit-remaining") == "59"


def test_one_connection_serves_many_calls(loopback) -> None:
    """Also when the answer is an empty 204 or an error."""
    ports = []
    answers = iter([ok(), b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 500 X\r\nContent-Length: 3\r\n\r\nabc", ok()])
    loopback.answer = lambda *_: next(answers)
    transport = open_transport(loopback.url)
    original = socket.socket.connect

    def counting(self: socket.socket, address: object) -> None:
        ports.append(address)
        original(self, address)

    socket.socket.connect = counting  # type: ignore[method-assign]  # counts connections
    try:
        statuses = [transport.send(GET).status for _ in range(4)]
    finally:
        socket.socket.connect = original  # type: ignore[method-assign]  # as it was
    assert statuses == [200, 204, 500, 200]
    assert len(ports) == 1


def test_a_redirect_is_an_answer_and_not_followed(loopback) -> None:
    """The token must not go where a redirect points."""
    loopback.answer = lambda *_: (
        b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 0\r\n\r\n"
    )
    assert open_transport(loopback.url).send(GET, SIGNED).status == 302
    assert len(loopback.requests) == 1


def test_cookies_are_not_kept(loopback) -> None:
    """Calls are independent of one another."""
    loopback.answer = lambda *_: ok(b"{}", "Set-Cookie: a=b")
    transport = open_transport(loopback.url)
    transport.send(GET), transport.send(GET)
    assert "Cookie" not in loopback.requests[1][2]


def test_another_base_is_reached_by_the_same_transport(loopback) -> None:
    """The identity server."""
    transport = open_transport("https://api.invalid")
    assert transport.send(Request("POST", "/connect/token", body=b"a=b"), base=loopback.url).status == 200


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n64\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\nConnection: close\r\n\r\n" + PACKED,
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n" + PACKED[:10],
        b"",
        b"nonsense Connection: close\r\n\r\n",
    ],
    ids=["short body", "short chunk", "broken chunk", "not gzip", "short gzip", "half of gzip", "hung up", "not HTTP"],
)
def test_half_an_answer_is_none(loopback, answer: bytes) -> None:
    """Xero may have applied the call; the caller must not read half a list."""
    loopback.answer = lambda *_: answer
    outcome = open_transport(loopback.url).send(GET)
    assert isinstance(outcome, Failure)
    assert outcome.sent
    assert not outcome.permanent
    assert "broke" in outcome.sentence
    assert isinstance(outcome.error(), OperationalError)


def test_an_answer_of_any_size_is_not_taken_in(loopback) -> None:
    """A few kilobytes can unpack to gigabytes; asking again would not help."""
    bomb = gzip.compress(b"0" * 1_000_000)
    loopback.answer = lambda *_: ok(bomb, "Content-Encoding: gzip")
    outcome = open_transport(loopback.url, max_body_bytes=10_000).send(GET)
    assert isinstance(outcome, Failure)
    assert outcome.permanent
    assert "max_body_bytes (10000)" in outcome.sentence
    loopback.answer = lambda *_: ok(b"0" * 10_000)
    assert open_transport(loopback.url, max_body_bytes=10_000).send(GET).status == 200


def test_the_rest_of_a_huge_answer_does_not_become_the_next_one(loopback) -> None:
    """Its connection is closed and not used again."""
    answers = iter([ok(b"0" * 50_000), ok(b"[]")])
    loopback.answer = lambda *_: next(answers)
    transport = open_transport(loopback.url, max_body_bytes=100)
    assert isinstance(transport.send(GET), Failure)
    assert transport.send(GET).body == b"[]"
    transport.close()


def test_a_refused_connection_was_not_sent() -> None:
    """So even a write may be tried again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    outcome = open_transport(f"http://127.0.0.1:{port}").send(GET, SIGNED)
    assert isinstance(outcome, Failure)
    assert not outcome.sent
    assert f"could not connect to 127.0.0.1:{port}" in outcome.sentence


def test_silence_is_a_timeout_after_sending() -> None:
    """Xero may be working on it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        outcome = open_transport(url, read_timeout=0.03).send(GET)
    assert isinstance(outcome, Failure)
    assert outcome.sent
    assert "did not answer in time" in outcome.sentence


def test_a_dead_proxy_was_not_sent_and_the_environments_proxies_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """As every tool of the user's does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:s3cret@127.0.0.1:{port}")
    monkeypatch.delenv("NO_PROXY", raising=False), monkeypatch.delenv("no_proxy", raising=False)
    outcome = open_transport("https://api.invalid").send(GET, SIGNED)
    assert isinstance(outcome, Failure)
    assert not outcome.sent
    error = outcome.error()
    assert "s3cret" not in f"{outcome} {error!r} {error.__cause__!r}"


def test_a_configured_proxy_is_used(loopback) -> None:
    """A plain-text target shows that: the proxy is asked for the whole URL."""
    open_transport("http://api.invalid", proxies={"http": loopback.url}).send(GET)
    assert loopback.requests[0][1] == "http://api.invalid/projects.xro/2.0/Projects?page=1&states=A%2CB"


@pytest.mark.parametrize(
    "options",
    [
        {"verify": "/does/not/exist.pem", "base_url": "https://127.0.0.1:1"},
        {"cert": "/does/not/exist.pem", "base_url": "https://127.0.0.1:1"},
        {"base_url": "https://exa mple", "proxies": {}},
        {"proxies": {"http": "http://user:s3cret@:bad"}, "base_url": "http://127.0.0.1:1"},
    ],
    ids=["CA bundle", "client certificate", "URL", "proxy"],
)
def test_a_setting_that_cannot_work_is_an_interface_error(options: dict[str, object]) -> None:
    """And is not retried; the library's own message, which may quote secrets, is left out."""
    if " " in str(options["base_url"]):
        with pytest.raises(InterfaceError):
            Settings(**options)
        return
    outcome = Transport(Settings(**options)).send(GET, SIGNED)
    assert isinstance(outcome, Failure)
    assert (outcome.misuse, outcome.permanent, outcome.sent, outcome.cause) == (True, True, False, None)
    assert isinstance(outcome.error(), InterfaceError)
    assert "s3cret" not in str(outcome.error())


@pytest.mark.parametrize("token", ["s3cret\r\nX-Evil: 1", "s3crét", "s3cret\u2028", "s3cret\x00"])
def test_a_token_that_is_no_header_never_shows_up(loopback, token: str) -> None:
    """Line ends are refused and so are characters that HTTP cannot carry, without quoting them."""
    outcome = open_transport(loopback.url).send(GET, (("Authorization", token),))
    if isinstance(outcome, Failure):
        assert outcome.misuse
        assert "s3c" not in f"{outcome!r} {outcome.error()!r}"
        assert outcome.error().__cause__ is None
    assert not any("X-Evil" in headers for _, _, headers, _ in loopback.requests)


def _exceptions_of(*modules: object) -> Iterator[type[Exception]]:
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Exception) and not issubclass(value, Warning):
                yield value


@pytest.mark.parametrize(
    "kind",
    sorted(
        set(_exceptions_of(requests.exceptions, urllib3.exceptions)),
        key=lambda kind: f"{kind.__module__}.{kind.__name__}",
    ),
    ids=lambda kind: f"{kind.__module__}.{kind.__name__}",
)
def test_no_exception_of_the_libraries_below_leaks(kind: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the adapter raises is an outcome."""
    error = kind.__new__(kind)

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", fail)
    outcome = open_transport("https://api.invalid").send(GET, SIGNED)
    assert isinstance(outcome, Failure)


PLACE = urllib3.connectionpool.HTTPSConnectionPool("api.xero.com")
UNTRUSTED = lower.SSLError(ssl.SSLCertVerificationError(1, "self-signed"))


def gave_up(reason: Exception) -> lower.MaxRetryError:
    """As urllib3 wraps whatever keeps it from connecting."""
    return lower.MaxRetryError(PLACE, "/", reason)


@pytest.mark.parametrize(
    ("error", "sent", "permanent"),
    [
        (requests.ConnectTimeout(), False, False),
        (requests.ReadTimeout(), True, False),
        (requests.exceptions.ProxyError(), False, False),
        (requests.ConnectionError(lower.ProtocolError("x", http.client.RemoteDisconnected())), True, False),
        (requests.ConnectionError(gave_up(lower.NewConnectionError(PLACE, "x"))), False, False),
        (requests.ConnectionError(gave_up(lower.NameResolutionError("h", PLACE, socket.gaierror()))), False, False),
        (requests.ConnectionError(lower.ClosedPoolError(PLACE, "x")), False, False),
        (requests.exceptions.SSLError(gave_up(UNTRUSTED)), False, True),
        (requests.exceptions.SSLError(lower.SSLError("bad record mac")), True, False),
        (lower.IncompleteRead(1, 2), True, False),
        (lower.ReadTimeoutError(PLACE, "/", "x"), True, False),
        (ConnectionResetError(), True, False),
        (TimeoutError(), True, False),
        (OSError("no such CA bundle"), False, True),
        (OSError(113, "no route to host"), True, False),
        (requests.exceptions.InvalidHeader("s3cret"), False, True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_it_is_known_whether_a_failed_call_was_sent(error: Exception, sent: bool, permanent: bool) -> None:
    """The one distinction that retrying needs; in doubt it was."""
    failure = failure_of(error, "api.xero.com")
    assert (failure.sent, failure.permanent) == (sent, permanent)
    assert "s3cret" not in failure.sentence


def test_the_http_library_is_not_imported_before_it_is_used() -> None:
    """It costs 100 ms; `--help` and the simulator need none of it."""
    program = (
        "import sys, xerosql, xerosql.config, xerosql.api\n"
        "client = xerosql.api.Client(xerosql.config.Settings(access_token='a'), handler=lambda *_: (200, {}, b''))\n"
        "client.send(xerosql.api.Request('GET', '/p'))\n"
        "print(sorted({'requests', 'urllib3', 'oauthlib', 'requests_oauthlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    assert done.stdout.strip() == "[]"


def test_a_closed_transport_lets_go_of_its_connections(loopback) -> None:
    """Without a word of warning from the sockets."""
    transport = open_transport(loopback.url)
    transport.send(GET)
    transport.close()
