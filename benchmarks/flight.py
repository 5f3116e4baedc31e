"""How fast `xerosql serve --flight` hands out rows, beside pyarrow.flight that serves the same rows from memory.

    python benchmarks/flight.py

Rows come from a local table, so that the protocol is measured and not the simulated Xero. Needs xerosql[flight].
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
READ = "SELECT id, name, amount FROM scratch.big"
ROUNDS = 31
OURS = """
import sys, xerosql
from xerosql.server import User, Users, Verifier
from xerosql.server.flight import FlightOptions, FlightServer
users = Users({"bench": User("bench", Verifier.of("bench"), frozenset(("write",)))})
with xerosql.connect("demo") as connection, FlightServer(connection, FlightOptions(port=0, users=users)) as server:
    print(server.port, flush=True)
    sys.stdin.read()
"""
THEIRS = f"""
import sys
import pyarrow
from pyarrow import flight
import xerosql
with xerosql.connect("demo") as connection:
    table = connection.execute({MADE.format(rows=ROWS)!r}).fetch_arrow_table()
class Server(flight.FlightServerBase):
    def do_get(self, context, ticket):
        return flight.RecordBatchStream(table)
with Server("grpc://127.0.0.1:0") as server:
    print(server.port, flush=True)
    sys.stdin.read()
"""


@contextmanager
def served(program: str) -> Iterator[tuple[flight.FlightClient, int]]:
    """A server in a process of its own: a client of it, and its number."""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        with flight.connect(f"grpc://127.0.0.1:{process.stdout.readline().strip()}") as client:
            yield client, process.pid
        process.terminate()


def seconds(*works: Callable[[], object]) -> list[float]:
    """The medians of a few rounds, in which each has its turn, so that what else the machine does hits all of them."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, own in zip(works, taken, strict=True):
            began = time.perf_counter()
            work()
            own.append(time.perf_counter() - began)
    return [statistics.median(own) for own in taken]


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


def main() -> None:
    with served(OURS) as (client, pid), served(THEIRS) as (other, _):
        ours = Ours(client)
        ours.change(f"CREATE TABLE scratch.big AS {MADE.format(rows=ROWS)}")
        assert ours.reader(READ).read_all().num_rows == ROWS
        own, raw, one = seconds(
            lambda: ours.reader(READ).read_all(),
            lambda: other.do_get(flight.Ticket(b"")).read_all(),
            lambda: ours.reader("SELECT 1").read_all(),
        )
        ours.reader("SELECT 1").read_all()
        first, taken, memory = streamed(lambda: ours.reader(MADE.format(rows=MANY)), pid)
    print(f"{ROWS:,} rows x 3 columns, seconds (median of {ROUNDS})")
    print(f"  xerosql, planned and run     {own:.4f}   {own / raw:.1f} times")
    print(f"  pyarrow.flight from memory   {raw:.4f}")
    print(f"  xerosql, a query of one row  {one:.4f}")
    print(f"{MANY:,} rows streamed: first after {first:.3f} s, all after {taken:.1f} s, {memory:.0f} MB above idle")


if __name__ == "__main__":
    main()
