"""What makes a table or a view a temporary one, where it is made, and what becomes of it on commit."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from xerosql.catalog import TEMPORARY, is_temporary
from xerosql.errors import NotSupportedError, ProgrammingError
from xerosql.plan.dialect import ON_COMMIT_DROP
from xerosql.plan.model import DELETE_ROWS, DROP_TABLE
from xerosql.plan.names import Names, is_cte

KINDS = ("TABLE", "VIEW")


@dataclass(frozen=True)
class Making:
    """What a statement says of making something temporary: whether it is, and what becomes of it on commit.

    `on_commit` is empty where nothing does.
    """

    temporary: bool = False
    on_commit: str = ""

    @classmethod
    def of(cls, expression: exp.Expr, names: Names) -> Making:
        """Raises for what cannot be temporary, as PostgreSQL does. A view of a temporary table is temporary itself."""
        if not isinstance(expression, exp.Create):
            return cls()
        kind, schema = (expression.kind or "").upper(), schema_written(expression)
        is_said = any(isinstance(each, exp.TemporaryProperty) for each in properties_of(expression))
        if is_said and kind not in KINDS:
            refuse_kind(kind)
        is_named = (schema or first(names)).lower() == TEMPORARY or is_temporary(schema)
        follows = not is_named and not is_said and kind == "VIEW" and reads_temporary(expression, names)
        if is_temporary(schema) and schema != names.temporary:
            raise ProgrammingError("cannot create relations in temporary schemas of other sessions", sqlstate="42P16")
        if (is_said or follows) and schema and not is_named:
            raise ProgrammingError(
                f"cannot create temporary relation in non-temporary schema {schema}; leave the schema away",
                sqlstate="42P16",
            )
        committed = [each for each in properties_of(expression) if is_on_commit(each)]
        if committed and not (is_said or is_named):
            raise ProgrammingError("ON COMMIT can only be used on temporary tables", sqlstate="42P16")
        return cls(is_said or is_named or follows, next(map(on_commit_of, committed), ""))


def refuse_kind(kind: str) -> None:
    serial = "; a temporary table numbers its rows by a SERIAL column" if kind == "SEQUENCE" else ""
    raise NotSupportedError(f"CREATE TEMP {kind} is not supported, CREATE TEMP TABLE and TEMP VIEW are{serial}")


def first(names: Names) -> str:
    """The schema that a bare name is made in."""
    return names.search_path[0] if names.search_path else ""


def schema_written(expression: exp.Create) -> str:
    target = expression.this.this if isinstance(expression.this, exp.Schema) else expression.this
    return target.db.lower() if isinstance(target, exp.Table) else ""


def properties_of(expression: exp.Create) -> list[exp.Expr]:
    properties = expression.args.get("properties")
    return list(properties.expressions) if properties is not None else []


def make_lasting(expression: exp.Expr) -> None:
    """Leave out what says that a table is temporary: the engine makes an ordinary one, in a schema for such."""
    if not isinstance(expression, exp.Create):
        return
    kept = [e for e in properties_of(expression) if not isinstance(e, exp.TemporaryProperty) and not is_on_commit(e)]
    expression.set("properties", exp.Properties(expressions=kept) if kept else None)


def with_into(expression: exp.Expr) -> exp.Expr:
    """SELECT … INTO TEMP t as the CREATE TEMP TABLE t AS SELECT … that it is; any other statement as it is."""
    into = expression.args.get("into") if isinstance(expression, exp.Select) else None
    if into is None or not into.args.get("temporary"):
        return expression
    expression.set("into", None)
    properties = exp.Properties(expressions=[exp.TemporaryProperty()])
    return exp.Create(this=into.this, kind="TABLE", expression=expression, properties=properties)


def is_on_commit(node: exp.Expr) -> bool:
    if isinstance(node, exp.OnProperty):
        return node.this is not None and node.this.name == ON_COMMIT_DROP
    return isinstance(node, exp.OnCommitProperty)


def on_commit_of(node: exp.Expr) -> str:
    """What becomes of it on commit; empty for PRESERVE ROWS, which is nothing."""
    if isinstance(node, exp.OnProperty):
        return DROP_TABLE
    return DELETE_ROWS if node.args.get("delete") else ""


def reads_temporary(expression: exp.Create, names: Names) -> bool:
    """Whether the query of a CREATE VIEW names a temporary table."""
    query = expression.args.get("expression")
    tables = [] if query is None else list(query.find_all(exp.Table))
    found = (names.find(each.db, each.name) for each in tables if not is_cte(each))
    return any(each is not None and is_temporary(each[0]) for each in found)
