"""Everything a connection is configured by, and where it may be written down.

A keyword beats an environment variable, which beats the profile in the configuration file, which beats what
`xerosql login` keeps for the profile, which beats the default.
"""

from __future__ import annotations

import difflib
import os
import tomllib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_type_hints

from xerosql.errors import InterfaceError
from xerosql.option_types import NONE, READERS, Duration, checked_url

_TOKENS = ("access_token", "refresh_token", "token_expires_at", "token_file")
_ONE_SIGN_IN = ("client_id", "base_url", "identity_url")
_SECRETS = ("access_token", "refresh_token", "client_secret")
_READABLE_BY_OTHERS = 0o044
#: The profile that is used when none is named.
DEFAULT = "default"
#: Seconds; the system's own clocks take no time-out of centuries.
LONGEST_TIMEOUT = 24 * 60 * 60.0
#: Seconds; nothing that was fetched is kept for longer than a month.
LONGEST_MAX_AGE = 30 * 24 * 60 * 60.0
#: The rights on the queue: to see the tasks, to change them, to see their types, to change those.
ALL_RIGHTS = ("xero_tasks", "xero_tasks_control", "xero_task_types", "xero_task_types_edit")
#: Those that change nothing.
SEEING = ("xero_tasks", "xero_task_types")
#: Options that take one of a few words.
CHOICES = {"write_mode": ("direct", "queued"), "recovery": ("match", "ask")}
#: Options that must be greater than zero.
POSITIVE = (
    "connect_timeout",
    "read_timeout",
    "max_body_bytes",
    "max_in_flight",
    "calls_per_minute",
    "calls_per_day",
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One connection's options. Times are seconds. `repr` shows no secret.

    A new option is one line here; keywords, environment (`XEROSQL_` + its name in capitals), the file and the type
    check follow from it, provided that its type is one that `option_types.READERS` knows.
    """

    profile: str | None = None  # the [profiles.…] table that was read

    # Signing in: a fixed access token; a refresh token + client_id; what `xerosql login` keeps; or client_id +
    # client_secret (a custom connection).
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    token_expires_at: datetime | None = None  # of access_token; unknown if None
    token_file: str | None = None  # what `xerosql login` keeps; found by the profile's name
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ()  # asked for with a custom connection; empty: all that the app was given
    tenant: str | None = None  # the organisation, by id or name; None: the only one that is connected

    base_url: str = "https://api.xero.com"
    identity_url: str = "https://identity.xero.com"
    connect_timeout: float = 10.0
    read_timeout: float = 100.0  # between two packets, not for the whole answer
    max_body_bytes: int = 64 * 1024 * 1024  # of one answer, decompressed
    proxies: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)  # may hold passwords
    verify: bool | str = True  # or the path of a CA bundle
    cert: str | None = None  # client certificate and key in one PEM file

    max_in_flight: int = 5  # Xero's limit per organisation and app
    calls_per_minute: int = 60  # Xero's limit per organisation and app
    calls_per_day: int = 1000  # Xero's limit per organisation and app, as far as its answers do not show a higher one
    share_limits: bool = True  # with the other processes of this machine that use the same app
    limits_file: str | None = None  # in which they do so; None: limits.sqlite in the user's state directory
    max_wait: float | None = None  # a statement's patience with the minute's quota; None: as long as it takes

    max_calls: int | None = None  # that a statement may make; None: no budget
    day_reserve: float = 0.0  # the share of the day's quota, 0 to 1, that statements leave unused
    max_rows_affected: int | None = None  # by an UPDATE or DELETE; None: 100, and one without WHERE is refused

    max_age: Duration = NONE  # how old data may be that was fetched for other statements; 0: none is reused
    cache_dir: str | None = None  # where processes share it; None: each process has its own, in memory

    write_mode: str = "direct"  # or "queued": writes go into the queue, and a worker sends them
    queue_url: str | None = field(default=None, repr=False)  # sqlite:///… or postgresql://…; None: a file of the user's
    queue_rights: tuple[str, ...] | None = None  # on the tables of the schema queue; None: all, or to see if read_only
    recovery: str = "match"  # a worker takes a row that matches a lost creation for it; "ask": it leaves that to people

    read_only: bool = False  # refuse every change at Xero and in the scratch schema; temporary tables are allowed
    dialect: str = "xero"
    fold_names: bool = False  # name a result's columns as PostgreSQL does: in lower case unless they were quoted
    search_path: tuple[str, ...] = ("projects", "queue")
    autocommit: bool | None = None  # None: on, but off when write_mode is "queued"
    pushdown: bool = True  # False reads every table whole, to compare answers with

    def __post_init__(self) -> None:
        self._check_numbers()
        self._check_words()
        if self.queue_rights is None:
            object.__setattr__(self, "queue_rights", SEEING if self.read_only else ALL_RIGHTS)
        if self.autocommit is None:
            object.__setattr__(self, "autocommit", self.write_mode == "direct")
        for name in ("base_url", "identity_url"):
            object.__setattr__(self, name, checked_url(name, getattr(self, name)))

    @property
    def cache_path(self) -> Path | None:
        """`cache_dir` as a path, `~` being the user's home."""
        return None if self.cache_dir is None else _expanded("cache_dir", self.cache_dir)

    def _check_numbers(self) -> None:
        for name in POSITIVE:
            if getattr(self, name) <= 0:
                raise InterfaceError(f"{name} must be greater than zero, not {getattr(self, name)}")
        for name in ("connect_timeout", "read_timeout"):
            if getattr(self, name) > LONGEST_TIMEOUT:
                raise InterfaceError(f"{name} must be at most a day ({LONGEST_TIMEOUT:.0f} seconds)")
        for name in ("max_calls", "max_rows_affected", "max_wait"):
            if (getattr(self, name) or 0) < 0:
                raise InterfaceError(f"{name} must be zero or more, not {getattr(self, name)}")
        if not 0 <= self.max_age <= LONGEST_MAX_AGE:
            raise InterfaceError(f"max_age must be at most 30 days, not {self.max_age:g} seconds")
        if not 0 <= self.day_reserve <= 1:
            raise InterfaceError(f"day_reserve is a share from 0 to 1, not {self.day_reserve}")

    def _check_words(self) -> None:
        if not self.search_path:
            raise InterfaceError("search_path must name a schema, such as projects")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise InterfaceError(f"{name} must be {' or '.join(choices)}, not {getattr(self, name)!r}")
        for right in self.queue_rights or ():
            if right not in (*ALL_RIGHTS, "none"):
                raise InterfaceError(f"queue_rights takes {', '.join(ALL_RIGHTS)} or none, not {right!r}")


def load_settings(
    profile: str | None = None,
    overrides: Mapping[str, object] = MappingProxyType({}),
    environ: Mapping[str, str] | None = None,
    *,
    signing_in: bool = False,
) -> Settings:
    """Merge the layers into Settings.

    Without a profile name, `default` is used if it exists: in the file, or as a sign-in. The tokens are one thing:
    naming one of them on a layer hides those of the layers below, so that no access token is renewed with a stranger's
    refresh token. A sign-in is for one app at one server: other ones hide it. `signing_in` is for who is about to make
    one: the profile need not exist yet, and of the sign-in it has only the app is taken over.

    Raises InterfaceError for an option or profile that does not exist, a value of the wrong type and a broken file.
    """
    surroundings = os.environ if environ is None else environ
    if not isinstance(profile, str | None):
        raise InterfaceError(f"a profile is named by a str, not {type(profile).__name__}")
    name = profile or surroundings.get("XEROSQL_PROFILE") or None
    path = config_path(surroundings)
    kept = sign_in_path(surroundings, name or DEFAULT)
    chosen, from_file = _read_profile(path, name, signing_in or _exists(kept))
    values = _merged(
        (
            _read(from_file, f" in profile {chosen!r} of {path}"),
            _read(_from_environment(surroundings), " in the environment"),
            _read(overrides, ""),
        )
    )
    values = _with_app(values, kept) if signing_in else _with_sign_in(values, kept)
    return Settings(**(values | {"profile": chosen}))


def config_path(environ: Mapping[str, str]) -> Path:
    """Where the profiles are written down: `XEROSQL_CONFIG`, else config.toml in the user's configuration directory."""
    if named := environ.get("XEROSQL_CONFIG"):
        return _expanded("XEROSQL_CONFIG", named)
    import platformdirs

    return Path(platformdirs.user_config_dir("xerosql", appauthor=False)) / "config.toml"


def sign_in_path(environ: Mapping[str, str], profile: str) -> Path:
    """Where the sign-in of a profile is kept: below `XEROSQL_HOME`, else in the user's data directory."""
    from urllib.parse import quote

    if named := environ.get("XEROSQL_HOME"):
        home = _expanded("XEROSQL_HOME", named)
    else:
        import platformdirs

        home = Path(platformdirs.user_data_dir("xerosql", appauthor=False))
    return home / "signins" / f"{quote(profile, safe=' ', errors='replace')}.json"


def _expanded(variable: str, named: str) -> Path:
    try:
        return Path(named).expanduser()
    except RuntimeError:
        reason = f"{variable} names the home of a user that does not exist"
    raise InterfaceError(reason)


def _merged(layers: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for layer in layers:
        if any(name in layer for name in _TOKENS):
            values = {name: value for name, value in values.items() if name not in _TOKENS}
        values |= layer
    return values


# -- The file --------------------------------------------------------------------------------------------------------


def _read_profile(path: Path, name: str | None, elsewhere: bool) -> tuple[str | None, Mapping[str, object]]:
    """The profile's name and what stands in it; (None, nothing) if none was asked for and there is no default.

    One that exists `elsewhere` need not stand in the file.
    """
    profiles = _profiles(path)
    chosen = name or (DEFAULT if elsewhere or DEFAULT in profiles else None)
    if chosen is None:
        return None, {}
    if chosen not in profiles:
        if elsewhere:
            return chosen, {}
        raise InterfaceError(f"there is no profile {chosen!r} in {path}{_those_that_exist(profiles)}")
    return chosen, profiles[chosen]


def _those_that_exist(profiles: Mapping[str, object]) -> str:
    return "; it has " + ", ".join(sorted(profiles)) if profiles else ", which has none or does not exist"


def _profiles(path: Path) -> Mapping[str, Mapping[str, object]]:
    document = _document(path)
    stray = [key for key in document if key != "profiles"]
    profiles = document.get("profiles", {})
    if stray or not isinstance(profiles, dict) or not all(isinstance(table, dict) for table in profiles.values()):
        raise InterfaceError(f"{path} must hold [profiles.<name>] tables and nothing else")
    if any(table.get(secret) for table in profiles.values() for secret in _SECRETS):
        _warn_if_others_can_read(path)
    return profiles


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        reason = f"{path} is not valid TOML: {error}"  # the error names line and column and quotes no value
    except (OSError, ValueError, RecursionError) as error:  # no text, a NUL in the path, numbers and nesting too long
        reason = f"{path} cannot be read: {type(error).__name__}"
    raise InterfaceError(reason)


def _warn_if_others_can_read(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & _READABLE_BY_OTHERS:
        warnings.warn(f"{path} holds secrets and others can read it; run: chmod 600 {path}", UserWarning, stacklevel=4)


# -- The sign-in -----------------------------------------------------------------------------------------------------


def _with_sign_in(values: dict[str, Any], kept: Path) -> dict[str, Any]:
    """The values above what `xerosql login` keeps, if they name no other way to sign in."""
    named = values.get("token_file")
    if any(name in values for name in _TOKENS) and not named:
        return values
    path = _expanded("token_file", named) if named else kept
    if not named and not _exists(path):
        return values
    options = _sign_in_options(path)
    if not named and not _for_the_same_app(options, values):
        return values
    return options | values | {"token_file": str(path)}


def _with_app(values: dict[str, Any], kept: Path) -> dict[str, Any]:
    """The values above the app that the last sign-in was for, so that it need not be named again."""
    try:
        options = _sign_in_options(kept)
    except InterfaceError:  # nothing kept, or nothing that can be read: it is about to be replaced
        return values
    return {**options, **values} if _for_the_same_app(options, values) else values


def _for_the_same_app(options: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    named = {name: str(values[name]).rstrip("/") for name in _ONE_SIGN_IN if name in values}
    return all(value == options.get(name) for name, value in named.items())


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a profile's name that is too long for a file
        return False


def _sign_in_options(path: Path) -> dict[str, Any]:
    """What the sign-in says about the profile. Its secrets are left to those who need them."""
    import json

    try:
        options = dict(json.loads(path.read_bytes())["options"])
    except OSError as error:
        reason = f"{path} cannot be read: {type(error).__name__}"
    except (ValueError, KeyError, TypeError, RecursionError):
        reason = f"{path} is not what xerosql login writes; run xerosql login again"
    else:
        _warn_if_others_can_read(path)
        return _read(options, f" in {path}")
    raise InterfaceError(reason)


# -- Names and types -------------------------------------------------------------------------------------------------


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    """The options that the environment sets. An empty variable counts as unset, as shells make it easy to leave one."""
    named = {name: environ.get(f"XEROSQL_{name.upper()}") for name in _hints() if name != "profile"}
    return {name: value for name, value in named.items() if value}


def _read(values: Mapping[str, object], where: str) -> dict[str, Any]:
    """The values in their fields' types. None, which only a keyword can be, leaves the option to the layers below."""
    return {
        name: _read_one(name, value, where)
        for name, value in values.items()
        if _known(name, where) and value is not None
    }


def _known(name: str, where: str) -> bool:
    if name in _hints():
        return True
    near = difflib.get_close_matches(name, _hints(), n=3)
    raise InterfaceError(
        f"there is no option {name!r}{where}" + (f"; did you mean {' or '.join(near)}?" if near else "")
    )


def _read_one(name: str, value: object, where: str) -> object:
    expected, reader = READERS[_hints()[name]]
    try:
        return reader(value)
    except (ValueError, TypeError, KeyError, OverflowError):
        pass
    raise InterfaceError(f"{name}{where} must be {expected}")  # the value stays unsaid: it may be a misplaced secret


@cache
def _hints() -> Mapping[str, Any]:
    hints = get_type_hints(Settings)
    return {option.name: hints[option.name] for option in fields(Settings)}
