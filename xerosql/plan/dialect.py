"""The `xero` SQL dialect: PostgreSQL's grammar, names matched without case, run on DuckDB."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.dialect import Dialect, NormalizationStrategy
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, TokenError

from xerosql.errors import DataError, NotSupportedError, ProgrammingError

ENGINE = "duckdb"
#: The class of everything in a tree, for isinstance(); sqlglot 28 and 29 have no Expr.
NODE: type[exp.Expr] = getattr(exp, "Expr", exp.Expression)
#: What the name of a parameter that was written as `?` begins with.
MARK = "?"
#: What is dropped on commit has this for an ON property: the parser knows of ON COMMIT what concerns rows only.
ON_COMMIT_DROP = "COMMIT DROP"
#: Behind these a colon is no parameter's: it parts what a slice or a struct consists of.
BEFORE_A_COLON = {
    *(TokenType.VAR, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.STRING),
    *(TokenType.R_BRACKET, TokenType.R_PAREN),
}
#: `$1` with something right behind it; what else a dollar can stand in is matched first, and left alone.
NUMBERED = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | \$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?\$(?P=tag)\$
    | (?<![\w$])(?P<parameter>\$\d+)(?=\S)""",
    re.VERBOSE | re.DOTALL,
)


class Xero(Postgres):
    """PostgreSQL-flavoured SQL whose identifiers, quoted or not, are matched without case."""

    NORMALIZATION_STRATEGY = NormalizationStrategy.CASE_INSENSITIVE
    # extract(epoch FROM …) has decimals, so what it is divided by must not make whole numbers of it.
    EXPRESSION_METADATA: Any = {  # noqa: RUF012 - sqlglot reads the class attribute
        **Postgres.EXPRESSION_METADATA,
        exp.Extract: {"returns": exp.DataType.Type.DOUBLE},
    }

    class Tokenizer(Postgres.Tokenizer):
        """A `?` is always a parameter, never the beginning of a JSON operator such as `?|`."""

        KEYWORDS: ClassVar[Any] = {
            text: token for text, token in Postgres.Tokenizer.KEYWORDS.items() if not text.startswith("?")
        }


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


def refuse_surrogates(sql: str) -> None:
    """DataError for text that is no Unicode, which each version of the engine fails to take in a way of its own."""
    try:
        sql.encode()
    except UnicodeEncodeError as error:
        reason = f"character {error.start + 1} of the statement is half of a surrogate pair, which is no text"
        raise DataError(reason, sqlstate="22021") from error


def reading(sql: str, reader: type[Xero] | str) -> list[exp.Expr | None]:
    try:
        dialect = Dialect.get_or_raise(reader)
    except ValueError as error:
        raise NotSupportedError(f'{error}; dialect= takes a name that sqlglot knows, or "xero"') from error
    spaced = NUMBERED.sub(set_apart, sql) if "$" in sql else sql
    return read_tokens(dialect.tokenize(spaced), spaced, dialect)


def set_apart(found: re.Match[str]) -> str:
    """A numbered parameter with a space behind it: sqlglot takes the `$1,$` of `$1,$2` for the beginning of a text."""
    return f"{found[0]} " if found["parameter"] else found[0]


def read_tokens(tokens: Sequence[Token], sql: str, dialect: Dialect) -> list[exp.Expr | None]:
    """The statements in the tokens of `sql`, with every parameter as the tree is to know it.

    What sqlglot's parser would not tell or not read is written into the tokens, since its compiled form, which another
    library may have installed, lets no parser be derived from it.
    """
    told = list(with_parameters(list(without_limit_all(list(with_temporaries(commented(tokens)))))))
    return dialect.parser().parse(told, sql)


def with_temporaries(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens without LOCAL and GLOBAL in front of TEMP, which mean nothing there; ON COMMIT DROP as one name's."""
    words = [token.text.upper() for token in tokens]
    creates = bool(words) and words[0] == "CREATE"
    for place, token in enumerate(tokens):
        after = words[place + 1 : place + 2]
        if creates and words[place] in ("LOCAL", "GLOBAL") and after in (["TEMP"], ["TEMPORARY"]):
            continue
        if creates and words[max(place - 2, 0) : place + 1] == ["ON", "COMMIT", "DROP"]:
            continue
        if creates and words[place - 1 : place + 2] == ["ON", "COMMIT", "DROP"]:
            yield like(token, TokenType.VAR, ON_COMMIT_DROP)
        else:
            yield token


def commented(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens with COMMENT ON TABLE for COMMENT ON VIEW: the same to the engine, and what older parsers can read."""
    if len(tokens) > 2 and tokens[0].token_type is TokenType.COMMENT and tokens[2].token_type is TokenType.VIEW:
        return [*tokens[:2], like(tokens[2], TokenType.TABLE, "TABLE"), *tokens[3:]]
    return tokens


def without_limit_all(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens but for `LIMIT ALL`, which limits nothing; in it older parsers take ALL for a column."""
    kinds = [token.token_type for token in tokens]
    for before, token, after in zip([None, *kinds], tokens, [*kinds[1:], None], strict=False):
        limit = token.token_type is TokenType.LIMIT and after is TokenType.ALL
        if not limit and not (token.token_type is TokenType.ALL and before is TokenType.LIMIT):
            yield token


def with_parameters(tokens: Sequence[Token]) -> Iterator[Token]:
    """Each `?` as `$?1`, `$?2`, …, which nobody can write: the tree does not keep their order. And each `:name`."""
    count = 0
    for place, token in enumerate(tokens):
        if token.token_type is TokenType.PLACEHOLDER:
            count += 1
            yield like(token, TokenType.PARAMETER, "$")
            yield like(token, TokenType.VAR, f"{MARK}{count}")
        elif is_parameter_name(tokens, place):
            yield like(token, TokenType.VAR, token.text)
        else:
            yield token


def is_parameter_name(tokens: Sequence[Token], place: int) -> bool:
    """Whether a token is the name in `:name`, where words of the language such as `order` are names too."""
    if place == 0 or not tokens[place].text.isalpha():
        return False
    colon = tokens[place - 1]
    joined = colon.token_type is TokenType.COLON and colon.end + 1 == tokens[place].start
    return joined and (place == 1 or tokens[place - 2].token_type not in BEFORE_A_COLON)


def like(token: Token, kind: TokenType, text: str) -> Token:
    return Token(kind, text, token.line, token.col, token.start, token.end)


def spell_out(nodes: Iterable[exp.Expr]) -> None:
    """Call every(), as the SQL standard and PostgreSQL have it, by the name that sqlglot and the engine know."""
    for node in nodes:
        if isinstance(node, exp.Anonymous) and node.name.lower() == "every" and len(node.expressions) == 1:
            node.replace(exp.LogicalAnd(this=node.expressions[0]))


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
        return expression.sql(dialect=ENGINE, copy=False, unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise NotSupportedError(f"the engine cannot run this SQL: {error}") from error
