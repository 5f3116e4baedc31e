"""`xerosql login`: in the browser, by a pasted address, or with an app's secret."""

from __future__ import annotations

import getpass
import os
import sys
import time
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread

from xerosql.api.signin.authorise import Authorisation, ForeignAnswerError, redirect_uri
from xerosql.api.signin.callback import Callback
from xerosql.api.signin.entrance import Entrance
from xerosql.api.signin.pages import failed, signed_in
from xerosql.api.signin.scopes import OFFLINE, scopes_for
from xerosql.api.signin.store import SignIn
from xerosql.cli.outcome import Misuse, complain, printable
from xerosql.config import DEFAULT, Settings, load_settings, sign_in_path
from xerosql.connection import DEMO
from xerosql.errors import AuthenticationError, Error

PATIENCE = 300.0
"""Seconds that the browser has. The code that Xero sends is good for as long."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """The options of the command."""

    profile: str | None
    tenant: str | None
    client_id: str | None
    schemas: str
    read_only: bool
    scopes: str
    client_credentials: bool
    with_secret: bool
    browser: bool
    port: int
    keyring: bool

    def run(self) -> None:
        """Sign in, keep it, and say what can be reached."""
        settings = self.settings()
        path = sign_in_path(os.environ, settings.profile or DEFAULT)
        with Entrance(settings, path) as entrance:
            enter = Entering(entrance, settings, path, self.keyring)
            if self.client_credentials:
                enter.done(entrance.with_secret())
                return
            authorisation = entrance.begin((OFFLINE, *self.asked_for()), redirect_uri(self.port))
            if self.browser:
                self.by_browser(authorisation, settings, enter)
            else:
                self.by_hand(authorisation, settings, enter)

    # -- What is known before ----------------------------------------------------------------------------------------

    def settings(self) -> Settings:
        """Those of the profile, which need not exist yet, with the app's id and, where one is used, its secret."""
        profile = self.profile or os.environ.get("XEROSQL_PROFILE") or None
        if profile == DEMO:
            raise Misuse("the profile demo needs no sign-in; choose another name")
        overrides = {"client_id": self.client_id, "tenant": self.tenant}
        settings = load_settings(profile, overrides, os.environ, signing_in=True)
        if settings.access_token or settings.refresh_token:
            complain(
                "access_token or refresh_token is set elsewhere and will be used instead of this sign-in; remove it"
            )
        settings = self.with_app(replace(settings, profile=settings.profile or DEFAULT))
        if not self.client_credentials:
            return settings
        wanted = self.asked_for() if self.schemas or self.scopes or self.read_only else settings.scopes
        return replace(settings, scopes=wanted)

    def with_app(self, settings: Settings) -> Settings:
        client_id = settings.client_id or ask("Client id of your app (developer.xero.com): ", "--client-id")
        secret = settings.client_secret
        if (self.client_credentials or self.with_secret) and not secret:
            secret = ask("Client secret (not shown): ", "XEROSQL_CLIENT_SECRET", getpass.getpass)
        return replace(settings, client_id=client_id, client_secret=secret)

    def asked_for(self) -> tuple[str, ...]:
        """The scopes of the schemas, and those that were named one by one."""
        schemas = self.schemas.replace(",", " ").split() or ["projects"]
        named = self.scopes.replace(",", " ").split()
        return tuple(dict.fromkeys([*scopes_for(schemas, read_only=self.read_only), *named]))

    # -- The ways in -------------------------------------------------------------------------------------------------

    def by_browser(self, authorisation: Authorisation, settings: Settings, enter: Entering) -> None:
        """Open Xero's page, and wait for the browser to come back with the answer."""
        with Callback(self.port) as callback:
            address = authorisation.address(settings)
            print(
                f"Xero's sign-in opens in your browser. If it does not, go there yourself:\n\n{address}\n", flush=True
            )
            # In a thread, as a browser without windows keeps its caller waiting until it has shown our page.
            Thread(target=webbrowser.open, args=(address,), daemon=True).start()
            ends = time.monotonic() + PATIENCE
            while (arrival := callback.wait(ends - time.monotonic())) is not None:
                try:
                    page = signed_in(enter.names(authorisation, arrival.target))
                except ForeignAnswerError as error:
                    arrival.reply(failed(error.message))
                    continue  # whoever came was not sent by us, and ours may still come
                except Error as error:
                    arrival.reply(failed(error.message))
                    raise
                arrival.reply(page)
                enter.report()
                return
        raise AuthenticationError(self.nobody_came())

    def by_hand(self, authorisation: Authorisation, settings: Settings, enter: Entering) -> None:
        """For machines without a browser: the user takes the address to another one, and brings the answer back."""
        print(
            f"Open this address in any browser, and allow access:\n\n{authorisation.address(settings)}\n\n"
            f"The browser then goes to an address that begins with {authorisation.redirect_uri} and cannot show it.\n"
            "That is as it should be: copy the whole address.",
            flush=True,
        )
        enter.names(authorisation, ask("Paste it here: ", "a terminal, or on standard input"))
        enter.report()

    def nobody_came(self) -> str:
        return (
            f"no answer came from the browser within {PATIENCE / 60:.0f} minutes; if Xero's page complained about the "
            f"redirect URI, add {redirect_uri(self.port)}, letter by letter, to the app's page at developer.xero.com; "
            "then run xerosql login again, on a machine without a browser with --no-browser"
        )


class Entering:
    """The last steps, which are the same for each way in."""

    def __init__(self, entrance: Entrance, settings: Settings, path: Path, keyring: bool) -> None:
        self._entrance = entrance
        self._settings = settings
        self._path = path
        self._keyring = keyring
        self._said: list[str] = []

    def names(self, authorisation: Authorisation, redirected: str) -> list[str]:
        """Redeem the answer and keep what it brings. The names of the organisations that it reaches."""
        return self._keep(self._entrance.redeem(authorisation, redirected))

    def done(self, sign_in: SignIn) -> None:
        self._keep(sign_in)
        self.report()

    def report(self) -> None:
        """What was kept, and what to do with it."""
        print("\n".join(self._said), flush=True)

    def _keep(self, sign_in: SignIn) -> list[str]:
        connected = self._entrance.organisations(sign_in)
        kept = self._entrance.keep(sign_in, keyring=self._keyring)
        profile = self._settings.profile or DEFAULT
        option = "" if profile == DEFAULT else f" --profile {profile}"
        names = [f"{printable(one.name) or 'without a name'} ({one.tenant_id})" for one in connected]
        where = f"{self._path}, with its secrets in the keyring" if kept.keyring else str(self._path)
        self._said = [f"Signed in as profile {profile}; kept in {where}.", "Connected organisations:"]
        self._said += [f"  {name}" for name in names] or ["  none; sign in again and choose one"]
        if len(connected) > 1 and not self._settings.tenant:
            option += ' --tenant "…"'
            self._said.append("Several are connected, so say which one is meant: with --tenant here or each time.")
        self._said.append(f'Try it: xerosql query{option} "SELECT Name FROM Projects"')
        return [one.name or one.tenant_id for one in connected]


def ask(question: str, instead: str, how: Callable[[str], str] = input) -> str:
    """An answer from the terminal. Misuse, naming what to give `instead`, if none comes."""
    try:
        answer = how(question).strip() if sys.stdin is not None and (how is input or sys.stdin.isatty()) else ""
    except EOFError:
        answer = ""
    if answer:
        return answer
    raise Misuse(f"there was no answer to {question.rstrip(': ')!r}; give it with {instead}")
