"""The `xero` SQL dialect: PostgreSQL's grammar, names matched without case, run on DuckDB."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

from sqlglot import TokenType, exp
from sqlglot.dialects.dialect import Dialect, NormalizationStrategy
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, TokenError
from sqlglot.parser import Parser

from xerosql.errors import NotSupportedError, ProgrammingError
from xerosql.plan.functions import check_function

#: Where a bare `?` keeps its place in the text.
PLACE = "xerosql_place"


class Xero(Postgres):
    """PostgreSQL-flavoured SQL whose identifiers, quoted or not, are matched without case."""

    NORMALIZATION_STRATEGY = NormalizationStrategy.CASE_INSENSITIVE
    # extract(epoch FROM …) has decimals, so what it is divided by must not make whole numbers of it.
    EXPRESSION_METADATA: Any = {  # noqa: RUF012 - sqlglot reads the class attribute
        **Postgres.EXPRESSION_METADATA,
        exp.Extract: {"returns": exp.DataType.Type.DOUBLE},
    }

    # every() is bool_and() under the SQL standard's name, which PostgreSQL knows too; glob() is no function of its.
    Parser: Any = type(
        "XeroParser",
        (Postgres.Parser,),
        {
            "FUNCTIONS": {
                **{name: build for name, build in Postgres.Parser.FUNCTIONS.items() if name != "GLOB"},
                "EVERY": exp.LogicalAnd.from_arg_list,
            }
        },
    )

    class Tokenizer(Postgres.Tokenizer):
        """A `?` is always a parameter, never the beginning of a JSON operator such as `?|`."""

        KEYWORDS: ClassVar[Any] = {
            text: token for text, token in Postgres.Tokenizer.KEYWORDS.items() if not text.startswith("?")
        }


def written_call(generator: Any, name: str, *args: Any, **options: Any) -> str:
    """A call in the engine's SQL; ProgrammingError for a function that `plan/functions.py` does not have."""
    check_function(name)
    call: str = DuckDB.Generator.func(generator, name, *args, **options)
    return call


class Engine(DuckDB):
    """DuckDB's dialect, in which only the functions can be written that a statement may call."""

    Generator: Any = type("EngineGenerator", (DuckDB.Generator,), {"func": written_call})


def parse(sql: str, dialect: str = "xero") -> exp.Expr:
    """The one statement in `sql`, written in `dialect`; ProgrammingError with line and column where it is wrong."""
    reader = Xero if dialect == "xero" else dialect
    try:
        statements = [each for each in reading(sql, reader) if each is not None]
    except ParseError as error:
        raise ProgrammingError(syntax_message(error), sqlstate="42601") from error
    except TokenError as error:
        raise ProgrammingError(f"syntax error: {error}", sqlstate="42601") from error
    except RecursionError as error:
        raise ProgrammingError("the statement is nested too deeply", sqlstate="54001") from error
    if not statements:
        raise ProgrammingError("the statement is empty", sqlstate="42601")
    if len(statements) > 1:
        raise NotSupportedError("execute() takes one statement at a time; send them one after the other")
    return statements[0]


def reading(sql: str, reader: type[Xero] | str) -> list[exp.Expr | None]:
    try:
        dialect = Dialect.get_or_raise(reader)
    except ValueError as error:
        raise NotSupportedError(f'{error}; dialect= takes a name that sqlglot knows, or "xero"') from error
    return list(positional(dialect.parser_class)(dialect=dialect).parse(dialect.tokenize(sql), sql))


@cache
def positional(parser: type[Parser]) -> type[Parser]:
    """The parser, with the place in the text noted on every `?`: the tree does not keep their order."""
    noted = {**parser.PLACEHOLDER_PARSERS, TokenType.PLACEHOLDER: placed}
    words = {kind for text, kind in Postgres.Tokenizer.KEYWORDS.items() if text.isalpha()}
    names = {*getattr(parser, "COLON_PLACEHOLDER_TOKENS", ()), *words}  # :order and :like are names too
    members = {"PLACEHOLDER_PARSERS": noted, "COLON_PLACEHOLDER_TOKENS": names}
    return type(f"Positional{parser.__name__}", (parser,), members)


def placed(parser: Parser) -> exp.Placeholder:
    placeholder = exp.Placeholder()
    placeholder.meta[PLACE] = parser._prev.start  # noqa: SLF001 - what sqlglot's own placeholder parsers read
    return placeholder


def syntax_message(error: ParseError) -> str:
    if not error.errors:
        return f"syntax error: {error}"
    first = error.errors[0]
    shown = f' near "{first["highlight"]}"' if first.get("highlight") else ""
    what = str(first.get("description") or "")
    if "<class" in what or "<Token" in what:  # sqlglot names its own class for the part that lacks something
        what = "something is missing here"
    return f"syntax error at line {first.get('line')}, column {first.get('col')}{shown}: {what}"


def engine_sql(expression: exp.Expr) -> str:
    """The expression in the engine's dialect; NotSupportedError where it has no way to say it."""
    from sqlglot.errors import ErrorLevel, UnsupportedError

    try:
        return expression.sql(dialect=Engine, copy=False, unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise NotSupportedError(f"the engine cannot run this SQL: {error}") from error
