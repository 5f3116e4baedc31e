"""SET, RESET, SHOW and CALL: statements on the connection itself, with a small grammar of their own.

    SET name {= | TO} {value | DEFAULT}        RESET {name | ALL}        SHOW {name | ALL}        CALL procedure()

Whether there is a setting of that name, and what it takes, is for `execute/variables.py` to say. What SHOW and CALL
answer is a query over the tables of `sys`, planned like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlglot import TokenType, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, TokenError

from xerosql.catalog import near
from xerosql.errors import NotSupportedError, ProgrammingError
from xerosql.plan.dialect import Xero, parse, read_tokens, syntax_message
from xerosql.plan.literals import simple_value
from xerosql.plan.model import CallPlan, Constant, Plan, ResetPlan, SetPlan, ShowPlan, Value
from xerosql.plan.names import Names
from xerosql.plan.parameters import number_parameters
from xerosql.plan.query import plan_query

#: A command's first word, behind comments.
COMMAND = re.compile(r"(?>\s+|--[^\n]*|/\*.*?\*/)*+(SET|RESET|SHOW|CALL)\b", re.IGNORECASE | re.DOTALL)
NAME = re.compile(r"\w+(?:\.\w+)*")

USAGE = {
    "SET": "SET is written SET name = value or SET name = DEFAULT; SHOW ALL lists the settings",
    "RESET": "RESET is written RESET name or RESET ALL; SHOW ALL lists the settings",
    "SHOW": "SHOW is written SHOW name or SHOW ALL, and shows settings",
    "CALL": "CALL is written CALL procedure(), as in CALL GetLimitInfo()",
}
#: What SHOW lists in other systems.
LISTED = {"TABLES", "COLUMNS", "SCHEMAS", "DATABASES"}

ALL_SETTINGS = "SELECT Name, Value, Unit, Description FROM sys.variables ORDER BY Name"


@dataclass(frozen=True)
class Procedure:
    """What CALL can name, and the query that yields its rows. None takes arguments."""

    name: str
    query: str


PROCEDURES = (
    Procedure(
        "GetLimitInfo",
        "SELECT TenantId, AppRemaining, MinuteRemaining, DayRemaining, CAST(ceil(extract(epoch FROM "
        "ResetAt - CAST(CURRENT_TIMESTAMP AS TIMESTAMP))) AS INTEGER) AS RetryAfter FROM sys.limits",
    ),
)

Token = Any  # sqlglot's, whose class has moved between its versions


class Words(Xero.Tokenizer):
    """Tokens throughout, where sqlglot's own tokenizer leaves the rest of a command as one text."""

    COMMANDS: ClassVar[Any] = set()


def plan_command(sql: str, names: Names) -> Plan | None:
    """The plan of a SET, RESET, SHOW or CALL; None for any other statement."""
    found = COMMAND.match(sql)
    if found is None:
        return None
    word = found.group(1).upper()
    tokens = one_statement(tokens_of(sql))[1:]
    return PLANNERS[word](tokens, sql, names)


def tokens_of(sql: str) -> list[Token]:
    try:
        return list(Words(dialect=Dialect.get_or_raise(Xero)).tokenize(sql))
    except TokenError as error:
        raise ProgrammingError(f"syntax error: {error}", sqlstate="42601") from error


def one_statement(tokens: list[Token]) -> list[Token]:
    """The tokens without semicolons at their end; NotSupportedError if another statement follows."""
    while tokens[-1].token_type is TokenType.SEMICOLON:
        tokens.pop()
    if any(token.token_type is TokenType.SEMICOLON for token in tokens):
        raise NotSupportedError("execute() takes one statement at a time; send them one after the other")
    return tokens


def wrong(word: str) -> ProgrammingError:
    return ProgrammingError(USAGE[word], sqlstate="42601")


def name_in(tokens: Sequence[Token], word: str) -> str:
    """The tokens as one name, with dots if it has parts, in lower case."""
    written = "".join(token.text for token in tokens)
    names_only = all(token.token_type not in (TokenType.STRING, TokenType.NUMBER) for token in tokens)
    parts = [token for token in tokens if token.token_type is not TokenType.DOT]
    if not names_only or not NAME.fullmatch(written) or len(parts) != written.count(".") + 1:
        raise wrong(word)
    return written.lower()


def name_or_all(tokens: Sequence[Token], word: str) -> str | None:
    """The one name behind RESET or SHOW, None for ALL."""
    name = name_in(tokens, word)
    return None if name == "all" else name


# -- SET and RESET -----------------------------------------------------------------------------------------------------


def plan_set(tokens: Sequence[Token], sql: str, _: Names) -> Plan:
    name, written = assignment(tokens)
    if is_word(written, "DEFAULT"):
        return ResetPlan(name)
    if len(written) == 1 and is_bare_word(written[0]):  # such as ON, which no expression is
        return SetPlan(name, (Constant(written[0].text),))
    select = select_of(written, sql)
    parameters = number_parameters(select.walk())
    return SetPlan(name, tuple(setting_value(each) for each in select.expressions), parameters)


def assignment(tokens: Sequence[Token]) -> tuple[str, Sequence[Token]]:
    """The name of the setting, and the tokens of its value."""
    if tokens and tokens[0].text.upper() == "LOCAL":
        raise NotSupportedError("SET LOCAL is not supported: a setting stays until SET or RESET changes it")
    if len(tokens) > 1 and tokens[0].text.upper() == "SESSION" and not is_equals(tokens[1]):
        tokens = tokens[1:]
    place = next((place for place, token in enumerate(tokens) if is_equals(token)), None)
    if not place or place + 1 == len(tokens):
        raise wrong("SET")
    return name_in(tokens[:place], "SET"), tokens[place + 1 :]


def is_equals(token: Token) -> bool:
    return token.token_type is TokenType.EQ or (token.text.upper() == "TO" and token.token_type is TokenType.VAR)


def is_word(tokens: Sequence[Token], word: str) -> bool:
    return len(tokens) == 1 and is_bare_word(tokens[0]) and tokens[0].text.upper() == word


def is_bare_word(token: Token) -> bool:
    values = (TokenType.STRING, TokenType.IDENTIFIER, TokenType.NULL, TokenType.TRUE, TokenType.FALSE)
    return token.token_type not in values and bool(NAME.fullmatch(token.text)) and not token.text[0].isdigit()


def select_of(tokens: Sequence[Token], sql: str) -> exp.Select:
    """The tokens as what a SELECT lists, so that literals and parameters are read as everywhere else."""
    dialect = Dialect.get_or_raise(Xero)
    try:
        (select,) = read_tokens([*tokens_of("SELECT"), *tokens], sql, dialect)
    except ParseError as error:
        raise ProgrammingError(syntax_message(error), sqlstate="42601") from error
    if not isinstance(select, exp.Select) or {name for name, value in select.args.items() if value} != {"expressions"}:
        raise wrong("SET")
    return select


def setting_value(node: exp.Expr) -> Value:
    """A literal, a parameter, or a bare word, which PostgreSQL takes for text here."""
    if isinstance(node, exp.Column) and not node.table:
        return Constant(node.name)
    value = simple_value(node)
    if value is None:
        raise ProgrammingError(
            f"SET takes a value and works nothing out; give {node.sql()} as a number, a text or a parameter",
            sqlstate="42601",
        )
    return value


def plan_reset(tokens: Sequence[Token], _sql: str, _: Names) -> Plan:
    return ResetPlan(name_or_all(tokens, "RESET"))


# -- SHOW --------------------------------------------------------------------------------------------------------------


def plan_show(tokens: Sequence[Token], _: str, names: Names) -> Plan:
    if any(token.text.upper() in LISTED for token in tokens):
        raise NotSupportedError("SHOW lists settings only: SELECT * FROM information_schema.tables lists the tables")
    name = name_or_all(tokens, "SHOW")
    query = parse(ALL_SETTINGS) if name is None else one_setting(name)
    return ShowPlan(name, plan_query(query, names, ()))


def one_setting(name: str) -> exp.Select:
    """The setting's value in a column that is called as it is."""
    value = exp.alias_(exp.column("Value"), name, quoted=True)
    return exp.select(value).from_("sys.variables").where(exp.column("Name").eq(exp.Literal.string(name)))


# -- CALL --------------------------------------------------------------------------------------------------------------


def plan_call(tokens: Sequence[Token], _: str, names: Names) -> Plan:
    opening = next((place for place, token in enumerate(tokens) if token.token_type is TokenType.L_PAREN), 0)
    if not opening or tokens[-1].token_type is not TokenType.R_PAREN:
        raise wrong("CALL")
    procedure = procedure_called("".join(token.text for token in tokens[:opening]))
    if tokens[opening + 1 : -1]:
        raise ProgrammingError(f"{procedure.name} takes no arguments; write CALL {procedure.name}()", sqlstate="42883")
    return CallPlan(procedure.name, plan_query(parse(procedure.query), names, ()))


def procedure_called(name: str) -> Procedure:
    """The procedure of that name, in any case; ProgrammingError, with names that look like it, if there is none."""
    known = [procedure.name for procedure in PROCEDURES]
    for procedure in PROCEDURES:
        if procedure.name.lower() == name.lower():
            return procedure
    hint = near(name, known) or f"; there is {', '.join(known)}"
    raise ProgrammingError(f'there is no procedure "{name}"{hint}', sqlstate="42883")


PLANNERS: dict[str, Callable[[Sequence[Token], str, Names], Plan]] = {
    "SET": plan_set,
    "RESET": plan_reset,
    "SHOW": plan_show,
    "CALL": plan_call,
}
