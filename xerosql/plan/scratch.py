"""Statements on the local schemas, `scratch` and that of temporary tables: full DDL and DML, run by the engine."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from xerosql.catalog import SCRATCH, is_local, is_temporary
from xerosql.errors import NotSupportedError
from xerosql.plan.declared import keep_declarations
from xerosql.plan.definitions import makes_view, plan_view
from xerosql.plan.model import ReadPlan, Scan, ScratchPlan
from xerosql.plan.names import RESOLVED, Names, resolve_tables, unknown_table
from xerosql.plan.origins import SCAN
from xerosql.plan.parameters import renumber
from xerosql.plan.query import analysed, for_engine
from xerosql.plan.sequences import number_rows
from xerosql.plan.temporary import Making, make_lasting
from xerosql.plan.views import expand, shown
from xerosql.plan.writes import with_inside

DDL = (exp.Create, exp.Comment, exp.Drop, exp.Alter, exp.TruncateTable)
CREATABLE = {"TABLE", "VIEW", "INDEX", "SEQUENCE"}


def targets_scratch(expression: exp.Expr, names: Names) -> bool:
    """Whether the statement changes a local table. DDL on anything else is refused here, by `place_targets`."""
    if isinstance(expression, DDL):
        return True
    if isinstance(expression, exp.Insert | exp.Update | exp.Delete):
        target = expression.find(exp.Table)
        found = names.find(target.db, target.name) if target is not None else None
        return found is not None and is_local(found[0])
    return False


def place_targets(expression: exp.Expr, names: Names, making: Making) -> None:
    """Give the tables that DDL makes or changes their schema; NotSupportedError for one that is not local."""
    kind = (expression.args.get("kind") or "TABLE").upper()
    word = f"{expression.key.upper().removesuffix('TABLE')} {kind}"
    if isinstance(expression, exp.Create | exp.Drop) and kind not in CREATABLE:
        raise NotSupportedError(f"{word} is not supported; tables, views and indexes of the scratch schema are")
    if isinstance(expression.this, exp.Column):
        name_table_of(expression.this)
    for target in ddl_targets(expression):
        if making.temporary:
            schema = names.temporary_schema
        else:
            schema = names.changed_in(target.db) if target.db else created_in(target.name, expression, names)
        if is_temporary(schema) and schema != names.temporary:
            raise unknown_table(target, names)
        if schema != SCRATCH and schema != names.temporary:
            raise NotSupportedError(
                f"{word} cannot change {schema}.{target.name}: Xero's tables are fixed. "
                f"Make a local one instead, as in CREATE TABLE scratch.{target.name} (…)"
            )
        target.set("catalog", None)
        target.set("db", exp.to_identifier(schema, quoted=True))
        target.set("this", exp.to_identifier(target.name.lower(), quoted=True))
        target.meta[RESOLVED] = (schema, target.name)


def name_table_of(column: exp.Column) -> None:
    """Make the table in COMMENT ON COLUMN a node like any other table: the column's name stands behind it."""
    table = exp.Table(this=column.args.get("table"), db=column.args.get("db"), catalog=column.args.get("catalog"))
    column.replace(exp.Dot(this=table, expression=column.this))


def ddl_targets(expression: exp.Expr) -> list[exp.Table]:
    """The tables that a DDL statement makes or changes."""
    if not isinstance(expression, exp.Create):
        return [each for each in expression.find_all(exp.Table) if not isinstance(each.parent, exp.AlterRename)]
    if (expression.kind or "").upper() == "INDEX":
        return list(expression.this.find_all(exp.Table))
    target = expression.this.this if isinstance(expression.this, exp.Schema) else expression.this
    return [target] if isinstance(target, exp.Table) else []


def created_in(name: str, expression: exp.Expr, names: Names) -> str:
    """The schema of an unqualified DDL target: where it is found, else where new tables go."""
    found = names.find("", name)
    is_index = isinstance(expression, exp.Create) and (expression.kind or "").upper() == "INDEX"
    if found is not None and (is_index or not isinstance(expression, exp.Create)):
        return found[0]
    if isinstance(expression, exp.Drop) and name.lower() in names.indexes:
        return names.temporary
    if isinstance(expression, exp.Drop) and expression.args.get("exists"):
        return SCRATCH  # not there either, which is fine with IF EXISTS
    return names.changed_in("")


def refuse_view(expression: exp.Expr, names: Names) -> None:
    """NotSupportedError where what is to be changed as a table is changed is a view."""
    match expression:
        case exp.Insert() | exp.Update() | exp.Delete():
            targets = [expression.this.this if isinstance(expression.this, exp.Schema) else expression.this]
        case exp.Alter():
            renamed = any(isinstance(action, exp.AlterRename) for action in expression.args.get("actions") or ())
            targets = [] if renamed else [expression.this]
        case exp.TruncateTable():
            targets = expression.expressions
        case exp.Create():
            targets = ddl_targets(expression) if (expression.kind or "").upper() == "INDEX" else []
        case _:
            targets = []
    for name in filter(None, map(names.view, targets)):
        raise NotSupportedError(f"{shown(name)} is a view, which can only be read; change the tables that it reads")


def plan_scratch(expression: exp.Expr, names: Names, parameters: tuple[str | int, ...]) -> ScratchPlan:
    """The statement for the engine, with the scans of the query inside it, if it has one."""
    making = Making.of(expression, names)
    make_lasting(expression)
    if isinstance(expression, DDL):
        place_targets(expression, names, making)
    schema = (f"CREATE SCHEMA IF NOT EXISTS {names.temporary_schema}",) if making.temporary else ()
    if makes_view(expression):
        return replace(plan_view(expression, names, parameters), before=schema, temporary=making.temporary)
    before, after = (*schema, *number_rows(expression)), keep_declarations(expression, making.on_commit)
    if exists_already(expression, names):
        before, after = (), ()
    scans = embedded_scans(expression, names)
    resolve_rest(expression, names)
    returning = expression.args.get("returning")
    if returning is not None and returning.find(exp.Parameter):
        raise NotSupportedError("RETURNING on a local table cannot have parameters; SELECT what was written instead")
    nodes = list(expression.walk())
    uses = renumber(nodes)
    query = ReadPlan(
        sql=for_engine(expression, nodes, scans),
        scans=scans,
        parameters=parameters,
        uses=uses,
        names=tuple(each.alias_or_name for each in returning.expressions) if returning else (),
        uses_scratch=True,
    )
    is_ddl = isinstance(expression, DDL)
    kind = expression.key.upper().removesuffix("TABLE")
    return ScratchPlan(
        kind,
        query,
        changes_schema=is_ddl,
        counts_rows=not is_ddl,
        has_rows=returning is not None,
        before=before,
        after=after,
        temporary=is_temporary_only(expression, names),
        clears=bool(making.on_commit),
    )


def is_temporary_only(expression: exp.Expr, names: Names) -> bool:
    """Whether all that the statement changes is temporary."""
    if isinstance(expression, DDL):
        targets = ddl_targets(expression)
    else:
        target = expression.find(exp.Table)
        targets = [] if target is None else [target]
    return bool(targets) and all(is_temporary(each.meta.get(RESOLVED, ("",))[0]) for each in targets)


def exists_already(expression: exp.Expr, names: Names) -> bool:
    """Whether a CREATE TABLE IF NOT EXISTS has nothing to do."""
    if not isinstance(expression, exp.Create) or not expression.args.get("exists"):
        return False
    return any((target.db, target.name) in names.local for target in ddl_targets(expression))


def embedded_scans(expression: exp.Expr, names: Names) -> tuple[Scan, ...]:
    """Plan the SELECT of a CREATE TABLE … AS or an INSERT … SELECT; the statement then reads its scans."""
    with_inside(expression)
    query = expression.args.get("expression")
    if not isinstance(query, exp.Query) or isinstance(query, exp.Values):
        return ()
    analysis = analysed(query, names)
    query.replace(analysis.query)
    return analysis.scans


def resolve_rest(expression: exp.Expr, names: Names) -> None:
    """Resolve the tables outside the embedded query; they must be local tables."""
    for renamed in expression.find_all(exp.AlterRename):
        renamed.this.meta[RESOLVED] = ("", renamed.this.name)  # a name to be, which DuckDB wants bare
    for target in ddl_targets(expression) if isinstance(expression, exp.Create) else ():
        schema, own = target.meta[RESOLVED]
        for node in expression.find_all(exp.Table):  # a foreign key to the table that is being made
            if node is not target and node.name.lower() == own and names.schema(node.db) in ("", schema):
                node.set("db", exp.to_identifier(schema, quoted=True))
                node.meta[RESOLVED] = (schema, own)
    unresolved = [node for node in expression.find_all(exp.Table) if RESOLVED not in node.meta]
    resolve_tables(expression, names)
    refuse_view(expression, names)
    expand(unresolved, names)
    for node in expression.find_all(exp.Table):
        if names.virtual(node) is not None and SCAN not in node.meta:
            raise NotSupportedError(
                f"a statement that changes a local table can read {node.name} only in its SELECT; "
                "copy the rows first: CREATE TABLE scratch.… AS SELECT …"
            )
