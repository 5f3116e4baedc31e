import io
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter

from xerosql.api.adapter import Adapter
from xerosql.api.failure import Failure
from xerosql.api.request import Request, Response
from xerosql.api.transport import Transport
from xerosql.config import Settings

GET = Request("GET", "/projects.xro/2.0/Projects", (("page", "1"),), tenant="t1")
TRUST = ("cert_reqs", "ca_certs", "ca_cert_dir", "cert_file", "key_file")


def prepared(url: str) -> requests.PreparedRequest:
    request = requests.PreparedRequest()
    request.method, request.url = "GET", url
    return request


def count_connects(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The connections that are opened from now on."""
    opened: list[object] = []
    connect = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda *given: (opened.append(given[1]), connect(*given))[1])
    return opened


def test_a_hosts_pool_is_looked_up_once() -> None:
    """Whatever the path; another host, or other trust in the same one, has another pool."""
    adapter = Adapter(10)
    pool = adapter.get_connection_with_tls_context(prepared("https://a.invalid/x"), True)
    assert adapter.get_connection_with_tls_context(prepared("https://a.invalid/y/z?q=/"), True) is pool
    assert len(adapter._pools) == 1
    for url, verify in [
        ("https://a.invalid/x", False),
        ("https://b.invalid/x", True),
        ("https://a.invalid:444/x", True),
        ("http://a.invalid/x", True),
    ]:
        assert adapter.get_connection_with_tls_context(prepared(url), verify) is not pool


def test_hosts_are_told_apart_without_a_path_too() -> None:
    """A token must not go to the neighbour."""
    adapter = Adapter(10)
    hosts = {
        adapter.get_connection_with_tls_context(prepared(f"https://{host}"), True).host
        for host in ("a", "b", "host-a", "host-b")
    }
    assert hosts == {"a", "b", "host-a", "host-b"}


@pytest.mark.parametrize("url", ["https://a.invalid/x", "http://a.invalid/x"])
@pytest.mark.parametrize("verify", [True, False, "bundle", "directory"])
@pytest.mark.parametrize("cert", [None, "bundle"])
def test_pools_trust_and_sign_as_requests_own_do(tmp_path: Path, url: str, verify: object, cert: object) -> None:
    """CA bundles, directories of them, none, and client certificates; the second time too."""
    (tmp_path / "bundle").write_text(""), (tmp_path / "directory").mkdir()
    verify, cert = (str(tmp_path / given) if isinstance(given, str) else given for given in (verify, cert))
    request = prepared(url)
    theirs = HTTPAdapter()
    expected = theirs.get_connection_with_tls_context(request, verify, cert=cert)
    theirs.cert_verify(expected, url, verify, cert)
    ours = Adapter(10)
    for _ in range(2):
        pool = ours.get_connection_with_tls_context(request, verify, cert=cert)
        ours.cert_verify(pool, url, verify, cert)
        assert [getattr(pool, name, None) for name in TRUST] == [getattr(expected, name, None) for name in TRUST]
        assert pool.conn_kw.keys() == expected.conn_kw.keys()


@pytest.mark.parametrize("option", ["verify", "cert"])
def test_a_missing_certificate_is_missed_on_every_call(option: str) -> None:
    """The second call must not go out without it."""
    transport = Transport(Settings(base_url="https://127.0.0.1:1", **{option: "/does/not/exist.pem"}))
    for _ in range(2):
        outcome = transport.send(GET)
        assert isinstance(outcome, Failure)
        assert outcome.misuse


def test_through_a_proxy_the_pool_is_the_proxys() -> None:
    """And not the one that goes straight to the host."""
    adapter = Adapter(10)
    straight = adapter.get_connection_with_tls_context(prepared("http://a.invalid/x"), True, {})
    for _ in range(2):
        pool = adapter.get_connection_with_tls_context(prepared("http://a.invalid/x"), True, {"http": "http://p:1"})
        assert pool is not straight
        assert pool.proxy.host == "p"


@pytest.mark.parametrize(
    "url",
    [
        "https://api.xero.com/p/a%2Fb?where=a%3D%3D%22x%22&b=",
        "http://h/p",
        "http://127.0.0.1:8080/base/p?a=b",
        "https://h/",
        "https://h",
    ],
)
@pytest.mark.parametrize(
    "proxies",
    [
        {},
        None,
        {"no": "x"},
        {"http": "http://p:1", "https": "http://p:1"},
        {"http": "socks5://p:1"},
        {"all": "https://u:v@p:1"},
    ],
)
def test_what_a_server_or_proxy_is_asked_for_is_what_requests_asks_for(
    url: str, proxies: dict[str, str] | None
) -> None:
    """The path; from a proxy, the whole URL where that is how it works."""
    assert Adapter(1).request_url(prepared(url), proxies) == HTTPAdapter().request_url(prepared(url), proxies)


def test_calls_after_close_open_a_new_connection(loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old pool is not kept open by being remembered."""
    opened = count_connects(monkeypatch)
    transport = Transport(Settings(base_url=loopback.url))
    assert [transport.send(GET).status for _ in range(2)] == [200, 200]
    transport.close()
    assert not transport._wire._session.get_adapter(loopback.url)._pools
    assert transport.send(GET).status == 200
    assert len(opened) == 2
    transport.close()


def test_threads_share_a_hosts_connections(loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first call on, which they make together."""
    opened, together = count_connects(monkeypatch), threading.Barrier(5)
    transport = Transport(Settings(base_url=loopback.url))

    def twenty_calls(_: int) -> set[int]:
        together.wait(5)
        return {transport.send(GET).status for _ in range(20)}

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(twenty_calls, range(5))) == [{200}] * 5
    assert len(opened) <= 5
    transport.close()


def test_libraries_that_stand_in_for_the_network_can(monkeypatch: pytest.MonkeyPatch) -> None:
    """`responses` replaces `send`, has the adapter build an answer, and looks at that before it hands it out."""
    seen = []

    def send(adapter: HTTPAdapter, request: requests.PreparedRequest, **options: object) -> requests.Response:
        fields = urllib3.HTTPHeaderDict({"Retry-After": "1", "Content-Type": "application/json"})
        raw = urllib3.HTTPResponse(io.BytesIO(b"[1]"), fields, 200, reason="OK", preload_content=False)
        answer = adapter.build_response(request, raw)
        seen.append((answer.request.method, answer.url, answer.status_code, "retry-after" in answer.headers))
        return answer

    monkeypatch.setattr(HTTPAdapter, "send", send)
    outcome = Transport(Settings(base_url="https://api.invalid")).send(GET)
    assert isinstance(outcome, Response)
    assert (outcome.body, outcome.headers["retry-after"]) == (b"[1]", "1")
    assert seen == [("GET", "https://api.invalid/projects.xro/2.0/Projects?page=1", 200, True)]


def test_repeated_header_fields_arrive_joined(loopback) -> None:
    """As HTTP says that they are to be read."""
    loopback.answer = lambda *_: b"HTTP/1.1 200 OK\r\nVary: A\r\nX-Y: z\r\nvary: B\r\nContent-Length: 0\r\n\r\n"
    headers = Transport(Settings(base_url=loopback.url)).send(GET).headers
    assert (headers["Vary"], headers["X-Y"]) == ("A, B", "z")
