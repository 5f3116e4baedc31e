"""Who gets in: tokens, sessions, forged forms, other names for the page, and the headers of every answer."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import TOKEN, Office
from xerosql.web import create_app
from xerosql.web.access import ATTEMPTS, PAUSE, SHIFT, Door


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def client(office: Office, clock: Hand) -> FlaskClient:
    """A browser that is not signed in."""
    office.add_project()
    return create_app(office.connection, TOKEN, clock=clock).test_client()


def csrf(client: FlaskClient, path: str = "/sign-in") -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found[1]


def sign_in(client: FlaskClient, token: str = TOKEN) -> Any:
    return client.post("/sign-in", data={"token": token, "csrf_token": csrf(client)})


PAGES = (
    "/", "/tasks/1", "/tasks/1/preview", "/tasks/1/edit", "/tasks/1/cancel", "/retry?task=1", "/history",
    "/organisations", "/types", "/types/CreateTask", "/help",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_shown_to_who_is_not_signed_in(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in")


def test_nothing_is_changed_by_who_is_not_signed_in(office: Office, client: FlaskClient) -> None:
    for path in ("/tasks/1/cancel", "/tasks/1/edit", "/retry", f"/organisations/{office.options['tenant']}/pause"):
        answer = client.post(path, data={"csrf_token": csrf(client)})
        assert answer.status_code == 403, path
    assert office.status(1) == "Pending"


def test_the_token_lets_in_by_the_form_and_by_the_address(office: Office, client: FlaskClient) -> None:
    assert sign_in(client).headers["Location"] == "/"
    assert client.get("/").status_code == 200
    other = create_app(office.connection, TOKEN).test_client()
    assert other.get("/sign-in", query_string={"token": TOKEN}).headers["Location"] == "/"
    assert other.get("/").status_code == 200


@pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "ü" * 20, "\x00"])
def test_another_token_does_not(client: FlaskClient, token: str) -> None:
    assert sign_in(client, token).status_code == 403
    assert client.get("/").status_code == 302


def test_a_session_of_another_server_is_none(office: Office, client: FlaskClient) -> None:
    sign_in(client)
    cookie = client.get_cookie("session")
    assert cookie is not None
    other = create_app(office.connection, TOKEN).test_client()
    other.set_cookie("session", cookie.value)
    assert other.get("/").status_code == 302


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(client: FlaskClient) -> None:
    sign_in(client)
    cookie = client.get_cookie("session")
    assert cookie is not None
    assert client.post("/sign-out", data={"csrf_token": csrf(client, "/")}).status_code == 302
    client.set_cookie("session", cookie.value)
    assert client.get("/").status_code == 302


def test_a_session_ends_after_a_day_at_work(client: FlaskClient, clock: Hand) -> None:
    sign_in(client)
    clock.now += SHIFT - 1
    assert client.get("/").status_code == 200
    clock.now += 2
    assert client.get("/").status_code == 302


def test_who_tries_too_many_tokens_has_to_wait(client: FlaskClient, clock: Hand) -> None:
    """The right one is not looked at either, from that address; from others it is."""
    for _ in range(ATTEMPTS):
        assert sign_in(client, "wrong").status_code == 403
    answer = client.post("/sign-in", data={"token": TOKEN})
    assert answer.status_code in (400, 429)
    answer = client.get("/sign-in", query_string={"token": TOKEN})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) == PAUSE
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get("/sign-in", query_string={"token": TOKEN}, environ_base=elsewhere).status_code == 302
    clock.now += PAUSE + 1
    assert client.get("/sign-in", query_string={"token": TOKEN}).status_code == 302


# -- Forged forms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "", "nonsense", "another"])
def test_a_form_without_the_pages_own_token_changes_nothing(
    office: Office, client: FlaskClient, token: str | None
) -> None:
    """Missing, made up, or of somebody else's session."""
    sign_in(client)
    if token == "another":
        other = client.application.test_client()
        sign_in(other)
        token = csrf(other, "/")
    tenant = office.options["tenant"]
    paths = (
        "/tasks/1/cancel", "/tasks/1/skip", "/tasks/1/edit", "/retry", "/types/CreateTask", "/sign-out",
        f"/organisations/{tenant}/pause", f"/organisations/{tenant}/resume", f"/organisations/{tenant}/dealer",
    )  # fmt: skip
    for path in paths:
        data = {"task": "1"} if token is None else {"task": "1", "csrf_token": token}
        answer = client.post(path, data=data)
        assert answer.status_code == 400, path
        assert "Nothing was changed" in answer.text
    assert office.status(1) == "Pending"
    assert client.get("/").status_code == 200


def test_no_address_that_is_only_looked_at_changes_anything(office: Office, client: FlaskClient) -> None:
    """A link or an image on another page can do no harm."""
    sign_in(client)
    before = office.one("SELECT max(EventId) FROM queue.XeroTaskEvents")
    for path in PAGES:
        client.get(path)
    for rule in ("/tasks/1/retry", "/tasks/1/absent", "/tasks/1/resolve", "/tasks/1/skip"):
        client.get(rule)
    assert office.one("SELECT max(EventId) FROM queue.XeroTaskEvents") == before


# -- Names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "localhost:8401", "127.0.0.1:8401", "[::1]:8401", "LOCALHOST"])
def test_the_page_is_called_by_the_names_of_this_machine(client: FlaskClient, host: str) -> None:
    assert client.get("/sign-in", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.7", "", "a b"]
)
def test_another_name_that_leads_here_is_refused(client: FlaskClient, host: str) -> None:
    """Also of who is signed in, and before anything else is looked at."""
    sign_in(client)
    for path in ("/", "/sign-in", "/static/page.css"):
        with client.get(path, headers={"Host": host}) as answer:
            assert answer.status_code == 400, path
            assert "Harbour" not in answer.text


def test_a_page_for_other_machines_is_called_by_its_addresses_and_the_names_it_was_given() -> None:
    """No name server can lie about an address."""
    door = Door(TOKEN, ("0.0.0.0", "queue.office"), lambda: 0.0)  # noqa: S104 - a name, not bound
    assert all(door.knows(each) for each in ("queue.office:8401", "192.0.2.7:8401", "localhost"))
    for name in ("evil.example", "192.0.2.7.evil.example", "[", "[]", ":", "", "queue.office.evil.example"):
        assert not door.knows(name)


# -- Headers and secrets -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", [*PAGES, "/sign-in", "/static/page.css", "/static/refresh.js", "/nowhere", "/tasks/99"]
)
def test_every_answer_is_sealed(client: FlaskClient, path: str) -> None:
    """No inline script, no frame, no cache, no referrer, whatever the answer is."""
    for signed in (False, True):
        if signed:
            sign_in(client)
        with client.get(path) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_the_cookie_is_for_this_page_alone(client: FlaskClient) -> None:
    cookies = sign_in(client).headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert "Domain" not in cookie


def test_neither_the_token_nor_a_secret_is_in_a_page_or_a_log(
    office: Office, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Of the page's own sign-in, and of the one at Xero."""
    caplog.set_level(logging.DEBUG)
    pages = [client.get("/sign-in", query_string={"token": TOKEN}).text]
    pages += [client.get(path).text for path in (*PAGES, "/nowhere", "/tasks/99")]
    pages.append(sign_in(client, "a wrong token").text)
    for secret in (TOKEN, "a wrong token", "Bearer"):
        assert all(secret not in page for page in pages)
        assert secret not in caplog.text
    assert office.options["access_token"] == "any"


def test_a_body_that_is_too_long_is_refused(client: FlaskClient) -> None:
    sign_in(client)
    answer = client.post("/tasks/1/edit", data={"csrf_token": csrf(client, "/"), "json": "x" * 2_000_000})
    assert answer.status_code == 413
