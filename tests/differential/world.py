"""A simulated Xero, two connections to it (with and without pushdown), and its truth in plain DuckDB."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import xerosql
from xerosql.errors import NotSupportedError
from xerosql.simulator import Simulator

from . import truth
from .compare import Row, close, cut, limited, part_of, same
from .small import small_simulator

CALLS_PER_MINUTE = 1_000_000
#: Well-formed, and of nothing.
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@dataclass
class Answer:
    """What came of a query one way: its rows, or the sentence of its error."""

    way: str
    rows: list[Row] = field(default_factory=list)
    error: str = ""
    calls: int = 0
    description: Any = None

    def __str__(self) -> str:
        if self.error:
            return f"{self.way}: {self.error}"
        shown = "\n".join(f"    {row}" for row in sorted(self.rows, key=repr)[:20])
        more = "\n    …" if len(self.rows) > 20 else ""
        return f"{self.way}: {len(self.rows)} rows, {self.calls} calls\n{shown}{more}"


@dataclass(frozen=True)
class Question:
    """A query, in the user's SQL and in plain DuckDB's, and how its answers compare."""

    sql: str
    plain: str = ""  # empty: as sqlglot transpiles `sql`
    parameters: Any = None
    plain_parameters: Any = None
    ordered: bool = False

    @cached_property
    def plain_sql(self) -> str:
        return self.plain or truth.plain(self.sql)

    @property
    def plain_values(self) -> Any:
        return self.parameters if self.plain_parameters is None else self.plain_parameters


class World:
    """One organisation, asked three ways."""

    def __init__(self, simulator: Simulator, tenant: str) -> None:
        self.simulator = simulator
        self.tenant = tenant
        self.on = self.connect(pushdown=True)
        self.off = self.connect(pushdown=False)
        self.off.session.planner = self.on.session.planner  # no plan depends on pushdown; what is made of it does
        self.truth = truth.load(simulator, tenant)

    def connect(self, **options: object) -> xerosql.Connection:
        given: dict[str, Any] = {"handler": self.simulator.handle, "tenant": self.tenant, **options}
        return xerosql.connect(access_token="x", calls_per_minute=CALLS_PER_MINUTE, **given)

    def close(self) -> None:
        self.on.close()
        self.off.close()
        self.truth.close()

    # -- Asking --------------------------------------------------------------------------------------------------------

    def ask(self, question: Question, plain: Answer | None = None) -> tuple[Answer, Answer, Answer]:
        return (
            self.through(self.on, "pushdown on", question),
            self.through(self.off, "pushdown off", question),
            plain or self.plainly(question),
        )

    def through(self, connection: xerosql.Connection, way: str, question: Question) -> Answer:
        with connection.cursor() as cursor:
            try:
                cursor.execute(question.sql, question.parameters)
                rows = cursor.fetchall()
            except Exception as error:  # noqa: BLE001 - every failure is an answer to compare, with its name
                return Answer(way, error=f"{type(error).__name__}: {error}")
            stats = cursor.stats
            return Answer(way, rows, calls=0 if stats is None else stats.api_calls, description=cursor.description)

    def plainly(self, question: Question) -> Answer:
        try:
            return Answer("plain DuckDB", truth.answer(self.truth, question.plain_sql, question.plain_values))
        except Exception as error:  # noqa: BLE001 - as above
            return Answer("plain DuckDB", error=f"{type(error).__name__}: {error}")

    # -- What EXPLAIN promises -----------------------------------------------------------------------------------------

    @cached_property
    def explains(self) -> bool:
        """Whether there is EXPLAIN. If so, every table has been read by now, so that it has statistics to go by."""
        try:
            self.on.execute("EXPLAIN (FORMAT JSON) SELECT 1").fetchall()
        except NotSupportedError:
            return False
        tenants = ", ".join(f"'{tenant}'" for tenant, _ in self.simulator.tenants)
        for table in truth.COLUMNS:
            self.on.execute(f"SELECT * FROM {table} WHERE TenantId IN ({tenants})").fetchall()
        return True

    def promise(self, question: Question) -> str:
        """EXPLAIN's JSON for a question, or the sentence of its error."""
        explained = self.through(self.on, "EXPLAIN", replace(question, sql=f"EXPLAIN (FORMAT JSON) {question.sql}"))
        return explained.error or str(explained.rows[0][0])

    # -- Judging -------------------------------------------------------------------------------------------------------

    def difference(self, question: Question, plain: Answer | None = None) -> str:
        """What is wrong with the three answers to a question, or with their price, in full; empty when all is well.

        `plain` is plain DuckDB's answer where that is known already.
        """
        promise = self.promise(question) if self.explains else ""
        answers = self.ask(question, plain)
        complaint = self.complaint(question, *answers) or overrun(promise, answers[0])
        if not complaint:
            return ""
        told = [f"SQL:\n{question.sql}", f"parameters: {question.parameters}", f"EXPLAIN: {promise}"]
        parts = [complaint, *told, *map(str, answers)]
        return "\n".join(["", *parts, f"plain SQL:\n{question.plain_sql}"])

    def complaint(self, question: Question, on: Answer, off: Answer, plain: Answer) -> str:
        if on.error or off.error or plain.error:
            return "an answer is an error"
        if on.description != off.description:
            return "pushdown changes the result's columns"
        parts = None if question.ordered else limited(question.plain_sql)
        if parts is not None:
            return self.complaint_when_limited(question, *parts, on, off)
        alike = close if any(isinstance(value, float) for row in on.rows for value in row) else same
        if not alike(on.rows, off.rows, ordered=question.ordered):  # floats add up in the order of arrival
            return "pushdown on and off differ"
        if not close(on.rows, plain.rows, ordered=question.ordered):
            return "the driver and plain DuckDB differ"
        return ""

    def complaint_when_limited(
        self, question: Question, unlimited: str, limit: int | None, offset: int, on: Answer, off: Answer
    ) -> str:
        """LIMIT without a total order may take any rows, so: as many as there should be, each from the whole result."""
        every = truth.answer(self.truth, unlimited, question.plain_values)
        for answer in (on, off):
            if len(answer.rows) != cut(len(every), limit, offset):
                return f"{answer.way} has {len(answer.rows)} rows, not {cut(len(every), limit, offset)}"
            if not part_of(answer.rows, every):
                return f"{answer.way} has rows that the query without its LIMIT does not have"
        return ""


def overrun(promise: str, answer: Answer) -> str:
    """What is wrong with EXPLAIN's promise, now that the calls are known; empty if nothing, or nothing was promised."""
    if not promise:
        return ""
    try:
        most = json.loads(promise)["total"]["most_calls"]
    except (ValueError, KeyError, TypeError):
        return "EXPLAIN does not answer"
    return "more calls than EXPLAIN said at most" if most is not None and answer.calls > most else ""


# -- Worlds ------------------------------------------------------------------------------------------------------------


def demo_world() -> World:
    """The biggest firm of the demo: every state and charge type, NULLs, equal names, a project without tasks."""
    simulator = Simulator(limits=False, log_requests=False)
    return World(simulator, simulator.tenants[0][0])


def small_world(seed: int = 1) -> World:
    """A few rows of each kind, so that thousands of queries and their joins are quick."""
    simulator = small_simulator(seed)
    return World(simulator, simulator.tenants[0][0])


# -- Names for what queries mention ------------------------------------------------------------------------------------


@cache
def names_of(world: World) -> dict[str, Any]:
    """Ids of the world by a word that tells what they are of; the same in every run."""

    def one(sql: str) -> Any:
        row = world.truth.execute(sql).fetchone()
        assert row is not None, sql
        return row[0]

    busy = "SELECT ProjectId FROM Time GROUP BY 1 HAVING count(*) > 1"
    found = {
        "project": one(
            f"SELECT ProjectId FROM Projects WHERE Status = 'INPROGRESS' AND ProjectId IN ({busy}) ORDER BY 1"
        ),
        "project2": one(
            f"SELECT ProjectId FROM Projects WHERE Status = 'INPROGRESS' AND ProjectId IN ({busy}) ORDER BY 1 DESC"
        ),
        "closed": one(f"SELECT ProjectId FROM Projects WHERE Status = 'CLOSED' AND ProjectId IN ({busy}) ORDER BY 1"),
        "empty": one("SELECT ProjectId FROM Projects WHERE ProjectId NOT IN (SELECT ProjectId FROM Tasks)"),
        "user": one("SELECT UserId FROM Time GROUP BY 1 ORDER BY count(*) DESC, 1"),
        "user2": one("SELECT UserId FROM Time GROUP BY 1 ORDER BY count(*), 1"),
        "contact": one("SELECT ContactId FROM Projects GROUP BY 1 ORDER BY count(*) DESC, 1"),
        "contact2": one("SELECT ContactId FROM Projects GROUP BY 1 ORDER BY count(*), 1"),
        "tenant": world.tenant,
        "tenant2": world.simulator.tenants[1][0],
        "tenant3": world.simulator.tenants[2][0],
        "unknown": UNKNOWN,
    }
    for name, project in (("", found["project"]), ("_closed", found["closed"]), ("_other", found["project2"])):
        held = f"SELECT TaskId FROM Time WHERE ProjectId = '{project}' GROUP BY 1 ORDER BY count(*) DESC, 1"
        found[f"task{name}"] = one(held)
        found[f"id{name}"] = f"{project}/{found[f'task{name}']}"
        found[f"entry{name}"] = one(f"SELECT TimeEntryId FROM Time WHERE ProjectId = '{project}' ORDER BY 1")
        found[f"entry_id{name}"] = f"{project}/{found[f'entry{name}']}"
    return found
