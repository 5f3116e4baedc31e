"""A process that reads and writes through a shared directory, as test_processes.py tells it on its standard input.

Each line in is a JSON object with an `op`; each line out is one with what came of it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import xerosql
from xerosql.snapshots import shared, store


def main(url: str, tenant: str, directory: str, settling: float, claimed: float) -> None:
    """Carry out what is asked until the input ends."""
    shared.SETTLING, store.CLAIMED = settling, claimed
    options: dict[str, Any] = {"access_token": "x", "tenant": tenant, "base_url": url, "share_limits": False}
    connection = xerosql.connect(cache_dir=directory, max_age="1 hour", calls_per_minute=1_000_000, **options)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(connection, json.loads(line))) + "\n")
        sys.stdout.flush()


def answer(connection: xerosql.Connection, asked: dict[str, Any]) -> dict[str, Any]:
    cursor = connection.execute(asked["sql"], asked.get("values"))
    rows = cursor.fetchall() if cursor.description else []
    stats = cursor.stats
    assert stats is not None
    return {"rows": rows, "calls": stats.api_calls, "reused": stats.pages_reused}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]), float(sys.argv[5]))
