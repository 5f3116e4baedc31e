"""Who may take which task, how long they hold it, and what becomes of it when they are not heard of any more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.queue.kit import OTHER, START, TENANT, Books, uid
from xerosql.api.request import Request
from xerosql.queue.claims import FOR_EVER, LEASE, MOST_CRASHES
from xerosql.queue.model import Code, Reason, Status, Task
from xerosql.queue.outcomes import FencedError, Sending
from xerosql.queue.tenants import pause, resume

LEASE_SECONDS = LEASE.total_seconds()
SENDING = Sending(Request("POST", "/x", body=b"{}", tenant=TENANT, idempotency_key="k1"), "token", "boot 1.0", ())


def order(books: Books, tenants: tuple[str, ...] = (TENANT,)) -> list[int]:
    """The tasks in the order in which they are given out."""
    found = []
    while (task := books.claim(tenants=tenants, in_flight=99)) is not None:
        found.append(task.id)
    return found


def test_tasks_are_taken_in_the_order_in_which_they_were_added(books: Books) -> None:
    added = books.add(*[books.project(f"P{n}") for n in range(3)])
    assert order(books) == added


def test_a_higher_priority_goes_first(books: Books) -> None:
    first, second, third, fourth = books.add(*[books.project(f"P{n}") for n in range(4)])
    books.set(third, priority=5)
    books.set(fourth, priority=5)
    books.set(first, priority=-1)
    assert order(books) == [third, fourth, second, first]


def test_a_claim_says_what_is_to_be_done(books: Books) -> None:
    """The task is under way, held by that worker for as long as a request may take."""
    [number] = books.add(books.project("Roof"))
    task = books.claimed("w7")
    assert (task.id, task.type, task.tenant, task.status) == (number, "CreateProject", TENANT, Status.RUNNING)
    assert (task.claim, task.attempts, task.max_attempts, task.request, task.look_alikes) == (1, 0, 6, None, None)
    row = books.row(number)
    assert (row["worker"], row["lease_until"], row["started_at"]) == ("w7", START + LEASE, START)


def test_a_task_is_given_out_once(books: Books) -> None:
    books.add(books.project())
    assert books.claimed("w1").claim == 1
    assert books.claim("w2") is None


def test_a_task_waits_for_what_it_needs(books: Books) -> None:
    project = books.project()
    books.add(project, task := books.task(project))
    parent = books.claimed()
    assert books.claim() is None
    books.complete(parent, uid(7))
    assert books.claimed().id == task.id


@pytest.mark.parametrize("status", [each for each in Status if each not in (Status.PENDING, Status.ERROR)])
def test_only_what_is_ready_is_taken(books: Books, status: Status) -> None:
    [number] = books.add(books.project())
    books.set(number, status=status, lease_until=START + LEASE)
    assert books.claim() is None


def test_a_task_in_trouble_is_taken_again_after_its_delay(books: Books) -> None:
    [number] = books.add(books.project())
    books.set(number, status=Status.ERROR, not_before=START + timedelta(seconds=30))
    assert books.claim() is None
    books.clock.advance(30)
    assert books.claimed().id == number


def test_a_disabled_type_is_left_alone(books: Books) -> None:
    """Its tasks wait, others do not."""
    held, other = books.add(books.project(), books.close_project(uid(1)))
    books.set_type("CreateProject", enabled=False)
    assert order(books) == [other]
    books.set_type("CreateProject", enabled=True)
    assert order(books) == [held]


def test_other_organisations_are_not_taken(books: Books) -> None:
    """A worker takes those that its sign-in reaches."""
    books.add(books.make("UpdateProject", uid(1), tenant=OTHER, Name="x"))
    assert books.claim(tenants=(TENANT,)) is None
    assert books.claim(tenants=()) is None
    assert books.claim(tenants=(TENANT, OTHER)) is not None


def test_only_so_many_of_an_organisation_are_under_way(books: Books) -> None:
    """By all workers together; another organisation has its own."""
    books.add(*[books.project(f"P{n}") for n in range(3)])
    books.add(books.make("UpdateProject", uid(1), tenant=OTHER, Name="x"))
    both = (TENANT, OTHER)
    first = books.claim("w1", both, 2)
    assert first is not None
    assert books.claim("w2", both, 2) is not None
    third = books.claim("w3", both, 2)
    assert third is not None
    assert third.tenant == OTHER
    assert books.claim("w3", both, 2) is None
    books.complete(first, uid(5))
    assert books.claim("w3", both, 2) is not None


def test_a_task_that_is_looked_into_takes_a_place_too(books: Books) -> None:
    """Looking costs calls; one that nobody looks into holds nobody up."""
    unclear, _ = books.add(books.project("A"), books.project("B"))
    books.set(unclear, status=Status.UNCERTAIN, not_before=START - timedelta(seconds=1), lease_until=START + LEASE)
    assert books.claim(in_flight=1) is None
    books.set(unclear, lease_until=None, not_before=None)
    assert books.claim(in_flight=1) is not None


def test_a_paused_organisation_is_left_alone_until_the_pause_ends(books: Books) -> None:
    """And the others are not."""
    books.add(books.project(), books.make("UpdateProject", uid(1), tenant=OTHER, Name="x"))
    books.change(lambda connection, now: pause(connection, TENANT, Reason.RATE_LIMIT, now + timedelta(seconds=60)))
    assert order(books, (TENANT, OTHER)) == [2]
    books.clock.advance(59)
    assert books.claim() is None
    books.clock.advance(1)
    assert books.claimed().id == 1


def test_a_longer_pause_is_not_cut_short(books: Books) -> None:
    books.add(books.project())
    books.change(lambda connection, now: pause(connection, TENANT, Reason.PAUSED, FOR_EVER))
    books.change(lambda connection, now: pause(connection, TENANT, Reason.RATE_LIMIT, now + timedelta(hours=1)))
    assert (books.tenant()["paused_until"], books.tenant()["reason"]) == (FOR_EVER, "paused")


def test_a_pause_ends_for_its_own_reason_only(books: Books) -> None:
    books.add(books.project())
    books.change(lambda connection, now: pause(connection, TENANT, Reason.OFFLINE, FOR_EVER))
    books.change(lambda connection, now: resume(connection, [TENANT], Reason.AUTHORISATION))
    assert books.tenant()["paused_until"] == FOR_EVER
    books.change(lambda connection, now: resume(connection, [TENANT], Reason.OFFLINE))
    assert (books.tenant()["paused_until"], books.tenant()["reason"]) == (None, None)


# -- Outcomes that are not known ---------------------------------------------------------------------------------------


def unclear(books: Books) -> Task:
    """A task whose worker died after its request had left."""
    books.add(books.project())
    task = books.claimed()
    books.mark(task, SENDING)
    books.clock.advance(LEASE_SECONDS)
    return task


def test_an_unknown_outcome_is_taken_when_it_is_time_to_look(books: Books) -> None:
    """It stays Uncertain, with everything that is known of the request."""
    before = unclear(books)
    task = books.claimed("w2")
    assert (task.id, task.status, task.claim) == (before.id, Status.UNCERTAIN, 3)
    assert task.request == SENDING.request
    assert (task.key, task.token, task.sent_at, task.first_sent_at) == ("k1", "token", START, START)
    assert (task.first_clock, task.sent_clock, task.look_alikes) == ("boot 1.0", "boot 1.0", ())
    assert books.claim("w3") is None


def test_an_unknown_outcome_that_nobody_can_find_out_is_not_taken(books: Books) -> None:
    """It has no time at which to look."""
    task = unclear(books)
    books.claim("w2")
    books.set(task.id, not_before=None, lease_until=None)
    assert books.claim("w3") is None


def test_what_is_ready_goes_before_what_is_unknown(books: Books) -> None:
    task = unclear(books)
    [ready] = books.add(books.project("B"))
    assert [books.claimed().id, books.claimed().id] == [ready, task.id]


def test_who_looks_into_it_may_die_too(books: Books) -> None:
    """The next one takes it after the lease."""
    task = unclear(books)
    assert books.claimed("w2").claim == 3
    books.clock.advance(LEASE_SECONDS)
    again = books.claimed("w3")
    assert (again.id, again.claim, again.status) == (task.id, 4, Status.UNCERTAIN)


# -- Leases ------------------------------------------------------------------------------------------------------------


def test_a_lease_is_kept_while_its_worker_lives(books: Books) -> None:
    books.queue.enter("w1", {TENANT: "Firm"})
    [number] = books.add(books.project())
    books.claimed("w1")
    books.clock.advance(LEASE_SECONDS - 1)
    books.queue.heartbeat("w1", 0, 0, tasks=[number], stopping=False)
    books.clock.advance(LEASE_SECONDS - 1)
    assert books.claim("w2") is None
    assert books.status(number) == "Running"


def test_a_lease_ends_of_a_task_that_its_living_worker_is_not_at(books: Books) -> None:
    """Its claim was kept although its commit seemed to fail, or its end could not be written down."""
    books.queue.enter("w1", {TENANT: "Firm"})
    [number] = books.add(books.project())
    books.claimed("w1")
    books.clock.advance(LEASE_SECONDS - 1)
    books.queue.heartbeat("w1", 0, 0, tasks=[], stopping=False)
    books.clock.advance(1)
    assert books.claimed("w2").id == number


def test_a_lease_that_has_ended_is_not_brought_back(books: Books) -> None:
    """Somebody else may have the task in the next moment."""
    books.queue.enter("w1", {TENANT: "Firm"})
    [number] = books.add(books.project())
    books.claimed("w1")
    books.clock.advance(LEASE_SECONDS)
    books.queue.heartbeat("w1", 0, 0, tasks=[number], stopping=False)
    assert books.claimed("w2").claim == 3


def test_a_task_that_was_not_sent_is_given_to_another(books: Books) -> None:
    [number] = books.add(books.project())
    books.claimed("w1")
    books.clock.advance(LEASE_SECONDS)
    task = books.claimed("w2")
    assert (task.id, task.status, task.claim, task.attempts) == (number, Status.RUNNING, 3, 0)
    assert books.row(number)["crashes"] == 1
    assert ("lost", "Running", "Pending") in books.events(number)


def test_a_task_that_was_sent_is_unknown(books: Books) -> None:
    task = unclear(books)
    books.claim("w2", tenants=(OTHER,))
    row = books.row(task.id)
    assert (row["status"], row["error_code"]) == ("Uncertain", Code.UNKNOWN)
    assert row["error_message"] == "its worker died before the answer was kept"
    assert (row["not_before"], row["worker"], row["lease_until"]) == (books.queue.now(), None, None)
    assert books.events(task.id)[-1] == ("lost", "Running", "Uncertain")


def test_a_task_of_which_workers_die_is_given_up(books: Books) -> None:
    """The third time, before anything was sent."""
    [number] = books.add(books.project())
    for _ in range(MOST_CRASHES):
        assert books.claim() is not None
        books.clock.advance(LEASE_SECONDS)
    assert books.claim() is None
    row = books.row(number)
    assert (row["status"], row["error_code"]) == ("Failed", Code.WORKER)
    assert row["error_message"] == "3 workers died of it before anything was sent"


def test_a_cancelled_task_whose_worker_died_before_sending_is_cancelled(books: Books) -> None:
    """And what needs its row is skipped."""
    project = books.project()
    books.add(project, child := books.task(project))
    books.claimed()
    books.set(project.id, cancel_requested=True)
    books.clock.advance(LEASE_SECONDS)
    assert books.claim() is None
    assert (books.status(project.id), books.status(child.id)) == ("Cancelled", "Skipped")


# -- Marks -------------------------------------------------------------------------------------------------------------


def test_a_request_is_kept_before_it_leaves(books: Books) -> None:
    [number] = books.add(books.project())
    task = books.claimed()
    books.mark(task, SENDING)
    row = books.row(number)
    assert (row["method"], row["path"], row["body"], row["idempotency_key"]) == ("POST", "/x", b"{}", "k1")
    assert (row["token"], row["sent_at"], row["first_sent_at"]) == ("token", START, START)
    assert (row["first_clock"], row["sent_clock"], row["look_alikes"]) == ("boot 1.0", "boot 1.0", "")
    assert books.events(number)[-1] == ("sent", "Running", "Running")


def test_the_first_of_several_sendings_is_remembered(books: Books) -> None:
    """Its time and clock say how long Xero knows the key; the last one's how long it has been quiet."""
    task = unclear(books)
    again = books.claimed("w2")
    books.mark(again, Sending(SENDING.request, "token", "boot 301.0"))
    row = books.row(task.id)
    later = START + LEASE
    assert (row["first_sent_at"], row["sent_at"]) == (START, later)
    assert (row["first_clock"], row["sent_clock"], row["look_alikes"]) == ("boot 1.0", "boot 301.0", "")


def test_nothing_is_sent_for_a_task_that_another_has(books: Books) -> None:
    [number] = books.add(books.project())
    late = books.claimed("w1")
    books.clock.advance(LEASE_SECONDS)
    books.claimed("w2")
    with pytest.raises(FencedError):
        books.mark(late, SENDING)
    assert books.row(number)["sent_at"] is None


def test_nothing_is_sent_after_the_lease(books: Books) -> None:
    """Even if nobody has taken the task yet."""
    books.add(books.project())
    task = books.claimed()
    books.clock.advance(LEASE_SECONDS)
    with pytest.raises(FencedError):
        books.mark(task, SENDING)


def test_nothing_is_sent_for_a_task_that_was_cancelled(books: Books) -> None:
    [number] = books.add(books.project())
    task = books.claimed()
    books.set(number, cancel_requested=True)
    with pytest.raises(FencedError):
        books.mark(task, SENDING)
