"""The types that an option can have, and how each is read from a keyword's value or from the text of a layer."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import NewType

from xerosql.errors import InterfaceError

#: A length of time, in seconds.
Duration = NewType("Duration", float)
NONE = Duration(0.0)


def _text(value: object) -> str:
    """Text that can be sent; UnicodeEncodeError for the surrogates that stand for bytes which are none."""
    if isinstance(value, str):
        value.encode()
        return value
    raise TypeError


def _number(value: object) -> float:
    if isinstance(value, (int, float, str)) and not isinstance(value, bool) and math.isfinite(number := float(value)):
        return number
    raise TypeError


def _whole(value: object) -> int:
    if isinstance(value, (int, str)) and not isinstance(value, bool):
        return int(value)
    raise TypeError


def _switch(value: object) -> bool:
    return value if isinstance(value, bool) else _SWITCH[_text(value).lower()]


def _switch_or_path(value: object) -> bool | str:
    try:
        return _switch(value)
    except KeyError:
        if value == "":  # the libraries below would take it for false, and trust any certificate
            raise ValueError from None
        return _text(value)


def _names(value: object) -> tuple[str, ...]:
    """A list of strings, or one string with commas or spaces between the names."""
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    if isinstance(value, (list, tuple)):
        return tuple(_text(name) for name in value)
    raise TypeError


def _proxies(value: object) -> Mapping[str, str]:
    if isinstance(value, Mapping):
        return MappingProxyType({_text(scheme): _text(url) for scheme, url in value.items()})
    return MappingProxyType(dict.fromkeys(("http", "https"), _text(value)))


def _moment(value: object) -> datetime:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def duration(value: object) -> Duration:
    """Seconds from a number of them, a timedelta, or text with units, such as "15 minutes", "15min" or "1 h 30 m".

    ValueError or TypeError for anything else, and for less than nothing.
    """
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
    elif isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        if not _DURATION.fullmatch(value.strip().lower()):
            raise ValueError
        seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(value.lower()))
    else:
        seconds = _number(value if isinstance(value, int | float | str) else float(str(value)))
    if not 0 <= seconds < math.inf:
        raise ValueError
    return Duration(seconds)


def checked_url(name: str, url: str) -> str:
    """The URL without the slash at its end; InterfaceError, which says the option's name, unless it is a plain one."""
    if _PLAIN_URL.fullmatch(url) and _has_host(url):
        return url.rstrip("/")
    raise InterfaceError(f"{name} must be a plain http or https URL without user name, query or fragment")


def _has_host(url: str) -> bool:
    from urllib.parse import urlsplit

    try:
        return bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:  # brackets that do not match, a port beyond 65535
        return False


#: Printable ASCII but for what would begin another part of a URL, or let two programs read different hosts in it.
_PLAIN_URL = re.compile(r"https?://[!$%&'()*+,\-./0-9:;=A-Z\[\]_a-z~]+")
_UNITS = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
}
_NUMBER = re.compile(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?")
_PART = re.compile(rf"(\d+(?:\.\d+)?)\s*({'|'.join(sorted(_UNITS, key=len, reverse=True))})\b")
_DURATION = re.compile(rf"(?:{_PART.pattern}\s*)+")
_SWITCH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
#: By the annotation of an option: what is expected, for the error, and the reader, which raises ValueError, TypeError,
#: KeyError or OverflowError for anything else.
READERS: Mapping[object, tuple[str, Callable[[object], object]]] = {
    str: ("a string", _text),
    str | None: ("a string", _text),
    int: ("a whole number", _whole),
    int | None: ("a whole number", _whole),
    float: ("a number", _number),
    float | None: ("a number", _number),
    Duration: ("a number of seconds, or text such as '15 minutes'", duration),
    bool: ("true or false", _switch),
    bool | None: ("true or false", _switch),
    bool | str: ("true, false or a path", _switch_or_path),
    tuple[str, ...]: ("a list of names", _names),
    tuple[str, ...] | None: ("a list of names", _names),
    Mapping[str, str]: ("a URL, or URLs by scheme", _proxies),
    datetime | None: ("a date and time (ISO 8601)", _moment),
}
