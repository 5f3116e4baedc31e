"""Harlequin: its adapter, its headless `hsql`, and its screen, driven as a user drives it."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from importlib.metadata import entry_points
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import xerosql
from tests.aio.conftest import Desk
from xerosql.connection import connect as demo_connect
from xerosql.connection import demo_simulator
from xerosql.simulator import Simulator

pytest.importorskip("harlequin", reason="Harlequin has a virtual environment of its own: make clients")

from harlequin.app import Harlequin
from harlequin.components.data_catalog.database_tree import DatabaseTree
from harlequin.exception import HarlequinConfigError, HarlequinConnectionError, HarlequinQueryError
from harlequin.plugins import load_adapter

from xerosql.harlequin import XeroAdapter
from xerosql.harlequin.connection import XeroConnection

HSQL = Path(sys.executable).with_name("hsql")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harlequin keeps a history and the last tabs; neither the user's nor another test's are touched."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    demo_simulator.cache_clear()


@pytest.fixture
def connection() -> Iterator[XeroConnection]:
    made = XeroAdapter(("demo",)).connect()
    yield made
    made.close()


# -- The adapter -------------------------------------------------------------------------------------------------------


def test_harlequin_finds_the_adapter_by_its_name() -> None:
    assert load_adapter("xerosql") is XeroAdapter
    assert [each.value for each in entry_points(group="harlequin.adapter", name="xerosql")]


def test_rows_come_as_arrow_with_exact_money_and_labels_for_the_types(connection: XeroConnection) -> None:
    cursor = connection.execute("SELECT Name, TotalInvoicedValue, Deadline, MinutesLogged FROM Projects ORDER BY Name")
    assert cursor is not None
    assert cursor.columns() == [
        ("Name", "s"),
        ("TotalInvoicedValue", "#.#"),
        ("Deadline", "ts"),
        ("MinutesLogged", "##"),
    ]
    table = cursor.fetchall()
    assert table.num_rows == 48
    assert table.column("TotalInvoicedValue")[0].as_py() == Decimal("13970.3200")


def test_a_limit_saves_the_calls_for_the_other_rows() -> None:
    """The time of all projects takes a call for each of them, and Xero some time for each call."""
    desk = Desk(Simulator(limits=False))
    desk.slow_down(0.3)
    tenant = desk.sim.tenants[0][0]
    connection = XeroConnection(
        xerosql.connect(handler=desk.handle, access_token="x", tenant=tenant, calls_per_minute=10**6)
    )
    cursor = connection.execute("SELECT * FROM Time")
    assert cursor is not None
    assert cursor.set_limit(2).fetchall().num_rows == 2
    asked = "SELECT Calls, RowsReturned, Status FROM sys.statements WHERE Statement LIKE '%Time'"
    (calls, rows, status) = connection.connection.execute(asked).fetchone() or (0, 0, "")
    assert 0 < calls < 20
    assert (rows, status) == (2, "done")
    connection.close()


@pytest.mark.parametrize(
    "kind",
    ["NULL", "uuid()", "INTERVAL 1 DAY", "[1, 2]", "{'a': 1}", "5::HUGEINT", "now()", "'x'::BLOB", "TIME '10:00'"],
)
def test_a_limited_result_has_the_types_of_a_whole_one(connection: XeroConnection, kind: str) -> None:
    query = f"SELECT {kind} AS value FROM range(3)"
    whole, limited = connection.execute(query), connection.execute(query)
    assert whole is not None
    assert limited is not None
    assert limited.set_limit(2).fetchall().schema == whole.fetchall().schema


def test_an_empty_result_has_its_columns(connection: XeroConnection) -> None:
    for limit in (0, 5):
        cursor = connection.execute("SELECT Name FROM Projects WHERE Name = 'nobody'")
        assert cursor is not None
        table = cursor.set_limit(limit).fetchall()
        assert (table.column_names, table.num_rows, cursor.columns()) == (["Name"], 0, [("Name", "s")])


def test_a_statement_without_rows_has_no_cursor(connection: XeroConnection) -> None:
    assert connection.execute("CREATE TABLE scratch.t (a INTEGER)") is None


def test_our_message_and_its_code_are_shown(connection: XeroConnection) -> None:
    with pytest.raises(HarlequinQueryError, match='no column "nope"') as caught:
        connection.execute("SELECT nope FROM Tasks")
    assert caught.value.title == "ProgrammingError (42703)"


def test_what_is_wrong_while_fetching_is_shown_too(connection: XeroConnection) -> None:
    cursor = connection.execute(
        "SELECT CAST(CASE WHEN n < 200000 THEN '1' ELSE 'x' END AS INTEGER) FROM range(200001) AS t(n)"
    )
    assert cursor is not None
    with pytest.raises(HarlequinQueryError, match="x"):
        cursor.fetchall()


def test_cancel_ends_what_is_running_without_an_error(connection: XeroConnection) -> None:
    cursor = connection.execute("SELECT * FROM range(10000000)")
    assert cursor is not None
    connection.cancel()
    assert cursor.fetchall() is None


def test_the_catalog_has_schemas_tables_views_and_columns(connection: XeroConnection) -> None:
    connection.execute('CREATE TABLE scratch."my notes" (body VARCHAR)')
    connection.execute("CREATE VIEW scratch.open_ones AS SELECT Name FROM Projects WHERE Status = 'INPROGRESS'")
    schemas = {item.label: item for item in connection.get_catalog().items}
    assert list(schemas)[:2] == ["projects", "queue"]
    tables = {item.label: item for item in schemas["projects"].children}
    assert {label: item.type_label for label, item in tables.items()} == {
        "Projects": "t",
        "Tasks": "t",
        "Tenants": "v",
        "Time": "t",
        "Users": "v",
    }
    assert [(each.label, each.type_label) for each in tables["Tasks"].children][:2] == [("Id", "s"), ("TaskId", "s")]
    notes, opened = schemas["scratch"].children
    assert (opened.type_label, [each.label for each in opened.children]) == ("v", ["Name"])
    assert (notes.query_name, notes.children[0].query_name) == ('scratch."my notes"', '"body"')
    for item in (*tables.values(), notes, opened, *schemas["sys"].children):
        assert connection.execute(f"SELECT {item.children[0].query_name} FROM {item.query_name} LIMIT 1") is not None


def test_the_menu_of_a_table_writes_statements_that_run(connection: XeroConnection) -> None:
    written: list[str] = []
    driver = SimpleNamespace(insert_text_in_new_buffer=written.append)
    for name in ("Users", "limits"):
        (found,) = (each.item for each in connection.search_catalog(name, "relations") if each.item.label == name)
        for _, write in found.INTERACTIONS:
            write(found, driver)
    assert written[0] == "SELECT * FROM Users LIMIT 100"
    assert written[3] == "EXPLAIN SELECT * FROM sys.limits"
    for statement in written:
        cursor = connection.execute(statement)
        assert cursor is not None
        assert cursor.fetchall().num_columns > 0


def test_the_catalog_is_searched_at_every_level(connection: XeroConnection) -> None:
    found = connection.search_catalog("chargetype")
    assert [(each.parents, each.item.label) for each in found] == [(("projects", "Tasks"), "ChargeType")]
    assert next(each.item.label for each in connection.search_catalog("task", "relations")) == "Tasks"
    assert connection.search_catalog("Users", "columns") == []


def test_every_completion_of_a_function_can_be_called(connection: XeroConnection) -> None:
    offered = {each.value: each.type_label for each in connection.get_completions()}
    assert offered["date_trunc"] == "fn"
    assert offered["max_calls"] == "set"
    assert "read_csv" not in offered


def test_manual_mode_commits_and_rolls_back_scratch(connection: XeroConnection) -> None:
    connection.execute("CREATE TABLE scratch.t (a INTEGER)")
    assert connection.transaction_mode.label == "Auto"
    manual = connection.toggle_transaction_mode()
    assert manual.label == "Manual"
    assert manual.commit is not None
    assert manual.rollback is not None
    connection.execute("INSERT INTO scratch.t VALUES (1)")
    manual.rollback()
    connection.execute("INSERT INTO scratch.t VALUES (2)")
    manual.commit()
    assert connection.toggle_transaction_mode().label == "Auto"
    assert connection.connection.execute("SELECT a FROM scratch.t").fetchall() == [(2,)]


def test_a_queued_connection_starts_in_manual_mode() -> None:
    connection = XeroAdapter(("demo",), write_mode="queued").connect()
    assert connection.transaction_mode.label == "Manual"
    connection.close()


def test_options_of_every_spelling_count_and_strange_ones_do_not() -> None:
    options = {"max-calls": "3", "max_age": "15min", "search_path": "scratch,projects", "theme": "x", "tenant": ""}
    settings = XeroAdapter(("demo",), read_only=True, **options).connect().connection.settings
    assert settings.max_age == 900
    assert (settings.max_calls, settings.search_path, settings.read_only) == (3, ("scratch", "projects"), True)


def test_what_cannot_be_connected_says_why() -> None:
    with pytest.raises(HarlequinConfigError, match="one profile, not 2"):
        XeroAdapter(("demo", "other"))
    with pytest.raises(HarlequinConnectionError, match="max_calls"):
        XeroAdapter(("demo",), max_calls="many").connect()
    with pytest.raises(HarlequinConnectionError, match="no profile 'nosuch'"):
        XeroAdapter(("nosuch",)).connect()


# -- hsql --------------------------------------------------------------------------------------------------------------


def hsql(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(HSQL), "-a", "xerosql", "-P", "None", "demo", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=dict(os.environ))


def test_hsql_answers_in_json() -> None:
    done = hsql("-c", "SELECT Name, TotalInvoicedValue FROM Projects ORDER BY Name LIMIT 1", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [{"Name": "'Tui & Friends' launch", "TotalInvoicedValue": 13970.32}]


def test_hsql_shows_the_catalog() -> None:
    done = hsql("--catalog", "--path", "projects.Tasks", "--csv")
    assert done.returncode == 0, done.stderr
    assert "ChargeType" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-c", "SELECT nope FROM Tasks"), 'there is no column "nope"'),
        (("--read-only", "-c", "DELETE FROM Tasks WHERE Id = 'x'"), "the connection is read-only"),
        (("--max-calls", "1", "-c", "SELECT * FROM Time"), "more than max_calls = 1"),
        (("--tenant", "Nobody Ltd", "-c", "SELECT * FROM Projects"), "Nobody Ltd"),
    ],
)
def test_hsql_ends_with_our_message(arguments: tuple[str, ...], said: str) -> None:
    done = hsql(*arguments)
    assert done.returncode != 0
    assert said in done.stderr


def page_commands() -> list[str]:
    """The commands of hsql on the page of Harlequin."""
    page = (Path(__file__).parents[2] / "docs" / "connect" / "harlequin.md").read_text(encoding="utf-8")
    return [line for line in page.splitlines() if line.startswith("hsql ")]


@pytest.mark.parametrize("command", page_commands())
def test_the_commands_of_the_page_run(command: str) -> None:
    done = subprocess.run([str(HSQL), *shlex.split(command)[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


# -- The screen --------------------------------------------------------------------------------------------------------


def on_screen(steps: Callable[[Harlequin, Any], Awaitable[None]], **options: Any) -> None:
    """Run a user's steps in a Harlequin of 120 columns."""

    async def run() -> None:
        adapter = XeroAdapter(("demo",), **options)
        app = Harlequin(adapter=adapter, connection_hash=adapter.connection_id, record_history=False)
        async with app.run_test(size=(120, 36)) as pilot:
            await until(pilot, lambda: app.editor is not None and app.connection is not None)
            await steps(app, pilot)

    asyncio.run(run())


async def until(pilot: Any, reached: Callable[[], bool]) -> None:
    """Let the app work until that is so; AssertionError after 30 seconds."""
    for _ in range(600):
        if reached():
            return
        await pilot.pause(0.05)
    raise AssertionError("Harlequin did not get there")


async def opened(pilot: Any, parent: Any, label: str) -> Any:
    """The node of that name below another, opened. Harlequin makes them as they are wanted."""
    found: list[Any] = []

    def is_there() -> bool:
        found[:] = [node for node in parent.children if node.data is not None and node.data.label == label]
        return bool(found)

    await until(pilot, is_there)
    found[0].expand()
    return found[0]


async def type_and_run(app: Harlequin, pilot: Any, query: str) -> None:
    assert app.editor is not None
    app.editor.text = query
    await pilot.press("ctrl+j")


def test_the_screen_shows_the_catalog_and_the_rows_of_a_query() -> None:
    query = (
        "SELECT Name, CurrencyCode AS Currency, TotalInvoicedValue AS Invoiced, Deadline\n"
        "FROM Projects\nWHERE Status = 'CLOSED'\nORDER BY TotalInvoicedValue DESC"
    )

    async def steps(app: Harlequin, pilot: Any) -> None:
        tree = app.query_one(DatabaseTree)
        schema = await opened(pilot, tree.root, "projects")
        table_of_tasks = await opened(pilot, schema, "Tasks")
        await until(pilot, lambda: len(table_of_tasks.children) == 21)

        await type_and_run(app, pilot, query)
        await until(pilot, lambda: app.results_viewer.get_visible_table() is not None)
        table = app.results_viewer.get_visible_table()
        assert table is not None
        await until(pilot, lambda: table.row_count == 15)
        same = demo_connect("demo").execute(query).fetchone()
        assert tuple(table.get_row_at(0)) == same
        if picture := os.environ.get("XEROSQL_HARLEQUIN_PICTURE"):  # for docs/connect/harlequin.md
            app.save_screenshot(picture)

    on_screen(steps)


def test_the_screen_shows_our_error() -> None:
    async def steps(app: Harlequin, pilot: Any) -> None:
        await type_and_run(app, pilot, "SELECT nope FROM Projects")
        await until(pilot, lambda: len(app.screen_stack) > 1)
        shown = " ".join(str(label.render()) for label in app.screen.query("Label, Static"))
        assert 'there is no column "nope"' in shown
        assert "42703" in shown

    on_screen(steps)
