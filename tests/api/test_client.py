import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from xerosql.api.client import Client
from xerosql.api.request import Request
from xerosql.api.tally import Tally
from xerosql.config import Settings
from xerosql.errors import AuthenticationError, IntegrityError, OperationalError, RateLimitError, UnknownOutcomeError

GET = Request("GET", "/projects.xro/2.0/Projects", (("page", "1"),), tenant="t1")
PUT = Request("PUT", "/projects.xro/2.0/Projects/p", body=b'{"name":"x"}', tenant="t1", idempotency_key="key-1")
DELETE = Request("DELETE", "/projects.xro/2.0/Projects/p/Tasks/t", tenant="t1")
EXPIRED = 401, {}, b'{"Detail": "TokenExpired: yesterday"}'
MINUTE = 429, {"X-Rate-Limit-Problem": "minute", "Retry-After": "13"}, b""
DAY = 429, {"X-Rate-Limit-Problem": "day", "Retry-After": "3600"}, b""


class Script:
    """A Xero that gives these answers in turn, and the last one ever after; an exception is raised."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.seen: list[tuple[str, str, dict[str, str], bytes | None]] = []

    def handle(self, *request: object) -> object:
        self.seen.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, tuple) else (answer, {}, b"{}")


def test_a_request_goes_out_signed_in_for_its_organisation(new_client) -> None:
    """With the bearer token, the tenant, and what it asks to get."""
    script = Script(200)
    assert new_client(script.handle).send(GET).body == b"{}"
    method, url, headers, body = script.seen[0]
    assert (method, url, body) == ("GET", "https://api.xero.com/projects.xro/2.0/Projects?page=1", b"")
    assert headers["Authorization"] == "Bearer made-up-token"
    assert headers["Xero-Tenant-Id"] == "t1"
    assert headers["Accept"] == "application/json"
    assert headers["Accept-Encoding"] == "gzip"
    assert headers["User-Agent"].startswith("xerosql/")


def test_trouble_is_retried_and_counted(new_client, clock) -> None:
    """Each sending is a call, in the statement's tally and in the client's."""
    script, tally = Script(ConnectionResetError(), EOFError(), 502, 200), Tally()
    client = new_client(script.handle)
    assert client.send(GET, tally=tally).status == 200
    assert (tally.calls, tally.retries, tally.received_bytes) == (4, 3, 4)
    assert client.calls == 4
    assert clock.slept == [0.5, 1.0, 2.0]


def test_what_never_left_is_no_call(new_client) -> None:
    """Xero has not counted it either."""
    tally = Tally()
    new_client(Script(ConnectionRefusedError(), 200).handle).send(GET, tally=tally)
    assert (tally.calls, tally.retries) == (1, 1)


def test_a_retried_write_is_the_same_request_to_the_byte(new_client) -> None:
    """Same key, same body: Xero answers it from memory if it has seen it."""
    script = Script(ConnectionResetError(), 503, (204, {}, b""))
    new_client(script.handle).send(PUT)
    assert len(script.seen) == 3
    assert all(request == script.seen[0] for request in script.seen)
    assert script.seen[0][2]["Idempotency-Key"] == "key-1"
    assert script.seen[0][2]["Content-Type"] == "application/json"


def test_a_write_whose_answer_never_comes_has_an_unknown_outcome(new_client) -> None:
    """The error says so, and why."""
    with pytest.raises(UnknownOutcomeError, match=r"PUT /projects.*unknown: .*broke.*Look before") as caught:
        new_client(Script(ConnectionResetError()).handle).send(PUT)
    assert isinstance(caught.value.__cause__, OperationalError)


def test_a_write_that_ends_in_server_trouble_has_an_unknown_outcome(new_client) -> None:
    """With Xero's status."""
    with pytest.raises(UnknownOutcomeError) as caught:
        new_client(Script(500).handle).send(PUT)
    assert caught.value.http_status == 500


@pytest.mark.parametrize("then", [DAY, (403, {}, b""), EXPIRED])
def test_a_lost_write_stays_unknown_whatever_turns_the_retry_away(new_client, then: object) -> None:
    """A refused retry says nothing about the first attempt."""
    with pytest.raises(UnknownOutcomeError):
        new_client(Script(ConnectionResetError(), then).handle).send(PUT)


def test_a_lost_write_stays_unknown_when_the_minute_outlasts_its_key(new_client) -> None:
    """The retry that would come after five minutes is not sent."""
    script = Script(ConnectionResetError(), (429, {"X-Rate-Limit-Problem": "minute", "Retry-After": "400"}, b""), 200)
    with pytest.raises(UnknownOutcomeError, match="quota"):
        new_client(script.handle).send(PUT)
    assert len(script.seen) == 2


def test_a_lost_write_stays_unknown_when_the_statement_is_cancelled(new_client, clock) -> None:
    """Cancelling does not undo it."""
    cancelled = threading.Event()

    def handle(*_: object) -> object:
        cancelled.set()
        raise ConnectionResetError

    with pytest.raises(UnknownOutcomeError, match="cancelled"):
        new_client(handle).send(PUT, cancelled=cancelled)


def test_a_key_that_ran_out_while_waiting_for_a_place_is_not_used(new_client, clock) -> None:
    """The gate may take longer than anybody could know."""
    script = Script(ConnectionResetError(), 200)
    client = new_client(script.handle)
    enter = client._gate("t1").enter

    def slow_gate(*arguments: object) -> float:
        if script.seen:
            clock.advance(400)
        return enter(*arguments)

    client._gate("t1").enter = slow_gate
    with pytest.raises(UnknownOutcomeError, match="forgotten"):
        client.send(PUT)
    assert len(script.seen) == 1
    assert client.limits()[0].in_flight == 0


def test_a_write_that_was_never_sent_has_a_known_outcome(new_client) -> None:
    """Nothing happened, and it may be repeated."""
    with pytest.raises(OperationalError, match="could not connect") as caught:
        new_client(Script(ConnectionRefusedError()).handle).send(PUT)
    assert not isinstance(caught.value, UnknownOutcomeError)
    assert caught.value.retryable


def test_a_deletion_is_repeated_once_and_finding_nothing_then_is_success(new_client) -> None:
    """The first attempt had worked."""
    assert new_client(Script(ConnectionResetError(), 404).handle).send(DELETE).status == 204
    with pytest.raises(IntegrityError):
        new_client(Script(404).handle).send(DELETE)
    with pytest.raises(UnknownOutcomeError):
        new_client(Script(ConnectionResetError()).handle).send(DELETE)


def test_a_status_that_the_caller_allows_is_returned(new_client) -> None:
    """404 means "no rows" to a SELECT."""
    assert new_client(Script(404).handle).send(GET, allow=frozenset({404})).status == 404
    with pytest.raises(IntegrityError):
        new_client(Script(404).handle).send(GET)


def test_the_minute_is_waited_for(new_client, clock) -> None:
    """As long as Xero says; the wait is in the tally."""
    script, tally = Script(MINUTE, 200), Tally()
    before = clock.monotonic()
    new_client(script.handle).send(GET, tally=tally)
    assert 13 <= clock.monotonic() - before < 14
    assert tally.waited(clock.monotonic()) == pytest.approx(13, abs=0.2)
    assert tally.calls == 2


def test_a_statements_patience_with_the_minute_is_limited(new_client, clock) -> None:
    """`max_wait` is for all its calls together."""
    client, tally = new_client(Script(MINUTE, 200, MINUTE, 200).handle, max_wait=20), Tally()
    client.send(GET, tally=tally)
    with pytest.raises(RateLimitError, match="longer than this may wait"):
        client.send(GET, tally=tally)


def test_the_used_up_day_is_an_error_at_once_and_for_all(new_client, clock) -> None:
    """The second statement does not even ask."""
    script = Script(DAY)
    client = new_client(script.handle)
    for _ in range(2):
        with pytest.raises(RateLimitError, match="day's quota"):
            client.send(GET)
    assert len(script.seen) == 1
    assert clock.slept == []
    assert client.limits()[0].day_remaining == 0


def test_what_is_left_can_be_seen(new_client) -> None:
    """From Xero's headers, without a call."""
    headers = {"X-DayLimit-Remaining": "900", "X-AppMinLimit-Remaining": "9999", "X-MinLimit-Remaining": "58"}
    client = new_client(Script((200, headers, b"")).handle)
    client.send(GET)
    (left,) = client.limits()
    assert (left.tenant, left.minute_remaining, left.day_remaining, left.app_remaining) == ("t1", 58, 900, 9999)


def test_an_expired_token_is_renewed_and_the_call_repeated(new_client) -> None:
    """A write too: it was turned away unread."""
    token = iter(["t1", "t2"])
    seen: list[str] = []

    def handle(method: str, url: str, headers: dict[str, str], body: bytes | None) -> object:
        if url.endswith("/connect/token"):
            return 200, {}, json.dumps({"access_token": next(token), "expires_in": 1800}).encode()
        seen.append(headers["Authorization"])
        return EXPIRED if len(seen) == 1 else (204, {}, b"")

    new_client(handle, access_token=None, client_id="i", client_secret="s").send(PUT)
    assert seen == ["Bearer t1", "Bearer t2"]


def test_a_fixed_token_that_has_expired_is_an_error(new_client) -> None:
    """After one call."""
    script = Script(EXPIRED)
    with pytest.raises(AuthenticationError, match="expired"):
        new_client(script.handle).send(GET)
    assert len(script.seen) == 1


def test_a_failed_sign_in_takes_no_quota(new_client) -> None:
    """The place at the gate is given back."""
    client = new_client(
        lambda *_: (400, {}, b'{"error": "invalid_grant"}'), access_token=None, client_id="i", refresh_token="r"
    )
    with pytest.raises(AuthenticationError, match="sign in again"):
        client.send(GET)
    assert client.limits()[0].in_flight == 0
    assert client.limits()[0].minute_remaining == 60
    assert client.calls == 0


def test_an_interrupted_call_counts_as_sent(new_client) -> None:
    """Ctrl-C may come after Xero has counted it; the place is given back all the same."""
    client = new_client(Script(KeyboardInterrupt()).handle)
    with pytest.raises(KeyboardInterrupt):
        client.send(GET)
    assert client.limits()[0].in_flight == 0
    assert client.limits()[0].minute_remaining == 59


def test_organisations_are_asked_for_once(new_client) -> None:
    """However many threads want to know; `fresh` asks again."""
    entries = [{"id": "c", "tenantId": "t-9", "tenantName": "Demo", "tenantType": "ORGANISATION"}]
    script = Script((200, {}, json.dumps(entries).encode()))
    client = new_client(script.handle)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(client.tenant_id, ["demo", "T-9", None, "Demo"])) == {"t-9"}
    assert [request[1] for request in script.seen] == ["https://api.xero.com/connections"]
    assert "Xero-Tenant-Id" not in script.seen[0][2]
    client.connections(fresh=True)
    assert len(script.seen) == 2
    assert client.limits() == ()


def test_the_configured_organisation_is_the_default(new_client) -> None:
    """`tenant=` in the settings."""
    entries = [{"tenantId": "t-1", "tenantName": "A"}, {"tenantId": "t-2", "tenantName": "B"}]
    script = Script((200, {}, json.dumps(entries).encode()))
    assert new_client(script.handle, tenant="b").tenant_id() == "t-2"
    with pytest.raises(AuthenticationError, match="several"):
        new_client(script.handle).tenant_id()


def test_clients_of_one_xero_share_the_quota_unless_their_clocks_differ() -> None:
    """Two connections to one organisation have one minute."""
    script = Script(200)
    first, second = (Client(Settings(access_token="made-up"), handler=script.handle) for _ in range(2))
    first.send(GET)
    with second:
        assert second.limits()[0].minute_remaining == 59


def test_the_most_modest_client_of_one_xero_sets_the_pace() -> None:
    """From its first call on, for those too that were there before."""
    script = Script(200)
    bold, modest = (
        Client(Settings(access_token="made-up", calls_per_minute=pace), handler=script.handle) for pace in (60, 2)
    )
    bold.send(GET)
    assert bold.limits()[0].minute_remaining == 59
    modest.send(GET)
    assert [client.limits()[0].minute_remaining for client in (bold, modest)] == [0, 0]
    bold.send(Request("GET", "/p", tenant="t2"))
    assert [left.minute_remaining for left in bold.limits()] == [0, 59]


def test_no_secret_is_logged_shown_or_raised(new_client, caplog: pytest.LogCaptureFixture) -> None:
    """Token, body and query stay out of logs, errors and reprs; method, path, status and time are in."""
    caplog.set_level(logging.DEBUG, logger="xerosql.api")
    request = Request("GET", "/projects.xro/2.0/Projects", (("contactID", "s3cret"),), tenant="t1")
    errors = []
    for answer in (200, (400, {"X": "s3cret"}, b"s3cret"), (401, {}, b"s3cret"), 500, ConnectionResetError()):
        client = new_client(Script(answer).handle, access_token="s3cret")
        try:
            client.send(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not show the secret
            errors.append(error)
    shown = (
        caplog.text + "".join(f"{error!r}{error}{error.__cause__!r}{vars(error)}" for error in errors) + repr(client)
    )
    assert len(errors) == 4
    assert "s3cret" not in shown
    assert "GET /projects.xro/2.0/Projects: 200, " in caplog.text
