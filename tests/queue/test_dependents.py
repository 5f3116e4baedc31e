"""What the end of a task means for those that wait for it."""

from __future__ import annotations

import pytest

from tests.queue.kit import Books, uid
from xerosql.queue.dependents import reopen, settle
from xerosql.queue.events import Happened
from xerosql.queue.model import Code, NewTask, Status
from xerosql.queue.outcomes import Ending

FAILED = Ending(Status.FAILED, Happened.FAILED, Code.VALIDATION, "no")


def end(books: Books, number: int, status: Status) -> None:
    """A person, or a worker, ends a task that is not under way."""
    books.set(number, status=status)
    books.change(lambda connection, now: settle(connection, number, status, now, "ann"))


def retry(books: Books, number: int) -> None:
    books.set(number, status=Status.PENDING)
    books.change(lambda connection, now: reopen(connection, number, now, "ann"))


@pytest.fixture
def family(books: Books) -> tuple[NewTask, NewTask, NewTask]:
    """A project, its task, and a time entry on that, all to be created."""
    project = books.project()
    task = books.task(project)
    entry = books.make("CreateTimeEntry", ProjectId=project.own_id, TaskId=task.own_id, UserId=uid(1), Duration=5)
    books.add(project, task, entry)
    return project, task, entry


def test_children_go_once_all_rows_are_there(books: Books, family: tuple[NewTask, ...]) -> None:
    entry = family[2]
    books.complete(books.claimed(), uid(1))
    assert [books.row(each.id)["open_dependencies"] for each in family] == [0, 0, 1]
    books.complete(books.claimed(), f"{uid(1)}/{uid(2)}")
    assert books.claimed().id == entry.id


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.SKIPPED])
def test_what_needs_a_row_that_is_given_up_is_skipped(
    books: Books, family: tuple[NewTask, ...], status: Status
) -> None:
    """To the last grandchild, each with its reason."""
    project, task, entry = family
    end(books, project.id, status)
    assert [books.status(each.id) for each in (task, entry)] == ["Skipped", "Skipped"]
    row = books.row(task.id)
    assert (row["error_code"], row["completed_at"]) == (Code.DEPENDENCY, books.queue.now())
    assert row["error_message"] == f"task {project.id}, whose row it needs, is {status}"
    assert books.events(entry.id) == [("added", None, "Pending"), ("skipped", "Pending", "Skipped")]


@pytest.mark.parametrize("status", [Status.FAILED, Status.ERROR, Status.UNCERTAIN])
def test_what_needs_a_row_that_may_still_come_waits(books: Books, family: tuple[NewTask, ...], status: Status) -> None:
    end(books, family[0].id, status)
    assert [books.status(each.id) for each in family[1:]] == ["Pending", "Pending"]
    assert books.claim() is None or status == Status.ERROR


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.SKIPPED, Status.COMPLETED])
def test_what_only_comes_after_goes_on(books: Books, status: Status) -> None:
    """The second change of a row does not need the first one to happen."""
    first, second = books.add(books.close_project(uid(1)), books.close_project(uid(1)))
    assert (second, first, "order") in books.needs()
    end(books, first, status)
    assert (books.status(second), books.row(second)["open_dependencies"]) == ("Pending", 0)


def test_what_only_comes_after_a_skipped_child_goes_on(books: Books) -> None:
    """The row is given up, and with it what names it; whatever only waited for that may go."""
    project = books.project()
    task = books.make("UpdateTask", uid(5), ProjectId=project.own_id, Name="x")
    later = books.make("UpdateTask", uid(5), ProjectId=uid(9), Name="y")
    books.add(project, task, later)
    assert books.row(later.id)["open_dependencies"] == 1
    end(books, project.id, Status.CANCELLED)
    assert (books.status(task.id), books.row(later.id)["open_dependencies"]) == ("Skipped", 0)


def test_a_dependency_is_counted_down_once(books: Books) -> None:
    """Settling twice, after a late answer for instance, opens nothing that waits for something else."""
    project, other = books.project(), books.project("Wall")
    task = books.task(project)
    entry = books.make("CreateTimeEntry", ProjectId=other.own_id, TaskId=task.own_id, UserId=uid(1), Duration=5)
    books.add(project, other, task, entry)
    end(books, task.id, Status.COMPLETED)
    end(books, task.id, Status.COMPLETED)
    assert books.row(entry.id)["open_dependencies"] == 1


def test_a_retry_brings_back_what_was_skipped_with_it(books: Books, family: tuple[NewTask, ...]) -> None:
    project, task, entry = family
    end(books, project.id, Status.CANCELLED)
    retry(books, project.id)
    for each in (task, entry):
        row = books.row(each.id)
        assert (row["status"], row["error_code"], row["error_message"], row["completed_at"]) == ("Pending", *[None] * 3)
        assert books.events(each.id)[-1] == ("reopened", "Skipped", "Pending")
    assert [books.row(each.id)["open_dependencies"] for each in family] == [0, 1, 2]
    assert books.claimed().id == project.id


def test_a_retry_leaves_what_a_person_has_skipped(books: Books, family: tuple[NewTask, ...]) -> None:
    """They had their reason, which is not the parent's."""
    project, task, entry = family
    end(books, entry.id, Status.SKIPPED)
    end(books, project.id, Status.CANCELLED)
    retry(books, project.id)
    assert [books.status(each.id) for each in (task, entry)] == ["Pending", "Skipped"]


def test_a_retry_leaves_what_needs_another_row_that_is_given_up(books: Books, family: tuple[NewTask, ...]) -> None:
    """It would wait for ever, as if somebody had forgotten it."""
    project, task, entry = family
    end(books, task.id, Status.CANCELLED)
    end(books, project.id, Status.CANCELLED)
    retry(books, project.id)
    assert [books.status(each.id) for each in (task, entry)] == ["Cancelled", "Skipped"]
    retry(books, task.id)
    assert books.status(entry.id) == "Pending"


def test_failing_children_are_left_to_their_person(books: Books, family: tuple[NewTask, ...]) -> None:
    """Only what waits is skipped."""
    project, task, _ = family
    books.set(task.id, status=Status.FAILED)
    end(books, project.id, Status.CANCELLED)
    assert books.status(task.id) == "Failed"
