"""A whole worker: it drains a queue, waits where it should, stops when told, and shows that it lives."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from tests.queue.kit import OTHER, START, Books
from tests.queue.office import Office
from xerosql.errors import AuthenticationError, OperationalError
from xerosql.queue import worker as module
from xerosql.queue.claims import LEASE
from xerosql.queue.machine import machine
from xerosql.queue.model import Reason, Status
from xerosql.queue.store import SILENT
from xerosql.queue.tables import WORKERS
from xerosql.queue.tenants import pause


def chain(office: Office) -> list[int]:
    """A project to be created, with five tasks."""
    project = office.project("New")
    return office.add(project, *[office.task(project, f"T{n}") for n in range(5)])


def test_a_queue_is_drained_in_the_order_of_its_dependencies(books: Books) -> None:
    """On both stores, by several threads: each row once."""
    office = Office(books)
    chain(office)
    report = office.worker(threads=3).run(drain=True)
    assert (report.completed, report.failed, report.open) == (6, 0, {Status.COMPLETED: 6})
    [project] = office.named("New", "projects")
    made = sorted(each["name"] for each in office.rows("tasks") if each["projectId"] == project["projectId"])
    assert made == [f"T{n}" for n in range(5)]


def test_two_workers_send_each_task_once(books: Books) -> None:
    """At the same time, on one queue."""
    office = Office(books)
    office.add(*[office.task(name=f"T{n}") for n in range(8)])
    workers = [office.worker(who=f"w{n}") for n in range(2)]
    threads = [threading.Thread(target=each.run, kwargs={"drain": True}) for each in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each.report.completed for each in workers) == 8
    assert len(office.writes) == 8


def test_an_empty_queue_is_drained_at_once(office: Office) -> None:
    report = office.worker().run(drain=True)
    assert (report.completed, report.open, office.clock.slept) == (0, {}, [])


def test_a_failing_task_does_not_stop_the_others(office: Office) -> None:
    office.add(office.project("A"), office.project("B"))
    office.instead("^POST", 400, {"modelState": {"model.name": ["no"]}})
    report = office.worker().run(drain=True)
    assert (report.completed, report.failed) == (1, 1)
    assert report.open == {Status.COMPLETED: 1, Status.FAILED: 1}


def test_what_waits_is_left_to_the_next_run(office: Office) -> None:
    """A drain does not wait for delays, unless it is given the time."""
    [number] = office.add(office.project())
    office.books.set(number, not_before=START + timedelta(seconds=30))
    assert office.worker().run(drain=True).completed == 0
    assert office.worker(who="w2").run(drain=True, max_seconds=20).completed == 0
    assert office.worker(who="w3").run(drain=True, max_seconds=40).completed == 1
    assert office.queue.now() < START + timedelta(seconds=40)


def test_a_pause_that_ends_in_time_is_waited_for(office: Office) -> None:
    office.add(office.project())
    office.books.change(
        lambda connection, now: pause(connection, office.tenant, Reason.RATE_LIMIT, now + timedelta(seconds=30))
    )
    assert office.worker().run(drain=True).completed == 0
    assert office.worker(who="w2").run(drain=True, max_seconds=60).completed == 1


def test_a_lease_that_ends_in_time_is_waited_for(office: Office) -> None:
    """The worker that had it is dead."""
    office.add(office.project())
    office.queue.claim("dead", [office.tenant], 5)
    assert office.worker().run(drain=True, max_seconds=2 * LEASE.total_seconds()).completed == 1


def test_no_task_is_begun_after_its_time(office: Office) -> None:
    """What is on its way then is finished."""
    office.add(*[office.project(f"P{n}") for n in range(9)])
    worker = office.worker()
    worker.watch = lambda report, task: office.clock.advance(10)
    report = worker.run(drain=True, max_seconds=25)
    assert (report.completed, report.open[Status.PENDING]) == (3, 6)


def test_a_worker_goes_on_until_it_is_stopped(office: Office) -> None:
    """Also when there is nothing to do: it looks again."""
    worker = office.worker()
    looks: list[float] = []

    def sleep(seconds: float, cancelled: threading.Event | None = None) -> None:
        looks.append(seconds)
        if len(looks) == 2:
            office.add(office.project())
        if len(looks) == 4:
            worker.stop.set()

    office.clock.sleep = sleep  # type: ignore[method-assign]
    report = worker.run()
    assert (report.completed, looks) == (1, [module.POLL] * 4)


def test_a_stopped_worker_finishes_what_it_is_at(office: Office) -> None:
    """And begins nothing more."""
    office.add(office.project("A"), office.project("B"))
    worker = office.worker()
    office.answers.append(("^POST", worker.stop.set))
    report = worker.run()
    assert (report.completed, report.open[Status.PENDING]) == (1, 1)


def test_a_worker_watches_only_over_what_its_sign_in_reaches(office: Office) -> None:
    office.add(office.books.make("CreateProject", tenant=OTHER, ContactId=OTHER, Name="x"))
    report = office.worker().run(drain=True)
    assert (report.completed, report.open) == (0, {Status.PENDING: 1})


def test_each_task_is_reported(office: Office) -> None:
    seen = []
    chain(office)
    worker = office.worker()
    worker.watch = lambda report, task: seen.append((report.completed, task.type))
    worker.run(drain=True)
    assert seen == [(1, "CreateProject"), *[(n, "CreateTask") for n in range(2, 7)]]


def test_a_sign_in_that_fails_is_an_error_and_nobody_is_listed(office: Office) -> None:
    office.instead("connections", 401, {})
    with pytest.raises(AuthenticationError):
        office.worker().run(drain=True)
    assert office.books.workers() == []


def test_a_queue_that_cannot_be_used_is_an_error(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other threads stop, and the worker is not listed any more."""

    def broken(*_: object) -> None:
        raise OperationalError("damaged", sqlstate="XX001")

    monkeypatch.setattr(office.queue, "claim", broken)
    worker = office.worker(threads=3)
    with pytest.raises(OperationalError, match="damaged"):
        worker.run()
    assert (worker.stop.is_set(), office.books.workers()) == (True, [])


def test_a_queue_that_cannot_be_used_just_now_is_tried_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program held it for too long."""
    office.add(office.project())
    real, troubles = office.queue.claim, [OperationalError("held", retryable=True) for _ in range(3)]

    def claim(*arguments: object) -> object:
        if troubles:
            raise troubles.pop()
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(office.queue, "claim", claim)
    worker = office.worker()
    worker.watch = lambda report, task: worker.stop.set()
    assert worker.run().completed == 1


def test_a_drain_tries_a_queue_that_cannot_be_used_a_few_times(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not end as if nothing were left to send, and it does not go on for ever."""
    office.add(office.project())
    real, troubles = office.queue.claim, [OperationalError("held", retryable=True) for _ in range(4 + 5)]

    def claim(*arguments: object) -> object:
        if len(troubles) > 5 or office.named("Roof", "projects"):
            raise troubles.pop()
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(office.queue, "claim", claim)
    worker = office.worker(threads=1)
    with pytest.raises(OperationalError, match="held"):
        worker.run(drain=True)
    assert (worker.report.completed, troubles) == (1, [])


# -- Signs of life -----------------------------------------------------------------------------------------------------


def test_a_worker_is_listed_while_it_works(office: Office) -> None:
    """With the process that it is."""
    office.add(office.project())
    seen = []
    worker = office.worker(who="me")
    worker.watch = lambda report, task: seen.extend(office.books.workers())
    worker.run(drain=True)
    [row] = seen
    assert (row["worker"], row["process"], row["machine"], row["started_at"]) == ("me", os.getpid(), machine(), START)
    assert office.books.workers() == []


def test_a_sign_of_life_says_how_far_it_is(books: Books) -> None:
    books.queue.enter("w1", {})
    books.clock.advance(30)
    books.queue.heartbeat("w1", 7, 2, tasks=(), stopping=True)
    [row] = books.workers()
    assert (row["completed"], row["failed"], row["stopping"]) == (7, 2, True)
    assert row["heartbeat_at"] == START + timedelta(seconds=30)


def test_a_worker_that_begins_ends_pauses_for_a_sign_in(books: Books) -> None:
    """For the organisations that it reaches; other pauses are not its business."""
    [_] = books.add(books.project())
    books.change(lambda connection, now: pause(connection, OTHER, Reason.AUTHORISATION, now + timedelta(hours=1)))
    tenant = books.rows()[0]["tenant_id"]
    for reason, after in ((Reason.AUTHORISATION, None), (Reason.OFFLINE, START + timedelta(minutes=5))):
        books.change(lambda connection, now, why=reason: pause(connection, tenant, why, now + timedelta(minutes=5)))
        books.queue.enter(f"w {reason}", {tenant: "Firm"})
        assert books.tenant()["paused_until"] == after


def test_a_worker_whose_process_is_gone_lets_its_tasks_go(books: Books) -> None:
    """Nobody waits for its lease on this machine."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    books.queue.enter("dead", {})
    books.add(books.project())
    task = books.claimed("dead")
    row = {"process": done.pid}
    books.change(lambda connection, now: connection.execute(WORKERS.update().values(row)))
    books.queue.enter("w2", {})
    assert [each["worker"] for each in books.workers()] == ["w2"]
    again = books.claimed("w2")
    assert (again.id, again.claim) == (task.id, 3)


def test_a_worker_of_another_machine_is_left_alone(books: Books) -> None:
    """Its number means nothing here; if it is dead, its lease will end."""
    books.queue.enter("far", {})
    books.add(books.project())
    books.claimed("far")
    books.change(
        lambda connection, now: connection.execute(WORKERS.update().values(process=2**22 + 1, machine="far/pid"))
    )
    books.queue.enter("w2", {})
    assert books.claim("w2") is None
    assert len(books.workers()) == 2


def test_a_worker_that_is_silent_for_long_is_not_listed(books: Books) -> None:
    books.queue.enter("far", {})
    books.change(lambda connection, now: connection.execute(WORKERS.update().values(machine="far/pid")))
    books.clock.advance(SILENT.total_seconds() + 1)
    books.queue.enter("w2", {})
    assert [each["worker"] for each in books.workers()] == ["w2"]


def test_the_next_moment_at_which_something_may_happen(books: Books) -> None:
    """A delay, a lease or a pause that ends; nothing that only a person can change."""
    tenant = books.project().tenant
    assert books.queue.next_due([tenant]) is None
    [number] = books.add(books.project())
    assert books.queue.next_due([tenant]) is None
    books.set(number, not_before=START + timedelta(seconds=50))
    assert books.queue.next_due([tenant]) == 50
    books.change(lambda connection, now: pause(connection, tenant, Reason.OFFLINE, now + timedelta(seconds=40)))
    assert books.queue.next_due([tenant]) == 40
    assert books.queue.next_due([OTHER]) is None
    books.set(number, open_dependencies=1)
    assert books.queue.next_due([tenant]) is None


def test_tasks_are_counted_by_what_they_are_at(books: Books) -> None:
    first, second, third = books.add(*[books.project() for _ in range(3)])
    books.set(first, status=Status.COMPLETED)
    books.set(second, status=Status.UNCERTAIN)
    assert books.queue.counts() == {Status.COMPLETED: 1, Status.UNCERTAIN: 1, Status.PENDING: 1}
    assert books.queue.waiting(books.row(third)["tenant_id"]) == 1
