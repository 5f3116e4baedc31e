"""A Flight server as one writes it oneself: the SQL is the ticket, and the engine's record batches are the answer.

    python benchmarks/contenders/raw_flight.py "CREATE TABLE big AS …" [--memory "SELECT …"]

The statement makes the data. With --memory every ticket is answered with the rows of that query, read beforehand: what
the protocol itself takes, whatever the rows come from. It tells its port, and serves until its standard input ends.
"""

from __future__ import annotations

import argparse
import sys

import duckdb
from pyarrow import flight

#: Rows of a record batch, as many as xerosql's have; with the engine's own million the client waits for all of them.
BATCH_ROWS = 8_192


class Server(flight.FlightServerBase):
    """One call for one query. Nobody signs in, nothing is planned, counted, logged, bounded in time or cancelled."""

    def __init__(self, made: str, memory: str | None) -> None:
        super().__init__("grpc://127.0.0.1:0")
        self.database = duckdb.connect()
        self.database.execute(made)
        self.table = None if memory is None else self.database.sql(memory).to_arrow_table()

    def do_get(self, context: flight.ServerCallContext, ticket: flight.Ticket) -> flight.RecordBatchStream:
        if self.table is not None:
            return flight.RecordBatchStream(self.table)
        rows = self.database.cursor().sql(ticket.ticket.decode()).to_arrow_reader(BATCH_ROWS)
        return flight.RecordBatchStream(rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("made")
    parser.add_argument("--memory")
    given = parser.parse_args()
    with Server(given.made, given.memory) as server:
        print(server.port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
