"""The threads of a statement: five for each organisation, none longer than it is needed."""

from __future__ import annotations

import threading

import pytest

from xerosql.errors import OperationalError
from xerosql.execute.cancel import Cancellation
from xerosql.execute.crew import Crew

PATIENCE = 20.0


def test_five_are_done_at_a_time_for_each_organisation() -> None:
    """Ten tasks of two organisations meet; the sixth of one waits."""
    crew: Crew[int] = Crew(Cancellation())
    meeting = threading.Barrier(11, timeout=PATIENCE)
    go = threading.Event()

    def work() -> int:
        meeting.wait()
        assert go.wait(PATIENCE)
        return 1

    tasks = [crew.start(organisation, work) for organisation in "ab" for _ in range(5)]
    sixth = crew.start("a", lambda: 6)
    meeting.wait()
    assert not sixth.done()
    go.set()
    assert [crew.result(task) for task in tasks] == [1] * 10
    assert crew.result(sixth) == 6


def test_threads_end_when_nothing_is_left_to_do() -> None:
    """Nobody has to close anything."""
    crew: Crew[threading.Thread] = Crew(Cancellation())
    thread = crew.result(crew.start("a", threading.current_thread))
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert thread.daemon


def test_an_error_is_raised_where_the_result_is_asked_for() -> None:
    """And the thread goes on with the next task."""
    crew: Crew[float] = Crew(Cancellation())
    broken, whole = crew.start("a", lambda: 1 / 0), crew.start("a", lambda: 2.0)
    with pytest.raises(ZeroDivisionError):
        crew.result(broken)
    assert crew.result(whole) == 2.0


def test_stopping_drops_what_nobody_has_begun_and_waits_for_nobody() -> None:
    """What is under way may end when it likes; whoever waits for it is told at once."""
    stop, go, under_way = Cancellation(), threading.Event(), threading.Semaphore(0)
    crew: Crew[bool] = Crew(stop)

    def work() -> bool:
        under_way.release()
        return go.wait(PATIENCE)

    tasks = [crew.start("a", work) for _ in range(7)]
    for _ in range(5):
        assert under_way.acquire(timeout=PATIENCE)
    threading.Timer(0.01, stop.set).start()
    for task in (tasks[0], tasks[6]):
        with pytest.raises(OperationalError, match="cancelled") as caught:
            crew.result(task)
        assert caught.value.sqlstate == "57014"
    assert [task.cancelled() for task in tasks] == [False] * 5 + [True] * 2
    with pytest.raises(OperationalError, match="cancelled"):
        crew.start("a", work)
    go.set()
