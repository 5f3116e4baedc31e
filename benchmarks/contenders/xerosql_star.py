"""All rows with all columns through xerosql, as Python tuples."""

from __future__ import annotations

import sys
from collections import defaultdict
from decimal import Decimal
from operator import itemgetter

from outcome import report

import xerosql


def rows(url: str, tenant: str) -> tuple[list[str], list[tuple[object, ...]]]:
    """The names of the columns, and every task."""
    with xerosql.connect(access_token="any", tenant=tenant, base_url=url, calls_per_minute=10**6) as connection:
        cursor = connection.execute("SELECT * FROM Tasks")
        return [column[0] for column in cursor.description or []], cursor.fetchall()


def sums(names: list[str], found: list[tuple[object, ...]]) -> dict[str, Decimal]:
    """The check: the amounts of each project, added up from the rows."""
    added: dict[str, Decimal] = defaultdict(Decimal)
    for project, amount in map(itemgetter(names.index("ProjectId"), names.index("TotalAmountValue")), found):
        added[project] += amount
    return added


if __name__ == "__main__":
    report(sums(*rows(*sys.argv[1:])))
