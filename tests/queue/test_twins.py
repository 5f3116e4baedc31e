"""Tasks whose rows look alike: none takes another's row while its own may be on the way, and each ends with one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from tests.queue.kit import CONTACT, TENANT, Books, uid
from xerosql import catalog
from xerosql.api.request import Request, Response
from xerosql.errors import OperationalError
from xerosql.queue.build import Builder
from xerosql.queue.claims import read_task
from xerosql.queue.database import Database
from xerosql.queue.events import Happened
from xerosql.queue.model import Code, Status, Task, TaskTypes
from xerosql.queue.outcomes import Created, Ending, Sending
from xerosql.queue.parameters import encoded_parameters
from xerosql.queue.recover import judge, may_be_mistaken

CATALOG = catalog.load()
TASK = TaskTypes(CATALOG)["CreateTask"]
PATH = f"/projects.xro/2.0/Projects/{uid(1)}/Tasks"
UNKNOWN = Ending(Status.UNCERTAIN, Happened.UNKNOWN, Code.UNKNOWN, "no answer", applied=None)


def creation(path: str = PATH, **changed: Any) -> Request:
    body = {"name": "Tiles", "rate": {"value": 10, "currency": "NZD"}, "chargeType": "TIME", **changed}
    return Request("POST", path, body=json.dumps(body).encode(), tenant=TENANT, idempotency_key="k1")


def sent(books: Books, request: Request, before: tuple[str, ...] = ()) -> Task:
    """A task whose request has left and was never answered, as whoever looks into it has it."""
    [number] = books.add(books.task(uid(1)))
    task = books.claimed()
    books.mark(task, Sending(request, "token", "here 1.0", before))
    books.end(task, UNKNOWN)
    found = books.change(lambda connection, _: read_task(connection, number))
    assert isinstance(found, Task)
    return found


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (creation(), True),
        (creation(name=" Tiles "), True),
        (creation(estimateMinutes=5), True),  # ours would look for any estimate
        (creation(name="TILES"), False),
        (creation(rate={"value": 11, "currency": "NZD"}), False),
        (creation(PATH.replace("1", "2")), False),
    ],
)
def test_a_twin_is_a_creation_whose_row_would_be_taken_for_ours(other: Request, alike: bool) -> None:
    """Whatever its bytes are."""
    assert may_be_mistaken(TASK, creation(), other) is alike


def test_a_row_is_not_taken_once_a_twin_nobody_knew_of_may_have_made_it(books: Books) -> None:
    """It was sent, or sent again, between the look and the taking."""
    mine, other = sent(books, creation()), sent(books, creation(name="Tiles "))
    known = books.queue.twins(mine, TASK)
    assert [each.id for each in known] == [other.id]
    created = Created(f"{uid(1)}/{uid(2)}", what=Happened.ADOPTED)
    assert books.queue.adopt(mine, TASK, created, "w1", ()) is None
    assert books.queue.adopt(mine, TASK, created, "w1", known) is Status.COMPLETED
    assert books.queue.twins(other, TASK) == []


def test_as_many_rows_as_twins_are_one_for_each() -> None:
    """First those that the others cannot have made, for they were there before them."""
    finding = judge(["a", "b"], (), (), [("b",)])
    assert (finding.candidates, finding.the_one) == (("b", "a"), "b")
    assert judge(["a", "b", "c"], (), (), [()]).the_one is None
    assert judge(["a", "b"], None, (), [()]).the_one is None


def test_an_answer_that_names_a_row_of_another_leaves_it_there(books: Books) -> None:
    """The task that has it keeps it; this one goes on looking for the other's."""
    first, second = sent(books, creation()), sent(books, creation())
    row = f"{uid(1)}/{uid(2)}"
    books.complete(first, row)
    assert books.complete(second, row) is Status.UNCERTAIN
    assert [each["result_id"] for each in books.rows()] == [row, None]


def test_a_late_answer_about_a_row_of_another_changes_nothing(books: Books) -> None:
    """Not even a task that has a row of its own by now. The audit has it."""
    first, second = sent(books, creation()), sent(books, creation())
    books.complete(first, f"{uid(1)}/{uid(2)}")
    books.set(second.id, claim=second.claim + 1, status=Status.COMPLETED, result_id=f"{uid(1)}/{uid(3)}")
    assert books.complete(second, f"{uid(1)}/{uid(2)}") is Status.COMPLETED
    assert books.row(second.id)["result_id"] == f"{uid(1)}/{uid(3)}"
    assert books.events(second.id)[-1] == ("late", "Completed", "Completed")


def test_tasks_are_added_once_however_often_their_commit_is_tried(books: Books) -> None:
    """The commit before may have been kept although nobody heard of it."""
    tasks = [project := books.project(), books.task(project)]
    assert books.add(*tasks) == books.add(*tasks)
    assert [each["id"] for each in books.rows()] == [task.id for task in tasks]


def test_what_was_added_to_a_transaction_after_its_commit_seemed_to_fail_is_not_lost(books: Books) -> None:
    """The tasks of the first try are there, and those since then are added."""
    tasks = [project := books.project(), books.task(project)]
    books.add(*tasks)
    more = books.task(project, "Gutters")
    books.add(*tasks, more)
    assert [each["id"] for each in books.rows()] == [*(task.id for task in tasks), more.id]


def test_a_task_that_was_completed_and_deleted_meanwhile_is_not_added_again(books: Books) -> None:
    """The audit remembers it."""
    books.add(task := books.project())
    books.set(task.id, status=Status.COMPLETED, result_id=uid(1))
    books.queue.purge([task.id])
    books.add(task)
    assert books.rows() == []


def test_a_commit_that_was_kept_although_it_seemed_to_fail_has_worked(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told to try it again."""
    begin = Database.write

    @contextmanager
    def unheard(self: Database) -> Iterator[Connection]:
        with begin(self) as connection:
            yield connection
        raise OperationalError("the disk of the queue cannot be read or written", retryable=True)

    task = books.project()
    monkeypatch.setattr(Database, "write", unheard)
    books.queue.publish([task])
    monkeypatch.undo()
    assert [each["id"] for each in books.rows()] == [task.id]


def test_an_update_builds_on_what_was_written_lately() -> None:
    """Xero may show the row as it was before."""
    now = {
        "taskId": uid(2),
        "projectId": uid(1),
        "name": "Tiles",
        "chargeType": "TIME",
        "status": "ACTIVE",
        "rate": {"value": 10, "currency": "NZD"},
        "estimateMinutes": 30,
        "contactId": CONTACT,
    }
    kind = TaskTypes(CATALOG)["UpdateTask"]
    parameters = encoded_parameters({"ProjectId": uid(1), "TaskId": uid(2), "RateValue": 12})
    task = Task(9, "UpdateTask", TENANT, Status.RUNNING, parameters, uid(2), 1, 0, 1, 6)
    written = {"EstimateMinutes": 60, "RateValue": 11}
    request = Builder(CATALOG, lambda _: Response(200, body=json.dumps(now).encode()), {}, written).request(task, kind)
    body = json.loads(request.body or b"")
    assert (body["estimateMinutes"], body["rate"]["value"]) == (60, 12)
