"""The simulator behind a port: plain sockets and http.client against it."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from xerosql.simulator import Fault, Server, Simulator

USERS = "/projects.xro/2.0/ProjectsUsers"


@pytest.fixture
def server(simulator: Simulator) -> Iterator[Server]:
    with simulator.serve() as server:
        yield server


@pytest.fixture
def headers(simulator: Simulator) -> dict[str, str]:
    return {"Authorization": "Bearer x", "Xero-Tenant-Id": simulator.tenants[0][0]}


@pytest.fixture
def http_client(server: Server) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    yield connection
    connection.close()


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: Any = None
) -> tuple[http.client.HTTPResponse, bytes]:
    connection.request(method, path, body=body, headers=headers, encode_chunked=False)
    response = connection.getresponse()
    return response, response.read()


def raw(server: Server, sent: bytes) -> bytes:
    """Everything that comes back for these bytes until the server hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_the_port_says_what_handle_says(
    http_client: http.client.HTTPConnection, simulator: Simulator, headers: dict[str, str]
) -> None:
    """Same status and body, on one kept-open connection."""
    for path in (USERS, "/projects.xro/2.0/Projects?page=1", "/projects.xro/2.0/Nothing", "/connections"):
        response, body = ask(http_client, "GET", path, headers)
        status, _, expected = simulator.handle("GET", path, headers)
        assert response.status == status
        if status != 404:  # an error body names its own exchange
            assert body == expected


def test_gzip_comes_to_those_who_take_it(http_client: http.client.HTTPConnection, headers: dict[str, str]) -> None:
    """Packed and plain hold the same; a repeated request is packed from the cache."""
    path = "/projects.xro/2.0/Projects?page=1&pageSize=500"
    _, plain = ask(http_client, "GET", path, headers)
    for _ in range(2):
        response, packed = ask(http_client, "GET", path, headers | {"Accept-Encoding": "gzip, deflate"})
        assert response.headers["Content-Encoding"] == "gzip"
        assert len(packed) < len(plain) / 3
        assert gzip.decompress(packed) == plain


def test_a_204_has_no_body_and_keeps_the_connection(
    http_client: http.client.HTTPConnection, client: Any, headers: dict[str, str]
) -> None:
    """The next request on the same connection is answered as itself."""
    path = f"/projects.xro/2.0/Projects/{client.project()['projectId']}"
    for status in ("CLOSED", "INPROGRESS"):
        response, body = ask(http_client, "PATCH", path, headers, json.dumps({"status": status}))
        assert (response.status, body) == (204, b"")
    assert json.loads(ask(http_client, "GET", path, headers)[1])["status"] == "INPROGRESS"


def test_bodies_may_come_in_chunks_and_be_large(
    http_client: http.client.HTTPConnection, client: Any, headers: dict[str, str]
) -> None:
    """A chunked body is put together; one of some megabytes is read whole."""
    path = f"/projects.xro/2.0/Projects/{client.project()['projectId']}"
    http_client.request("PUT", path, iter([b'{"name":', b' "In two chunks"}']), headers, encode_chunked=True)
    response = http_client.getresponse()
    response.read()
    assert response.status == 204
    body = json.dumps({"name": "Large", "padding": "x" * 3_000_000})
    assert ask(http_client, "PUT", path, headers, body)[0].status == 204
    assert client.project(name="Large")


def test_what_is_not_http_is_refused(server: Server) -> None:
    """400 and the end of the connection; 413 and 431 for too much of it."""
    assert raw(server, b"HELLO\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert raw(server, b"GET / HTTP/1.1\r\nno colon here\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert raw(server, b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert raw(server, b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n").startswith(b"HTTP/1.1 413 ")
    assert raw(server, b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000).startswith(b"HTTP/1.1 431 ")
    assert raw(server, b"") == b""


def test_an_old_or_closing_client_is_hung_up_on(server: Server) -> None:
    """HTTP/1.0 and `Connection: close` end after one answer; two requests sent together get two answers."""
    line = f"GET {USERS} HTTP/1.".encode()
    assert raw(server, line + b"0\r\n\r\n" + line + b"0\r\n\r\n").count(b"HTTP/1.1 401") == 1
    assert raw(server, line + b"1\r\nConnection: close\r\n\r\n" + line + b"1\r\n\r\n").count(b"HTTP/1.1 401") == 1
    assert raw(server, (line + b"1\r\n\r\n") * 2).count(b"HTTP/1.1 401") == 2


def test_a_reset_is_a_reset(
    http_client: http.client.HTTPConnection, simulator: Simulator, headers: dict[str, str]
) -> None:
    """The client's socket reports it, and a new connection works."""
    for kind in ("reset-before", "reset-after"):
        simulator.add_fault(Fault(kind))
        with pytest.raises(ConnectionResetError):
            ask(http_client, "GET", USERS, headers)
        http_client.close()
    assert ask(http_client, "GET", USERS, headers)[0].status == 200


def test_a_cut_body_is_cut(
    http_client: http.client.HTTPConnection, simulator: Simulator, headers: dict[str, str]
) -> None:
    """Fewer bytes come than Content-Length announced."""
    simulator.add_fault(Fault("truncated"))
    with pytest.raises(http.client.IncompleteRead):
        ask(http_client, "GET", USERS, headers)


def test_the_simulator_is_steered_over_http(http_client: http.client.HTTPConnection, headers: dict[str, str]) -> None:
    """Faults, the log, counts and a reset from another process; these requests are not counted themselves."""
    control = "/__simulator__/"
    faults = json.dumps([{"kind": "503", "match": "users", "retry_after": 4}])
    assert ask(http_client, "POST", f"{control}faults", {}, faults)[0].status == 204
    response, _ = ask(http_client, "GET", USERS, headers)
    assert (response.status, response.headers["Retry-After"]) == (503, "4")
    (row,) = json.loads(ask(http_client, "GET", f"{control}requests", {})[1])
    assert (row["method"], row["path"], row["status"], row["fault"]) == ("GET", USERS, 503, "503")
    stats = json.loads(ask(http_client, "GET", f"{control}stats", {})[1])
    assert (stats["calls"], len(stats["tenants"])) == (1, 3)
    for wrong in ("{", '{"kind":"meteor"}', '{"when":1}', '{"kind":"500","match":"("}', '{"kind":"500","times":"2"}'):
        assert ask(http_client, "POST", f"{control}faults", {}, wrong)[0].status == 400
    assert ask(http_client, "POST", f"{control}faults", {}, '{"kind":"500","times":-1}')[0].status == 204
    assert ask(http_client, "DELETE", f"{control}faults", {})[0].status == 204
    assert ask(http_client, "GET", USERS, headers)[0].status == 200
    assert ask(http_client, "POST", f"{control}reset", {})[0].status == 204
    assert json.loads(ask(http_client, "GET", f"{control}stats", {})[1])["calls"] == 0
    assert ask(http_client, "GET", f"{control}else", {})[0].status == 404
    assert ask(http_client, "PUT", f"{control}stats", {})[0].status == 405


def test_many_clients_at_once_get_their_own_answers(server: Server, simulator: Simulator) -> None:
    """Five threads, each with its connection, each sees only its project's tasks."""
    tenant = simulator.tenants[0][0]
    headers = {"Authorization": "Bearer x", "Xero-Tenant-Id": tenant}
    projects = [row["projectId"] for row in simulator.rows(tenant)["projects"]]

    def fetch(mine: list[str]) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        try:
            pages = [ask(connection, "GET", f"/projects.xro/2.0/Projects/{each}/Tasks", headers)[1] for each in mine]
        finally:
            connection.close()
        return all(
            {task["projectId"] for task in json.loads(page)["items"]} <= {each}
            for each, page in zip(mine, pages, strict=True)
        )

    with ThreadPoolExecutor(5) as pool:
        assert all(pool.map(fetch, [projects[n::5] for n in range(5)]))


def test_a_closed_server_is_gone(simulator: Simulator) -> None:
    """Closing twice does no harm, waiting clients are cut off, and the simulator can be served again."""
    server = simulator.serve()
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as waiting:
        waiting.sendall(b"GET /__simulator__/stats HTTP/1.1\r\n\r\n")
        assert waiting.recv(65_536).startswith(b"HTTP/1.1 200 ")
        server.close()
        server.close()
        assert waiting.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=5)
    with simulator.serve() as again:
        assert raw(again, b"GET /__simulator__/stats HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 ")
