"""The commands of `xerosql queue` and their options; what each does is in a module of its own, imported when called."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from xerosql.cli.options import Format, Profile, Tenant

queue = typer.Typer(
    name="queue", help="Look at the write queue, and do something about what is in it.", no_args_is_help=True
)


class Status(StrEnum):
    """What a task can be at."""

    PENDING = "Pending"
    RUNNING = "Running"
    COMPLETED = "Completed"
    ERROR = "Error"
    FAILED = "Failed"
    SKIPPED = "Skipped"
    UNCERTAIN = "Uncertain"
    CANCELLED = "Cancelled"


Task = Annotated[int, typer.Argument(help="The task's number.", metavar="ID", min=1)]
Tasks = Annotated[list[int], typer.Argument(help="The tasks' numbers.", metavar="IDS...", min=1)]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether it is meant.")]


@queue.command(name="list")
def list_(
    status: Annotated[
        list[Status] | None,
        typer.Option("--status", "-s", case_sensitive=False, help="Tasks at this status; again for more."),
    ] = None,
    type_: Annotated[
        list[str] | None,
        typer.Option("--type", "-t", help="Tasks of this type, such as CreateTask; again for more.", metavar="TYPE"),
    ] = None,
    customer: Annotated[str | None, typer.Option(help="Tasks for this ContactId.", show_default=False)] = None,
    dealer: Annotated[str | None, typer.Option(help="Tasks of this dealer code.", show_default=False)] = None,
    since: Annotated[
        str | None, typer.Option(help="Added at or after this day or time, UTC.", metavar="DATE", show_default=False)
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Added before this day or time, UTC.", metavar="DATE", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 100,
    format_: Annotated[
        Format, typer.Option("--format", "-f", help="How to write the tasks; all but table have every column.")
    ] = Format.TABLE,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write them to this file, whole or not at all.", show_default=False),
    ] = None,
    profile: Profile = None,
) -> None:
    """List tasks, the newest first."""
    from xerosql.cli.queue.listing import Listing

    Listing(
        statuses=tuple(map(str, status or ())),
        types=tuple(type_ or ()),
        customer=customer,
        dealer=dealer,
        since=since,
        until=until,
        limit=limit,
    ).write(profile, str(format_), output)


@queue.command()
def show(task: Task, profile: Profile = None) -> None:
    """Show a task: its fields, what it waits for, its request, what went wrong and what to do, and its events."""
    from xerosql.cli.queue.show import show_task

    show_task(task, profile)


@queue.command()
def preview(
    tasks: Annotated[
        list[int] | None, typer.Argument(help="These tasks; without it, those that would be sent next.", metavar="IDS")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many requests.")] = 20,
    profile: Profile = None,
    tenant: Tenant = None,
) -> None:
    """Show the requests that would be sent next, with their bodies, and send none.

    What an update changes is read from Xero first, as a worker would; those reads are shown, and nothing is written.
    """
    from xerosql.cli.queue.preview import show_previews

    show_previews(tasks or None, limit, profile, tenant)


@queue.command()
def retry(
    tasks: Tasks,
    absent: Annotated[
        bool,
        typer.Option(
            "--absent", help="For tasks whose outcome is not known: you have looked, and Xero has no such row."
        ),
    ] = False,
    profile: Profile = None,
) -> None:
    """Send tasks again, as new requests."""
    from xerosql.cli.queue.verbs import retry_tasks

    retry_tasks(tasks, absent, profile)


@queue.command()
def cancel(tasks: Tasks, yes: Yes = False, profile: Profile = None) -> None:
    """Never send tasks. Those that need a row which such a task was to create are skipped."""
    from xerosql.cli.queue.verbs import give_up

    give_up(tasks, "Cancelled", yes, profile)


@queue.command()
def skip(tasks: Tasks, yes: Yes = False, profile: Profile = None) -> None:
    """Leave tasks out on purpose. Those that need a row which such a task was to create are skipped too."""
    from xerosql.cli.queue.verbs import give_up

    give_up(tasks, "Skipped", yes, profile)


@queue.command()
def resolve(
    task: Task,
    result_id: Annotated[
        str | None,
        typer.Argument(
            help="The Id of the row that it created, which is looked up at Xero; none if it created no row.",
            metavar="RESULT_ID",
            show_default=False,
        ),
    ] = None,
    profile: Profile = None,
    tenant: Tenant = None,
) -> None:
    """Say that a task did happen: you have seen its row at Xero."""
    from xerosql.cli.queue.verbs import resolve_task

    resolve_task(task, result_id, profile, tenant)


@queue.command()
def edit(
    task: Task,
    parameters: Annotated[
        str,
        typer.Argument(help="The new Parameters, a JSON object of columns and values; - reads it from standard input."),
    ] = "-",
    retry: Annotated[bool, typer.Option("--retry", help="Send it again with them.")] = False,
    profile: Profile = None,
) -> None:
    """Give a task other values to send: one of which nothing was sent yet, or one that failed."""
    from xerosql.cli.queue.verbs import edit_task

    edit_task(task, parameters, retry, profile)


@queue.command()
def purge(
    before: Annotated[str, typer.Option(help="Those that ended before this day or time, UTC.", metavar="DATE")],
    yes: Yes = False,
    profile: Profile = None,
) -> None:
    """Delete tasks that are completed, cancelled or skipped. Their events stay; a row that others need is kept."""
    from xerosql.cli.queue.verbs import purge_tasks

    purge_tasks(before, yes, profile)


@queue.command()
def types(
    type_: Annotated[
        str | None, typer.Argument(help="The type to change, such as CreateTask.", metavar="TYPE", show_default=False)
    ] = None,
    enable: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Whether its tasks are sent.", show_default=False)
    ] = None,
    delay: Annotated[
        int | None,
        typer.Option(min=0, help="Minutes that new tasks wait before they are sent.", show_default=False),
    ] = None,
    attempts: Annotated[
        int | None, typer.Option(min=1, max=100, help="Attempts before it fails for good.", show_default=False)
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(help="The types that come first, with commas; those it was made with stay.", show_default=False),
    ] = None,
    profile: Profile = None,
) -> None:
    """List the types of tasks, or change one."""
    from xerosql.cli.queue.settings import Types

    Types(profile).run(
        type_, {"Enabled": enable, "DelayMinutes": delay, "MaxAttempts": attempts, "Dependencies": after}
    )


@queue.command()
def tenants(
    organisation: Annotated[
        str | None,
        typer.Argument(help="The one to change, by id, name or dealer code.", metavar="TENANT", show_default=False),
    ] = None,
    dealer: Annotated[
        str | None, typer.Option(help="The dealer that it belongs to, in your own words.", show_default=False)
    ] = None,
    pause: Annotated[bool, typer.Option("--pause", help="Send nothing to it until it is resumed.")] = False,
    until: Annotated[
        str | None, typer.Option(help="With --pause: until this time, UTC.", metavar="TIME", show_default=False)
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Send to it again.")] = False,
    profile: Profile = None,
) -> None:
    """List the organisations of the queue with their pauses, or change one."""
    from xerosql.cli.queue.settings import Tenants

    Tenants(profile).run(organisation, dealer=dealer, pause=pause, until=until, resume=resume)


@queue.command()
def grants(
    role: Annotated[str, typer.Argument(help="The role of PostgreSQL.")],
    right: Annotated[
        list[str],
        typer.Option(
            "--right",
            help="What it may do, again for each: xero_tasks, xero_tasks_control, xero_task_types, "
            "xero_task_types_edit; write to add tasks, work to send them.",
        ),
    ],
) -> None:
    """Print the GRANTs that give a role rights on a queue in PostgreSQL, for psql."""
    from xerosql.cli.queue.grants import print_grants

    print_grants(role, right)


@queue.command()
def watch(
    once: Annotated[bool, typer.Option("--once", help="Show it once, and end.")] = False,
    interval: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 2.0,
    profile: Profile = None,
) -> None:
    """Watch the queue: counts, the newest tasks, pauses and workers, until q or Ctrl-C."""
    from xerosql.cli.queue.watch import Watch

    Watch(once, interval, profile).run()


@queue.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8401,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    token: Annotated[
        str | None,
        typer.Option(
            envvar="XEROSQL_QUEUE_TOKEN",
            help="What to sign in with, 16 characters or more; better in XEROSQL_QUEUE_TOKEN, since other users of the "
            "machine can read a command's options. Without it, one is made up and printed.",
            show_default=False,
            show_envvar=False,
        ),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name", help="A name by which browsers reach the page, besides localhost; again for more.", metavar="HOST"
        ),
    ] = None,
    allow_remote: Annotated[
        bool,
        typer.Option(
            "--allow-remote",
            help="Listen on an address that other machines reach. It speaks HTTP: put it behind a proxy with TLS.",
        ),
    ] = False,
    profile: Profile = None,
    tenant: Tenant = None,
) -> None:
    """Serve a web page on which people see the tasks and mend what has failed. Needs xerosql[web]."""
    from xerosql.cli.queue.serve import Serving

    Serving(
        host=host,
        port=port,
        token=token,
        names=tuple(name or ()),
        allow_remote=allow_remote,
        profile=profile,
        tenant=tenant,
    ).run()
