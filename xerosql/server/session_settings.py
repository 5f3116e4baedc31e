"""PostgreSQL's run-time settings, as far as clients set and read them, and the statements that do: SET, SHOW, RESET."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from xerosql.server.failures import StatementError
from xerosql.server.statements import bare

#: The version that is claimed: what clients of it expect is what they get.
VERSION = "15.8"
#: What a client is told of at the start and whenever it changes (`ParameterStatus`).
REPORTED = (
    *("application_name", "client_encoding", "DateStyle", "default_transaction_read_only", "in_hot_standby"),
    *("integer_datetimes", "IntervalStyle", "is_superuser", "server_encoding", "server_version"),
    *("session_authorization", "standard_conforming_strings", "TimeZone"),
)
DEFAULTS = {
    "application_name": "",
    "client_encoding": "UTF8",
    "client_min_messages": "notice",
    "DateStyle": "ISO, MDY",
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    "extra_float_digits": "1",
    "in_hot_standby": "off",
    "integer_datetimes": "on",
    "IntervalStyle": "postgres",
    "is_superuser": "off",
    "max_identifier_length": "63",
    "search_path": "",
    "server_encoding": "UTF8",
    "server_version": VERSION,
    "server_version_num": "150008",
    "session_authorization": "",
    "standard_conforming_strings": "on",
    "statement_timeout": "0",
    "TimeZone": "UTC",
    "transaction_isolation": "read committed",
    "transaction_read_only": "off",
}
#: Those that nobody can set.
FIXED = frozenset(
    (
        "in_hot_standby",
        "integer_datetimes",
        "is_superuser",
        "max_identifier_length",
        "server_encoding",
        "server_version",
    )
) | {"server_version_num"}
#: Settings that have one value only here: another one would make the answers wrong.
ONLY = {
    "client_encoding": re.compile(r"utf-?8|unicode", re.IGNORECASE),
    "standard_conforming_strings": re.compile(r"on|true|yes|1", re.IGNORECASE),
    "datestyle": re.compile(r"iso(\s*,\s*\w+)?|(\w+\s*,\s*)iso", re.IGNORECASE),
    "intervalstyle": re.compile(r"postgres", re.IGNORECASE),
}
CANONICAL = {"client_encoding": "UTF8", "datestyle": "ISO, MDY", "standard_conforming_strings": "on"}
MILLISECONDS = {"": 1, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000, "us": 0.001}
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?")
CUSTOM = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")

TOKEN = re.compile(r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | [-+]?\d[\w.]* | [A-Za-z_][\w.$]* | [=,]""", re.VERBOSE)


class SessionSettings:
    """One client's settings, by name without regard to case. `stock` has those that are only kept and shown."""

    def __init__(self, stock: Mapping[str, str], user: str) -> None:
        given = {**stock, **DEFAULTS, "session_authorization": user}
        self.names = {name.lower(): name for name in given}
        self.defaults = {name.lower(): value for name, value in given.items()}
        self.values = dict(self.defaults)
        self.local: dict[str, str] = {}  # what was before SET LOCAL, until the transaction ends
        self.changed: Callable[[str, str], None] = lambda name, value: None

    def __getitem__(self, name: str) -> str:
        """A setting's value; StatementError (42704) if there is no such setting."""
        found = self.values.get(name.lower())
        if found is None:
            raise StatementError(f'unrecognized configuration parameter "{name}"', sqlstate="42704")
        return found

    def get(self, name: str) -> str | None:
        return self.values.get(name.lower())

    def set(self, name: str, value: str | None, *, local: bool = False) -> None:
        """Give a setting a value, its default if None; StatementError for one that is not there or cannot have it."""
        key = name.lower()
        if key not in self.values and not CUSTOM.fullmatch(key):
            raise StatementError(f'unrecognized configuration parameter "{name}"', sqlstate="42704")
        if key in FIXED:
            raise StatementError(f'parameter "{name}" cannot be changed', sqlstate="55P02")
        self.store(key, accepted(key, self.defaults.get(key, "") if value is None else value), local)

    def store(self, key: str, value: str, local: bool) -> None:
        if local:
            self.local.setdefault(key, self.values.get(key, ""))
        self.values[key] = value
        self.changed(self.names.get(key, key), value)

    def default(self, name: str, value: str) -> None:
        """What RESET goes back to: what the client or the server said at the start."""
        self.set(name, value)
        self.defaults[name.lower()] = self.values[name.lower()]

    def reset_all(self) -> None:
        for key in list(self.values):
            if key in self.defaults and key not in FIXED and self.values[key] != self.defaults[key]:
                self.store(key, self.defaults[key], local=False)

    def end_transaction(self) -> None:
        """Take back what SET LOCAL has set."""
        before, self.local = self.local, {}
        for key, value in before.items():
            self.store(key, value, local=False)

    def all(self) -> Iterable[tuple[str, str]]:
        return [(self.names.get(key, key), self.values[key]) for key in sorted(self.values)]

    @property
    def statement_timeout(self) -> float | None:
        """Seconds; None for no limit."""
        found = float(self.values["statement_timeout"])
        return found / 1000 if found else None


def accepted(key: str, value: str) -> str:
    """The value as it is kept; StatementError (22023) for one that this setting cannot have here."""
    if key in ONLY and not ONLY[key].fullmatch(value.strip()):
        raise StatementError(f'invalid value for parameter "{key}": "{value}"', sqlstate="22023")
    if key == "statement_timeout":
        return milliseconds(value)
    return CANONICAL.get(key, value)


def milliseconds(value: str) -> str:
    found = DURATION.fullmatch(value.strip())
    if found is None:
        raise StatementError(f'invalid value for parameter "statement_timeout": "{value}"', sqlstate="22023")
    return str(round(float(found[1]) * MILLISECONDS[found[2] or ""]))


# -- The statements ----------------------------------------------------------------------------------------------------


def words_of(sql: str) -> list[str]:
    return TOKEN.findall(bare(sql).rstrip("; \n\t"))


def plain(token: str) -> str:
    """What a token stands for: a text or a quoted name without its quotes."""
    if token[:1] in ("'", '"'):
        return token[1:-1].replace(token[0] * 2, token[0])
    return token


class Assignment:
    """`SET …` taken apart: the name, the value (None for DEFAULT), and whether it is for a transaction only."""

    def __init__(self, sql: str) -> None:
        tokens = words_of(sql)[1:]
        self.local = bool(tokens) and tokens[0].upper() == "LOCAL"
        if tokens and tokens[0].upper() in ("LOCAL", "SESSION") and len(tokens) > 1 and tokens[1] != "=":
            tokens = tokens[1:]
        self.name, values = self.parts(tokens)
        if not self.name or not values:
            raise StatementError("syntax error in SET", sqlstate="42601")
        listed = [plain(each) for each in values if each != ","]
        self.value = None if listed[0].upper() == "DEFAULT" and values[0][0] not in "'\"" else ", ".join(listed)
        self.values = listed

    @staticmethod
    def parts(tokens: list[str]) -> tuple[str, list[str]]:
        upper = [token.upper() for token in tokens[:2]]
        if upper == ["TIME", "ZONE"]:
            return "TimeZone", tokens[2:]
        if upper[:1] == ["NAMES"]:
            return "client_encoding", tokens[1:] or ["DEFAULT"]
        if upper[:1] in (["TRANSACTION"], ["CHARACTERISTICS"]):
            return "transaction", tokens
        if len(tokens) > 1 and upper[1] in ("=", "TO"):
            return plain(tokens[0]), tokens[2:]
        return (tokens[0], tokens[1:]) if upper[:1] in (["ROLE"], ["AUTHORIZATION"]) else ("", [])


def shown_name(sql: str) -> str | None:
    """The setting that a SHOW or RESET names, None for ALL."""
    tokens = [plain(token) for token in words_of(sql)[1:]]
    named = " ".join(tokens).upper()
    if named == "ALL":
        return None
    spelled = {"TIME ZONE": "TimeZone", "TRANSACTION ISOLATION LEVEL": "transaction_isolation"}
    spelled["SESSION AUTHORIZATION"] = "session_authorization"
    return spelled.get(named, ".".join(tokens))
