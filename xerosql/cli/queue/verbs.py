"""What people do with tasks from the command line: each verb is one statement, granted whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from xerosql import Connection, DataError
from xerosql.cli.connecting import connected, opened
from xerosql.cli.outcome import Misuse
from xerosql.cli.progress import counted

FINISHED = "XeroTaskStatus IN ('Completed', 'Cancelled', 'Skipped') AND CompletedDate < ?"
#: As many tasks as a purge may take; a person has seen the number and agreed.
ANY_NUMBER = 2**31


def retry_tasks(tasks: Sequence[int], absent: bool, profile: str | None) -> None:
    resolution = ", Resolution = 'absent'" if absent else ""
    change(f"UPDATE queue.XeroTasks SET XeroTaskStatus = 'Pending'{resolution}", tasks, "to be sent again", profile)


def give_up(tasks: Sequence[int], status: str, yes: bool, profile: str | None) -> None:
    """Cancel or skip, after saying what goes with it."""
    with opened(profile, max_rows_affected=len(tasks)) as connection:
        children = dependents(connection, tasks)
        also = (
            f" {counted(children, 'task')} that need{'s' * (children == 1)} its row will be skipped."
            if children
            else ""
        )
        verb = {"Cancelled": "Cancel", "Skipped": "Skip"}[status]
        agree(f"{verb} {named(tasks)}?{also} Nothing more is sent for {'it' if len(tasks) == 1 else 'them'}.", yes)
        execute(connection, f"UPDATE queue.XeroTasks SET XeroTaskStatus = '{status}'", tasks, status.lower())


def resolve_task(task: int, result_id: str | None, profile: str | None, tenant: str | None) -> None:
    connect = connected if result_id else opened  # the row is looked up at Xero
    with connect(profile, tenant) as connection:
        values = [result_id] if result_id else []
        setting = ", ResultId = ?" if result_id else ""
        execute(
            connection, f"UPDATE queue.XeroTasks SET XeroTaskStatus = 'Completed'{setting}", [task], "completed", values
        )


def edit_task(task: int, parameters: str, retry: bool, profile: str | None) -> None:
    text = sys.stdin.read() if parameters == "-" else parameters
    setting = ", XeroTaskStatus = 'Pending'" if retry else ""
    with opened(profile) as connection:
        done = "changed, and to be sent again" if retry else "changed"
        execute(connection, f"UPDATE queue.XeroTasks SET Parameters = ?{setting}", [task], done, [text])


def purge_tasks(before: str, yes: bool, profile: str | None) -> None:
    with opened(profile, max_rows_affected=ANY_NUMBER) as connection:
        count = connection.execute(f"SELECT count(*) FROM queue.XeroTasks WHERE {FINISHED}", [before]).fetchall()[0][0]
        if not count:
            print(f"No task ended before {before}.")
            return
        agree(f"Delete {counted(count, 'task')} that ended before {before}? Their events stay.", yes)
        gone = connection.execute(f"DELETE FROM queue.XeroTasks WHERE {FINISHED}", [before]).rowcount
        kept = f"; {counted(count - gone, 'task')} kept, whose rows others need" if gone < count else ""
        print(f"{counted(gone, 'task')} deleted{kept}.")


# -- What they have in common ------------------------------------------------------------------------------------------


def change(statement: str, tasks: Sequence[int], done: str, profile: str | None) -> None:
    with opened(profile, max_rows_affected=len(tasks)) as connection:
        execute(connection, statement, tasks, done)


def execute(
    connection: Connection, statement: str, tasks: Sequence[int], done: str, values: Sequence[object] = ()
) -> None:
    """Change just these tasks and say so. DataError, with nothing changed, if one of them does not exist."""
    here = f"WHERE XeroTaskId IN ({', '.join('?' * len(tasks))})"
    found = {row[0] for row in connection.execute(f"SELECT XeroTaskId FROM queue.XeroTasks {here}", list(tasks))}
    missing = sorted(set(tasks) - found)
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise DataError(f"{named(missing)} {verb} not in the queue; nothing was changed", sqlstate="02000")
    connection.execute(f"{statement} {here}", [*values, *tasks])
    print(f"{named(tasks).capitalize()}: {done}.")


def named(tasks: Sequence[int]) -> str:
    """ "task 4", or "tasks 4, 5 and 6"."""
    numbers = [str(each) for each in dict.fromkeys(tasks)]
    return f"task {numbers[0]}" if len(numbers) == 1 else f"tasks {', '.join(numbers[:-1])} and {numbers[-1]}"


def dependents(connection: Connection, tasks: Sequence[int]) -> int:
    """How many tasks wait for rows that these are to create, and so on."""
    found, new = set[int](), set(tasks)
    while new:
        query = (
            "SELECT XeroTaskId FROM queue.XeroTaskDependencies WHERE Kind = 'reference' AND NOT Satisfied "
            f"AND NeedsTaskId IN ({', '.join('?' * len(new))})"
        )
        new = {row[0] for row in connection.execute(query, sorted(new))} - found
        found |= new
    return len(found - set(tasks))


def agree(question: str, yes: bool) -> None:
    """Ask, unless that was answered before. Misuse where there is nobody to ask; Abort if it is not meant."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Misuse(f"{question} Say --yes to go ahead without being asked")
    typer.confirm(question, abort=True)
