"""In which order requests are begun and used, without a thread or a request."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

from xerosql.execute.lanes import Job, Lane, in_turn, lanes_of
from xerosql.execute.pace import Pace


class Desk:
    """Notes what is begun."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    def start(self, job: Job) -> Future[str]:
        self.begun.append(f"{job.fetch.name}{job.page}")
        return Future()


def fetches(*names: str) -> Any:
    """Reads of the lists with these names; the first letter is the organisation's."""
    return [SimpleNamespace(name=name, tenant=name[0]) for name in names]


def taken(lanes: list[Lane[str]], pages: int = 1) -> list[str]:
    """The names of all jobs in the order in which their answers are used; each list has so many pages."""
    used = []
    for lane in in_turn(lanes):
        job = lane.take().job
        used.append(f"{job.fetch.name}{job.page}")
        if job.page == 1:
            lane.insert(Job(job.fetch, page) for page in range(2, pages + 1))
    return used


def test_organisations_take_turns_and_each_keeps_its_order() -> None:
    """The shorter lane ends, the longer one goes on alone; pages follow their list's first."""
    desk = Desk()
    lanes = lanes_of(fetches("a.", "a:", "a;", "b."), desk.start, None, eager=True)
    assert taken(lanes, pages=2) == ["a.1", "b.1", "a.2", "b.2", "a:1", "a:2", "a;1", "a;2"]


def test_the_pages_of_a_long_list_are_begun_side_by_side() -> None:
    """Though the lists behind it were begun before anybody knew that it is long."""
    desk = Desk()
    (lane,) = lanes_of(fetches(*(f"a{name}" for name in ".:;,-+")), desk.start, None, eager=True)
    assert lane.is_ready()
    first = lane.take().job
    lane.insert(Job(first.fetch, page) for page in range(2, 10))
    assert lane.is_ready()
    assert desk.begun == ["a.1", "a:1", "a;1", "a,1", "a-1", "a.2", "a.3", "a.4", "a.5", "a.6"]


def test_every_organisation_is_begun_before_one_is_waited_for() -> None:
    """Five of each, in the first round."""
    desk = Desk()
    lanes = lanes_of(fetches(*(f"a{place}" for place in range(9)), *"bcd"), desk.start, None, eager=True)
    next(in_turn(lanes))
    assert sorted(desk.begun) == ["a01", "a11", "a21", "a31", "a41", "b1", "c1", "d1"]


def test_what_may_stop_is_begun_only_when_it_is_asked_for() -> None:
    """In the order of the reads, whatever the organisation; the reads to come are not even listed."""
    desk, listed = Desk(), []

    def reads() -> Any:
        for fetch in fetches("b.", "a.", "b:"):
            listed.append(fetch.name)
            yield fetch

    (lane,) = lanes_of(reads(), desk.start, None, eager=False)
    assert (lane.is_ready(), lane.take().task, listed, desk.begun) == (True, None, ["b."], [])


def test_no_more_is_begun_than_is_wanted() -> None:
    """Three pages will be read for certain: three are begun, though the pace would allow five."""
    desk, pace = Desk(), Pace(eager=False)
    pace.width = 5
    lane = Lane(fetches(*"abcdefg"), desk.start, pace, lambda: 3, only=True)
    assert lane.is_ready()
    assert desk.begun == ["a1", "b1", "c1"]


def test_a_single_request_is_left_to_the_thread_that_takes_it() -> None:
    """Unless another organisation would wait for it."""
    desk = Desk()
    (alone,) = lanes_of(fetches("a"), desk.start, None, eager=True)
    assert (alone.is_ready(), alone.take().task) == (True, None)
    first, second = lanes_of(fetches("a", "b"), desk.start, None, eager=True)
    assert (first.is_ready(), second.is_ready(), desk.begun) == (True, True, ["a1", "b1"])


def test_a_dropped_lane_gives_back_what_it_has_begun() -> None:
    """What nobody has started yet will not be."""
    desk = Desk()
    (lane,) = lanes_of(fetches("a.", "a:"), desk.start, None, eager=True)
    assert lane.is_ready()
    lane.drop()
    assert [turn.task is not None and turn.task.cancelled() for turn in lane.turns] == [True, True]
