"""INSERT, UPDATE and DELETE on Xero's tables: checked as far as the text allows, then which rows, and what to send.

UPDATE and DELETE find their rows with a query of their own, so any WHERE works and costs what the same SELECT does.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from xerosql.catalog import near
from xerosql.catalog.model import PAIR, Column, Table
from xerosql.errors import InternalError, NotSupportedError, ProgrammingError
from xerosql.plan.literals import simple_value
from xerosql.plan.model import DeletePlan, InsertPlan, ReadPlan, UpdatePlan, Value
from xerosql.plan.names import Names, position, resolve_tables
from xerosql.plan.query import plan_query


def plan_insert(expression: exp.Insert, names: Names, parameters: tuple[str | int, ...]) -> InsertPlan:
    refuse_clauses(expression, "expression")
    with_inside(expression)
    target, table = target_of(expression, names)
    if table.insert is None:
        raise NotSupportedError(
            f"rows cannot be inserted into {table.name}. {table.insert_instead or sentence(read_only_because(table))}"
        )
    columns = insert_columns(expression, table)
    rows, source = inserted_rows(expression, columns, names, parameters)
    returning = returning_of(expression, target, names, parameters)
    return InsertPlan(table, table.insert, columns, parameters, rows, source, returning)


def plan_update(expression: exp.Update, names: Names, parameters: tuple[str | int, ...]) -> UpdatePlan:
    refuse_clauses(expression, "expressions", "from_", "where")
    target, table = target_of(expression, names)
    if not table.updates:
        raise NotSupportedError(f"{table.name} cannot be updated: {read_only_because(table)}")
    assigned = assignments(expression, table)
    returning = returning_of(expression, target, names, parameters)
    targets = select_targets(expression, target, table, list(assigned.values()), "from_", names, parameters)
    return UpdatePlan(table, tuple(assigned), targets, returning, is_unfiltered(expression, target, table))


def plan_delete(expression: exp.Delete, names: Names, parameters: tuple[str | int, ...]) -> DeletePlan:
    refuse_clauses(expression, "using", "where")
    target, table = target_of(expression, names)
    if table.delete is None:
        raise NotSupportedError(
            f"rows of {table.name} cannot be deleted. {table.delete_instead or read_only_because(table)}"
        )
    returning = returning_of(expression, target, names, parameters)
    targets = select_targets(expression, target, table, [], "using", names, parameters)
    return DeletePlan(table, table.delete, targets, returning, is_unfiltered(expression, target, table))


def target_of(expression: exp.Expr, names: Names) -> tuple[exp.Table, Table]:
    """The table a write changes, without its alias being lost; NotSupportedError if it is only to be read."""
    node = expression.this.this if isinstance(expression.this, exp.Schema) else expression.this
    if not isinstance(node, exp.Table):
        raise ProgrammingError("the statement names no table to write to")
    extra = {name for name, value in node.args.items() if value} - {"this", "db", "catalog", "alias"}
    if extra:
        raise NotSupportedError(f"a write changes one table, named without {', '.join(sorted(extra))}")
    alias = node.alias or node.name
    if names.find(node.db, node.name) is None:
        resolve_tables(node, names)  # raises with near names
    found = names.find(node.db, node.name)
    table = names.catalog.get(*found) if found else None
    if table is None:
        raise InternalError(f"{node.name} is resolved twice")
    if not (table.insert or table.updates or table.delete):
        raise NotSupportedError(f"{table.name} can only be read: {read_only_because(table)}")
    named = exp.Table(this=exp.to_identifier(table.name), db=exp.to_identifier(table.schema))
    named.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    return named, table


def read_only_because(table: Table) -> str:
    if table.source == "queue":
        return "it shows what is in the queue and changes by itself"
    return "Xero's API has no way to change it" if table.source == "xero" else "it describes the connection"


def sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def refuse_clauses(expression: exp.Expr, *understood: str) -> None:
    """NotSupportedError for any clause besides those that are planned: none may be dropped in silence."""
    known = {"this", "returning", "with_", *understood}
    extra = sorted(name for name, value in expression.args.items() if value and name not in known)
    if extra and isinstance(expression, exp.Insert):
        raise NotSupportedError("ON CONFLICT and OR REPLACE are not supported: Xero gives every row an id of its own")
    if extra:
        clause = extra[0].rstrip("_").replace("_", " ").upper()
        raise NotSupportedError(
            f"{expression.key.upper()} with {clause} is not supported on Xero's tables. Which rows to change is said "
            "by WHERE alone: WHERE Id IN (SELECT Id FROM … ORDER BY … LIMIT …)"
        )


def with_inside(expression: exp.Expr) -> None:
    """WITH before an INSERT belongs to its SELECT."""
    with_, query = expression.args.get("with_"), expression.args.get("expression")
    if with_ is None or not isinstance(query, exp.Query):
        return
    own = query.args.get("with_")
    merged = with_.copy()
    if own is not None:
        merged.set("expressions", [*merged.expressions, *own.expressions])
    query.set("with_", merged)
    expression.set("with_", None)


def insert_columns(expression: exp.Insert, table: Table) -> tuple[str, ...]:
    """The columns of the INSERT in order; ProgrammingError for unknown, read-only, repeated or missing ones."""
    if not isinstance(expression.this, exp.Schema):
        raise ProgrammingError(f"name the columns: INSERT INTO {table.name} ({', '.join(required(table))}) VALUES (…)")
    columns = [known_column(node, table) for node in expression.this.expressions]
    for column in columns:
        refuse_insert(column, table)
        if columns.count(column) > 1:
            raise ProgrammingError(f"column {column.name} is given twice", sqlstate="42701")
    given = {column.name for column in columns}
    missing = [name for name in required(table) if name not in given and not filled_in(name, table)]
    if missing:
        raise ProgrammingError(
            f"a {table.item} needs {listed(missing)} too: INSERT INTO {table.name} must name {listed(required(table))}",
            sqlstate="23502",
        )
    return tuple(column.name for column in columns)


def required(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.required]


def filled_in(name: str, table: Table) -> bool:
    """Whether a rule can supply a column that is left out."""
    from xerosql.catalog.model import SameAsParent, ZeroWhen

    return any(isinstance(rule, SameAsParent | ZeroWhen) and rule.column == name for rule in table.rules)


def listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def refuse_insert(column: Column, table: Table) -> None:
    if column.name in table.insertable:
        return
    reason = "Xero gives it" if column.key or column.type is PAIR else "Xero works it out"
    raise ProgrammingError(f"column {column.name} of {table.name} cannot be inserted: {reason}", sqlstate="428C9")


def known_column(node: exp.Expr, table: Table) -> Column:
    name = node.name
    column = table.by_name.get(name.lower())
    if column is None:
        hint = near(name, [each.name for each in table.columns])
        where = position(node if isinstance(node, exp.Identifier) else node.this)
        raise ProgrammingError(f'{table.name} has no column "{name}"{where}{hint}', sqlstate="42703")
    return column


def inserted_rows(
    expression: exp.Insert, columns: tuple[str, ...], names: Names, parameters: tuple[str | int, ...]
) -> tuple[tuple[tuple[Value, ...], ...], ReadPlan | None]:
    """The rows of VALUES where they are plain values, else a query that yields them."""
    source = expression.expression
    if not isinstance(source, exp.Query | exp.Values):
        raise NotSupportedError("INSERT takes VALUES (…) or a SELECT")
    if isinstance(source, exp.Values):
        tuples = [each.expressions if isinstance(each, exp.Tuple) else [each.unnest()] for each in source.expressions]
        for place, row in enumerate(tuples, start=1):
            refuse_width(len(row), len(columns), f"row {place}")
        tuples = [[exp.Null() if is_default(value) else value for value in row] for row in tuples]
        rows = [[simple_value(value) for value in row] for row in tuples]
        if all(value is not None for row in rows for value in row):
            return tuple(tuple(value for value in row if value is not None) for row in rows), None
        source = one_select_a_row(tuples)
    plan = plan_query(source, names, parameters)
    refuse_width(len(plan.names), len(columns), "the SELECT")
    return (), plan


def is_default(node: exp.Expr) -> bool:
    """Whether a value is the keyword DEFAULT: Xero's default is what it does without a value."""
    bare = isinstance(node, exp.Column) and not node.table and not node.this.quoted
    return (bare or isinstance(node, exp.Var)) and node.name.upper() == "DEFAULT"


def one_select_a_row(tuples: Sequence[Sequence[exp.Expr]]) -> exp.Query:
    """VALUES as a UNION ALL, so that expressions can be evaluated."""
    selects = [exp.select(*[value.copy() for value in row]) for row in tuples]
    query: exp.Query = selects[0]
    for select in selects[1:]:
        query = exp.union(query, select, distinct=False)
    return query


def refuse_width(found: int, expected: int, what: str) -> None:
    if found != expected:
        raise ProgrammingError(f"{what} has {found} values for {expected} columns", sqlstate="42601")


def assignments(expression: exp.Update, table: Table) -> dict[str, exp.Expr]:
    """Column to new value for every SET; ProgrammingError for columns that cannot be set."""
    assigned: dict[str, exp.Expr] = {}
    for node in expression.expressions:
        if not isinstance(node, exp.EQ) or not isinstance(node.this, exp.Column):
            raise NotSupportedError("SET takes column = value, one by one")
        column = known_column(node.this, table)
        refuse_set(column, table)
        if column.name in assigned:
            raise ProgrammingError(f"column {column.name} is set twice", sqlstate="42601")
        assigned[column.name] = exp.Null() if is_default(node.expression) else node.expression
    if not assigned:
        raise ProgrammingError("SET names no column", sqlstate="42601")
    return assigned


def refuse_set(column: Column, table: Table) -> None:
    if column.name in table.settable:
        return
    chooses = column.key or column.name in ("TenantId", *table.identity) or column.name in table.insertable
    reason = f"it says which {table.item} it is, and that never changes" if chooses else "it is read-only in Xero"
    settable = [each.name for each in table.columns if each.name in table.settable]
    raise ProgrammingError(
        f"column {column.name} of {table.name} cannot be SET: {reason}. {listed(settable)} can be.", sqlstate="428C9"
    )


def select_targets(
    expression: exp.Update | exp.Delete,
    target: exp.Table,
    table: Table,
    values: list[exp.Expr],
    others: str,
    names: Names,
    parameters: tuple[str | int, ...],
) -> ReadPlan:
    """The query for the rows to write: the key of each, behind TenantId for Xero's tables, then the new values."""
    names_of_key = ("TenantId", table.key[0]) if table.source == "xero" else table.key
    keys = [exp.column(name, table=target.alias, quoted=True) for name in names_of_key]
    chosen = [exp.alias_(value.copy(), f"set_{place}") for place, value in enumerate(values)]
    select = exp.select(*keys, *chosen).from_(target.copy())
    for other in other_tables(expression, others):
        select.append("joins", other)
    where = expression.args.get("where")
    if where is not None:
        select = select.where(where.this.copy())
    with_ = expression.args.get("with_")
    if with_ is not None:
        select.set("with_", with_.copy())
    plan = plan_query(select, names, parameters)
    if plan.scans[0].table is not table:
        raise InternalError(f"the rows of {table.name} to write are not the first that the plan reads")
    return plan


def is_unfiltered(expression: exp.Update | exp.Delete, target: exp.Table, table: Table) -> bool:
    """Whether no condition on the target's own columns must hold: no WHERE, `1 = 1`, `Name = 'x' OR TRUE`."""
    where = expression.args.get("where")
    return where is None or not narrows(where.this, target, table)


def narrows(node: exp.Expr, target: exp.Table, table: Table) -> bool:
    """Whether a condition depends on a column of the target, on every side of an OR."""
    if isinstance(node, exp.Paren):
        return narrows(node.this, target, table)
    if isinstance(node, exp.And):
        return any(narrows(each, target, table) for each in node.flatten())
    if isinstance(node, exp.Or):
        return all(narrows(each, target, table) for each in node.flatten())
    return any(is_of(column, target, table) for column in node.find_all(exp.Column))


def is_of(column: exp.Column, target: exp.Table, table: Table) -> bool:
    """Whether a column, as the user wrote it, can be one of the target's; Xero's TenantId only says whose rows."""
    if column.name.lower() == "tenantid" and table.source == "xero":
        return False
    if column.table:
        return column.table.lower() == target.alias.lower()
    return column.name.lower() in table.by_name


def other_tables(expression: exp.Expr, argument: str) -> list[exp.Join]:
    """The tables of UPDATE … FROM or DELETE … USING, as joins."""
    found = expression.args.get(argument)
    if not found:
        return []
    nodes = found if isinstance(found, list) else [found.this]
    joins = []
    for node in nodes:
        own = [join.copy() for join in node.args.get("joins") or []]
        table = node.copy()
        table.set("joins", None)
        joins += [exp.Join(this=table), *own]
    return joins


def returning_of(
    expression: exp.Expr, target: exp.Table, names: Names, parameters: tuple[str | int, ...]
) -> ReadPlan | None:
    """RETURNING as a query over the written rows, under the name the statement calls its table by."""
    returning = expression.args.get("returning")
    if returning is None:
        return None
    select = exp.select(*[each.copy() for each in returning.expressions]).from_(target.copy())
    plan = plan_query(select, names, parameters)
    if len(plan.scans) != 1:
        raise NotSupportedError("RETURNING can name columns of the written table only")
    return plan
