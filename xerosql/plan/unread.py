"""Refuses what the parser would read wrongly, or the engine would leave out, of an otherwise good query."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from xerosql.errors import NotSupportedError, ProgrammingError

#: SELECTs of one statement, and how deep it is: each OR or UNION of a chain is a step further down. The time to plan
#: them grows with their square, some seconds for these, and nobody can break it off; the engine goes no deeper.
MOST_SELECTS = MOST_DEPTH = 1_000


def refuse_endless(nodes: Iterable[exp.Expr]) -> None:
    """ProgrammingError for a statement that would take minutes to plan. Its nodes are given from the top down."""
    selects, depths = 0, dict[int, int]()
    for node in nodes:
        selects += isinstance(node, exp.Select)
        depths[id(node)] = depth = depths.get(id(node.parent), 0) + 1
        if selects > MOST_SELECTS:
            raise ProgrammingError(
                f"the statement has more than {MOST_SELECTS:,} SELECTs; write rows of constants as VALUES (…), (…), or "
                "put them into a table of the scratch schema",
                sqlstate="54001",
            )
        if depth > MOST_DEPTH:
            raise ProgrammingError(
                f"the statement is nested too deeply, {MOST_DEPTH:,} levels at most; a long chain of OR is an IN (…)",
                sqlstate="54001",
            )


def refuse_unread(nodes: Iterable[exp.Expr]) -> None:
    """An error for what would be read wrongly: PIVOT, some forms of FETCH, and NATURAL JOIN."""
    for node in nodes:
        if isinstance(node, exp.Pivot):
            raise NotSupportedError("PIVOT is not supported; write it as sum(…) FILTER (WHERE …) for each column")
        if isinstance(node, exp.Fetch) and (options := node.args.get("limit_options")) is not None:
            refuse_fetch(options)
        if isinstance(node, exp.Join) and node.method.upper() == "NATURAL":
            raise ProgrammingError(
                "NATURAL JOIN would join on every column the tables share, TenantId and Name among them; "
                "say USING (ProjectId) instead",
                sqlstate="42601",
            )


def refuse_fetch(options: exp.Expr) -> None:
    """NotSupportedError for what the engine would leave out of FETCH FIRST."""
    for name, words in (("percent", "PERCENT"), ("with_ties", "WITH TIES")):
        if options.args.get(name):
            raise NotSupportedError(f"FETCH FIRST with {words} is not supported; rank() in a subquery can say it")


def refuse_whole_rows(nodes: Iterable[exp.Expr]) -> None:
    """NotSupportedError for a table's alias where a value stands: only the columns that are named are fetched."""
    for node in nodes:
        if isinstance(node, exp.Columns):
            raise NotSupportedError("COLUMNS() is not supported; name the columns")
        if isinstance(node, exp.TableColumn):
            raise NotSupportedError(f'"{node.name}" stands for a whole row; name the columns of it that you want')
