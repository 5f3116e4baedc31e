"""`xerosql doctor`: what a connection stands on, checked piece by piece, and what to do about each."""

from __future__ import annotations

import os
import warnings
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import typer

import xerosql
from xerosql import catalog
from xerosql.api import Client, Connection, Request, Response
from xerosql.api.signin.scopes import SCOPES, granted_in, missing
from xerosql.api.signin.store import Store
from xerosql.api.tenants import CONNECTIONS, connections_of, find, the_only_one
from xerosql.cli.outcome import printable
from xerosql.config import Settings
from xerosql.errors import Error

MOST_SKEW = timedelta(seconds=60)
"""Xero's Date header has whole seconds and takes a while to get here; beyond this the clock is wrong."""

ONE_PROJECT = "/projects.xro/2.0/Projects"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. The sentence of one that is not `fine` says what to do."""

    fine: bool
    subject: str
    sentence: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.fine else 'FAIL'}  {self.subject:<13} {printable(self.sentence)}"


def check_up(profile: str | None, tenant: str | None) -> None:
    """Print each finding as it comes; exit code 1 if one of them is not fine."""
    fine = True
    for finding in findings(profile, tenant):
        print(finding, flush=True)
        fine = fine and finding.fine
    if not fine:
        raise typer.Exit(1)


def findings(profile: str | None, tenant: str | None) -> Iterator[Finding]:
    """From the profile to the limits. Where one stands on another that failed, it is left out."""
    profile = profile or os.environ.get("XEROSQL_PROFILE") or None
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", UserWarning)
        try:
            connection = xerosql.connect(profile, tenant=tenant)
        except Error as error:
            yield Finding(False, "profile", error.message)
            return
    yield from (Finding(False, "permissions", str(each.message)) for each in warned)
    with connection:
        yield of_profile(connection.settings)
        try:
            client = connection.session.client
            access_token = client.tokens.access_token()
        except Error as error:
            yield Finding(False, "token", error.message)
            return
        yield of_token(connection.settings, client.tokens.renewable)
        yield from Examination(connection.settings, client, access_token).findings()


def of_profile(settings: Settings) -> Finding:
    where = "" if settings.base_url == Settings.base_url else f", at {settings.base_url}"
    return Finding(True, "profile", f"{settings.profile or 'none, options and environment alone'}{where}")


def of_token(settings: Settings, renewable: bool) -> Finding:
    if settings.token_file and not (settings.access_token or settings.refresh_token):
        kept = Store(Path(settings.token_file)).load()
        ends = f"good until {kept.token.expires_at:%Y-%m-%d %H:%M} UTC" if kept.token.expires_at else "good"
        where = " with the secrets in the keyring" if kept.keyring else ""
        return Finding(True, "token", f"{ends}, renewed by itself, kept in {settings.token_file}{where}")
    if renewable:
        return Finding(True, "token", "there, and renewed by itself while this program runs")
    return Finding(True, "token", "there, but not renewed: xerosql login gives one that is")


@dataclass(frozen=True, slots=True)
class Examination:
    """The checks for which Xero is asked."""

    settings: Settings
    client: Client
    access_token: str

    def findings(self) -> Iterator[Finding]:
        granted = granted_in(self.access_token)
        yield from of_scopes(granted, self.settings.search_path)
        try:
            response = self.client.send(CONNECTIONS)
            connected = connections_of(response)
        except Error as error:
            yield Finding(False, "Xero", error.message)
            return
        yield of_clock(response, datetime.now(UTC))
        chosen = yield from self.organisation(connected)
        if chosen is None:
            return
        if granted is not None and missing(granted, "projects", writes=False):
            yield Finding(True, "limits", "not looked at, as that takes a call that needs projects.read")
            return
        yield self.limits(chosen)

    def organisation(self, connected: tuple[Connection, ...]) -> Generator[Finding, None, Connection | None]:
        wanted = self.settings.tenant
        try:
            chosen = find(connected, wanted) if wanted else the_only_one(connected)
        except Error as error:
            yield Finding(False, "organisation", error.message)
            return None
        others = f", one of {len(connected)} connected" if len(connected) > 1 else ""
        yield Finding(True, "organisation", f"{chosen.name or 'without a name'} ({chosen.tenant_id}){others}")
        return chosen

    def limits(self, chosen: Connection) -> Finding:
        query = (("page", "1"), ("pageSize", "1"))
        try:
            response = self.client.send(Request("GET", ONE_PROJECT, query, tenant=chosen.tenant_id))
        except Error as error:
            return Finding(False, "limits", error.message)
        return of_limits(response)


def of_scopes(granted: tuple[str, ...] | None, search_path: tuple[str, ...]) -> Iterator[Finding]:
    """For each schema that there is whether its tables can be read and written. Only those searched for names must."""
    if granted is None:
        yield Finding(True, "scopes", "not told by this token")
        return
    for schema in dict.fromkeys(table.schema for table in catalog.load() if table.schema in SCOPES):
        unread, unwritten = missing(granted, schema, writes=False), missing(granted, schema, writes=True)
        if unread:
            advice = f"lack {' '.join(unread)}; run xerosql login --schemas with {schema} in it"
            yield Finding(schema not in search_path, "scopes", f"{schema}: {advice}")
        elif [scope for scope in unwritten if not scope.endswith(".read")]:
            yield Finding(True, "scopes", f"{schema}: reading only; to write, run xerosql login without --read-only")
        else:
            yield Finding(True, "scopes", f"{schema}: reading and writing")


def of_clock(response: Response, now: datetime) -> Finding:
    try:
        date = parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError):
        return Finding(True, "clock", "not compared, as the answer had no date")
    ahead = (now - date).total_seconds()
    if abs(ahead) <= MOST_SKEW.total_seconds():
        return Finding(True, "clock", "agrees with Xero's")
    way = "ahead of" if ahead > 0 else "behind"
    return Finding(False, "clock", f"{abs(ahead):.0f} seconds {way} Xero's; set this machine's clock (NTP)")


def of_limits(response: Response) -> Finding:
    minute, day = (response.headers.get(f"X-{which}Limit-Remaining") for which in ("Min", "Day"))
    if minute is None or day is None:
        return Finding(True, "limits", "Xero answers, and does not say how many calls are left")
    if day == "0":
        return Finding(False, "limits", "no call is left today; wait for tomorrow, or ask Xero for a larger plan")
    return Finding(True, "limits", f"{minute} calls are left this minute, {day} today")
