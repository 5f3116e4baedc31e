"""The operating system's keyring, for the secrets that last. The only module that imports keyring, when it is needed.

Entries are small on purpose: Windows takes about a thousand characters, which an access token would fill by itself.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import TypeVar

from xerosql.errors import AuthenticationError

SERVICE = "xerosql"

_Found = TypeVar("_Found")


def is_usable() -> bool:
    """Whether there is a keyring that gives back what it was given. It may ask the user to unlock it."""
    try:
        import keyring
    except ImportError:
        return False
    probe, word = f"probe-{secrets.token_hex(4)}", secrets.token_hex(8)
    try:
        if keyring.get_keyring().priority <= 0:  # the backends for machines that have none
            return False
        keyring.set_password(SERVICE, probe, word)
        found = keyring.get_password(SERVICE, probe)
        keyring.delete_password(SERVICE, probe)
    except Exception:  # noqa: BLE001 - backends let through what their system raises, D-Bus errors among them
        return False
    return found == word


def read(name: str) -> Mapping[str, str]:
    """The secrets of one sign-in. Raises AuthenticationError if the keyring does not open or has no such entry."""
    import_or_say()
    import keyring

    text = _asked(lambda: keyring.get_password(SERVICE, name))
    try:
        return {str(each): str(value) for each, value in json.loads(text or "").items()}
    except (ValueError, AttributeError):
        reason = "the keyring does not hold this sign-in any more; run xerosql login again"
    raise AuthenticationError(reason)


def write(name: str, values: Mapping[str, str]) -> None:
    """Keep the secrets of one sign-in, in the place of those before."""
    import_or_say()
    import keyring

    _asked(lambda: keyring.set_password(SERVICE, name, json.dumps(values)))


def delete(name: str) -> None:
    """Forget an entry; one that is not there is fine."""
    import_or_say()
    import keyring

    if _asked(lambda: keyring.get_password(SERVICE, name)) is not None:
        _asked(lambda: keyring.delete_password(SERVICE, name))


def import_or_say() -> None:
    """AuthenticationError, with what to do, where the library is not installed."""
    try:
        import keyring  # noqa: F401 - to know whether it is there
    except ImportError:
        pass
    else:
        return
    raise AuthenticationError(
        "this sign-in's secrets are in the keyring; pip install 'xerosql[keyring]', or run xerosql login --no-keyring"
    )


def _asked(ask: Callable[[], _Found]) -> _Found:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - backends let through what their system raises, D-Bus errors among them
        kind = type(error).__name__
    raise AuthenticationError(
        f"the keyring cannot be opened from here ({kind}); unlock it, or run xerosql login --no-keyring, which keeps "
        "the sign-in in a file that only you can read"
    )
