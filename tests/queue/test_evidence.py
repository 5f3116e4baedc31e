"""That Xero has created a row is kept whoever says it and however late, and so is that it has created two."""

from __future__ import annotations

import pytest

from tests.queue.kit import OTHER, START, TENANT, Books, uid
from xerosql.api.request import Request
from xerosql.queue.claims import LEASE
from xerosql.queue.events import Happened
from xerosql.queue.model import Code, Status, Task
from xerosql.queue.outcomes import Created, Ending, FencedError, Sending

FAILED = Ending(Status.FAILED, Happened.FAILED, Code.VALIDATION, "no")
SENDING = Sending(Request("POST", "/x", body=b"{}", tenant=TENANT, idempotency_key="k1"), "token", "boot 1.0", ())


@pytest.fixture
def late(books: Books) -> Task:
    """A creation whose worker is believed dead though its answer is still to come; nobody has looked yet."""
    books.add(books.project())
    task = books.claimed("w1")
    books.mark(task, SENDING)
    books.clock.advance(LEASE.total_seconds())
    return task


def taken_over(books: Books, late: Task) -> Task:
    """The task as it is under way a second time."""
    books.claimed("w2")
    books.set(late.id, status=Status.PENDING, lease_until=None, sent_at=None)
    return books.claimed("w2")


def test_a_late_answer_to_an_unknown_outcome_settles_it(books: Books, late: Task) -> None:
    looking = books.claimed("w2")
    assert looking.status == Status.UNCERTAIN
    assert books.complete(late, uid(7)) is Status.COMPLETED
    assert (books.row(late.id)["result_id"], books.row(late.id)["own_id"]) == (uid(7), uid(7))
    assert books.events(late.id)[-1] == ("late", "Uncertain", "Completed")


def test_who_looks_into_it_may_not_send_any_more_then(books: Books, late: Task) -> None:
    """The answer that came late fences it."""
    looking = books.claimed("w2")
    books.complete(late, uid(7))
    with pytest.raises(FencedError):
        books.mark(looking, SENDING)
    assert books.end(looking, FAILED) is None


def test_a_late_answer_ends_a_second_attempt_that_has_not_left(books: Books, late: Task) -> None:
    again = taken_over(books, late)
    assert books.complete(late, uid(7)) is Status.COMPLETED
    with pytest.raises(FencedError):
        books.mark(again, SENDING)


def test_a_late_answer_waits_for_a_second_request_that_is_on_its_way(books: Books, late: Task) -> None:
    """Its answer will tell whether there are two rows; the first one's id is kept meanwhile."""
    again = taken_over(books, late)
    books.mark(again, SENDING)
    assert books.complete(late, uid(7), result='{"a":1}') is Status.RUNNING
    assert books.row(late.id)["result_id"] == uid(7)
    assert books.end(again, FAILED) is Status.COMPLETED
    row = books.row(late.id)
    assert (row["status"], row["error_code"], row["result"]) == ("Completed", None, '{"a":1}')


def test_the_same_row_said_twice_is_one_row(books: Books, late: Task) -> None:
    """A replay under the same key gets the first one's answer."""
    again = taken_over(books, late)
    books.mark(again, SENDING)
    books.complete(late, uid(7))
    assert books.complete(again, uid(7)) is Status.COMPLETED
    assert books.complete(late, uid(7)) is Status.COMPLETED
    assert [each[0] for each in books.events(late.id)].count("conflict") == 0


def test_two_rows_of_one_task_are_told(books: Books, late: Task) -> None:
    """A person has to delete one of them, and the sentence names both."""
    again = taken_over(books, late)
    books.mark(again, SENDING)
    books.complete(late, uid(7))
    assert books.complete(again, uid(8)) is Status.UNCERTAIN
    row = books.row(late.id)
    assert (row["status"], row["error_code"], row["result_id"]) == ("Uncertain", Code.DUPLICATE, uid(7))
    sentence = f"Xero has two rows of this task: {uid(7)} and {uid(8)}; keep one and delete the other"
    assert row["error_message"] == sentence
    assert (row["not_before"], row["completed_at"], row["worker"]) == (None, None, None)
    assert books.events(late.id)[-1] == ("conflict", "Running", "Uncertain")
    assert books.claim("w3") is None


def test_a_second_row_after_completion_is_told_too(books: Books, late: Task) -> None:
    again = taken_over(books, late)
    books.mark(again, SENDING)
    books.complete(again, uid(8))
    assert books.complete(late, uid(7)) is Status.UNCERTAIN
    row = books.row(late.id)
    assert (row["status"], row["error_code"], row["result_id"]) == ("Uncertain", Code.DUPLICATE, uid(8))


@pytest.mark.parametrize("status", [Status.PENDING, Status.ERROR, Status.FAILED, Status.UNCERTAIN])
def test_evidence_completes_what_was_left_open(books: Books, late: Task, status: Status) -> None:
    books.set(late.id, status=status, claim=9, worker=None, lease_until=None, error_code="XERO_SERVER")
    assert books.complete(late, uid(7)) is Status.COMPLETED
    row = books.row(late.id)
    assert (row["status"], row["result_id"], row["error_code"], row["claim"]) == ("Completed", uid(7), None, 10)


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.SKIPPED])
def test_evidence_is_kept_beside_what_a_person_has_decided(books: Books, late: Task, status: Status) -> None:
    """The status stays theirs, and the row can be seen."""
    books.set(late.id, status=status, completed_at=START)
    assert books.complete(late, uid(7)) is status
    row = books.row(late.id)
    assert (row["status"], row["result_id"]) == (status, uid(7))
    assert books.events(late.id)[-1] == ("late" if row["claim"] != late.claim else "completed", status, status)


def test_a_late_answer_without_a_row_completes_an_update(books: Books) -> None:
    books.add(books.close_project(uid(1)))
    task = books.claimed("w1")
    books.mark(task, SENDING)
    books.clock.advance(LEASE.total_seconds())
    books.claim("w2")
    assert books.complete(task) is Status.COMPLETED
    assert books.row(task.id)["result_id"] is None


# -- Adopting ----------------------------------------------------------------------------------------------------------


def adopt(books: Books, task: Task, row: str = uid(7)) -> Status | None:
    return books.queue.adopt(task, books.queue.types[task.type], Created(row, what=Happened.ADOPTED), "w2")


def test_a_row_is_taken_for_the_tasks_own(books: Books, late: Task) -> None:
    looking = books.claimed("w2")
    assert adopt(books, looking) is Status.COMPLETED
    assert books.events(late.id)[-1] == ("adopted", "Uncertain", "Completed")


def test_a_row_of_another_task_is_not_taken(books: Books, late: Task) -> None:
    looking = books.claimed("w2")
    books.add(other := books.project("Wall"))
    books.complete(books.claimed("w2"), uid(7))
    assert books.queue.taken(looking, [uid(7), uid(8)]) == {uid(7)}
    assert adopt(books, looking) is None
    assert (books.status(late.id), books.row(other.id)["result_id"]) == ("Uncertain", uid(7))


def test_no_row_is_taken_while_a_twin_is_on_its_way(books: Books, late: Task) -> None:
    """The row may be that one's: the very same request, sent and not answered."""
    looking = books.claimed("w2")
    books.add(books.project("Roof"))
    twin = books.claimed("w2")
    books.mark(twin, SENDING)
    assert adopt(books, looking) is None
    books.complete(twin, uid(8))
    assert adopt(books, looking) is Status.COMPLETED


def test_another_request_on_its_way_is_no_twin(books: Books, late: Task) -> None:
    """One for another project, or one that has not left yet."""
    looking = books.claimed("w2")
    books.add(books.project("Wall"), books.project("Roof"))
    books.mark(books.claimed("w2"), Sending(Request("POST", "/y", body=b"{}", tenant=TENANT), "token", "boot 1.0"))
    books.claimed("w2")
    assert adopt(books, looking) is Status.COMPLETED


def test_a_row_of_another_organisation_is_no_ones(books: Books, late: Task) -> None:
    """Ids are compared within one organisation."""
    books.add(books.make("CreateProject", tenant=OTHER, ContactId=uid(1), Name="x"))
    other = books.claim("w2", (OTHER,))
    assert other is not None
    books.complete(other, uid(7))
    assert adopt(books, books.claimed("w2")) is Status.COMPLETED
