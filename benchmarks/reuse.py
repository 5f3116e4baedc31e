"""What `max_age` saves, and what it costs: the first answer, the next ones, and two ways of doing without.

    python benchmarks/reuse.py

All tasks of 2,000 projects are added up by project, from a simulated Xero behind a port: 2,004 calls, which Xero's own
limit makes 33 minutes. The figures are of this side of the network. The floor for an answer that is there already is
what the engine takes for a local table of the same rows.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import xerosql
from xerosql.simulator import Simulator

PROJECTS, TASKS, ROUNDS = 2_000, 50, 5
SQL = "SELECT ProjectId, sum(TotalAmountValue) FROM {} GROUP BY 1"


def asked(connection: xerosql.Connection, table: str = "Tasks") -> tuple[float, int]:
    """Seconds and calls of one answer, every row of it checked for its number."""
    began = time.perf_counter()
    cursor = connection.execute(SQL.format(table))
    assert len(cursor.fetchall()) == PROJECTS
    assert cursor.stats is not None
    return time.perf_counter() - began, cursor.stats.api_calls


def line(name: str, seconds: float, calls: int, note: str = "") -> None:
    print(f"| {name} | {seconds:.2f} s | {calls:,} | {note} |", flush=True)


def main() -> None:
    """Print a table of the ways."""
    simulator = Simulator(limits=False, projects=PROJECTS, tasks_per_project=TASKS, time_per_task=0, log_requests=False)
    with simulator.serve() as server, tempfile.TemporaryDirectory() as directory:
        options = {"base_url": server.url, "access_token": "x", "tenant": simulator.tenants[0][0]}
        options |= {"calls_per_minute": "1000000", "share_limits": "false"}
        with xerosql.connect(**options) as connection:
            asked(connection)  # the simulator makes its answers
            found = [asked(connection) for _ in range(ROUNDS)]
            line("asked anew", statistics.median(each[0] for each in found), found[-1][1])
            connection.execute("CREATE TABLE scratch.Tasks AS SELECT ProjectId, TotalAmountValue FROM Tasks")
            found = [asked(connection, "scratch.Tasks") for _ in range(ROUNDS)]
            line("floor: a local table", statistics.median(each[0] for each in found), found[-1][1])
        for name, extra in (("memory", {}), ("a directory", {"cache_dir": directory})):
            with xerosql.connect(**options, max_age="1 h", **extra) as connection:
                line(f"the first with max_age, in {name}", *asked(connection))
                found = [asked(connection) for _ in range(ROUNDS)]
                size = connection.execute("SELECT sum(Size) FROM sys.snapshots").fetchall()[0][0]
                kept = f"{int(size) / 1e6:.1f} MB kept"
                line(f"from {name}", statistics.median(each[0] for each in found), found[-1][1], kept)
        assert any(Path(directory).iterdir())


if __name__ == "__main__":
    main()
