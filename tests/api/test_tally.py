"""The budget of a statement: so many calls to organisations, retries included, and not one more."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from xerosql.api.request import Request
from xerosql.api.tally import Tally
from xerosql.errors import BudgetError, OperationalError

GET = Request("GET", "/projects.xro/2.0/Projects", tenant="t1")
CONNECTIONS = Request("GET", "/connections")


def test_without_a_number_any_number_may_be_claimed() -> None:
    """As every statement's tally is unless somebody has set max_calls."""
    tally = Tally()
    for _ in range(1000):
        tally.claim()


@pytest.mark.parametrize(("most", "made"), [(0, "0 calls"), (1, "1 call"), (2, "2 calls")])
def test_what_exceeds_the_number_is_refused(most: int, made: str) -> None:
    """The sentence has the number and both ways out."""
    tally = Tally(most)
    for _ in range(most):
        tally.claim()
    sentence = (
        f"has made {made}, all that max_calls = {most} allows, and was stopped; narrow it or SET max_calls higher"
    )
    with pytest.raises(BudgetError, match=sentence) as caught:
        tally.claim()
    assert caught.value.sqlstate == "54000"


def test_a_claim_that_came_to_nothing_is_given_back() -> None:
    """A call that never left this machine has cost nothing."""
    tally = Tally(1)
    tally.claim()
    tally.unclaim()
    tally.claim()


def test_threads_claim_no_more_than_there_is() -> None:
    """Twenty threads, two thousand claims, a hundred granted."""
    tally = Tally(100)

    def claims(_: int) -> int:
        granted = 0
        for _ in range(100):
            try:
                tally.claim()
            except BudgetError:
                continue
            granted += 1
        return granted

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(claims, range(20))) == 100


def test_a_lifted_budget_allows_everything() -> None:
    """What has been claimed before does not matter any more."""
    tally = Tally(0)
    tally.lift()
    tally.claim()


def test_each_attempt_takes_from_the_budget(new_client) -> None:
    """Three are allowed, trouble takes two of them; what is refused is not sent."""
    answers = iter([(503, {}, b""), (503, {}, b""), (200, {}, b"{}")])
    sent, tally = [], Tally(3)

    def handle(method: str, url: str, headers: object, body: object) -> object:
        sent.append(url)
        return next(answers)

    client = new_client(handle)
    assert client.send(GET, tally=tally).ok
    with pytest.raises(BudgetError, match="max_calls = 3"):
        client.send(GET, tally=tally)
    assert len(sent) == tally.calls == 3


def test_a_retry_beyond_the_budget_is_not_made(new_client) -> None:
    """The trouble stays what it was; the statement's error is the budget."""
    tally = Tally(2)
    with pytest.raises(BudgetError, match="has made 2 calls"):
        new_client(lambda *_: (503, {}, b"")).send(GET, tally=tally)
    assert tally.calls == 2


def test_what_is_asked_of_no_organisation_is_free(new_client) -> None:
    """Which organisations there are, and tokens, count against nobody's quota."""

    def handle(method: str, url: str, headers: object, body: object) -> object:
        return (200, {}, b'{"access_token": "t", "expires_in": 1800}') if "/connect/token" in url else (200, {}, b"[]")

    tally = Tally(1)
    client = new_client(handle, access_token=None, client_id="i", client_secret="s")
    client.send(CONNECTIONS, tally=tally)
    client.send(CONNECTIONS, tally=tally)
    assert client.send(GET, tally=tally).ok


def test_a_call_that_could_not_be_made_costs_nothing(new_client) -> None:
    """No route, and no place before the deadline: the budget is whole again."""
    outcomes = iter([ConnectionRefusedError(), ConnectionRefusedError()])

    def handle(*_: object) -> object:
        for error in outcomes:
            raise error
        return 200, {}, b"{}"

    tally = Tally(1)
    assert new_client(handle).send(GET, tally=tally).ok
    day = new_client(lambda *_: (429, {"X-Rate-Limit-Problem": "day", "Retry-After": "3600"}, b""))
    first, second = Tally(1), Tally(1)
    for each in (first, second):
        with pytest.raises(OperationalError, match="day's quota"):
            day.send(GET, tally=each)
    second.claim()
