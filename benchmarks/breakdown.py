"""Where the main job's time goes, taken with timers put around xerosql's functions from outside.

    python benchmarks/breakdown.py URL TENANT [SQL]     against a simulator that runs; main_job.py --profile starts one

Each part shows what is spent in it and not in a part inside it. CPU is that of the thread that works there, so the
parts add up whichever thread they ran on. Wall times of parts on several threads at once overlap, and waiting for those
threads is in "paging".
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter, process_time, thread_time
from typing import Any

SQL = "SELECT ProjectId, sum(TotalAmountValue) FROM Tasks GROUP BY 1"
LIBRARIES = ("xerosql", "requests", "sqlglot", "duckdb", "arro3.core", "msgspec", "xerosql.execute.run", "xerosql.api")
#: Part, module, what to time.
TIMED = (
    ("http: requests, urllib3, unpacking", "xerosql.api.transport", "Transport.send"),
    ("client: limits, retries, accounts", "xerosql.api.client", "Client.send"),
    ("fetching: jobs and their URLs", "xerosql.execute.fetch", "Fetcher.response"),
    ("json: bodies to structs", "xerosql.execute.decode", "Decoder.page"),
    ("arrow: structs to batches", "xerosql.execute.decode", "Builder.batch"),
)
PULLED = "paging: pages to rows to pulls"
ENGINE = "engine: its scan, the query, the rows"


class Parts:
    """Self times by part. Each thread has a stack of the parts it is in."""

    def __init__(self) -> None:
        self.local = threading.local()
        self.wall: dict[str, float] = defaultdict(float)
        self.cpu: dict[str, float] = defaultdict(float)
        self.times: dict[str, int] = defaultdict(int)
        self.whole: dict[str, float] = defaultdict(float)  # wall, with the parts inside

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count the inside to `name`, and not to what is around it."""
        outer = getattr(self.local, "inside", None)
        inside = self.local.inside = [0.0, 0.0]
        wall, cpu = perf_counter(), thread_time()
        try:
            yield
        finally:
            spent, used = perf_counter() - wall, thread_time() - cpu
            self.local.inside = outer
            self.whole[name] += spent
            self.wall[name] += spent - inside[0]
            self.cpu[name] += used - inside[1]
            self.times[name] += 1
            if outer is not None:
                outer[0] += spent
                outer[1] += used

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **named: Any) -> Any:
            with self.part(name):
                return function(*args, **named)

        return timed

    def wrap_generator(self, name: str, function: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        def timed(*args: Any) -> Iterator[Any]:
            found = function(*args)
            while True:
                with self.part(name):
                    item = next(found, None)
                if item is None:
                    return
                yield item

        return timed


def main(url: str, tenant: str, sql: str = SQL) -> None:
    """Run the job in steps and print what each took."""
    parts = Parts()
    import_all(parts)
    put_timers(parts)
    import xerosql

    connection = xerosql.connect(access_token="any", tenant=tenant, base_url=url, calls_per_minute=10**6)
    session = connection.session
    with parts.part("catalog: found, checked, named"):
        _ = session.names
    with parts.part("planning"):
        session.plan(sql)
    with parts.part("engine: start"):
        _ = session.engine
    began, cpu = perf_counter(), process_time()
    cursor = connection.execute(sql)
    cursor.fetchall()
    settle_engine(parts, perf_counter() - began, process_time() - cpu)
    with parts.part("closing"):
        connection.close()
    show(parts, cursor.rowcount)


def import_all(parts: Parts) -> None:
    for library in LIBRARIES:
        with parts.part(f"import {library}"):
            importlib.import_module(library)


def put_timers(parts: Parts) -> None:
    for name, module, path in TIMED:
        owner, function = path.split(".")
        holder = getattr(importlib.import_module(module), owner)
        setattr(holder, function, parts.wrap(name, getattr(holder, function)))
    relation = importlib.import_module("xerosql.execute.relation").Relation
    relation.pulled = parts.wrap_generator(PULLED, relation.pulled)


def settle_engine(parts: Parts, wall: float, cpu: float) -> None:
    """The engine pulls, on whichever thread it likes: its share is what the job took less the pulls."""
    parts.wall[ENGINE] = wall - parts.whole[PULLED]
    parts.cpu[ENGINE] = cpu - sum(parts.cpu[name] for name in (PULLED, *(name for name, *_ in TIMED)))
    parts.times[ENGINE] = 1


def show(parts: Parts, rows: int) -> None:
    print(f"{'part':<40}{'wall ms':>9}{'CPU ms':>9}{'times':>8}{'µs CPU each':>13}")
    for name, wall in parts.wall.items():
        cpu, times = parts.cpu[name], parts.times[name]
        each = f"{cpu / times * 1e6:13,.0f}" if times > 1 else ""
        print(f"{name:<40}{wall * 1000:>9.1f}{cpu * 1000:>9.1f}{times:>8,}{each}")
    total = process_time()
    print(f"{'sum of the parts':<40}{sum(parts.wall.values()) * 1000:>9.1f}{sum(parts.cpu.values()) * 1000:>9.1f}")
    print(f"{'the whole process until here':<40}{'':>9}{total * 1000:>9.1f}   {rows:,} rows")


if __name__ == "__main__":
    main(*sys.argv[1:])
