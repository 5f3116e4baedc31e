"""The adapter: what Harlequin is told, and how it connects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harlequin.adapter import HarlequinAdapter
from harlequin.exception import HarlequinConfigError, HarlequinConnectionError

import xerosql
from xerosql.errors import Error
from xerosql.harlequin.connection import XeroConnection
from xerosql.harlequin.failures import title_of
from xerosql.harlequin.options import OPTIONS, connect_options

DETAILS = """\
[xerosql](https://github.com/xerosql/xerosql) makes a Xero organisation look like a database. The argument is the name
of a profile, `demo` for a made-up organisation; without one it is the sign-in of `xerosql login`.
"""


class XeroAdapter(HarlequinAdapter):
    """`harlequin -a xerosql [PROFILE] [--tenant …] [--max-calls …]`; with `--read-only` nothing can be changed."""

    ADAPTER_OPTIONS = OPTIONS
    IMPLEMENTS_CANCEL = True
    IMPLEMENTS_CATALOG_SEARCH = True
    IMPLEMENTS_READ_ONLY = True
    ADAPTER_DETAILS = DETAILS
    ADAPTER_DRIVER_DETAILS = f"xerosql {xerosql.__version__}"

    def __init__(self, conn_str: Sequence[str], read_only: bool = False, **options: Any) -> None:
        profiles = [each for each in conn_str if each]
        if len(profiles) > 1:
            raise HarlequinConfigError(
                msg=f"xerosql takes the name of one profile, not {len(profiles)}: {', '.join(profiles)}",
                title="Harlequin could not initialize the selected adapter.",
            )
        self.profile = profiles[0] if profiles else None
        self.options = connect_options(options)
        if read_only:
            self.options["read_only"] = True

    def connect(self) -> XeroConnection:
        """A connection, which makes no call yet. HarlequinConnectionError for an unknown profile or a wrong option."""
        try:
            connection = xerosql.connect(self.profile, **self.options)
        except Error as error:
            raise HarlequinConnectionError(msg=str(error), title=title_of(error)) from error
        return XeroConnection(connection, f"Connected to Xero with {self.named()}.")

    @property
    def connection_id(self) -> str:
        """What Harlequin keeps the history and the catalog under: the profile and the organisation."""
        return f"xerosql://{self.profile or ''}/{self.options.get('tenant', '')}"

    def named(self) -> str:
        return f"the profile {self.profile}" if self.profile else "the default profile"
