"""`xerosql queue`: what is in the queue, and what people do about it, from the command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import xerosql as driver
from tests.cli.conftest import Terminal, in_own_process, reaching, xerosql
from xerosql.simulator import Server, Simulator

WRONG = (
    "INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue, RateCurrency) VALUES (?, 'Wrong', 'TIME', 12.50, 'XXX')"
)


@pytest.fixture
def server() -> Iterator[Server]:
    with Simulator(limits=False).serve() as server:
        yield server


@pytest.fixture
def connection(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[driver.Connection]:
    """The queue that the commands use too, with a project (1), a task in it (2), and a task that Xero refuses (3)."""
    for name, value in reaching(server).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XEROSQL_QUEUE_URL", f"sqlite:///{tmp_path / 'queue.sqlite'}")
    with driver.connect(write_mode="queued", autocommit=False) as opened:
        contact = opened.execute("SELECT ContactId FROM Projects ORDER BY ContactId LIMIT 1").fetchone()
        project = opened.execute("INSERT INTO Projects (ContactId, Name) VALUES (?, 'New')", contact).lastrowid
        opened.execute(
            "INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue) VALUES (?, 'T', 'TIME', 1)", [project]
        )
        opened.execute(WRONG, [project])
        opened.commit()
        yield opened


def statuses(connection: driver.Connection) -> dict[int, str]:
    return dict(connection.execute("SELECT XeroTaskId, XeroTaskStatus FROM queue.XeroTasks").fetchall())


def queue(*arguments: str, given: str | None = None) -> str:
    """What a command says that works."""
    result = xerosql("queue", *arguments, given=given)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def refused(*arguments: str, given: str | None = None) -> str:
    """What a command complains that does not."""
    result = xerosql("queue", *arguments, given=given)
    assert result.exit_code in (1, 2), result.stdout
    return result.stderr


# -- Looking -----------------------------------------------------------------------------------------------------------


def test_the_list_has_a_line_for_each_task_the_newest_first(connection: driver.Connection) -> None:
    lines = queue("list").splitlines()[2:]
    assert [line.split()[:3] for line in lines] == [
        ["3", "CreateTask", "Pending"],
        ["2", "CreateTask", "Pending"],
        ["1", "CreateProject", "Pending"],
    ]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--status", "failed"], {"3"}),
        (["-s", "Completed", "-s", "Failed"], {"1", "2", "3"}),
        (["--type", "CreateProject"], {"1"}),
        (["--dealer", "NORTH"], {"1", "2", "3"}),
        (["--dealer", "SOUTH"], set()),
        (["--customer", "nobody"], set()),
        (["--since", "2020-01-01"], {"1", "2", "3"}),
        (["--until", "2020-01-01"], set()),
        (["--limit", "1"], {"3"}),
    ],
)
def test_the_list_is_filtered(connection: driver.Connection, arguments: list[str], found: set[str]) -> None:
    connection.run_queue()
    connection.execute("UPDATE queue.XeroTenants SET DealerCode = 'NORTH' WHERE Name LIKE 'Harbour%'")
    rows = list(csv.DictReader(io.StringIO(queue("list", "-f", "csv", *arguments))))
    assert {row["XeroTaskId"] for row in rows} == found


def test_the_list_for_programs_has_every_column(connection: driver.Connection, tmp_path: Path) -> None:
    queue("list", "-f", "json", "-o", str(tmp_path / "tasks.json"))
    rows = json.loads((tmp_path / "tasks.json").read_text())
    assert rows[0]["Parameters"]
    assert rows[0]["Actions"] == "cancel,skip,edit"


def test_a_date_that_is_none_is_one_sentence(connection: driver.Connection) -> None:
    assert refused("list", "--since", "last week").count("\n") == 1


def test_show_has_the_fields_the_request_the_error_the_advice_and_the_events(connection: driver.Connection) -> None:
    connection.run_queue()
    said = queue("show", "3")
    for text in (
        "XeroTaskStatus  Failed",
        '"RateValue": 12.50',
        "POST /projects.xro/2.0/Projects/",
        '"currency": "XXX"',
        "XERO_VALIDATION",
        "must be in the project's currency",
        "What to do",
        "edit the task's Parameters and retry it",
        "What it waits for",
        "CreateProject   Completed",
        "What happened",
        "failed",
    ):
        assert text in said


def test_show_tells_why_a_task_waits(connection: driver.Connection) -> None:
    connection.execute("UPDATE queue.XeroTenants SET PausedUntil = TIMESTAMP '9999-12-31' WHERE Reason IS NULL")
    said = queue("show", "1")
    assert "WaitingFor      paused" in said
    assert "Resume the organisation" in said


def test_a_task_that_there_is_not_is_one_sentence(connection: driver.Connection) -> None:
    assert "there is no task 99" in refused("show", "99")


def test_preview_shows_bodies_and_sends_nothing(connection: driver.Connection, server: Server) -> None:
    before = [each.method for each in server.simulator.requests]
    said = queue("preview")
    assert "POST /projects.xro/2.0/Projects\n" in said
    assert '"name": "New"' in said
    assert "1 request would be sent; 0 calls read" in said
    assert [each.method for each in server.simulator.requests] == before
    assert "/Projects/queue:1/Tasks" in queue("preview", "3")


# -- Doing -------------------------------------------------------------------------------------------------------------


def test_a_failed_task_is_mended_retried_and_completed(connection: driver.Connection) -> None:
    connection.run_queue()
    row = json.loads(connection.execute("SELECT Parameters FROM queue.XeroTasks WHERE XeroTaskId = 3").fetchone()[0])
    mended = json.dumps({**row, "RateCurrency": "NZD"})
    assert "Task 3: changed." in queue("edit", "3", mended)
    assert "Task 3: to be sent again." in queue("retry", "3")
    connection.run_queue()
    assert set(statuses(connection).values()) == {"Completed"}


def test_parameters_can_come_from_standard_input_and_be_sent_at_once(connection: driver.Connection) -> None:
    connection.run_queue()
    row = json.loads(connection.execute("SELECT Parameters FROM queue.XeroTasks WHERE XeroTaskId = 3").fetchone()[0])
    assert "to be sent again" in queue("edit", "3", "--retry", given=json.dumps({**row, "RateCurrency": "NZD"}))
    connection.run_queue()
    assert statuses(connection)[3] == "Completed"


def test_parameters_that_cannot_be_change_nothing(connection: driver.Connection) -> None:
    connection.run_queue()
    assert "takes no Nonsense" in refused("edit", "3", '{"Nonsense": 1}')
    assert statuses(connection)[3] == "Failed"


def test_what_is_given_up_is_asked_about(connection: driver.Connection) -> None:
    """Without a terminal there is nobody to ask, so nothing is done unless --yes was said."""
    complaint = refused("cancel", "1")
    assert "2 tasks that need its row will be skipped" in complaint
    assert "--yes" in complaint
    assert set(statuses(connection).values()) == {"Pending"}
    assert "Task 1: cancelled." in queue("cancel", "1", "--yes")
    assert statuses(connection) == {1: "Cancelled", 2: "Skipped", 3: "Skipped"}


def test_at_a_terminal_a_person_is_asked(connection: driver.Connection) -> None:
    terminal = Terminal("queue", "skip", "2")
    try:
        terminal.until("Skip task 2?")
        terminal.type("n\n")
        terminal.rest()
        assert terminal.process.wait(30) == 1
        assert statuses(connection)[2] == "Pending"
    finally:
        terminal.close()
    terminal = Terminal("queue", "skip", "2")
    try:
        terminal.until("Skip task 2?")
        terminal.type("y\n")
        terminal.until("skipped")
        terminal.rest()
        assert terminal.process.wait(30) == 0
        assert statuses(connection)[2] == "Skipped"
    finally:
        terminal.close()


def test_all_tasks_of_a_command_or_none(connection: driver.Connection) -> None:
    connection.run_queue()
    assert "task 1 is Completed" in refused("retry", "3", "1")
    assert "tasks 98 and 99 are not in the queue" in refused("retry", "3", "98", "99")
    assert statuses(connection)[3] == "Failed"


def test_a_task_is_resolved_with_a_row_that_xero_has(connection: driver.Connection) -> None:
    connection.run_queue()
    (row,) = connection.execute("SELECT Id FROM Tasks WHERE Name <> 'T' LIMIT 1").fetchone()
    missing = f"{row[:36]}/00000000-0000-0000-0000-000000000000"
    assert "Xero has no task" in refused("resolve", "3", missing)
    assert "set ResultId too" in refused("resolve", "3")
    assert "Task 3: completed." in queue("resolve", "3", row)
    assert statuses(connection)[3] == "Completed"


def test_purge_deletes_what_ended_before(connection: driver.Connection) -> None:
    connection.run_queue()
    assert "No task ended before 2020-01-01." in queue("purge", "--before", "2020-01-01")
    assert "Delete 2 tasks" in refused("purge", "--before", "2100-01-01")
    said = queue("purge", "--before", "2100-01-01", "--yes")
    assert "1 task deleted; 1 task kept, whose rows others need." in said
    assert statuses(connection) == {1: "Completed", 3: "Failed"}


# -- Types and organisations -------------------------------------------------------------------------------------------


def test_types_are_listed_and_changed(connection: driver.Connection) -> None:
    assert "This task creates a project for a contact." in queue("types")
    queue(
        "types",
        "CreateTask",
        "--disable",
        "--delay",
        "5",
        "--attempts",
        "2",
        "--after",
        "CreateProject,SetProjectStatus",
    )
    row = connection.execute(
        "SELECT Enabled, DelayMinutes, MaxAttempts FROM queue.XeroTaskTypes WHERE XeroTaskType = 'CreateTask'"
    ).fetchone()
    assert row == (False, 5, 2)
    assert "there is no Nonsense" in refused("types", "Nonsense", "--enable")
    assert "name the type" in refused("types", "--enable")


def test_an_organisation_gets_a_dealer_and_is_paused_and_resumed(connection: driver.Connection) -> None:
    connection.run_queue()
    assert "NORTH" in queue("tenants", "Harbour & Pine Studio", "--dealer", "NORTH")
    assert "9999-12-31" in queue("tenants", "NORTH", "--pause")
    assert "2099-05-01" in queue("tenants", "NORTH", "--pause", "--until", "2099-05-01")
    assert "2099" not in queue("tenants", "NORTH", "--resume")
    assert "no organisation of the queue is called Nobody" in refused("tenants", "Nobody", "--pause")
    assert "either" in refused("tenants", "NORTH", "--pause", "--resume")
    assert "--pause" in refused("tenants", "NORTH", "--until", "2099-05-01")


# -- Watching ----------------------------------------------------------------------------------------------------------


def test_without_a_terminal_watch_shows_one_frame(connection: driver.Connection) -> None:
    connection.run_queue()
    queue("tenants", "Harbour & Pine Studio", "--pause")
    said = queue("watch")
    for text in (
        "1 Failed",
        "2 Completed",
        "paused: Harbour & Pine Studio until it is resumed",
        "No worker is running",
    ):
        assert text in said


def test_on_a_terminal_watch_ends_with_q(connection: driver.Connection) -> None:
    terminal = Terminal("queue", "watch", "--interval", "0.2")
    try:
        terminal.until("3 Pending")
        connection.run_queue()
        terminal.until("2 Completed")
        terminal.type("q")
        terminal.rest()
        assert terminal.process.wait(30) == 0
    finally:
        terminal.close()


def test_what_a_message_holds_does_not_steer_the_terminal(connection: driver.Connection) -> None:
    from xerosql.queue.tables import TASKS

    with connection.session.queue.changing() as (database, _):
        database.execute(
            TASKS.update().values(error_code="XERO_VALIDATION", error_message="\x1b[2Jgone", status="Failed")
        )
    for arguments in (["list"], ["show", "1"], ["watch"]):
        assert "\x1b" not in queue(*arguments)


# -- Rights and the page -----------------------------------------------------------------------------------------------


def test_the_rights_of_the_connection_hold(connection: driver.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROSQL_QUEUE_RIGHTS", "xero_tasks")
    assert "CreateProject" in queue("list")
    assert "42501" in refused("cancel", "1", "--yes")
    assert "42501" in refused("types")
    monkeypatch.setenv("XEROSQL_QUEUE_RIGHTS", "none")
    assert "42501" in refused("list")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--host", "0.0.0.0"], "--allow-remote"),  # noqa: S104 - refused
        (["--host", "0.0.0.0", "--token", "x" * 20], "--allow-remote"),  # noqa: S104 - refused too
        (["--host", "0.0.0.0", "--allow-remote"], "a token of your own"),  # noqa: S104 - refused too
        (["--host", "example.com"], "--allow-remote"),
        (["--token", "short"], "16 characters"),
    ],
)
def test_a_page_that_would_be_unsafe_is_not_served(
    connection: driver.Connection, arguments: list[str], complaint: str
) -> None:
    result = xerosql("queue", "serve", "--port", "0", *arguments)
    assert result.exit_code == 2
    assert complaint in result.stderr


def test_without_its_libraries_the_page_says_what_to_install(
    connection: driver.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    for name in list(sys.modules):
        if name.startswith("xerosql.web"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "flask", None)
    result = xerosql("queue", "serve", "--port", "0")
    assert result.exit_code == 1
    assert "pip install 'xerosql[web]'" in result.stderr


def test_help_lists_the_commands_of_the_queue() -> None:
    done = in_own_process("queue", "--help")
    for command in ("list", "show", "retry", "cancel", "skip", "resolve", "edit", "preview", "purge", "types", "watch"):
        assert command in done.stdout


def test_grants_are_printed_for_psql() -> None:
    """A statement a line, ended as psql wants it; a right or a role that cannot be is refused with what there is."""
    lines = queue("grants", "clerk", "--right", "xero_tasks_control").splitlines()
    assert lines
    assert all(line.startswith("GRANT ") and line.endswith(' TO "clerk";') for line in lines)
    assert "xero_tasks_control" in refused("grants", "clerk", "--right", "everything")
    assert "63 characters" in refused("grants", 'cl"erk', "--right", "write")
