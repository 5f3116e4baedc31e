"""The options that several commands have."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

#: What `--flight` means alone; the server's own default, which would take pyarrow to import.
FLIGHT_PORT = "31337"


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


class Recovery(StrEnum):
    """What a worker does about a creation whose answer was lost."""

    MATCH = "match"
    ASK = "ask"


Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        help="A profile of the configuration file, or `demo`. Without it: the environment, then [profiles.default].",
        show_default=False,
    ),
]
Tenant = Annotated[
    str | None,
    typer.Option(
        "--tenant", help="The organisation to ask, by name or id, if several are connected.", show_default=False
    ),
]


class ServeCommand(TyperCommand):
    """Lets `--flight` stand without its port."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, with_flight_port(args))


def with_flight_port(args: list[str]) -> list[str]:
    for place, word in enumerate(args, start=1):
        if word == "--flight" and (place == len(args) or args[place].startswith("-")):
            return [*args[:place], FLIGHT_PORT, *args[place:]]
    return args
