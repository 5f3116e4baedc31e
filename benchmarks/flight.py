"""How fast `xerosql serve --flight` hands out rows, beside Flight servers that do nothing else.

    python benchmarks/flight.py

Three servers answer in turns, each a process of its own: *the floor*, pyarrow.flight with the rows in memory; *the
peer*, the server that one writes oneself: pyarrow.flight over the same engine, the same table and the same query; and
*xerosql*. The ratio that counts is to the peer, in one round. Rows come from a local table, so that the protocol is
measured and not the simulated Xero. Needs xerosql[flight].
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow
from pyarrow import flight
from streaming import streamed

from xerosql.server.flight.messages import CommandStatementQuery, CommandStatementUpdate, wrapped

ROWS = 100_000
MANY = 10_000_000
MADE = (
    "SELECT i::int AS id, 'Task number ' || i AS name, (i * 1.25)::decimal(18,4) AS amount "
    "FROM generate_series(1, {rows}) AS t(i)"
)
READ = "SELECT id, name, amount FROM {table}"
ROUNDS = 101
XEROSQL = "xerosql: two calls, planned, run and streamed"
ENGINE = "the peer: one call, run by the same engine and streamed"
MEMORY = "the floor: one call, the rows in memory"
ONE = "xerosql, a query of one row"
PEER = Path(__file__).parent / "contenders" / "raw_flight.py"
OURS = """
import sys, xerosql
from xerosql.server import User, Users, Verifier
from xerosql.server.flight import FlightOptions, FlightServer
users = Users({"bench": User("bench", Verifier.of("bench"), frozenset(("write",)))})
with xerosql.connect("demo") as connection, FlightServer(connection, FlightOptions(port=0, users=users)) as server:
    print(server.port, flush=True)
    sys.stdin.read()
"""


@contextmanager
def served(*program: str) -> Iterator[tuple[flight.FlightClient, int]]:
    """A server in a process of its own: a client of it, and its number."""
    command = [sys.executable, *program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        with flight.connect(f"grpc://127.0.0.1:{process.stdout.readline().strip()}") as client:
            yield client, process.pid
        process.terminate()


def in_turns(works: Mapping[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Seconds of each round, in which each has its turn, so that what else the machine does hits all of them."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            taken[name].append(time.perf_counter() - began)
    return taken


class Ours:
    """A client of our server that has signed in."""

    def __init__(self, client: flight.FlightClient) -> None:
        self.client = client
        self.options = flight.FlightCallOptions(headers=[client.authenticate_basic_token("bench", "bench")])

    def change(self, sql: str) -> None:
        descriptor = flight.FlightDescriptor.for_command(wrapped(CommandStatementUpdate(sql)))
        writer, reader = self.client.do_put(descriptor, pyarrow.schema([]), self.options)
        with writer:
            writer.done_writing()
            reader.read()

    def reader(self, sql: str) -> flight.FlightStreamReader:
        descriptor = flight.FlightDescriptor.for_command(wrapped(CommandStatementQuery(sql)))
        info = self.client.get_flight_info(descriptor, self.options)
        return self.client.do_get(info.endpoints[0].ticket, self.options)


def measured(ours: Ours, peer: flight.FlightClient, floor: flight.FlightClient) -> dict[str, list[float]]:
    """The rounds of each, after one in which each has shown that it hands out the rows."""
    works = {
        XEROSQL: lambda: ours.reader(READ.format(table="scratch.big")).read_all(),
        ENGINE: lambda: peer.do_get(flight.Ticket(READ.format(table="big"))).read_all(),
        MEMORY: lambda: floor.do_get(flight.Ticket(b"")).read_all(),
    }
    assert len({work().num_rows for work in works.values()} | {ROWS}) == 1
    return in_turns(works | {ONE: lambda: ours.reader("SELECT 1").read_all()})


def table(taken: dict[str, list[float]]) -> list[str]:
    """The figures as Markdown. The ratios are medians of each round's, whose works have had the same machine."""

    def ratio(name: str, other: str) -> str:
        return f"{statistics.median(a / b for a, b in zip(taken[name], taken[other], strict=True)):.1f}"

    rows = ["| | ms | at best | to the peer | to the floor |", "|---|--:|--:|--:|--:|"]
    for name, each in taken.items():
        ratios = ("", "") if name == ONE else (ratio(name, ENGINE), ratio(name, MEMORY))
        cells = (name, f"{statistics.median(each) * 1000:.1f}", f"{min(each) * 1000:.1f}", *ratios)
        rows.append("".join(f"| {cell} " if cell else "| " for cell in cells) + "|")
    return rows


def main() -> None:
    made = f"CREATE TABLE big AS {MADE.format(rows=ROWS)}"
    memory = ("--memory", READ.format(table="big"))
    with (
        served("-c", OURS) as (client, pid),
        served(str(PEER), made) as (peer, _),
        served(str(PEER), made, *memory) as (floor, _),
    ):
        ours = Ours(client)
        ours.change(f"CREATE TABLE scratch.big AS {MADE.format(rows=ROWS)}")
        taken = measured(ours, peer, floor)
        first, seconds, most = streamed(lambda: ours.reader(MADE.format(rows=MANY)), pid)
    print(f"{ROWS:,} rows of three columns, medians of {ROUNDS} rounds\n")
    print("\n".join(table(taken)))
    print(f"\n{MANY:,} rows streamed: first after {first:.3f} s, all after {seconds:.1f} s, {most:.0f} MB above idle")


if __name__ == "__main__":
    main()
