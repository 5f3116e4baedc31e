"""What a CREATE TABLE says and the engine forgets: constraints' names, texts' lengths, what becomes of it on commit.

It is written down beside the engine's own catalog, in the same transaction, for `information_schema` to tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from xerosql.catalog.relation import CHECK, FOREIGN_KEY, PRIMARY_KEY, UNIQUE
from xerosql.plan.model import DECLARED, LENGTH, ON_COMMIT

#: A kind of constraint, or another kind; the columns it is on, or the place among the CHECKs; the name, or what it is.
Declaration = tuple[str, str, str]

ON_A_COLUMN: dict[type[exp.Expr], str] = {
    exp.PrimaryKeyColumnConstraint: PRIMARY_KEY,
    exp.UniqueColumnConstraint: UNIQUE,
    exp.Reference: FOREIGN_KEY,
}
ON_A_TABLE: dict[type[exp.Expr], str] = {
    exp.PrimaryKey: PRIMARY_KEY,
    exp.UniqueColumnConstraint: UNIQUE,
    exp.ForeignKey: FOREIGN_KEY,
}


def keep_declarations(expression: exp.Expr, on_commit: str = "") -> tuple[str, ...]:
    """The statements that keep up with what DDL declares, renames or drops, to be run behind it.

    The tables have their schemas. `on_commit` is what becomes of a new one on commit, empty if nothing does.
    """
    if isinstance(expression, exp.Drop) and (expression.args.get("kind") or "").upper() in ("TABLE", "VIEW"):
        return tuple(forgetting(each.db, each.name) for each in expression.find_all(exp.Table))
    if isinstance(expression, exp.Alter):
        old = of(expression.this.db, expression.this.name)
        return tuple(f"UPDATE {DECLARED} SET table_name = {text(new)} {old}" for new in renames(expression))
    if not isinstance(expression, exp.Create) or (expression.kind or "").upper() != "TABLE":
        return ()
    target = expression.this.this if isinstance(expression.this, exp.Schema) else expression.this
    found = [*declarations(expression.this)] if isinstance(expression.this, exp.Schema) else []
    if on_commit:
        found.append((ON_COMMIT, "", on_commit))
    table = f"{text(target.db)}, {text(target.name.lower())}"
    rows = ", ".join(f"({table}, {', '.join(map(text, each))})" for each in found)
    forget = forgetting(target.db, target.name)
    return (forget, f"INSERT INTO {DECLARED} VALUES {rows}") if rows else (forget,)


def forgetting(schema: str, table: str) -> str:
    """The statement by which nothing is kept of a table any more."""
    return f"DELETE FROM {DECLARED} {of(schema, table)}"


def of(schema: str, table: str) -> str:
    """The WHERE that finds what is kept of a table."""
    return f"WHERE schema_name = {text(schema)} AND table_name = {text(table.lower())}"


def renames(expression: exp.Alter) -> Iterator[str]:
    for each in expression.args["actions"]:
        if isinstance(each, exp.AlterRename):
            yield each.this.name.lower()


def text(value: str) -> str:
    return exp.Literal.string(value).sql(dialect="duckdb")


def declarations(schema: exp.Schema) -> Iterator[Declaration]:
    for each in schema.expressions:
        if isinstance(each, exp.ColumnDef):
            yield from of_column(each)
        elif isinstance(each, exp.Constraint):
            yield from of_table(each)
    for place, check in enumerate(schema.find_all(exp.CheckColumnConstraint, bfs=False)):
        if isinstance(check.parent, exp.Constraint | exp.ColumnConstraint) and (name := check.parent.this):
            yield CHECK, str(place), name.name


def of_column(column: exp.ColumnDef) -> Iterator[Declaration]:
    kind = column.kind
    if kind is not None and kind.this in exp.DataType.TEXT_TYPES and kind.expressions:
        yield LENGTH, column.name.lower(), kind.expressions[0].name
    for each in column.constraints:
        if each.this and type(each.kind) in ON_A_COLUMN:
            yield ON_A_COLUMN[type(each.kind)], column.name.lower(), each.this.name


def of_table(constraint: exp.Constraint) -> Iterator[Declaration]:
    for each in constraint.expressions:
        if type(each) in ON_A_TABLE:
            columns = each.this.expressions if isinstance(each.this, exp.Schema) else each.expressions
            yield ON_A_TABLE[type(each)], joined(columns), constraint.this.name


def joined(columns: Iterable[exp.Expr]) -> str:
    return ",".join(each.find(exp.Identifier).name.lower() for each in columns)  # type: ignore[union-attr]  # each has one
