"""The main job through xerosql."""

from __future__ import annotations

import sys

from outcome import report

import xerosql

SQL = "SELECT ProjectId, sum(TotalAmountValue) FROM Tasks GROUP BY 1"


def sums(url: str, tenant: str) -> list[tuple[str, object]]:
    """Rows of project and sum."""
    with xerosql.connect(access_token="any", tenant=tenant, base_url=url, calls_per_minute=10**6) as connection:
        return connection.execute(SQL).fetchall()


if __name__ == "__main__":
    report(sums(*sys.argv[1:]))
