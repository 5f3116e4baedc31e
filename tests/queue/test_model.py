"""The types of tasks, as the tables declare them, and the ids of rows that do not exist yet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xerosql import catalog
from xerosql.errors import InternalError
from xerosql.queue.model import (
    DELETE,
    FINISHED,
    INSERT,
    OPEN,
    READY,
    UPDATE,
    Replay,
    Status,
    TaskTypes,
    own_part,
    provisional,
    task_of,
)

TYPES = TaskTypes(catalog.load())


def test_every_request_that_changes_a_row_is_a_type() -> None:
    writes = [write for table in catalog.load() if table.source == "xero" for write in table.writes]
    assert sorted(TYPES) == sorted(write.task for write in writes)
    assert len(TYPES) == len(writes)


def test_a_type_is_found_by_its_request() -> None:
    for kind in TYPES.values():
        assert TYPES.of(kind.table, kind.write) is kind
    with pytest.raises(InternalError, match="no task makes POST /nowhere"):
        TYPES.of(TYPES["CreateTask"].table, replace(TYPES["CreateTask"].write, url="/nowhere"))


@pytest.mark.parametrize(
    ("name", "operation", "replay", "shown"),
    [
        ("CreateProject", INSERT, Replay.BLIND, "Create project"),
        ("CreateTimeEntry", INSERT, Replay.BLIND, "Create time entry"),
        ("UpdateTask", UPDATE, Replay.NATURAL, "Update task"),
        ("SetProjectStatus", UPDATE, Replay.NATURAL, "Set project status"),
        ("DeleteTask", DELETE, Replay.DELETE, "Delete task"),
    ],
)
def test_what_a_type_is(name: str, operation: str, replay: Replay, shown: str) -> None:
    kind = TYPES[name]
    assert (kind.operation, kind.replay, kind.display_name) == (operation, replay, shown)
    assert kind.description == f"This task {kind.write.about}."


def test_every_type_that_goes_first_exists() -> None:
    """A name that is misspelt would be an order that is not kept."""
    for kind in TYPES.values():
        assert set(kind.write.after) <= set(TYPES)


def test_a_task_is_open_until_it_is_finished() -> None:
    assert set(OPEN) | set(FINISHED) == set(Status)
    assert set(OPEN) & set(FINISHED) == set()
    assert set(READY) < set(OPEN)


def test_provisional_ids_name_a_task() -> None:
    assert task_of(provisional(41)) == 41
    for text in ("queue:0", "queue:", "queue:4x", "QUEUE:4", " queue:4", "queue:4\n", "queue:1234567890123456789"):
        with pytest.raises(InternalError):
            task_of(text)


def test_rows_to_come_are_named_by_columns_of_ids() -> None:
    kind = TYPES["CreateTimeEntry"]
    values = {"ProjectId": "queue:1", "TaskId": "queue:2", "Description": "queue:3", "UserId": None, "Duration": 5}
    assert kind.to_come(values) == {"ProjectId": "queue:1", "TaskId": "queue:2"}


def test_the_own_part_of_an_id() -> None:
    assert (own_part("a/b"), own_part("b")) == ("b", "b")
