"""Where `xerosql login` keeps a sign-in: one file per profile, readable by its owner only.

The file holds what configures the profile, and the access token, which is good for half an hour. What lasts (refresh
tokens, an app's secret) stands in the keyring, if there is one, and in the same file otherwise. The file is replaced
as a whole, so a reader finds the old sign-in or the new one; whoever renews it holds the lock beside it.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from xerosql.api.signin import ring
from xerosql.api.tokens import Token
from xerosql.errors import AuthenticationError, OperationalError

GRACE = timedelta(minutes=30)
"""How long Xero takes the refresh token before the last one: the answer with the last one may have got lost."""

LOCK_PATIENCE = 300.0
"""Seconds to wait for another process that is renewing the same sign-in."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A profile's sign-in. Without `is_complete` the secrets that stand in the keyring have not been read."""

    options: Mapping[str, str]  # of Settings: client_id, base_url, identity_url, perhaps tenant
    token: Token
    custom: bool = False  # a custom connection: renewed with the app's secret
    client_secret: str | None = field(default=None, repr=False)
    previous: str | None = field(default=None, repr=False)  # the refresh token before
    previous_until: datetime | None = None
    keyring: str | None = None  # the entry's name; None: everything is in the file
    is_complete: bool = True
    name: str = ""  # made by chance when signing in, so that two sign-ins of one profile can be told apart

    def renewed(self, token: Token, used: str | None, now: datetime) -> SignIn:
        """With a new pair in the place of the old one. The refresh token that bought it stays for its grace."""
        if used is None or used in (token.refresh_token, self.previous):
            return replace(self, token=token)
        return replace(self, token=token, previous=used, previous_until=now + GRACE)

    def refresh_tokens(self, now: datetime) -> tuple[str, ...]:
        """Those that Xero may take: the last one, and the one before while its grace lasts."""
        grace = self.previous_until is not None and now < self.previous_until
        return tuple(each for each in (self.token.refresh_token, self.previous if grace else None) if each)


class Store:
    """The file of one sign-in."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self, *, complete: bool = False) -> SignIn:
        """The sign-in as it is now; `complete` asks the keyring too, if it is there.

        Raises AuthenticationError when there is none, it cannot be read, or the keyring does not open.
        """
        sign_in = self._read()
        if complete and sign_in.keyring:
            return _with_secrets(replace(sign_in, is_complete=True), ring.read(sign_in.keyring))
        return sign_in

    def save(self, sign_in: SignIn) -> None:
        """Keep it, all of it or nothing. Raises OperationalError when that fails."""
        if sign_in.keyring and sign_in.is_complete:
            ring.write(sign_in.keyring, _secrets_of(sign_in))  # first: an old file beside a new entry is no loss
        try:
            self._write(json.dumps(_document(sign_in), indent=1))
        except OSError as error:
            reason = error.strerror or type(error).__name__
        else:
            return
        raise OperationalError(
            f"the sign-in could not be saved to {self.path} ({reason}); make room or set XEROSQL_HOME, and "
            "run the statement again within half an hour, or you will have to sign in again"
        )

    def replace(self, sign_in: SignIn) -> None:
        """Keep another sign-in than before, and forget the keyring entry of that. Raises as `save` does."""
        before = self._entry()
        self.save(sign_in)
        self._forget_entry(before)

    def forget(self) -> None:
        """Remove file and keyring entry. The lock file stays: somebody may be waiting for it."""
        self._forget_entry(self._entry())
        self.path.unlink(missing_ok=True)

    def _entry(self) -> str | None:
        try:
            return self._read().keyring
        except AuthenticationError:  # no file, or none of ours
            return None

    def _forget_entry(self, name: str | None) -> None:
        with suppress(AuthenticationError):  # one that cannot be opened cannot be used either
            if name is not None:
                ring.delete(name)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Alone among all threads and processes of the machine. Raises OperationalError if that takes too long."""
        from filelock import FileLock, Timeout

        path = self.path.with_name(self.path.name + ".lock")
        lock = FileLock(path, timeout=LOCK_PATIENCE, mode=0o600)
        try:
            self._make_directory()
            lock.acquire()
        except Timeout:
            reason = "another process has been renewing it for minutes"
        except OSError as error:
            reason = f"{path} cannot be locked: {error.strerror or type(error).__name__}"
        else:
            try:
                yield
            finally:
                lock.release()
            return
        raise OperationalError(f"the sign-in cannot be renewed: {reason}", retryable=True)

    # -- The file ----------------------------------------------------------------------------------------------------

    def _read(self) -> SignIn:
        try:
            return _sign_in(json.loads(self.path.read_bytes()))
        except FileNotFoundError:
            reason = f"there is no sign-in in {self.path}; run xerosql login"
        except OSError as error:
            reason = f"{self.path} cannot be read ({error.strerror}); see to its permissions or run xerosql login"
        except (ValueError, KeyError, TypeError, AttributeError):
            reason = f"{self.path} is not what xerosql login writes; run xerosql login again"
        raise AuthenticationError(reason)

    def _write(self, text: str) -> None:
        self._make_directory()
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")  # 0600 by itself
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_directory(self.path.parent)

    def _make_directory(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def entry_name(profile: str) -> str:
    """A new name for the keyring: one profile may be kept in several homes."""
    return f"{profile}-{secrets.token_hex(4)}"


def _sync_directory(path: Path) -> None:
    """So that the new name survives a power cut too. Not every system can."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# -- The file's form -------------------------------------------------------------------------------------------------


def _document(sign_in: SignIn) -> dict[str, Any]:
    token = sign_in.token
    document: dict[str, Any] = {
        "options": dict(sign_in.options),
        "custom": sign_in.custom,
        "name": sign_in.name,
        "access_token": token.access_token,
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
    }
    if sign_in.keyring:
        return document | {"keyring": sign_in.keyring}
    return document | {"secrets": _secrets_of(sign_in)}


def _secrets_of(sign_in: SignIn) -> dict[str, str]:
    until = sign_in.previous_until
    values = {
        "refresh_token": sign_in.token.refresh_token,
        "previous": sign_in.previous,
        "previous_until": until.isoformat() if until else None,
        "client_secret": sign_in.client_secret,
    }
    return {name: value for name, value in values.items() if value}


def _sign_in(document: Mapping[str, Any]) -> SignIn:
    token = Token(str(document["access_token"]), _moment(document["expires_at"]))
    options = {str(name): str(value) for name, value in document["options"].items()}
    sign_in = SignIn(options, token, custom=bool(document["custom"]), name=str(document.get("name", "")))
    if name := document.get("keyring"):
        return replace(sign_in, keyring=str(name), is_complete=False)
    return _with_secrets(sign_in, document["secrets"])


def _with_secrets(sign_in: SignIn, values: Mapping[str, str]) -> SignIn:
    return replace(
        sign_in,
        token=replace(sign_in.token, refresh_token=values.get("refresh_token")),
        client_secret=values.get("client_secret"),
        previous=values.get("previous"),
        previous_until=_moment(values.get("previous_until")),
    )


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
