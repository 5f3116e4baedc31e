import gzip

import pytest

from xerosql.api.failure import Failure
from xerosql.api.request import Request, Response
from xerosql.api.transport import Transport
from xerosql.config import Settings

GET = Request("GET", "/p", (("page", "1"),), tenant="t")


class ConnectionReset(ConnectionResetError):  # noqa: N818 - the simulator's name
    """As a simulator injects it."""


class Truncated(EOFError):  # noqa: N818 - the simulator's name
    """As a simulator injects it."""


def send(handler: object) -> object:
    return Transport(Settings(), handler).send(GET, (("Authorization", "Bearer a"),))


def test_the_handler_sees_what_the_network_would_carry() -> None:
    """Method, whole URL, headers, body; and its answer is unpacked."""
    seen = []

    def handle(*request: object) -> object:
        seen.append(request)
        return 200, {"Content-Encoding": "gzip", "X-A": "1"}, gzip.compress(b"{}")

    outcome = send(handle)
    assert isinstance(outcome, Response)
    assert (outcome.body, outcome.headers["x-a"]) == (b"{}", "1")
    method, url, headers, body = seen[0]
    assert (method, url, body) == ("GET", "https://api.xero.com/p?page=1", b"")
    assert headers["Authorization"] == "Bearer a"
    assert headers["Xero-Tenant-Id"] == "t"


@pytest.mark.parametrize(
    ("error", "sent"),
    [(ConnectionReset(), True), (Truncated(), True), (TimeoutError(), True), (ConnectionRefusedError(), False)],
)
def test_injected_trouble_is_a_failed_connection(error: Exception, sent: bool) -> None:
    """As it would be on the network."""

    def handle(*_: object) -> object:
        raise error

    outcome = send(handle)
    assert isinstance(outcome, Failure)
    assert outcome.sent is sent
    assert outcome.error().__cause__ is error


def test_a_bug_in_the_handler_is_not_hidden() -> None:
    """It is the simulator's own."""

    def handle(*_: object) -> object:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        send(handle)
