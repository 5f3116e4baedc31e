"""`xerosql demo`: the main job on a made-up organisation, in six statements."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

import xerosql
from xerosql.cli.formats import names_of
from xerosql.cli.query import cost_of
from xerosql.cli.running import fetched, run
from xerosql.cli.table import show

ORGANISATIONS = "SELECT Name, IsActive FROM Tenants"

UNBILLED = """\
SELECT p.Name AS Project, count(*) AS Tasks, sum(t.AmountToBeInvoicedValue) AS ToInvoice
FROM Projects p JOIN Tasks t USING (ProjectId)
WHERE p.Status = 'INPROGRESS'
GROUP BY p.ProjectId, p.Name
ORDER BY ToInvoice DESC
LIMIT 5"""

PROJECT = "SELECT ProjectId, CurrencyCode FROM Projects WHERE Name = 'Terminal signage'"

INSERT = """\
INSERT INTO Tasks (ProjectId, Name, RateCurrency, RateValue, ChargeType, EstimateMinutes)
VALUES (?, 'Pave Sidewalks', ?, 25000, 'FIXED', 1000)
RETURNING Id, Name, RateValue, RateCurrency, Status"""

UPDATE = """\
UPDATE Tasks SET RateValue = 250, ChargeType = 'TIME', EstimateMinutes = 2000
WHERE Id = ?
RETURNING Name, ChargeType, RateValue, EstimateMinutes"""

DELETE = "DELETE FROM Tasks WHERE Id = ?"

CHECK = "SELECT count(*) AS StillThere FROM Tasks WHERE Id = ?"

NEXT = """\
Nothing left this machine: the organisation is made up, and gone now. Next, try

  xerosql shell --profile demo                      type SQL yourself
  xerosql describe Tasks                            what a table has
  xerosql query --profile demo -f csv "SELECT …"    rows for a spreadsheet
  xerosql simulate                                  such a Xero behind a port

For your own organisation see docs/connecting.md.
"""


class Tour:
    """Shows each statement, its rows, and what it cost."""

    def __init__(self, connection: xerosql.Connection) -> None:
        self.connection = connection
        self.screen = Console(file=sys.stdout, highlight=False, emoji=False, markup=False)

    def say(self, sentence: str) -> None:
        self.screen.print(Text(sentence, style="bold"), soft_wrap=True)

    def step(self, sentence: str, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run one statement in full view; its rows."""
        self.say(f"\n{sentence}\n")
        self.show_sql(sql, parameters)
        with self.connection.cursor() as cursor:
            rows = run(cursor, lambda: fetched(cursor, sql, parameters))
            if rows is not None:
                show(names_of(cursor), rows, sys.stdout)
            self.screen.print(Text(f"{cost_of(cursor)}", style="dim"))
        return rows or []

    def show_sql(self, sql: str, parameters: Sequence[object]) -> None:
        if self.screen.is_terminal:
            self.screen.print(Syntax(sql, "sql", background_color="default", word_wrap=True))
        else:
            self.screen.print(Text(sql), soft_wrap=True)
        if parameters:
            self.screen.print(Text(f"with {', '.join(map(repr, parameters))}", style="dim"), soft_wrap=True)
        self.screen.print()


def tour() -> None:
    """The whole of it. The rows it writes it deletes again."""
    with xerosql.connect("demo") as connection:
        guide = Tour(connection)
        guide.step('xerosql.connect("demo"): three organisations of a made-up Xero, on this machine.', ORGANISATIONS)
        guide.step("Where is work that nobody has invoiced yet? Tasks can be read project by project only.", UNBILLED)
        project = guide.step("A project to work on. Its list is one call.", PROJECT)[0]
        task, *_ = guide.step("INSERT: a new task, with the Id that Xero gave it.", INSERT, project)[0]
        guide.step("UPDATE: Xero wants the whole task back, so it is read first, then written.", UPDATE, [task])
        guide.step("DELETE, and it is gone.", DELETE, [task])
        guide.step("A look for it to be sure.", CHECK, [task])
        guide.screen.print(Text(f"\n{NEXT}"), soft_wrap=True, end="")
