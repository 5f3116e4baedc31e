"""`xerosql queue list`: the filters as a statement, whose rows are written as those of `xerosql query` are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from xerosql.cli.query import Query

SHORT = (
    "XeroTaskId, XeroTaskType, XeroTaskStatus, WaitingFor, Customer, DealerCode, AddedDate, CompletedDate, ErrorCode"
)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What is wanted of the list; an empty filter takes all."""

    statuses: tuple[str, ...]
    types: tuple[str, ...]
    customer: str | None
    dealer: str | None
    since: str | None
    until: str | None
    limit: int

    def write(self, profile: str | None, format_: str, output: Path | None) -> None:
        """Write the tasks. A table has the columns that a person looks at first, the other formats have all."""
        sql, values = self.statement(SHORT if format_ == "table" else "*")
        Query(sql, profile, None, format_, output, values, quiet=True, asks_xero=False).run()

    def statement(self, columns: str) -> tuple[str, tuple[str, ...]]:
        filters = [
            (f"XeroTaskStatus IN ({places(self.statuses)})", self.statuses),
            (f"XeroTaskType IN ({places(self.types)})", self.types),
            ("Customer = ?", (self.customer,)),
            ("DealerCode = ?", (self.dealer,)),
            ("AddedDate >= ?", (self.since,)),
            ("AddedDate < ?", (self.until,)),
        ]
        used = [(condition, values) for condition, values in filters if values and values[0] is not None]
        where = f" WHERE {' AND '.join(condition for condition, _ in used)}" if used else ""
        sql = f"SELECT {columns} FROM queue.XeroTasks{where} ORDER BY XeroTaskId DESC LIMIT {self.limit}"
        return sql, tuple(str(value) for _, values in used for value in values)


def places(values: tuple[str, ...]) -> str:
    return ", ".join("?" * len(values))
