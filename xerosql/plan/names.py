"""Names to tables and columns: the search path, near names for what is unknown, and columns bound to their tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.annotate_types import TypeAnnotator
from sqlglot.optimizer.qualify_columns import qualify_columns
from sqlglot.optimizer.qualify_tables import qualify_tables
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema

from xerosql.catalog import TEMPORARY, Catalog, is_local, near
from xerosql.catalog.model import Table
from xerosql.errors import ProgrammingError
from xerosql.plan.dialect import Xero
from xerosql.plan.unread import refuse_endless, refuse_unread, refuse_whole_rows

#: Where a table's schema and name are kept on its node once it is resolved.
RESOLVED = "xerosql_table"
#: What marks a column that is written without its table; sqlglot binds one that two tables have to a query around.
BARE = "xerosql_bare"
#: Where a join keeps the columns of its USING.
USING = "xerosql_using"

#: The tables of the local schemas by schema and name, in lower case, with their columns.
LocalTables = Mapping[tuple[str, str], Mapping[str, str]]
#: Column names, in lower case, with their types: sqlglot's, or the SQL for one.
ColumnTypes = Mapping[str, exp.DataType | str]


class TemporaryWanted(Exception):  # noqa: N818 - no error: the plan is made again with a schema for them
    """A statement makes a temporary table, and the connection has no schema for such yet."""


@dataclass(frozen=True)
class Names:
    """What names mean to one connection: the catalog, the search path, and the local tables there are now.

    A view is one of them; where only its columns matter, nobody needs to know the difference. `temporary` is the schema
    of the connection's own temporary tables, empty until it has had one; `indexes` are the names of the indexes there.
    """

    catalog: Catalog
    search_path: tuple[str, ...] = ("projects",)
    local: LocalTables = field(default_factory=dict)
    spelling: LocalTables = field(default_factory=dict)  # of their columns, by the names in lower case
    temporary: str = ""
    indexes: frozenset[str] = frozenset()
    views: Mapping[tuple[str, str], str] = field(
        default_factory=dict
    )  # those among the tables, as `stored.py` packs them
    explaining: bool = False  # whether a plan keeps the conditions as they were written
    folding: bool = False  # whether a result's columns are in lower case unless they were quoted

    def find(self, schema: str, name: str) -> tuple[str, str] | None:
        """The schema and name of a table, lower case; an empty `schema` means the search path."""
        for candidate in [self.schema(schema)] if schema else self.searched:
            if self.catalog.get(candidate, name) or (candidate, name.lower()) in self.local:
                return candidate, name.lower()
        return None

    def schema(self, name: str) -> str:
        """A schema in lower case. `pg_temp` is the connection's own, empty where it has none yet."""
        return self.temporary if name.lower() == TEMPORARY else name.lower()

    @property
    def searched(self) -> tuple[str, ...]:
        """The schemas in which a bare name is looked for: the temporary one first, unless the path says where."""
        first = () if TEMPORARY in self.search_path else (self.temporary,)
        return (*first, *(self.schema(each) for each in self.search_path))

    @property
    def temporary_schema(self) -> str:
        """Where temporary tables are made; TemporaryWanted for a connection that has had none."""
        if not self.temporary:
            raise TemporaryWanted
        return self.temporary

    def changed_in(self, written: str) -> str:
        """The schema in which DDL that names this one has its target; of an empty name, the first of the path."""
        name = (written or self.search_path[0]).lower()
        return self.temporary_schema if name == TEMPORARY else name

    def virtual(self, node: exp.Table) -> Table | None:
        """The Xero (or catalog) table that a resolved node stands for, None for local tables."""
        schema, name = node.meta.get(RESOLVED, ("", ""))
        return self.catalog.get(schema, name)

    def view(self, node: exp.Expr) -> tuple[str, str] | None:
        """The schema and name of the view that a resolved node stands for, None for tables and for other nodes."""
        place: tuple[str, str] = node.meta.get(RESOLVED, ("", "")) if isinstance(node, exp.Table) else ("", "")
        return place if place in self.views else None

    def shown(self, schema: str, name: str) -> Collection[str]:
        """The columns that `*` stands for: those that cost no call for each row."""
        table = self.catalog.get(schema, name)
        return self.local[schema, name] if table is None else shown_columns(table)

    def spelling_of(self, node: exp.Table) -> Mapping[str, str]:
        """The columns of a resolved node's table as they are to be shown, by their names in lower case."""
        table = self.virtual(node)
        if table is not None:
            return {column.name.lower(): column.name for column in table.columns}
        return self.spelling.get(node.meta.get(RESOLVED, ("", "")), {})

    def columns_of(self, schema: str, name: str) -> ColumnTypes:
        table = self.catalog.get(schema, name)
        return self.local[schema, name] if table is None else catalog_columns(table)


@cache
def catalog_columns(table: Table) -> ColumnTypes:
    """A table's columns with their types parsed, which takes longer than all else that is done with them."""
    return {column.name.lower(): exp.DataType.build(column.type.sql, dialect=Xero) for column in table.columns}


@cache
def shown_columns(table: Table) -> frozenset[str]:
    return frozenset(column.name.lower() for column in table.columns if not column.hydrated)


def resolve_tables(expression: exp.Expr, names: Names) -> None:
    """Give every table of the statement its schema; ProgrammingError for one that does not exist."""
    resolve(list(expression.walk()), names)


def resolve(nodes: Iterable[exp.Expr], names: Names) -> None:
    """Give every table among the nodes of a statement its schema; ProgrammingError for one that does not exist."""
    for node in nodes:
        if isinstance(node, exp.Column) and node.args.get("db"):
            call_by_table(node, names)
        if not isinstance(node, exp.Table):
            continue
        if RESOLVED in node.meta or not isinstance(node.this, exp.Identifier) or is_cte(node):
            continue
        if node.catalog and node.catalog.lower() != "xero":
            raise ProgrammingError(f'no database "{node.catalog}"; the only one is xero', sqlstate="3D000")
        found = names.find(node.db, node.name)
        if found is None:
            raise unknown_table(node, names)
        place(node, *found)


def call_by_table(column: exp.Column, names: Names) -> None:
    """A column that is written with its local table's whole name by the table alone, as that is called from here on."""
    if column.catalog.lower() == "xero" or is_local(names.schema(column.db)):
        column.set("catalog", None)
        column.set("db", None)


def place(node: exp.Table, schema: str, name: str) -> None:
    """Name the node by its schema; keep what it was called as its alias."""
    if not node.alias and not isinstance(node.parent, exp.Schema | exp.Create | exp.Insert | exp.Drop | exp.Alter):
        node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name.lower(), quoted=True)))
    node.set("catalog", None)
    node.set("db", exp.to_identifier(schema, quoted=True))
    node.set("this", exp.to_identifier(name, quoted=True))
    node.meta[RESOLVED] = (schema, name)


def is_cte(node: exp.Table) -> bool:
    """Whether a bare name means a WITH query that is visible where the node stands."""
    if node.db:
        return False
    child: exp.Expr = node
    parent = node.parent
    while parent is not None:
        with_ = parent.args.get("with_") or parent.args.get("with")
        if with_ is not None and with_ is not child and name_in_with(node.name, with_, child):
            return True
        if isinstance(parent, exp.With) and name_in_with(node.name, parent, child):
            return True
        child, parent = parent, parent.parent
    return False


def name_in_with(name: str, with_: exp.Expr, child: exp.Expr) -> bool:
    """Whether `with_` defines `name` for the part of the statement that `child` is: itself and what follows it."""
    visible = []
    for cte in with_.expressions:
        if cte is child:
            if with_.args.get("recursive"):
                visible.append(cte)
            break
        visible.append(cte)
    return any(cte.alias.lower() == name.lower() for cte in visible)


def unknown_table(node: exp.Table, names: Names) -> ProgrammingError:
    written = ".".join(part.name for part in node.parts)
    known = [table.name for table in names.catalog] + [f"{t.schema}.{t.name}" for t in names.catalog]
    known += [name if schema == names.temporary else f"{schema}.{name}" for schema, name in names.local]
    hint = near(written, known) or "; SELECT * FROM information_schema.tables lists all"
    return ProgrammingError(f'there is no table "{written}"{position(node.this)}{hint}', sqlstate="42P01")


def position(node: exp.Expr | None) -> str:
    if node is None or "line" not in node.meta:
        return ""
    column = node.meta["col"] - len(node.name) + 1  # sqlglot notes where a token ends
    return f" (line {node.meta['line']}, column {column})"


def qualified(expression: exp.Expr, nodes: Sequence[exp.Expr], names: Names) -> tuple[exp.Expr, list[Scope]]:
    """The query with every column bound to a table, every star spelled out and types told; and its scopes.

    It is given with all its nodes, and is used up. ProgrammingError where a column cannot be bound. The steps are those
    of sqlglot's `qualify()`, without the passes that would tell us nothing new.
    """
    refuse_endless(nodes)
    refuse_unread(nodes)
    schema = schema_of(nodes, names)
    written = folded(nodes)
    try:
        result = qualify_columns(qualify_tables(expression, dialect=Xero), schema)
    except OptimizeError as error:
        check_columns(traverse_scope(expression), written, names)  # says it with near names, if it finds it too
        raise ProgrammingError(str(error), sqlstate="42703") from error
    nodes = list(result.walk())
    refuse_whole_rows(nodes)
    quote_names(nodes)
    scopes = traverse_scope(result)
    check_columns(scopes, written, names)
    tell_types(result, scopes, schema)
    return result, scopes


def folded(nodes: Iterable[exp.Expr]) -> dict[str, str]:
    """Write every name in lower case, since they are matched without it; the result has them as they were written."""
    written: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, exp.Column) and not node.table:
            node.meta[BARE] = True
        if isinstance(node, exp.Identifier):
            lower = node.this.lower()
            written[lower] = node.this
            node.set("this", lower)
    return written


def quote_names(nodes: Iterable[exp.Expr]) -> None:
    """Quote every name except those of functions."""
    for node in nodes:
        if isinstance(node, exp.Identifier) and not isinstance(node.parent, exp.Func):
            node.set("quoted", True)


def tell_types(result: exp.Expr, scopes: Iterable[Scope], schema: MappingSchema) -> None:
    """Note on every node of the query the type that its value has. sqlglot would look for the scopes a second time."""
    annotator = TypeAnnotator(schema)
    for scope in scopes:
        annotator.annotate_scope(scope)
    annotator.annotate(result, annotate_scope=False)


def schema_of(nodes: Iterable[exp.Expr], names: Names) -> MappingSchema:
    """The columns and types of the tables among the nodes of a statement."""
    tables: dict[str, dict[str, object]] = {}
    shown: dict[str, dict[str, object]] = {}
    for node in nodes:
        if isinstance(node, exp.Table) and RESOLVED in node.meta:
            schema, name = node.meta[RESOLVED]
            tables.setdefault(schema, {})[name] = dict(names.columns_of(schema, name))
            shown.setdefault(schema, {})[name] = names.shown(schema, name)
    return MappingSchema(dict(tables), visible=dict(shown), dialect=Xero, normalize=False)


def check_columns(scopes: Iterable[Scope], written: Mapping[str, str], names: Names) -> None:
    """ProgrammingError for the first column that no table in its reach has, with names that look like it.

    `written` has each name in lower case as the user wrote it, for the message.
    """
    for scope in scopes:
        reach = sources_in_reach(scope)
        for column in scope.columns:
            if isinstance(column.this, exp.Star):
                continue
            if not column.table or (BARE in column.meta and column.table not in scope.selected_sources):
                refuse_ambiguous(column, scope, names)
            offered = offers(column.table, reach, names)
            if offered is not None and isinstance(scope.expression, exp.SetOperation):
                offered |= {name.lower() for name in scope.expression.named_selects}
            if offered is not None and column.name.lower() not in offered:
                raise unknown_column(column, offered, written)
        for column in left_bare(scope.expression):
            refuse_ambiguous(column, scope, names)


def left_bare(query: exp.Expr) -> Iterator[exp.Column]:
    """The columns of HAVING and QUALIFY that could not be bound, but for those that USING has merged."""
    merged = {name for join in query.args.get("joins") or () for name in join.meta.get(USING, ())}
    for part in ("having", "qualify"):
        clause = query.args.get(part)
        for column in clause.find_all(exp.Column) if isinstance(clause, exp.Having | exp.Qualify) else ():
            if not column.table and column.name not in merged and column.find_ancestor(exp.Query) is query:
                yield column


def refuse_ambiguous(column: exp.Column, scope: Scope, names: Names) -> None:
    """ProgrammingError for a column that several tables of its SELECT have, and that is bound to none of them."""
    name = column.name.lower()
    outputs = scope.expression.named_selects if isinstance(scope.expression, exp.Query) else []
    if not column.table and name in (output.lower() for output in outputs if not is_bare(output, scope)):
        return
    having = [
        alias
        for alias, (_, source) in scope.selected_sources.items()
        if name in (offers("", {alias: source}, names) or ())
    ]
    if len(having) > 1:
        spelling = spelled([name])[0]
        qualified_names = " or ".join(f"{alias}.{spelling}" for alias in having)
        raise ProgrammingError(f'column "{spelling}" is ambiguous; write {qualified_names}', sqlstate="42702")


def is_bare(output: str, scope: Scope) -> bool:
    """Whether an output column is only called so because the column itself is."""
    select = scope.expression
    if not isinstance(select, exp.Select):
        return False
    return any(
        each.alias_or_name == output and isinstance(each.unalias(), exp.Column) and not each.unalias().table  # type: ignore[attr-defined]  # a Column has it
        for each in select.selects
    )


def sources_in_reach(scope: Scope) -> dict[str, exp.Expr | Scope]:
    """The sources of the scope and of those around it, the nearer ones first."""
    reach: dict[str, exp.Expr | Scope] = {}
    current: Scope | None = scope
    while current is not None:
        for alias, source in current.sources.items():
            reach.setdefault(alias.lower(), source)
        current = current.parent
    return reach


def offers(alias: str, reach: Mapping[str, exp.Expr | Scope], names: Names) -> set[str] | None:
    """The column names that can stand behind `alias` (any, if empty); None when that cannot be told."""
    if alias and alias.lower() not in reach:
        return set()
    sources: Iterable[exp.Expr | Scope] = [reach[alias.lower()]] if alias else reach.values()
    found: set[str] = set()
    for source in sources:
        if isinstance(source, exp.Table) and RESOLVED in source.meta:
            found.update(names.columns_of(*source.meta[RESOLVED]))
        elif isinstance(source, Scope) and isinstance(source.expression, exp.Query):
            found |= {name.lower() for name in source.expression.named_selects}
            if alias_columns := source_columns(source):
                found |= alias_columns
        else:
            return None
    return found


def source_columns(scope: Scope) -> set[str]:
    """The column names given behind a derived table's alias, as in `AS t(a, b)`."""
    parent = scope.expression.parent
    return {name.lower() for name in parent.alias_column_names} if parent is not None else set()


def unknown_column(column: exp.Column, offered: set[str], written: Mapping[str, str]) -> ProgrammingError:
    parts = [written.get(part.lower(), part) for part in (column.table, column.name) if part]
    hint = near(column.name, spelled(sorted(offered)))
    if column.table and not offered:
        message = f'there is no table or alias "{parts[0]}" for column "{".".join(parts)}"'
    else:
        message = f'there is no column "{".".join(parts)}"'
    return ProgrammingError(f"{message}{position(column.this)}{hint}", sqlstate="42703")


def spelled(lower: Sequence[str]) -> list[str]:
    """Catalog names as the catalog writes them."""
    from xerosql.catalog import load

    spelling = {column.name.lower(): column.name for table in load() for column in table.columns}
    return [spelling.get(name, name) for name in lower]
