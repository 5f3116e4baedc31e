"""Ids are compared as UUIDs are: in either case."""

from __future__ import annotations

import pytest

import xerosql


@pytest.fixture
def task() -> str:
    """The Id of a task of the demo."""
    with xerosql.connect("demo") as connection:
        found: str = connection.execute("SELECT Id FROM Tasks LIMIT 1").fetchone()[0]
        return found


@pytest.mark.parametrize(
    "condition",
    [
        "Id = ?",
        "? = Id",
        "Id IN (?, 'ffffffff-ffff-4fff-8fff-ffffffffffff/ffffffff-ffff-4fff-8fff-ffffffffffff')",
        "Id = ? AND Name IS NOT NULL",
    ],
)
def test_an_id_in_capitals_finds_its_row(task: str, condition: str) -> None:
    """A pasted id in capitals finds the one row, in one call, as parameter and as literal."""
    with xerosql.connect("demo") as connection:
        for sql, parameters in (
            (f"SELECT Id FROM Tasks WHERE {condition}", [task.upper()]),
            (f"SELECT Id FROM Tasks WHERE {condition}".replace("?", f"'{task.upper()}'"), []),
        ):
            cursor = connection.execute(sql, parameters)
            assert cursor.fetchall() == [(task,)]


def test_a_project_in_capitals_is_left_out_or_joined(task: str) -> None:
    """The same for `<>`, for the merged column of USING, and with pushdown off."""
    project = task.partition("/")[0]
    for pushdown in (True, False):
        with xerosql.connect("demo", pushdown=pushdown) as connection:
            joined = "SELECT count(*) FROM Projects JOIN Tasks USING (ProjectId) WHERE ProjectId = ?"
            others = "SELECT count(*) FROM Tasks WHERE ProjectId <> ?"
            for sql in (joined, others):
                upper = connection.execute(sql, [project.upper()]).fetchone()
                assert upper == connection.execute(sql, [project]).fetchone()
                assert upper != (0,)


def test_names_keep_their_case() -> None:
    """Only ids are compared so: a name in capitals is another name."""
    with xerosql.connect("demo") as connection:
        name = connection.execute("SELECT Name FROM Users LIMIT 1").fetchone()[0]
        assert connection.execute("SELECT count(*) FROM Users WHERE Name = ?", [name.upper()]).fetchone() == (0,)
