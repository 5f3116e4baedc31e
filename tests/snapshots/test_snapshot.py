"""One reading that several statements share: each page asked for once, and nobody hangs on another's failure."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from xerosql.api import Response
from xerosql.errors import OperationalError
from xerosql.snapshots import Key, Moment, Snapshot

PATIENCE = 20
LIST = Key("org", "list", "/Projects?pageSize=500", "/Projects")


def new(key: Key = LIST) -> Snapshot:
    return Snapshot(key, Moment(0.0, 0.0))


def test_a_page_is_asked_for_once_however_many_want_it() -> None:
    """Those that come later wait for the first and get the same answer."""
    snapshot, asked, go = new(), [], threading.Event()

    def ask() -> Response:
        asked.append(1)
        assert go.wait(PATIENCE)
        return Response(200, body=b"page")

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(snapshot.page, 1, ask, threading.Event()) for _ in range(8)]
        go.set()
        found = [each.result(PATIENCE) for each in answers]
    assert len(asked) == 1
    assert {response.body for response, _ in found} == {b"page"}
    assert sorted(own for _, own in found) == [False] * 7 + [True]


def test_the_failure_of_one_is_not_that_of_another() -> None:
    """The first was cancelled, say, or had no calls left; the second asks for itself."""
    snapshot, begun, go = new(), threading.Event(), threading.Event()

    def failing() -> Response:
        begun.set()
        assert go.wait(PATIENCE)
        raise OperationalError("the statement was cancelled", sqlstate="57014")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(snapshot.page, 1, failing, threading.Event())
        assert begun.wait(PATIENCE)
        second = pool.submit(snapshot.page, 1, lambda: Response(200, body=b"page"), threading.Event())
        go.set()
        with pytest.raises(OperationalError):
            first.result(PATIENCE)
        response, own = second.result(PATIENCE)
    assert (response.body, own) == (b"page", True)
    assert snapshot.page(1, lambda: pytest.fail("asked again"), threading.Event()) == (response, False)
    assert snapshot.tell(1, 1, 3)
    assert snapshot.bodies() == [b"page"]


@pytest.mark.parametrize("waits", [False, True], ids=["asked first", "asked after another failed"])
def test_what_is_not_there_is_no_knowledge_for_others(waits: bool) -> None:
    """A 404 spoils the reading, whoever has asked for it."""
    snapshot, begun, go = new(), threading.Event(), threading.Event()

    def failing() -> Response:
        begun.set()
        assert go.wait(PATIENCE)
        raise OperationalError("broken")

    with ThreadPoolExecutor(2) as pool:
        if waits:
            pool.submit(snapshot.page, 1, failing, threading.Event())
            assert begun.wait(PATIENCE)
        asking = pool.submit(snapshot.page, 1, lambda: Response(404), threading.Event())
        go.set()
        assert asking.result(PATIENCE)[0].status == 404
    assert snapshot.torn
    assert not snapshot.tell(1, 1, 0)
    assert snapshot.bodies() is None


def test_who_is_cancelled_while_waiting_leaves_at_once() -> None:
    """The one that asks goes on."""
    snapshot, begun, go, stop = new(), threading.Event(), threading.Event(), threading.Event()

    def slow() -> Response:
        begun.set()
        assert go.wait(PATIENCE)
        return Response(200)

    def stopped() -> Response:
        assert stop.is_set()
        raise OperationalError("the statement was cancelled", sqlstate="57014")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(snapshot.page, 1, slow, threading.Event())
        assert begun.wait(PATIENCE)
        second = pool.submit(snapshot.page, 1, stopped, stop)
        stop.set()
        with pytest.raises(OperationalError):
            second.result(PATIENCE)
        assert not first.done()
        go.set()
        assert first.result(PATIENCE)[1]


def read(snapshot: Snapshot, number: int, body: bytes = b"x", status: int = 200) -> None:
    snapshot.page(number, lambda: Response(status, body=body), threading.Event())


def test_a_list_is_complete_with_its_last_page_in_whatever_order_they_come() -> None:
    """And says so once."""
    snapshot = new()
    for number in (3, 1, 2):
        read(snapshot, number, b"%d" % number)
    assert [snapshot.tell(number, 3, 1_200) for number in (3, 1, 2, 2)] == [False, False, True, False]
    assert snapshot.bodies() == [b"1", b"2", b"3"]
    assert snapshot.rows == 1_200


def test_a_list_that_was_left_in_the_middle_is_never_complete() -> None:
    """As a LIMIT leaves it: what it has would be a wrong answer to anything else."""
    snapshot = new()
    read(snapshot, 1)
    assert not snapshot.tell(1, 3, 1_200)
    assert snapshot.bodies() is None


@pytest.mark.parametrize("second", [(3, 1_201), (2, 1_199), (4, 1_200)], ids=["a row more", "fewer", "a page more"])
def test_a_list_that_changed_while_it_was_read_is_torn(second: tuple[int, int]) -> None:
    """Its pages do not belong together, so nobody else gets them."""
    snapshot = new()
    read(snapshot, 1)
    read(snapshot, 2)
    assert not snapshot.tell(1, 3, 1_200)
    assert not snapshot.tell(2, *second)
    assert snapshot.torn
    read(snapshot, 3)
    assert not snapshot.tell(3, 3, 1_200)
    assert snapshot.bodies() is None
