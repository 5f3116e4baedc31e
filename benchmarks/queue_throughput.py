"""What the write queue costs: adding a task, and taking it, sending it and writing down its end, without the network.

    python benchmarks/queue_throughput.py            five rounds of 2,000 tasks
    python benchmarks/queue_throughput.py --quick    one round of 200
    python benchmarks/queue_throughput.py --write    the table into docs/performance.md

Three contenders on the same disk: *the floor*, SQLite itself with one row, as many commits, and each of them safe on
the disk; *persist-queue*, a queue that does nothing but keep, as it comes; and *xerosql*, through `cursor.execute` for
adding, through its worker with a Xero that answers at once for sending. Rates are medians over the rounds.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import persistqueue

import xerosql
from xerosql.simulator import Simulator

TASKS, ROUNDS = 2000, 5
BEGIN, END = "<!-- queue: begin -->", "<!-- queue: end -->"
DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"
INSERT = "INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue, RateCurrency) VALUES (?, ?, 'TIME', 100, ?)"

Measure = Callable[[Path, int], dict[str, float]]


def main() -> None:
    """Measure, show, and write if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round of 200 tasks, to see it run")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    options = parser.parse_args()
    rounds, tasks = (1, 200) if options.quick else (ROUNDS, TASKS)
    lines = table({name: medians(measure, rounds, tasks) for name, measure in CONTENDERS.items()})
    print("\n".join(lines))
    if options.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        head, tail = text.partition(BEGIN)[0], text.partition(END)[2]
        DOCUMENT.write_text("\n".join([head + BEGIN, "", *lines, "", END]) + tail, encoding="utf-8")


def medians(measure: Measure, rounds: int, tasks: int) -> dict[str, float]:
    found = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=".") as directory:
            found.append(measure(Path(directory), tasks))
    return {name: statistics.median(each[name] for each in found) for name in found[0]}


def table(found: dict[str, dict[str, float]]) -> list[str]:
    names = [*dict.fromkeys(name for figures in found.values() for name in figures)]
    lines = ["| | " + " | ".join(found) + " |", "|---|" + "--:|" * len(found)]
    for name in names:
        cells = [shown(name, figures.get(name)) for figures in found.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def shown(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f} ms" if name.startswith("taking") else f"{value:,.0f}/s"


# -- Contenders --------------------------------------------------------------------------------------------------------


def floor(directory: Path, tasks: int) -> dict[str, float]:
    """One table, one row, and the commits that cannot be saved: one to add; to claim, to mark and to end."""
    connection = sqlite3.connect(directory / "floor.sqlite", isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE task (id INTEGER PRIMARY KEY, status TEXT, body TEXT)")
    add = "INSERT INTO task (status, body) VALUES ('Pending', 'x')"
    one = seconds(lambda: [connection.execute(add) for _ in range(tasks)])
    with transaction(connection):
        connection.execute("DELETE FROM task")

    def together() -> None:
        with transaction(connection):
            connection.executemany(add, [()] * tasks)

    many = seconds(together)
    change = "UPDATE task SET status = ? WHERE id = ?"
    steps = seconds(
        lambda: [
            connection.execute(change, (status, number))
            for number in range(1, tasks + 1)
            for status in ("Running", "Sent", "Completed")
        ]
    )
    connection.close()
    return figures(tasks, one, many, steps)


def peer(directory: Path, tasks: int) -> dict[str, float]:
    """persist-queue's queue with acknowledgements. It knows no transaction of several tasks."""
    queue = persistqueue.SQLiteAckQueue(str(directory), auto_commit=True)
    one = seconds(lambda: [queue.put({"body": "x"}) for _ in range(tasks)])
    steps = seconds(lambda: [queue.ack(queue.get(block=False)) for _ in range(tasks)])
    queue.close()
    return {ADD_ONE: tasks / one, TAKE: steps / tasks * 1000}


def ours(directory: Path, tasks: int) -> dict[str, float]:
    """xerosql with a Xero in the same process. What it takes to answer is measured by itself and taken off."""
    simulator = Simulator(projects=1, tasks_per_project=0, limits=False, log_requests=False)
    tenant = simulator.tenants[0][0]
    project = simulator.rows(tenant)["projects"][0]
    row = [project["projectId"], "Audit", project["currencyCode"]]
    spent = [0.0]

    def handle(*request: object) -> tuple[int, dict[str, str], bytes]:
        began = perf_counter()
        answer = simulator.handle(*request)
        spent[0] += perf_counter() - began
        return answer

    with xerosql.connect(
        handler=handle,
        access_token="x",
        tenant=tenant,
        calls_per_minute=1_000_000,
        write_mode="queued",
        autocommit=True,
        recovery="ask",
        queue_url=f"sqlite:///{directory / 'queue.sqlite'}",
    ) as connection:
        cursor = connection.cursor()
        one = seconds(lambda: [cursor.execute(INSERT, row) for _ in range(tasks)])
        answering, spent[0] = spent[0], 0.0
        steps = seconds(connection.run_queue)
        sending, spent[0] = spent[0], 0.0
        connection.autocommit = False

        def together() -> None:
            cursor.executemany(INSERT, [row] * tasks)
            connection.commit()

        many = seconds(together)
    return figures(tasks, one - answering, many - spent[0], steps - sending)


ADD_ONE = "adding tasks, a commit each"
ADD_MANY = "adding tasks, one commit for all"
TAKE = "taking, marking and ending a task"


def figures(tasks: int, one: float, many: float, steps: float) -> dict[str, float]:
    return {ADD_ONE: tasks / one, ADD_MANY: tasks / many, TAKE: steps / tasks * 1000}


def seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("COMMIT")


CONTENDERS: dict[str, Measure] = {"floor": floor, "persist-queue": peer, "xerosql": ours}


if __name__ == "__main__":
    main()
