"""The options that several commands have."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


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
