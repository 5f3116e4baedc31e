"""Lists that change while they are read page by page: every row once, none missing that was there all along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import xerosql
from xerosql.simulator import Simulator

PROJECTS = 1200  # three pages


class Editor:
    """Changes the list of projects after a page of it has been answered, as another user of Xero might."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self.after_page: dict[int, Callable[[], None]] = {}
        self.answered = 0

    def handle(self, method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        answer = self.sim.handle(method, url, headers, body)
        if method == "GET" and "/Projects?" in url:
            self.answered += 1
            self.after_page.get(self.answered, lambda: None)()
        return answer

    @property
    def projects(self) -> dict[str, Any]:
        return self.sim._service.world.state.organisations[0].projects

    def delete(self, *places: int) -> None:
        for project_id in [list(self.projects)[place] for place in places]:
            del self.projects[project_id]
        self.sim._service.world.state.organisations[0].version += 1

    def put_first(self, moved: int) -> None:
        """Let so many new rows stand before all others, by moving their like from a list of spares."""
        old = dict(self.projects)
        self.projects.clear()
        self.projects.update({name: self.spares.pop(name) for name in list(self.spares)[:moved]})
        self.projects.update(old)
        self.sim._service.world.state.organisations[0].version += 1

    def set_aside(self, count: int) -> None:
        self.spares = {name: self.projects.pop(name) for name in list(self.projects)[-count:]}


@pytest.fixture
def editor() -> Editor:
    return Editor(Simulator(limits=False, projects=PROJECTS, tasks_per_project=1, time_per_task=0))


@pytest.fixture
def connection(editor: Editor) -> xerosql.Connection:
    tenant = editor.sim.tenants[0][0]
    return xerosql.connect(handler=editor.handle, access_token="x", tenant=tenant, calls_per_minute=1_000_000)


def read(connection: xerosql.Connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT ProjectId FROM Projects").fetchall()]


def test_rows_added_before_the_next_page_are_not_read_twice(editor: Editor, connection: xerosql.Connection) -> None:
    """Some at the front push some that were read already onto page 2; no key has to be asked for to see it."""
    editor.set_aside(10)
    editor.after_page[1] = lambda: editor.put_first(5)
    there = set(editor.projects)
    rows = read(connection)
    assert len(rows) == len(set(rows))
    assert set(rows) >= there
    editor.answered = 0
    editor.after_page[1] = lambda: editor.put_first(5)
    cursor = connection.execute("SELECT Name FROM Projects")
    assert len(cursor.fetchall()) == len(editor.projects) - 5


def test_rows_deleted_before_the_next_page_hide_no_others(editor: Editor, connection: xerosql.Connection) -> None:
    """Three gone from page 1 pull three of page 2 onto it: Xero's count tells, and the list is read again."""
    editor.after_page[1] = lambda: editor.delete(0, 1, 2)
    rows = read(connection)
    assert len(rows) == len(set(rows)) == PROJECTS
    assert set(rows) > set(editor.projects)
    assert editor.answered == 6


def test_rows_pushed_onto_a_new_page_are_read(editor: Editor, connection: xerosql.Connection) -> None:
    """The list has one page more than when it was begun."""
    editor.set_aside(250)
    editor.delete(*range(900, 950))
    assert len(editor.projects) == 900
    editor.after_page[1] = lambda: editor.put_first(200)
    there = set(editor.projects)
    rows = read(connection)
    assert len(rows) == len(set(rows))
    assert set(rows) >= there


def test_a_list_that_never_keeps_still_is_an_error_that_may_be_tried_again(
    editor: Editor, connection: xerosql.Connection
) -> None:
    """40001, as a database says it; not some of the rows."""
    editor.after_page = {number: lambda: editor.delete(0) for number in range(1, 100)}
    with pytest.raises(xerosql.OperationalError, match="changed each of the 4 times") as caught:
        read(connection)
    assert (caught.value.sqlstate, caught.value.retryable) == ("40001", True)
    assert editor.answered == 12


def test_a_list_that_keeps_still_is_read_once(editor: Editor, connection: xerosql.Connection) -> None:
    """Three pages, three calls."""
    assert len(read(connection)) == PROJECTS
    assert editor.answered == 3


def test_what_hangs_on_the_list_is_not_read_twice_either(editor: Editor, connection: xerosql.Connection) -> None:
    """Tasks are listed once for each project, though a project was listed twice."""
    editor.set_aside(10)
    editor.after_page[1] = lambda: editor.put_first(10)
    rows = connection.execute("SELECT TaskId FROM Tasks").fetchall()
    assert len(rows) == len(set(rows)) >= PROJECTS - 10


def test_an_update_of_rows_that_moved_writes_each_once(editor: Editor, connection: xerosql.Connection) -> None:
    """As often as it is there."""
    editor.set_aside(10)
    editor.after_page[1] = lambda: editor.put_first(10)
    connection.execute("SET max_rows_affected = 1000")
    cursor = connection.execute("UPDATE Projects SET EstimateValue = 5 WHERE Name LIKE '%1'")
    writes = [each.path for each in editor.sim.requests if each.method == "PUT"]
    assert cursor.rowcount == len(writes) == len(set(writes)) > 0
