"""One of several processes that work on the same organisation: runs schedules and prints what became of each.

    python -m tests.chaos.worker URL TENANT LIMITS_FILE TASK…

A TASK is JSON: {"seed", "project", "still", "truth", "statements"}. A line of JSON precedes each write and follows each
statement, so that a process that is killed has told what it knew.
"""

from __future__ import annotations

import json
import sys
from functools import partial

import xerosql
from tests.chaos.clock import ClientClock
from tests.chaos.schedule import Report, Schedule
from xerosql.api import client

SPEED = 60.0


def main(url: str, tenant: str, limits_file: str, *tasks: str) -> None:
    client.SystemClock = lambda: ClientClock(SPEED)  # type: ignore[assignment,misc]  # a minute takes a second
    options = {"base_url": url, "tenant": tenant, "limits_file": limits_file, "access_token": "x", "read_timeout": 300}
    with xerosql.connect(**options) as connection:
        for task in map(json.loads, tasks):
            statements = task.pop("statements")
            Schedule(connection, **task, tell=partial(tell, task["seed"])).run(statements)


def tell(seed: str, report: Report) -> None:
    sys.stdout.write(json.dumps([seed, report.as_json()]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
