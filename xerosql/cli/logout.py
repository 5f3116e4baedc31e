"""`xerosql logout`: the sign-in of a profile is ended at Xero and forgotten here."""

from __future__ import annotations

import os

from xerosql.api.signin.entrance import Entrance
from xerosql.cli.outcome import Misuse
from xerosql.config import DEFAULT, load_settings, sign_in_path
from xerosql.connection import DEMO
from xerosql.errors import AuthenticationError, Error, OperationalError


def log_out(profile: str | None, local: bool) -> None:
    """Revoke and forget. With `local` Xero is not asked, which leaves the tokens good until they end by themselves."""
    name = profile or os.environ.get("XEROSQL_PROFILE") or DEFAULT
    if name == DEMO:
        raise Misuse("the profile demo needs no sign-in, so there is none to end")
    settings = load_settings(name, {}, os.environ, signing_in=True)
    path = sign_in_path(os.environ, name)
    if not path.exists():
        raise AuthenticationError(f"profile {name} is not signed in: there is no {path}")
    with Entrance(settings, path) as entrance:
        try:
            revoked = entrance.leave(revoke=not local)
        except Error as error:
            reason = f"nothing was forgotten: {error.message}. To forget it without asking Xero: xerosql logout --local"
            raise OperationalError(reason, http_status=error.http_status) from error
    print(f"Profile {name} is signed out" + (", at Xero too." if revoked else "."))
    if not revoked:
        print("Xero was not asked: disconnect the app there, under Settings, Connected apps, to end its access.")
