"""Tells which questions of the corpus take a server longest: python -m tests.introspection.slowest

Each is asked as a driver asks it, in the steps of the extended protocol, four times; of the last three the best counts.
"""

from __future__ import annotations

import time

import psycopg

from tests.introspection.answer import Asked
from tests.introspection.conftest import SCRATCH, USERS, WRITER
from tests.introspection.corpus import CORPUS
from tests.introspection.question import Question
from tests.server.conftest import serving, url_of
from xerosql.simulator import Simulator

TIMES, SHOWN = 4, 5


def main() -> None:
    simulator = Simulator(limits=False)
    with (
        serving(simulator.handle, simulator.tenants[0][0], users=USERS) as server,
        psycopg.connect(url_of(server, WRITER), autocommit=True) as client,
    ):
        client.execute(SCRATCH.encode())
        asked = Asked(client)
        found = []
        for tool, questions in CORPUS.items():
            for question in questions:
                first, *others = [seconds(asked, question) for _ in range(TIMES)]
                found.append((min(others), first, f"{tool}: {question.wants}"))
    for best, first, what in sorted(found, reverse=True)[:SHOWN]:
        print(f"{best * 1000:6.1f} ms, {first * 1000:6.1f} ms the first time  {what}")


def seconds(asked: Asked, question: Question) -> float:
    start = time.perf_counter()
    asked.extended(question)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
