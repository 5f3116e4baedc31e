"""One schedule: a seed's statements on a project of its own, and what the connection says became of each."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import xerosql

INSERT = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, ?, 10, 'TIME') RETURNING Id"
INSERT_MANY = INSERT.removesuffix(" RETURNING Id")
READS = (
    "SELECT ProjectId, TaskId, Name, RateValue, EstimateMinutes FROM Tasks WHERE ProjectId IN ({places})",
    "SELECT t.ProjectId, count(*), sum(t.RateValue) FROM Tasks t JOIN Projects p USING (ProjectId) "
    "WHERE t.ProjectId IN ({places}) GROUP BY 1",
    "SELECT p.Name, e.Duration FROM Time e JOIN Projects p USING (ProjectId) WHERE p.ProjectId IN ({places})",
)

#: What may be in Xero after a write: nothing, the row, or either.
DONE, NOT_DONE, UNKNOWN = "done", "not done", "unknown"


@dataclass
class Claim:
    """What the driver said of one row: that `name` (a task's) was inserted, or given this estimate, or deleted."""

    kind: str
    name: str
    verdict: str
    estimate: int | None = None


@dataclass
class Report:
    """What one schedule has to say."""

    claims: list[Claim] = field(default_factory=list)
    wrong_reads: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)  # the classes of those that were raised
    reads: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, found: dict[str, Any]) -> Report:
        return cls(**{**found, "claims": [Claim(**each) for each in found["claims"]]})


class Schedule:
    """Runs the statements of a seed. `truth` has the rows of READS for `still`, projects that nobody changes.

    `tell` is given the report before each write and after each statement.
    """

    def __init__(
        self,
        connection: xerosql.Connection,
        seed: str,
        project: str,
        still: list[str],
        truth: list[list[str]],
        tell: Callable[[Report], None] = lambda _: None,
    ) -> None:
        self.connection = connection
        self.seed = seed
        self.project = project
        self.still = still
        self.truth = truth
        self.tell = tell
        self.chance = random.Random(seed)
        self.report = Report()
        self.ids: dict[str, str] = {}  # of the tasks that are there for certain, by name
        self.names = (f"chaos {seed} {number}" for number in range(1_000_000))

    def run(self, statements: int) -> Report:
        """One statement after the other."""
        for _ in range(statements):
            action = self.chance.choices(self.actions(), [4, 3, 2, 2, 1])[0]
            try:
                action()
            except xerosql.Error as error:
                self.report.errors.append(type(error).__name__)
            self.tell(self.report)
        return self.report

    def actions(self) -> list[Callable[[], None]]:
        return [self.read, self.insert, self.insert_many, self.update, self.delete]

    def read(self) -> None:
        number = self.chance.randrange(len(READS))
        places = ", ".join("?" for _ in self.still)
        found = rows_of(self.connection.execute(READS[number].format(places=places), self.still))
        self.report.reads += 1
        if found != self.truth[number]:
            self.report.wrong_reads.append(f"{READS[number]}: {found} and not {self.truth[number]}")

    def insert(self) -> None:
        claim = self.begun("insert", next(self.names))
        try:
            (key,) = self.connection.execute(INSERT, [self.project, claim.name]).fetchone()
        except xerosql.Error as error:
            claim.verdict = verdict_of(error)
            raise
        claim.verdict, self.ids[claim.name] = DONE, key

    def insert_many(self) -> None:
        claims = [self.begun("insert", next(self.names)) for _ in range(3)]
        try:
            self.connection.cursor().executemany(INSERT_MANY, [[self.project, claim.name] for claim in claims])
        except xerosql.PartialWriteError as error:
            verdicts = [DONE] * len(error.written) + [NOT_DONE] * len(error.failed) + [UNKNOWN] * len(error.unknown)
            for claim, verdict in zip(claims, verdicts + [NOT_DONE] * len(error.not_sent), strict=True):
                claim.verdict = verdict
            raise
        except xerosql.Error as error:
            for claim in claims:
                claim.verdict = verdict_of(error)
            raise
        for claim in claims:
            claim.verdict = DONE

    def update(self) -> None:
        if self.ids:
            name = self.chance.choice(list(self.ids))
            claim = self.begun("update", name, self.chance.randrange(1, 10_000))
            self.change(claim, "UPDATE Tasks SET EstimateMinutes = ? WHERE Id = ?", [claim.estimate, self.ids[name]])

    def delete(self) -> None:
        if self.ids:
            name = self.chance.choice(list(self.ids))
            claim, key = self.begun("delete", name), self.ids.pop(name)
            self.change(claim, "DELETE FROM Tasks WHERE Id = ?", [key])

    def change(self, claim: Claim, sql: str, values: list[object]) -> None:
        try:
            found = self.connection.execute(sql, values).rowcount
        except xerosql.Error as error:
            claim.verdict = verdict_of(error)
            raise
        claim.verdict = DONE
        if found != 1:
            self.report.wrong_reads.append(f"{sql} changed {found} rows, and {claim.name} is one")

    def begun(self, kind: str, name: str, estimate: int | None = None) -> Claim:
        """Unknown until the driver says something else, as it stays if this process is killed."""
        self.report.claims.append(Claim(kind, name, UNKNOWN, estimate))
        self.tell(self.report)
        return self.report.claims[-1]


def verdict_of(error: xerosql.Error) -> str:
    """What the class of an error promises of the one row that it is about."""
    if isinstance(error, xerosql.PartialWriteError):
        return DONE if error.written else UNKNOWN if error.unknown else NOT_DONE
    return UNKNOWN if isinstance(error, xerosql.UnknownOutcomeError) else NOT_DONE


def rows_of(cursor: xerosql.Cursor) -> list[str]:
    return sorted(repr(row) for row in cursor.fetchall())


def truth_of(connection: xerosql.Connection, still: list[str]) -> list[list[str]]:
    """The right answers, read while nothing goes wrong."""
    places = ", ".join("?" for _ in still)
    return [rows_of(connection.execute(sql.format(places=places), still)) for sql in READS]
