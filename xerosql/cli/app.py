"""The commands and their options; what each does is in the module of its name, imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from xerosql import __version__
from xerosql.cli.options import Format, Profile, Recovery, ServeCommand, Tenant
from xerosql.cli.outcome import exit_code_of
from xerosql.cli.queue.app import queue


class Commands(TyperGroup):
    """The commands, ended by our exit codes: 0 done, 1 SQL or Xero said no, 2 wrong usage, 130 Ctrl-C."""

    def invoke(self, ctx: Any) -> None:
        code = exit_code_of(lambda: super(Commands, self).invoke(ctx))
        if code:
            raise typer.Exit(code)


app = typer.Typer(
    name="xerosql",
    cls=Commands,
    help="SQL on Xero. `xerosql demo` shows it without an account.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    rich_markup_mode=None,
)


app.add_typer(queue, name="queue")


def main() -> None:
    """Run the command line of this process, and exit."""
    app()


def show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"xerosql {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """SQL on Xero. `xerosql demo` shows it without an account."""


@app.command()
def demo() -> None:
    """Take a short tour of a made-up organisation: SELECT, INSERT, UPDATE and DELETE, with what each costs."""
    from xerosql.cli.demo import tour

    tour()


@app.command()
def login(
    profile: Annotated[
        str | None,
        typer.Option("--profile", help="The profile to sign in; without it: default.", show_default=False),
    ] = None,
    client_id: Annotated[
        str | None,
        typer.Option("--client-id", help="Your app's id, from developer.xero.com. Asked once.", show_default=False),
    ] = None,
    schemas: Annotated[
        str | None,
        typer.Option(
            "--schemas",
            help="What to sign in for, such as projects,accounting. Without it: projects.",
            show_default=False,
        ),
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Ask for no scope that changes anything.")] = False,
    scopes: Annotated[
        str | None, typer.Option("--scopes", help="More scopes, by Xero's names for them.", show_default=False)
    ] = None,
    client_credentials: Annotated[
        bool,
        typer.Option("--client-credentials", help="Sign in as a custom connection, with the app's secret and no user."),
    ] = False,
    with_secret: Annotated[
        bool, typer.Option("--with-secret", help="For an app of the type Web app: ask for its secret.")
    ] = False,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Without: print the address, take the answer pasted.")
    ] = True,
    port: Annotated[
        int,
        typer.Option(
            min=1, max=65535, help="The app's page must list http://localhost:PORT/callback as a redirect URI."
        ),
    ] = 9376,
    tenant: Annotated[
        str | None,
        typer.Option("--tenant", help="The organisation that this profile is for, by name or id.", show_default=False),
    ] = None,
    keyring: Annotated[
        bool,
        typer.Option(
            "--keyring/--no-keyring", help="Without: keep secrets in a file that only you can read, for cron."
        ),
    ] = True,
) -> None:
    """Sign in at Xero with your browser, and keep that for this machine's programs until you log out."""
    from xerosql.cli.login import Login

    Login(
        profile=profile,
        tenant=tenant,
        client_id=client_id,
        schemas=schemas or "",
        read_only=read_only,
        scopes=scopes or "",
        client_credentials=client_credentials,
        with_secret=with_secret,
        browser=browser,
        port=port,
        keyring=keyring,
    ).run()


@app.command()
def logout(
    profile: Annotated[
        str | None,
        typer.Option("--profile", help="The profile to sign out; without it: default.", show_default=False),
    ] = None,
    local: Annotated[bool, typer.Option("--local", help="Forget it here without ending it at Xero.")] = False,
) -> None:
    """End a sign-in at Xero, with the connections to organisations that it made, and forget it."""
    from xerosql.cli.logout import log_out

    log_out(profile, local)


@app.command()
def doctor(profile: Profile = None, tenant: Tenant = None) -> None:
    """Check profile, token, scopes, organisation, clock and limits, and say what to do. Costs one call."""
    from xerosql.cli.doctor import check_up

    check_up(profile, tenant)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One statement; - reads it from standard input.", metavar="SQL")],
    profile: Profile = None,
    tenant: Tenant = None,
    format_: Annotated[
        Format, typer.Option("--format", "-f", help="How to write the rows. Parquet needs xerosql[arrow].")
    ] = Format.TABLE,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the rows to this file, whole or not at all.", show_default=False),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            "-p",
            help="A value for a parameter, again for each: VALUE for ?, NAME=VALUE for :name. Values are text, which "
            "compares with numbers and dates too.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Leave out the line about rows, calls and time.")
    ] = False,
) -> None:
    """Run one statement and write its rows to standard output; anything else goes to standard error."""
    from xerosql.cli.query import Query

    Query(sql, profile, tenant, str(format_), output, tuple(param or ()), quiet).run()


@app.command()
def shell(profile: Profile = None, tenant: Tenant = None) -> None:
    """Type SQL and see its rows. Statements end with a semicolon; \\? lists the shell's own commands."""
    from xerosql.cli.shell import run_shell

    run_shell(profile, tenant)


@app.command()
def tables() -> None:
    """List the tables. Needs no account."""
    from xerosql.cli.describe import list_tables

    list_tables()


@app.command()
def describe(table: Annotated[str, typer.Argument(help="A table's name, with or without its schema.")]) -> None:
    """Show a table's columns: type, what can be written, unit, which comparisons save calls. Needs no account."""
    from xerosql.cli.describe import describe_table

    describe_table(table)


@app.command(cls=ServeCommand)
def serve(
    profile: Profile = None,
    tenant: Tenant = None,
    host: Annotated[
        str, typer.Option(help="The address to listen on. One that others can reach takes users and TLS.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 5432,
    flight: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            metavar="[PORT]",
            help="Speak Arrow Flight SQL too, for ADBC, Polars and pandas: on this port, without one on 31337. Needs "
            "xerosql[flight].",
            show_default=False,
        ),
    ] = None,
    users: Annotated[
        Path | None,
        typer.Option(
            help="Who may connect, as `xerosql user` writes it. Without it anybody here may read.", show_default=False
        ),
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(help="The server's certificate, PEM, with those that sign it.", show_default=False)
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key, PEM.", show_default=False)] = None,
    max_age: Annotated[
        str | None,
        typer.Option(help='How old data may be that was fetched before: seconds, or "15min".', show_default="0"),
    ] = None,
    cache_dir: Annotated[
        Path | None,
        typer.Option(help="Share such data with other processes, in this directory.", show_default=False),
    ] = None,
    max_connections: Annotated[int, typer.Option(min=1, help="Clients at the same time.")] = 100,
    statement_timeout: Annotated[
        float, typer.Option(min=0, help="Seconds that a statement may take unless its client says otherwise; 0: any.")
    ] = 0.0,
    audit_log: Annotated[
        Path | None,
        typer.Option(help="Append each statement, without its values, to this file as JSON.", show_default=False),
    ] = None,
) -> None:
    """Let BI tools and programs connect: speak PostgreSQL's protocol, and Arrow Flight SQL if asked, until Ctrl-C."""
    from xerosql.cli.serve import Service

    Service(
        profile=profile,
        tenant=tenant,
        host=host,
        port=port,
        flight=flight,
        users=users,
        tls_cert=tls_cert,
        tls_key=tls_key,
        max_age=max_age,
        cache_dir=cache_dir,
        max_connections=max_connections,
        statement_timeout=statement_timeout,
        audit_log=audit_log,
    ).run()


@app.command()
def user(
    name: Annotated[str, typer.Argument(help="The name to connect with.")],
    users: Annotated[Path, typer.Option(help="The file to write the user to.")] = Path("users.toml"),
    write: Annotated[bool, typer.Option("--write", help="Let the user change things; without it: read only.")] = False,
    right: Annotated[
        list[str] | None,
        typer.Option(
            "--right",
            help="A right on the write queue, again for each: xero_tasks, xero_tasks_control, xero_task_types, "
            "xero_task_types_edit.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Add a user for `xerosql serve`, or give one another password, which is asked for or read from standard input."""
    from xerosql.cli.user import add_user

    add_user(name, users, write, tuple(right or ()))


@app.command()
def simulate(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8400,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    projects: Annotated[
        int | None,
        typer.Option(
            min=0, help="One organisation with so many projects, instead of the demo's three.", show_default=False
        ),
    ] = None,
    tasks_per_project: Annotated[
        int | None, typer.Option(min=0, help="Tasks in each of them.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same data and ids.")] = 1,
    latency: Annotated[float, typer.Option(min=0, help="Seconds that every call takes.")] = 0.0,
    stale_reads: Annotated[float, typer.Option(min=0, help="Seconds for which a read misses an update.")] = 0.0,
    stale_lists: Annotated[float, typer.Option(min=0, help="Seconds for which a list misses a new row.")] = 0.0,
    keys_by_token: Annotated[
        bool, typer.Option("--keys-by-token", help="An Idempotency-Key is forgotten when the access token changes.")
    ] = False,
    auth: Annotated[
        bool, typer.Option("--auth", help="Accept only tokens it issued itself, and check their scopes.")
    ] = False,
    limits: Annotated[
        bool, typer.Option("--limits/--no-limits", help="Refuse calls beyond 5 at once, 60 a minute and 1,000 a day.")
    ] = True,
    state: Annotated[
        Path | None,
        typer.Option(help="Go on from this file if it exists, and save to it at the end.", show_default=False),
    ] = None,
) -> None:
    """Run a Xero on this machine until Ctrl-C, for programs in any language."""
    from xerosql.cli.simulate import Simulation

    Simulation(
        host=host,
        port=port,
        state=state,
        projects=projects,
        tasks_per_project=tasks_per_project,
        seed=seed,
        latency=latency,
        stale_reads=stale_reads,
        stale_lists=stale_lists,
        key_scope="token" if keys_by_token else "app",
        auth=auth,
        limits=limits,
    ).run()


@app.command()
def worker(
    profile: Profile = None,
    tenant: Tenant = None,
    once: Annotated[
        bool, typer.Option("--once", help="Send what can be sent now, and end; what waits is left waiting.")
    ] = False,
    max_seconds: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="End after so many seconds; with --once, delays and pauses that end within them are waited for.",
            show_default=False,
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(min=1, max=50, help="Tasks to send at a time; without it max_in_flight, 5.", show_default=False),
    ] = None,
    recovery: Annotated[
        Recovery | None,
        typer.Option(
            help="When an answer was lost: match takes a row that can only be the one, ask leaves that to people.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what goes wrong.")] = False,
) -> None:
    """Send the writes of the queue to Xero until Ctrl-C or SIGTERM. Several workers may run at a time.

    What is on its way at the end is waited for, which takes as long as Xero does.
    """
    from xerosql.cli.worker import Working

    Working(
        profile=profile,
        tenant=tenant,
        once=once,
        max_seconds=max_seconds,
        threads=threads,
        recovery=recovery.value if recovery else None,
        quiet=quiet,
    ).run()
