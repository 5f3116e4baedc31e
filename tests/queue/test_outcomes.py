"""What is written down about an attempt: releases by the latest claim only, backoff, attempts, trouble in a row."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.queue.kit import START, TENANT, Books, uid
from xerosql.api.request import Request
from xerosql.queue.claims import FOR_EVER, LEASE
from xerosql.queue.events import Happened
from xerosql.queue.model import Code, Reason, Status, Task
from xerosql.queue.outcomes import Created, Ending, Sending, exhausted
from xerosql.queue.tables import TASKS
from xerosql.queue.tenants import FAILURES_IN_A_ROW
from xerosql.queue.verdict import Pause, Verdict, backoff

SENDING = Sending(
    Request("POST", "/x", body=b"{}", tenant=TENANT, idempotency_key="k1"), "token", "boot 1.0", ("a", "b")
)
FAILED = Ending(
    Status.FAILED, Happened.FAILED, Code.VALIDATION, "no such contact", http_status=400, correlation_id="c-1"
)
AGAIN = Ending(Status.ERROR, Happened.TROUBLE, Code.SERVER, "Xero failed", look_at=START + timedelta(seconds=5))
UNKNOWN = Ending(Status.UNCERTAIN, Happened.UNKNOWN, Code.UNKNOWN, "no answer", look_at=START, applied=None)
CANCELLED = Ending(Status.CANCELLED, Happened.CANCELLED, counted=False)


@pytest.fixture
def task(books: Books) -> Task:
    """A task that has been sent."""
    books.add(books.project())
    task = books.claimed()
    books.mark(task, SENDING)
    return task


def test_a_task_that_worked_keeps_what_xero_said(books: Books, task: Task) -> None:
    """The row's id and object; what was of use for repeating it is gone."""
    ended = books.complete(task, uid(7), http_status=201, correlation_id="c-1", result='{"a":1}')
    row = books.row(task.id)
    assert ended is Status.COMPLETED
    assert (row["status"], row["result_id"], row["result"], row["http_status"]) == ("Completed", uid(7), '{"a":1}', 201)
    assert (row["correlation_id"], row["completed_at"]) == ("c-1", START)
    assert (row["worker"], row["lease_until"], row["body"], row["token"]) == (None, None, None, None)
    assert books.events(task.id)[-1] == ("completed", "Running", "Completed")


def test_a_row_that_was_created_is_found_by_its_id(books: Books, task: Task) -> None:
    books.complete(task, uid(7))
    assert books.row(task.id)["own_id"] == uid(7)
    assert books.subjects(task.id) == {f"ProjectId={uid(7)}", "ContactId=00000000-0000-4000-8000-00000000c0c0"}


def test_a_task_that_was_refused_says_why(books: Books, task: Task) -> None:
    """And nothing of it can have been applied, so a retry is a new request."""
    assert books.end(task, FAILED) is Status.FAILED
    row = books.row(task.id)
    assert (row["error_code"], row["error_message"], row["http_status"]) == (Code.VALIDATION, "no such contact", 400)
    assert (row["correlation_id"], row["attempts"], row["completed_at"]) == ("c-1", 1, None)
    assert (row["sent_at"], row["first_sent_at"], row["idempotency_key"], row["look_alikes"]) == (None,) * 4
    assert books.events(task.id)[-1] == ("failed", "Running", "Failed")


def test_an_unknown_outcome_keeps_all_that_was_sent(books: Books, task: Task) -> None:
    books.end(task, UNKNOWN)
    row = books.row(task.id)
    assert (row["status"], row["not_before"], row["idempotency_key"]) == ("Uncertain", START, "k1")
    assert (row["body"], row["token"], row["look_alikes"], row["sent_at"]) == (b"{}", "token", "a b", START)


def test_the_quiet_may_begin_anew(books: Books, task: Task) -> None:
    """Where the clock was set back since the request left, or an attempt has ended long after that."""
    books.clock.advance(60)
    books.end(task, replace(UNKNOWN, restart="here 1060.0"))
    row = books.row(task.id)
    assert (row["sent_at"], row["first_sent_at"]) == (START + timedelta(seconds=60), START)
    assert row["sent_clock"] == "here 1060.0"


def test_an_attempt_that_does_not_count_is_not_counted(books: Books, task: Task) -> None:
    books.end(task, Ending(Status.PENDING, Happened.DEFERRED, message="quota", counted=False))
    assert (books.status(task.id), books.row(task.id)["attempts"]) == ("Pending", 0)


def test_a_pause_is_written_with_the_outcome(books: Books, task: Task) -> None:
    until = START + timedelta(hours=3)
    ending = Ending(Status.PENDING, Happened.DEFERRED, counted=False)
    books.end(task, ending, Pause(Reason.RATE_LIMIT, until))
    assert (books.tenant()["paused_until"], books.tenant()["reason"]) == (until, "rate limit")


def test_what_is_left_of_the_day_is_kept(books: Books, task: Task) -> None:
    books.queue.record(task, books.queue.types[task.type], Verdict(ending=FAILED), "w1", 312)
    assert books.tenant()["day_remaining"] == 312


def test_a_late_release_is_refused(books: Books) -> None:
    """Another worker has the task: what the first one thinks of it is of no use any more."""
    books.add(books.project())
    late = books.claimed("w1")
    books.clock.advance(LEASE.total_seconds())
    books.claimed("w2")
    assert books.end(late, FAILED) is None
    assert books.status(late.id) == "Running"


def test_a_release_after_the_lease_counts_if_nobody_has_the_task(books: Books, task: Task) -> None:
    books.clock.advance(LEASE.total_seconds() + 1)
    assert books.end(task, FAILED) is Status.FAILED


def test_a_finished_task_is_not_released(books: Books, task: Task) -> None:
    books.complete(task, uid(7))
    assert books.end(task, FAILED) is None
    assert books.status(task.id) == "Completed"


# -- Cancelling what is under way --------------------------------------------------------------------------------------


def test_a_cancelled_task_is_let_go(books: Books) -> None:
    """Its worker was told before the request left."""
    books.add(books.project())
    task = books.claimed()
    books.set(task.id, cancel_requested=True)
    books.queue.stand_down(task, books.queue.types[task.type], CANCELLED, "w1")
    row = books.row(task.id)
    assert (row["status"], row["completed_at"], row["cancel_requested"]) == ("Cancelled", START, False)


def test_a_task_that_is_another_workers_is_left_to_that(books: Books) -> None:
    books.add(books.project())
    late = books.claimed("w1")
    books.clock.advance(LEASE.total_seconds())
    taken = books.claimed("w2")
    books.set(late.id, cancel_requested=True)
    books.queue.stand_down(late, books.queue.types[late.type], CANCELLED, "w1")
    assert (books.status(late.id), books.row(late.id)["claim"]) == ("Running", taken.claim)


@pytest.mark.parametrize("ending", [AGAIN, Ending(Status.PENDING, Happened.DEFERRED, counted=False)])
def test_a_cancelled_task_that_would_be_sent_again_is_cancelled(books: Books, task: Task, ending: Ending) -> None:
    """The request was on its way when somebody cancelled; it came to nothing, and there will be no other."""
    books.set(task.id, cancel_requested=True)
    assert books.end(task, ending) is Status.CANCELLED
    row = books.row(task.id)
    assert (row["status"], row["cancel_requested"], row["not_before"]) == ("Cancelled", False, None)
    assert books.events(task.id)[-1] == ("cancelled", "Running", "Cancelled")


@pytest.mark.parametrize("ending", [FAILED, UNKNOWN])
def test_a_cancelled_task_that_left_tells_what_became_of_it(books: Books, task: Task, ending: Ending) -> None:
    """It was too late to stop it."""
    books.set(task.id, cancel_requested=True)
    assert books.end(task, ending) is ending.status


def test_a_task_that_worked_is_completed_though_somebody_wanted_it_cancelled(books: Books, task: Task) -> None:
    books.set(task.id, cancel_requested=True)
    assert books.complete(task, uid(7)) is Status.COMPLETED
    assert not books.row(task.id)["cancel_requested"]


# -- Attempts ----------------------------------------------------------------------------------------------------------


def test_the_last_attempt_is_a_failure(books: Books, task: Task) -> None:
    """With the trouble in its sentence."""
    books.set_type(task.type, max_attempts=2)
    books.set(task.id, attempts=1)
    assert books.end(replace(task, max_attempts=2), AGAIN) is Status.FAILED
    row = books.row(task.id)
    assert row["error_message"] == "given up after 2 attempts: Xero failed"
    assert (row["error_code"], row["not_before"], row["attempts"]) == (Code.SERVER, None, 2)


@pytest.mark.parametrize(
    ("ending", "attempts", "status"),
    [
        (AGAIN, 5, Status.ERROR),
        (AGAIN, 6, Status.FAILED),
        (AGAIN, 7, Status.FAILED),
        (replace(AGAIN, code=Code.CONNECTION), 999, Status.ERROR),
        (UNKNOWN, 999, Status.UNCERTAIN),
        (FAILED, 1, Status.FAILED),
    ],
)
def test_attempts_are_used_up_by_what_a_task_could_mend(ending: Ending, attempts: int, status: Status) -> None:
    """A network that is down says nothing about the task."""
    assert exhausted(ending, attempts, 6).status is status


def test_a_creation_that_never_arrives_is_given_up_in_the_end() -> None:
    """Xero has no such row, again and again: it is known that nothing was applied, and a person may look."""
    absent = Ending(Status.PENDING, Happened.ABSENT, counted=False, applied=False)
    assert exhausted(absent, 5, 6) is absent
    given_up = exhausted(absent, 6, 6)
    assert (given_up.status, given_up.what, given_up.applied) == (Status.FAILED, Happened.FAILED, False)
    assert given_up.code is Code.SERVER
    assert given_up.message == "given up after 6 attempts: Xero never created the row"


def test_an_update_whose_answer_never_comes_is_given_up_in_the_end() -> None:
    """Every worker that sent it has died; somebody should look why."""
    replayed = Ending(Status.PENDING, Happened.REPLAYED, counted=False, applied=None)
    assert exhausted(replayed, 5, 6) is replayed
    given_up = exhausted(replayed, 6, 6)
    assert (given_up.status, given_up.applied) == (Status.FAILED, None)
    assert given_up.message == "given up after 6 attempts: no answer ever came"


def test_each_request_that_left_is_one_attempt(books: Books, task: Task) -> None:
    """Also the one of a worker that died; finding out what became of it is none."""
    books.clock.advance(LEASE.total_seconds())
    looking = books.claimed("w2")
    assert looking.attempts == 1
    books.end(looking, Ending(Status.PENDING, Happened.ABSENT, counted=False, applied=False))
    assert (books.status(task.id), books.row(task.id)["attempts"]) == ("Pending", 1)


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 5), (1, 30), (2, 120), (3, 600), (4, 1800), (40, 1800)])
def test_each_attempt_waits_longer(attempts: int, seconds: int) -> None:
    """With up to a quarter more, so that not all come back at once."""
    assert backoff(attempts, 0.0) == timedelta(seconds=seconds)
    assert backoff(attempts, 1.0) == timedelta(seconds=seconds * 1.25)


# -- Organisations -----------------------------------------------------------------------------------------------------


def fail(books: Books, count: int, ending: Ending = FAILED) -> None:
    for _ in range(count):
        books.add(books.project())
        books.end(books.claimed(), ending)


def test_an_organisation_of_which_all_fails_is_left_alone(books: Books) -> None:
    """Until somebody looks."""
    fail(books, FAILURES_IN_A_ROW - 1)
    assert books.tenant()["paused_until"] is None
    fail(books, 1)
    assert (books.tenant()["paused_until"], books.tenant()["reason"]) == (FOR_EVER, "needs attention")
    books.add(books.project())
    assert books.claim() is None


def test_a_success_in_between_forgives(books: Books) -> None:
    fail(books, FAILURES_IN_A_ROW - 1)
    books.add(books.project())
    books.complete(books.claimed(), uid(7))
    assert (books.tenant()["failed_in_a_row"], books.tenant()["failed_with"]) == (0, None)
    fail(books, FAILURES_IN_A_ROW - 1)
    assert books.tenant()["paused_until"] is None


def test_another_code_counts_from_one(books: Books) -> None:
    """Failures of many kinds are many mistakes, not one."""
    fail(books, FAILURES_IN_A_ROW - 1)
    fail(books, 1, replace(FAILED, code=Code.NOT_FOUND))
    fail(books, FAILURES_IN_A_ROW - 1)
    assert books.tenant()["paused_until"] is None
    assert books.tenant()["failed_in_a_row"] == FAILURES_IN_A_ROW - 1


def test_trouble_is_no_failure(books: Books) -> None:
    """What is tried again by itself does not stop the others."""
    fail(books, FAILURES_IN_A_ROW + 1, replace(AGAIN, look_at=FOR_EVER))
    assert (books.tenant()["failed_in_a_row"], books.tenant()["paused_until"]) == (0, None)


def test_nothing_is_known_of_a_task_that_was_deleted(books: Books, task: Task) -> None:
    """Its worker may write what it likes."""
    books.change(lambda connection, now: connection.execute(TASKS.delete().where(TASKS.c.id == task.id)))
    assert books.end(task, FAILED) is None
    assert books.record(task, Verdict(created=Created(uid(7)))) is Status.COMPLETED
    assert books.rows() == []
