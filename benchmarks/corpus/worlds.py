"""The organisations that the queries are asked of, each with its rows in plain DuckDB."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import xerosql
from tests.differential import truth
from xerosql.simulator import Simulator

from .facts import Organisation
from .model import DEMO, LARGE, LONG, Entry

SIMULATORS: dict[str, Callable[[], Simulator]] = {
    DEMO: lambda: Simulator(limits=False, log_requests=False),
    LARGE: lambda: Simulator(limits=False, log_requests=False, projects=620, tasks_per_project=3),
    LONG: lambda: Simulator(limits=False, log_requests=False, projects=1, tasks_per_project=1_300),
}
NAMED = re.compile(r"\{(\w+)\}")


class World:
    """One simulated Xero, asked through its first organisation."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.simulator = SIMULATORS[name]()
        self.tenant = self.simulator.tenants[0][0]
        self.organisation = Organisation(self.simulator, self.tenant)
        self.truth = truth.load(self.simulator, self.tenant)
        self.load_tenants()

    def load_tenants(self) -> None:
        self.truth.execute("CREATE OR REPLACE TABLE Tenants (TenantId TEXT, Name TEXT, Type TEXT, IsActive BOOLEAN)")
        for row in self.organisation.tenants:
            values = [row["tenantId"], row["tenantName"], row["tenantType"], row["tenantId"] == self.tenant]
            self.truth.execute("INSERT INTO Tenants VALUES (?, ?, ?, ?)", values)

    def connect(self) -> xerosql.Connection:
        """A connection that knows nothing of the organisation yet: what is learnt is kept for each handler."""

        def handle(*request: Any) -> Any:
            return self.simulator.handle(*request)

        return xerosql.connect(handler=handle, access_token="x", tenant=self.tenant, calls_per_minute=1_000_000)

    def close(self) -> None:
        self.truth.close()

    def filled(self, sql: str) -> str:
        """The SQL with the ids that it names, as literals."""
        return NAMED.sub(lambda mark: literal(self.organisation.names[mark[1]]), sql)

    def parameters(self, entry: Entry) -> list[object]:
        return [self.value(each) for each in entry.parameters]

    def value(self, parameter: object) -> object:
        """A parameter with a name filled in; "date:…" is a day."""
        if not isinstance(parameter, str):
            return parameter
        if parameter.startswith("date:"):
            return dt.date.fromisoformat(parameter.removeprefix("date:"))
        named = NAMED.fullmatch(parameter)
        return self.organisation.names[named[1]] if named else parameter


def literal(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(literal, value))
    return "'" + str(value).replace("'", "''") + "'"
