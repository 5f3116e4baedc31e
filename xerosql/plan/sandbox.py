"""Refuses what would let a statement out of its data: files, other databases, settings, the machine's environment.

The engine is locked as well (`execute/database.py`); this layer gives the clear sentence, and covers what an unlocked
function could still read, such as settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlglot import exp

from xerosql.errors import NotSupportedError
from xerosql.plan.functions import refuse_unknown

#: Functions that may stand where a table does.
TABLE_FUNCTIONS = {"generate_series", "exploding_generate_series", "range", "unnest", "explode"}

#: Scalar functions that read the machine, the engine's state, or run text as SQL.
FORBIDDEN_FUNCTIONS = re.compile(
    r"(read_\w+|\w+_scan|scan_\w+|glob|sniff_\w+|getenv|current_setting|set_config|getvariable|which_secret"
    r"|duckdb_\w+|pragma_\w+|query|query_table|json_execute_serialized_sql|json_serialize_plan|json_serialize_sql"
    r"|json_deserialize_sql|parquet_\w+|sql_auto_complete|from_substrait\w*|get_substrait\w*|storage_info"
    r"|force_checkpoint|checkpoint|enable_\w+|disable_\w+|write_log|parse_duckdb_log_message|test_\w+"
    r"|pg_read_\w+|pg_ls_\w+|lo_\w+|dblink\w*|add_parquet_key|txid_current|icu_\w+|load_\w+)",
    re.IGNORECASE,
)

#: The function that lists files. sqlglot takes it for the operator of that name, and cannot read it.
GLOB = re.compile(r"\bglob\W*\(", re.IGNORECASE)

STATEMENTS = (
    exp.Query,
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Create,
    exp.Comment,
    exp.Drop,
    exp.Alter,
    exp.TruncateTable,
    exp.Transaction,
    exp.Commit,
    exp.Rollback,
)

INSTEAD = {
    "PRAGMA": "the engine's settings are locked",
    "COPY": "xerosql reads and writes no files; fetch the rows and write them, or use `xerosql query --format csv`",
    "ATTACH": "the engine opens no other databases",
    "DETACH": "the engine opens no other databases",
    "INSTALL": "the engine loads no extensions",
    "LOAD": "the engine loads no extensions",
    "EXPORT": "xerosql reads and writes no files",
    "IMPORT": "xerosql reads and writes no files",
    "USE": "choose schemas with connect(search_path=…)",
    "MERGE": "write it as an UPDATE and an INSERT",
    "SAVEPOINT": "Xero has no transactions to go back in",
    "ROLLBACK": "Xero has no savepoints; ROLLBACK alone undoes the scratch schema's changes",
    "LOCK": "Xero has no locks",
    "DESCRIBE": "SELECT * FROM information_schema.columns WHERE table_name = 'Tasks' describes a table",
}


def refuse_statement(expression: exp.Expr, sql: str) -> None:
    """NotSupportedError unless the statement is of a kind that xerosql runs."""
    if isinstance(expression, STATEMENTS) and not expression.args.get("savepoint"):
        return
    refuse_kind(sql)
    word = first_word(sql)
    raise NotSupportedError(
        f"{word} is not supported; SELECT, INSERT, UPDATE, DELETE and DDL on the scratch schema are"
    )


def refuse_kind(sql: str) -> None:
    """NotSupportedError, with what to do instead, for a statement that begins with a word we know and do not run."""
    word = first_word(sql)
    if word in INSTEAD:
        raise NotSupportedError(f"{word} is not supported: {INSTEAD[word]}")


def refuse_unreadable(sql: str) -> None:
    """NotSupportedError for a statement that cannot be parsed and would be refused in any case."""
    refuse_kind(sql)
    if GLOB.search(sql):
        raise not_allowed("glob")


def not_allowed(function: str) -> NotSupportedError:
    return NotSupportedError(f"{function}() is not allowed: the engine reaches no files, settings or environment")


def first_word(sql: str) -> str:
    found = re.match(r"\s*(\w+)", sql)
    return found.group(1).upper() if found else "this"


def refuse_functions(nodes: Iterable[exp.Expr]) -> None:
    """NotSupportedError for a function that could leave the sandbox, ProgrammingError for one that nobody knows."""
    for node in nodes:
        if isinstance(node, exp.Table | exp.Lateral):
            refuse_source(node.this)
        elif isinstance(node, exp.Func):
            name = function_name(node)
            if FORBIDDEN_FUNCTIONS.fullmatch(name):
                raise not_allowed(name)
            refuse_unknown(node)
        elif isinstance(node, exp.Into):
            raise NotSupportedError(
                f"SELECT INTO is not supported: CREATE TABLE scratch.{node.this.name} AS SELECT … is"
            )


def refuse_source(source: exp.Expr | None) -> None:
    """NotSupportedError unless what stands in FROM is a name, a query, or a function that only counts or unnests."""
    if isinstance(source, exp.Func):
        name = function_name(source)
        if name not in TABLE_FUNCTIONS:
            raise NotSupportedError(f"{name}() cannot be read as a table: the engine reaches no files or settings")
    elif source is not None and not isinstance(
        source, exp.Identifier | exp.Query | exp.Subquery | exp.Values | exp.Paren | exp.Table
    ):
        raise NotSupportedError(f"{source.sql()} cannot be read as a table: the engine reaches no files or settings")


def function_name(node: exp.Func) -> str:
    if isinstance(node, exp.Anonymous):
        return node.name.lower()
    return node.sql_name().lower()
