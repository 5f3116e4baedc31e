"""`xerosql queue show`: one task with everything that is known of it, and what to do."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from xerosql import Connection, DataError
from xerosql.cli.connecting import opened
from xerosql.cli.outcome import printable
from xerosql.cli.queue.preview import indented
from xerosql.cli.table import Layout, show

TASK = "SELECT * FROM queue.XeroTasks WHERE XeroTaskId = ?"
EVENTS = (
    "SELECT EventDate, Event, FromStatus, ToStatus, Who, ErrorCode, Message, HttpStatus FROM queue.XeroTaskEvents "
    "WHERE XeroTaskId = ? ORDER BY EventId"
)
NEEDS = "SELECT NeedsTaskId FROM queue.XeroTaskDependencies WHERE XeroTaskId = ?"
#: The tasks by their numbers, so that no long queue is read for them.
NEEDED = (
    "SELECT NeedsTaskId, t.XeroTaskType, t.XeroTaskStatus, Kind, Satisfied FROM queue.XeroTaskDependencies AS d LEFT "
    "JOIN (SELECT XeroTaskId, XeroTaskType, XeroTaskStatus FROM queue.XeroTasks WHERE XeroTaskId IN ({places})) AS t "
    "ON t.XeroTaskId = d.NeedsTaskId WHERE d.XeroTaskId = ? ORDER BY 1"
)
#: The columns that have a place of their own below.
APART = ("Parameters", "RequestMethod", "RequestPath", "RequestBody", "ActivityLog", "ErrorCode", "ErrorMessage")
WIDTH = 100


def show_task(number: int, profile: str | None) -> None:
    with opened(profile) as connection:
        task = task_of(connection, number)
        print("\n".join(printable(line) for line in lines_of(task)))
        needs = [row[0] for row in connection.execute(NEEDS, [number])]
        if needs:
            places = ", ".join("?" * len(needs))
            section(connection, "What it waits for", NEEDED.format(places=places), [*needs, number])
        section(connection, "What happened", EVENTS, [number])


def task_of(connection: Connection, number: int) -> dict[str, Any]:
    cursor = connection.execute(TASK, [number])
    row = cursor.fetchone()
    if row is None:
        raise DataError(f"there is no task {number}", sqlstate="02000")
    return {column[0]: value for column, value in zip(cursor.description or (), row, strict=True)}


def lines_of(task: Mapping[str, Any]) -> Iterator[str]:
    fields = {name: value for name, value in task.items() if name not in APART and value is not None}
    widest = max(map(len, fields))
    yield from (f"{name.ljust(widest)}  {value}" for name, value in fields.items())
    yield from ("", "Parameters", *indented(task["Parameters"]))
    if task["RequestMethod"]:
        yield from ("", "The request that left last", f"  {task['RequestMethod']} {task['RequestPath']}")
        yield from indented(task["RequestBody"])
    if task["ErrorCode"]:
        yield from ("", f"{task['ErrorCode']}", *wrapped(str(task["ErrorMessage"]), "  "))
        yield from advice(task["ErrorCode"])
    if task["WaitingFor"]:
        yield from advice(task["WaitingFor"])


def advice(name: str) -> Iterator[str]:
    """What the word means and what to do, if it is one that something can be done about."""
    from xerosql.queue.troubleshooting import ADVICE

    found = ADVICE.get(name)
    if found is not None:
        yield from ("", f"{found.heading}.", *wrapped(found.happened, "  "), "", "What to do")
        for remedy in found.remedies:
            yield from wrapped(remedy, "  * ")


def wrapped(text: str, begin: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=begin, subsequent_indent=" " * len(begin))


def section(connection: Connection, heading: str, query: str, values: list[int]) -> None:
    cursor = connection.execute(query, values)
    rows = cursor.fetchall()
    if rows:
        print(f"\n{heading}")
        show([column[0] for column in cursor.description or ()], rows, sys.stdout, Layout.TABLE)
