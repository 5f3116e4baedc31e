"""Fifty people look at dashboards of one organisation: what each query takes, and what Xero is asked for.

    python benchmarks/dashboards.py                       about three minutes
    python benchmarks/dashboards.py --option max_age=60   with an option of the connection
    python benchmarks/dashboards.py --write               the tables into docs/performance.md

Three processes: the simulated Xero, which enforces the limits and answers after a while; `xerosql serve`'s server; and
the clients here, with psycopg. With Xero's limits both sides' clocks run sixty times as fast as the wall's, so that a
minute of quota is a second. Exits with 1 if a query fails, a call is refused or counted wrong, or more than five are
under way at once.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import tables

CLIENTS, QUERIES = 50, 20
AT_ONCE = 5
SPEED = 60.0
LATENCY = 0.15  # seconds, of the wall's clock where there are no limits, else of the fast one
TILES = (
    "SELECT Status, count(*), sum(TotalInvoicedValue) FROM Projects WHERE MinutesLogged > %s GROUP BY 1",
    "SELECT Name, TotalAmountValue FROM Tasks WHERE ProjectId = "
    "(SELECT min(ProjectId) FROM Projects WHERE MinutesLogged >= 0 AND %s >= 0) ORDER BY 2 DESC LIMIT 5",
    "SELECT count(*) FROM Users WHERE Name <> %s::text",
)
#: One call each, and no two after the other.
QUICK = (TILES[0], TILES[2])
SLOW = "SELECT ProjectId, sum(TotalAmountValue) FROM Tasks GROUP BY 1"  # a call for each project
HOURS = "SELECT count(*) FROM generate_series(1, 1000000) a(i), generate_series(1, 1000000) b(j) WHERE i * j %% 7 = 3"
BEGIN, END = "<!-- dashboards: begin -->", "<!-- dashboards: end -->"

#: Serves until its standard input ends, and then tells what it has seen.
XERO = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pacing import SimulatorsClock
from xerosql.simulator import Simulator
speed, latency = float(sys.argv[2]), float(sys.argv[3])
simulator = Simulator(limits=speed > 1, latency=latency, clock=SimulatorsClock(speed), day_limit=1_000_000)
with simulator.serve() as server:
    print(server.url, simulator.tenants[0][0], flush=True)
    for line in sys.stdin:
        seen = simulator.requests
        print(json.dumps({
            "calls": sum("/connections" not in each.path for each in seen),
            "refused": sum(each.status == 429 for each in seen),
            "in_flight": max((each.in_flight for each in seen), default=0),
        }), flush=True)
        simulator.reset_counters()
"""
SERVER = """
import json, sys
sys.path.insert(0, sys.argv[1])
import xerosql
from pacing import FastClock
from xerosql.api import Client
from xerosql.server import Options, Server
speed, url, tenant, options = float(sys.argv[2]), sys.argv[3], sys.argv[4], json.loads(sys.argv[5])
limits = {} if speed > 1 else {"calls_per_minute": 1_000_000}
given = {"base_url": url, "access_token": "any", "tenant": tenant, "share_limits": False} | limits | options
with xerosql.connect(**given) as connection:
    session = connection.session
    session.make_client = lambda: Client(connection.settings, clock=FastClock(speed))
    with Server(connection, Options(port=0)) as server:
        print(server.port, flush=True)
        sys.stdin.read()
"""


@dataclass
class Seen:
    """What a round came to. Seconds are the wall's."""

    seconds: float = 0.0
    each: list[float] = field(default_factory=list)
    told: int = 0
    errors: list[str] = field(default_factory=list)
    calls: int = 0
    refused: int = 0
    in_flight: int = 0

    @property
    def right(self) -> bool:
        return not self.errors and not self.refused and self.in_flight <= AT_ONCE and self.told == self.calls

    def share(self, percent: int) -> float:
        return statistics.quantiles(self.each, n=100)[percent - 1]


class Place:
    """A simulated Xero with a server in front of it."""

    def __init__(self, speed: float, options: dict[str, object]) -> None:
        here = str(Path(__file__).parent)
        self.speed = speed
        self.xero = running(XERO, here, str(speed), str(LATENCY))
        url, tenant = line_of(self.xero).split()
        self.server = running(SERVER, here, str(speed), url, tenant, json.dumps(options))
        self.port = int(line_of(self.server))

    def connected(self) -> psycopg.Connection:
        return psycopg.connect(host="127.0.0.1", port=self.port, dbname="xero", user="reader", autocommit=True)

    def counters(self) -> dict[str, int]:
        """What the simulator has seen since the last time."""
        assert self.xero.stdin is not None
        self.xero.stdin.write("\n")
        self.xero.stdin.flush()
        return json.loads(line_of(self.xero))

    def close(self) -> None:
        for process in (self.server, self.xero):
            process.communicate(timeout=60)


def running(program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@contextmanager
def place(speed: float, options: dict[str, object]) -> Iterator[Place]:
    opened = Place(speed, options)
    try:
        yield opened
    finally:
        opened.close()


def counting(connection: psycopg.Connection, seen: Seen, lock: threading.Lock) -> None:
    """Add up what the connection's notices say."""

    def told(notice: psycopg.errors.Diagnostic) -> None:
        if found := re.match(r"(\d+) calls? to Xero", notice.message_primary or ""):
            with lock:
                seen.told += int(found[1])

    connection.add_notice_handler(told)


def dashboards(at: Place, tiles: tuple[str, ...], beside: str | None = None) -> Seen:
    """Fifty clients, twenty queries each; `beside` is a statement that another client runs over and over meanwhile."""
    seen, lock, over = Seen(), threading.Lock(), threading.Event()
    start = threading.Barrier(CLIENTS + 1)

    def client(number: int) -> None:
        with at.connected() as connection:
            counting(connection, seen, lock)
            start.wait()
            for query in range(QUERIES):
                began = time.perf_counter()
                try:
                    connection.execute(tiles[(number + query) % len(tiles)], [query]).fetchall()
                except psycopg.Error as error:
                    seen.errors.append(str(error))
                with lock:
                    seen.each.append(time.perf_counter() - began)

    def other(connection: psycopg.Connection, sql: str) -> None:
        while not over.is_set():
            try:
                connection.execute(sql).fetchall()
            except psycopg.errors.QueryCanceled:
                continue

    with at.connected() as slow, ThreadPoolExecutor(CLIENTS + 1) as pool:
        counting(slow, seen, lock)
        pending = [pool.submit(client, number) for number in range(CLIENTS)]
        if beside is not None:
            aside = pool.submit(other, slow, beside)
            time.sleep(0.5)  # so that it is there first
        start.wait()
        began = time.perf_counter()
        for each in pending:
            each.result()
        seen.seconds = time.perf_counter() - began
        over.set()
        if beside is not None:
            slow.cancel_safe()
            aside.result()
    counters = at.counters()
    seen.calls, seen.refused, seen.in_flight = counters["calls"], counters["refused"], counters["in_flight"]
    return seen


def freed(at: Place) -> float:
    """How long a scan with five calls on their way takes to end, once it is cancelled: the client has its error."""
    with at.connected() as slow, ThreadPoolExecutor(1) as pool:
        going = pool.submit(slow.execute, SLOW)
        time.sleep(0.1)  # in the middle of its first five
        began = time.perf_counter()
        slow.cancel_safe()
        try:
            going.result()
        except psycopg.errors.QueryCanceled:
            return time.perf_counter() - began
    return float("nan")


def lines(found: dict[str, Seen], speed: dict[str, float]) -> tables.Table:
    head = ["", "queries", "errors", "calls told", "seen by Xero", "429s", "at once", "s", "p50 s", "p95 s"]
    rows = [
        [
            name,
            f"{len(seen.each):,}",
            f"{len(seen.errors)}",
            f"{seen.told:,}",
            f"{seen.calls:,}",
            f"{seen.refused}",
            f"{seen.in_flight}",
            f"{seen.seconds * speed[name]:.1f}",
            f"{seen.share(50) * speed[name]:.2f}",
            f"{seen.share(95) * speed[name]:.2f}",
        ]
        for name, seen in found.items()
    ]
    return head, rows


def main() -> None:
    """Measure, show, and write if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="of the server's connection"
    )
    parser.add_argument("--speed", type=float, default=SPEED, help="of the clocks where Xero's limits hold")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    given = parser.parse_args()
    options: dict[str, object] = dict(each.split("=", 1) for each in given.option)
    found: dict[str, Seen] = {}
    with place(1.0, options) as at:
        found["one call each, alone"] = dashboards(at, QUICK)
        found["beside a scan of all tasks, again and again"] = dashboards(at, QUICK, beside=SLOW)
        found["beside a query that computes for hours"] = dashboards(at, QUICK, beside=HOURS.replace("%%", "%"))
        wait = statistics.median(freed(at) for _ in range(9))
    speeds = dict.fromkeys(found, 1.0)
    with place(given.speed, options) as at:
        found["within Xero's minute"] = dashboards(at, TILES)
    speeds["within Xero's minute"] = given.speed
    shown = lines(found, speeds)
    freeing = (
        f"A scan that is cancelled with five calls on their way has ended after {wait * 1000:.0f} ms (median of 9)."
    )
    print(tables.plain(shown), freeing, sep="\n\n")
    for seen in found.values():
        print(*dict.fromkeys(seen.errors), sep="\n", end="")
    if given.write:
        tables.put_between(BEGIN, END, f"{tables.markdown(shown)}\n\n{freeing}")
    sys.exit(not all(seen.right for seen in found.values()))


if __name__ == "__main__":
    main()
