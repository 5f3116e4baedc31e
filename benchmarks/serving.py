"""How fast `xerosql serve` hands out rows, and in how much memory, beside a real PostgreSQL where there is one.

    python benchmarks/serving.py                                   # this server alone
    python benchmarks/serving.py --postgres "host=… user=… dbname=postgres"

Rows come from a local table, so that the protocol is measured and not the simulated Xero. Needs psycopg.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
from streaming import streamed

ROWS = 100_000
MANY = 1_000_000
MADE = (
    "SELECT i::int AS id, 'Task number ' || i AS name, (i * 1.25)::decimal(18,4) AS amount "
    "FROM generate_series(1, {rows}) AS t(i)"
)
READ = "SELECT id, name, amount FROM scratch.big"
ROUNDS = 5
CLIENTS, QUERIES = 50, 20
SERVER = """
import sys, time, xerosql
from xerosql.server import Options, Server, User, Users, Verifier
users = Users({"bench": User("bench", Verifier.of("bench"), frozenset(("write",)))})
with xerosql.connect("demo") as connection, Server(connection, Options(port=0, users=users)) as server:
    print(server.port, flush=True)
    sys.stdin.read()
"""


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """A server in a process of its own: what to connect with, and its number."""
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        yield f"host=127.0.0.1 port={port} user=bench password=bench dbname=xero", process.pid
        process.terminate()


def seconds(work: Callable[[], object]) -> float:
    """The median of a few rounds."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def throughput(url: str) -> dict[str, float]:
    """100,000 rows of three columns to psycopg: as text, in binary, and by COPY."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS scratch.big")
        connection.execute(f"CREATE TABLE scratch.big AS {MADE.format(rows=ROWS)}")

        def copied() -> None:
            with connection.cursor().copy(f"COPY ({READ}) TO STDOUT") as copy:
                for _ in copy:
                    pass

        return {
            "text": seconds(lambda: connection.execute(READ).fetchall()),
            "binary": seconds(lambda: connection.cursor(binary=True).execute(READ).fetchall()),
            "COPY": seconds(copied),
        }


def streaming(url: str, pid: int) -> tuple[float, float, float]:
    """A million rows, read and dropped: seconds to the first and in all, and MB at the peak above those before."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT 1")
        return streamed(lambda: connection.cursor().stream(MADE.format(rows=MANY)), pid)


def dashboards(url: str) -> tuple[float, float]:
    """Fifty clients with twenty queries each: seconds in all, and the 95th percentile of one query."""

    def client(number: int) -> list[float]:
        taken = []
        with psycopg.connect(url, autocommit=True) as connection:
            for query in range(QUERIES):
                began = time.perf_counter()
                sql = (
                    "SELECT Status, count(*), sum(TotalInvoicedValue) FROM Projects WHERE MinutesLogged > %s GROUP BY 1"
                )
                connection.execute(sql, [number * query]).fetchall()
                taken.append(time.perf_counter() - began)
        return taken

    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        each = [one for taken in pool.map(client, range(CLIENTS)) for one in taken]
    return time.perf_counter() - began, statistics.quantiles(each, n=20)[-1]


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--postgres", help="a real PostgreSQL to compare with, as libpq connects to it")
    given = arguments.parse_args()
    with served() as (url, pid):
        first, taken, memory = streaming(url, pid)
        print(f"{MANY:,} rows streamed: first after {first:.2f} s, all after {taken:.1f} s, {memory:.0f} MB above idle")
        taken, slowest = dashboards(url)
        print(f"{CLIENTS} clients x {QUERIES} queries: {taken:.1f} s, 95 % within {slowest * 1000:.0f} ms")
        compare(throughput(url), throughput_of_postgres(given.postgres) if given.postgres else {})


def throughput_of_postgres(url: str) -> dict[str, float]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS scratch")
    return throughput(url)


def compare(ours: dict[str, float], theirs: dict[str, float]) -> None:
    print(f"{ROWS:,} rows x 3 columns to psycopg, seconds (median of {ROUNDS})")
    for name, taken in ours.items():
        beside = f"   PostgreSQL {theirs[name]:.2f}   {taken / theirs[name]:.1f} times" if theirs else ""
        print(f"  {name:8}{taken:6.2f}{beside}")


if __name__ == "__main__":
    main()
