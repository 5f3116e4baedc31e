"""Adding tasks: all of a transaction or nothing, with real ids where there are some, delayed where the type says."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.queue.kit import CONTACT, OTHER, START, TENANT, Books, uid
from xerosql.errors import DataError, Error, IntegrityError
from xerosql.queue.events import Happened
from xerosql.queue.model import Code, NewTask, Status, own_part
from xerosql.queue.outcomes import Ending
from xerosql.queue.parameters import encoded_parameters


def test_a_task_is_stored_whole_and_audited(books: Books) -> None:
    """Everything that a worker, a person or an audit will ask for."""
    task = books.project("Roof", Deadline="2026-05-01T00:00:00")
    books.add(task)
    row = books.row(task.id)
    stored = {name: row[name] for name in ("type", "tenant_id", "status", "own_id", "customer", "revision", "priority")}
    assert stored == {
        "type": "CreateProject",
        "tenant_id": TENANT,
        "status": "Pending",
        "own_id": f"queue:{task.id}",
        "customer": CONTACT,
        "revision": 1,
        "priority": 0,
    }
    assert json.loads(row["parameters"]) == dict(task.parameters)
    assert (row["added_at"], row["updated_at"], row["not_before"]) == (START, START, None)
    assert books.events(task.id) == [("added", None, "Pending")]
    assert books.tenant()["paused_until"] is None


def test_numbers_are_given_once(books: Books) -> None:
    """Also where some are never used, and to whoever asks in between."""
    first, second, third = (books.queue.reserve(count) for count in (3, 1, 2))
    assert (second, third) == (first + 3, first + 4)


def test_numbers_go_on_after_a_rollback(books: Books) -> None:
    """A number of a transaction that was dropped names nothing, ever."""
    project = books.project()
    books.add(later := books.project("Wall"))
    assert later.id > project.id
    with pytest.raises(IntegrityError):
        books.add(books.task(project))


def test_amounts_and_days_are_stored_digit_by_digit() -> None:
    """No float comes near an amount."""
    text = encoded_parameters({"RateValue": Decimal("12345678901234.5678"), "Date": date(2026, 3, 31)})
    assert text == '{"RateValue":12345678901234.5678,"Date":"2026-03-31"}'


def test_nothing_of_a_failing_transaction_is_kept(books: Books) -> None:
    """Neither the good tasks nor what they depend on, nor their organisation."""
    good, bad = books.project(), books.task("queue:999999")
    with pytest.raises(IntegrityError) as caught:
        books.add(good, books.task(good), bad)
    assert caught.value.sqlstate == "23503"
    assert str(caught.value) == "there is no task queue:999999 in this queue (ProjectId)"
    assert (books.rows(), books.needs(), books.events(good.id)) == ([], set(), [])


def test_nothing_at_all_is_no_change(books: Books) -> None:
    books.queue.publish([])
    assert books.rows() == []


# -- References --------------------------------------------------------------------------------------------------------


def test_a_row_to_be_created_in_the_same_transaction_is_waited_for(books: Books) -> None:
    project = books.project()
    task = books.task(project)
    books.add(project, task)
    assert books.needs() == {(task.id, project.id, "reference")}
    assert [row["open_dependencies"] for row in books.rows()] == [0, 1]
    assert json.loads(books.row(task.id)["parameters"])["ProjectId"] == f"queue:{project.id}"


def test_a_row_of_an_earlier_transaction_is_waited_for(books: Books) -> None:
    books.add(project := books.project())
    books.add(task := books.task(project))
    assert books.needs() == {(task.id, project.id, "reference")}


def test_two_rows_are_both_waited_for_and_each_once(books: Books) -> None:
    """A time entry names its project and its task, whose own project it is."""
    project = books.project()
    task = books.task(project)
    entry = books.make("CreateTimeEntry", ProjectId=project.own_id, TaskId=task.own_id, UserId=uid(1), Duration=5)
    books.add(project, task, entry)
    assert books.needs() == {
        (task.id, project.id, "reference"),
        (entry.id, project.id, "reference"),
        (entry.id, task.id, "reference"),
    }
    assert books.row(entry.id)["open_dependencies"] == 2


def test_a_row_that_has_been_created_meanwhile_is_named_by_its_id(books: Books) -> None:
    """Nothing is left to wait for."""
    books.add(project := books.project())
    books.complete(books.claimed(), uid(7))
    books.add(task := books.task(project))
    assert json.loads(books.row(task.id)["parameters"])["ProjectId"] == uid(7)
    assert (books.needs(), books.row(task.id)["open_dependencies"]) == (set(), 0)
    assert f"ProjectId={uid(7)}" in books.subjects(task.id)


def test_only_the_own_part_of_a_composite_id_is_taken(books: Books) -> None:
    """TaskId of `project/task` is the task."""
    books.add(task := books.task(uid(1)))
    books.complete(books.claimed(), f"{uid(1)}/{uid(2)}")
    update = books.make("UpdateTask", task.own_id, ProjectId=uid(1), Name="Slates")
    books.add(update)
    assert books.row(update.id)["own_id"] == uid(2) == own_part(f"{uid(1)}/{uid(2)}")
    assert json.loads(books.row(update.id)["parameters"])["TaskId"] == uid(2)


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED, Status.SKIPPED])
def test_a_row_that_will_not_be_created_is_refused(books: Books, status: Status) -> None:
    """The whole transaction is, and the sentence says what to do."""
    books.add(project := books.project())
    books.end(books.claimed(), Ending(status, Happened.FAILED, Code.VALIDATION, "no"))
    with pytest.raises(IntegrityError) as caught:
        books.add(books.project("Wall"), books.task(project))
    sentence = f"task {project.id}, which is to create the row of ProjectId, is {status}; retry it first"
    assert (str(caught.value), caught.value.sqlstate) == (sentence, "23503")
    assert len(books.rows()) == 1


@pytest.mark.parametrize("status", [Status.ERROR, Status.UNCERTAIN, Status.RUNNING])
def test_a_row_that_may_still_be_created_is_waited_for(books: Books, status: Status) -> None:
    books.add(project := books.project())
    books.set(project.id, status=status)
    books.add(task := books.task(project))
    assert books.needs() == {(task.id, project.id, "reference")}


def test_the_row_of_another_table_is_refused(books: Books) -> None:
    books.add(task := books.task(uid(1)))
    with pytest.raises(DataError) as caught:
        books.add(books.task(task.own_id))
    assert str(caught.value) == f"queue:{task.id} is no ProjectId: that task creates a task in a project"
    assert caught.value.sqlstate == "22P02"


def test_a_task_that_creates_nothing_is_refused_as_a_row(books: Books) -> None:
    books.add(close := books.close_project(uid(1)))
    with pytest.raises(DataError, match=f"^queue:{close.id} is no ProjectId: that task closes a project"):
        books.add(books.task(f"queue:{close.id}"))


def test_text_that_looks_like_a_provisional_id_is_text(books: Books) -> None:
    """A name is a name, whatever it says."""
    books.add(task := books.task(uid(1), name="queue:41"))
    assert json.loads(books.row(task.id)["parameters"])["Name"] == "queue:41"
    assert books.needs() == set()


def test_the_customer_is_the_parents(books: Books) -> None:
    """Also through a row that is itself yet to be created, and of an earlier transaction."""
    project = books.project()
    task = books.task(project)
    entry = books.make("CreateTimeEntry", ProjectId=project.own_id, TaskId=task.own_id, UserId=uid(1), Duration=5)
    books.add(project, task, entry)
    books.add(later := books.task(project))
    assert {books.row(each.id)["customer"] for each in (task, entry, later)} == {CONTACT}


def test_an_own_customer_stays(books: Books) -> None:
    books.add(project := books.project())
    books.add(task := books.task(project, customer="another"))
    assert books.row(task.id)["customer"] == "another"


# -- Order -------------------------------------------------------------------------------------------------------------


def test_changes_of_one_row_keep_their_order(books: Books) -> None:
    """Create, update and delete, over two transactions; the first is a row that is named, the others only precede."""
    project = books.project()
    task = books.task(project)
    update = books.make("UpdateTask", task.own_id, ProjectId=project.own_id, Name="Slates")
    books.add(project, task, update)
    delete = books.make("DeleteTask", task.own_id, ProjectId=project.own_id)
    books.add(delete)
    assert {need for need in books.needs() if need[0] in (update.id, delete.id)} == {
        (update.id, project.id, "reference"),
        (update.id, task.id, "reference"),
        (delete.id, project.id, "reference"),
        (delete.id, task.id, "reference"),
        (delete.id, update.id, "order"),
    }


def test_two_updates_of_an_old_row_keep_their_order(books: Books) -> None:
    first = books.make("UpdateTask", uid(2), ProjectId=uid(1), Name="a")
    second = books.make("UpdateTask", uid(2), ProjectId=uid(1), Name="b")
    books.add(first, second)
    assert books.needs() == {(second.id, first.id, "order")}


def test_rows_beside_each_other_do_not_wait(books: Books) -> None:
    """Two tasks of one project, and the same id in another organisation."""
    books.add(
        books.make("UpdateTask", uid(2), ProjectId=uid(1), Name="a"),
        books.make("UpdateTask", uid(3), ProjectId=uid(1), Name="b"),
        books.make("UpdateTask", uid(2), tenant=OTHER, ProjectId=uid(1), Name="c"),
    )
    assert books.needs() == set()


def test_a_project_is_opened_before_its_tasks_are_changed(books: Books) -> None:
    """By the order of their types: the row that the earlier one changes is named by the later one."""
    opening = books.make("SetProjectStatus", uid(1), Status="INPROGRESS")
    update = books.make("UpdateTask", uid(2), ProjectId=uid(1), Name="a")
    books.add(opening)
    books.add(update)
    assert books.needs() == {(update.id, opening.id, "order")}


def test_a_project_is_closed_after_its_tasks_are_changed(books: Books) -> None:
    """By the order of their types, the other way round: the earlier one names the row that the later one changes."""
    update = books.make("UpdateTask", uid(2), ProjectId=uid(1), Name="a")
    closing = books.close_project(uid(1))
    books.add(update, closing)
    assert books.needs() == {(closing.id, update.id, "order")}


def test_time_is_taken_off_a_task_before_that_is_deleted(books: Books) -> None:
    """The time entry names the task that the deletion is of."""
    entry = books.make("DeleteTimeEntry", uid(3), ProjectId=uid(1), TaskId=uid(2))
    delete = books.make("DeleteTask", uid(2), ProjectId=uid(1))
    books.add(entry, delete)
    assert books.needs() == {(delete.id, entry.id, "order")}


def test_finished_tasks_are_not_waited_for(books: Books) -> None:
    books.add(books.close_project(uid(1)))
    books.complete(books.claimed())
    books.add(books.make("UpdateTask", uid(2), ProjectId=uid(1), Name="a"))
    assert books.needs() == set()


@pytest.mark.parametrize("status", [Status.FAILED, Status.UNCERTAIN, Status.ERROR, Status.RUNNING])
def test_unfinished_tasks_are_waited_for(books: Books, status: Status) -> None:
    books.add(first := books.make("UpdateTask", uid(2), ProjectId=uid(1), Name="a"))
    books.set(first.id, status=status)
    books.add(second := books.make("DeleteTask", uid(2), ProjectId=uid(1)))
    assert books.needs() == {(second.id, first.id, "order")}


def test_dependencies_that_a_person_has_added_count(books: Books) -> None:
    """An UPDATE of XeroTaskTypes may name more types that go first."""
    books.queue.enter("w1", {})
    books.set_type("UpdateTask", more_dependencies="UpdateProject")
    project = books.make("UpdateProject", uid(1), Name="Roof")
    task = books.make("UpdateTask", uid(2), ProjectId=uid(1), Name="a")
    books.add(project, task)
    assert books.needs() == {(task.id, project.id, "order")}


def test_a_row_is_the_same_under_its_provisional_and_its_real_id(books: Books) -> None:
    """What was added under the one name comes before what is added under the other."""
    project = books.project()
    first = books.make("UpdateProject", project.own_id, Name="Roof")
    books.add(project, first)
    books.complete(books.claimed(), uid(7))
    books.add(second := books.make("UpdateProject", uid(7), Name="Wall"))
    assert (second.id, first.id, "order") in books.needs()


# -- Delays ------------------------------------------------------------------------------------------------------------


def test_the_delay_of_a_type_keeps_its_tasks_back(books: Books) -> None:
    """And those of no other type."""
    books.queue.enter("w1", {})
    books.set_type("CreateProject", delay_minutes=90)
    books.add(delayed := books.project(), other := books.close_project(uid(1)))
    assert books.row(delayed.id)["not_before"] == START + timedelta(minutes=90)
    assert books.row(other.id)["not_before"] is None


def test_many_tasks_are_added_at_once(books: Books) -> None:
    """More than one statement takes values, each with a row of its own to wait for."""
    first = books.queue.reserve(600)
    kind = books.queue.types["CreateProject"]

    projects = [
        NewTask(number, kind, TENANT, {"ContactId": CONTACT, "Name": "P"}, f"queue:{number}")
        for number in range(first, first + 600)
    ]
    books.add(*projects)
    books.add(*[books.task(project) for project in projects[:3]], *[books.task(projects[-1])])
    assert len(books.rows()) == 604
    assert len(books.needs()) == 4


def test_every_refusal_is_an_error_of_the_database_interface(books: Books) -> None:
    with pytest.raises(Error):
        books.add(books.task("queue:77"))
