"""What a sign-in that does not fit looks like from SQL: one AuthenticationError each, saying what to do."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

import xerosql
from xerosql.simulator import ManualClock, Simulator

QUERY = "SELECT count(*) FROM Projects"
INSERT = "INSERT INTO Projects (ContactId, Name) VALUES (?, 'x')"


def strict(**options: Any) -> Simulator:
    return Simulator(limits=False, auth=True, **options)


def token(sim: Simulator, scope: str) -> str:
    """An access token of the simulator's custom connection."""
    headers = {
        "Authorization": "Basic " + b64encode(b"demo:demo-secret").decode(),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = f"grant_type=client_credentials&scope={scope}".encode()
    status, _, answer = sim.handle("POST", "/connect/token", headers, body)
    assert status == 200, answer
    issued: str = json.loads(answer)["access_token"]
    return issued


def connect(sim: Simulator, **options: Any) -> xerosql.Connection:
    return xerosql.connect(handler=sim.handle, **({"tenant": sim.tenants[0][0], "calls_per_minute": 10**6} | options))


def test_the_right_token_works() -> None:
    """A token with the scope reads and writes the organisation it was issued for."""
    sim = strict()
    connection = connect(sim, access_token=token(sim, "projects"))
    assert connection.execute(QUERY).fetchone()[0] > 0
    contact = sim.rows(sim.tenants[0][0])["contacts"][0]["contactId"]
    assert connection.execute(INSERT, [contact]).rowcount == 1


def test_a_wrong_token_is_told() -> None:
    """A token nobody issued is AuthenticationError; the token is not in the message."""
    with pytest.raises(xerosql.AuthenticationError, match=r"the access token is not valid") as caught:
        connect(strict(), access_token="made-up-token").execute(QUERY).fetchall()
    assert caught.value.http_status == 401
    assert "made-up-token" not in f"{caught.value}{caught.value!r}"


def test_an_expired_token_is_told() -> None:
    """A token that was good once is AuthenticationError saying that it has expired and to sign in again."""
    clock = ManualClock()
    sim = strict(clock=clock)
    issued = token(sim, "projects")
    clock.sleep(3600)
    with pytest.raises(xerosql.AuthenticationError, match=r"expired; sign in again"):
        connect(sim, access_token=issued).execute(QUERY).fetchall()


def test_a_missing_scope_is_told_on_reading() -> None:
    """Without projects or projects.read a query is AuthenticationError naming the scope."""
    sim = strict()
    with pytest.raises(xerosql.AuthenticationError, match=r"lacks a scope, probably projects or projects.read"):
        connect(sim, access_token=token(sim, "accounting.contacts.read")).execute(QUERY).fetchall()


def test_a_missing_scope_is_told_on_writing() -> None:
    """With projects.read alone queries work and a write is AuthenticationError naming the scope it needs."""
    sim = strict()
    connection = connect(sim, access_token=token(sim, "projects.read"))
    assert connection.execute(QUERY).fetchone()[0] > 0
    contact = sim.rows(sim.tenants[0][0])["contacts"][0]["contactId"]
    with pytest.raises(xerosql.AuthenticationError, match=r"lacks a scope, probably projects; add it"):
        connection.execute(INSERT, [contact])


def test_no_sign_in_at_all_is_told() -> None:
    """Neither token nor client is AuthenticationError, or InterfaceError, saying what connect() takes."""
    with pytest.raises((xerosql.AuthenticationError, xerosql.InterfaceError), match=r"access_token"):
        connect(strict()).execute(QUERY).fetchall()


def test_a_custom_connection_signs_itself_in() -> None:
    """client_id and client_secret get a token by themselves; wrong ones are AuthenticationError without the secret."""
    sim = strict()
    connection = connect(sim, client_id="demo", client_secret="demo-secret")
    assert connection.execute(QUERY).fetchone()[0] > 0
    with pytest.raises(xerosql.AuthenticationError) as caught:
        connect(sim, client_id="demo", client_secret="wrong-secret").execute(QUERY).fetchall()
    assert "wrong-secret" not in str(caught.value)


def test_an_unknown_organisation_is_told_by_name_and_id(sim: Simulator) -> None:
    """An organisation that is not connected is AuthenticationError; asked for by name, it lists those that are."""
    connection = connect(sim, access_token="x", tenant="Nobody & Sons")
    with pytest.raises(xerosql.AuthenticationError, match=r"'Nobody & Sons' is not connected. Connected: .*Harbour"):
        connection.execute(QUERY).fetchall()
    connection = connect(sim, access_token="x", tenant="00000000-0000-4000-8000-000000000000")
    with pytest.raises(xerosql.AuthenticationError, match=r"no access to the organisation|not connected"):
        connection.execute(QUERY).fetchall()


def test_an_unknown_organisation_in_where_is_told(sim: Simulator) -> None:
    """TenantId of an organisation that is not connected is AuthenticationError, of a broken id DataError."""
    connection = connect(sim, access_token="x")
    with pytest.raises(xerosql.AuthenticationError, match=r"organisation"):
        connection.execute(f"{QUERY} WHERE TenantId = '00000000-0000-4000-8000-000000000000'").fetchall()
    with pytest.raises(xerosql.DataError, match=r"'x' is no TenantId"):
        connection.execute(f"{QUERY} WHERE TenantId = 'x'").fetchall()


def test_an_organisation_is_found_by_its_name(sim: Simulator) -> None:
    """tenant= takes the name in any case, and asks that organisation."""
    connection = connect(sim, access_token="x", tenant="elm yard digital LTD")
    assert connection.execute("SELECT DISTINCT TenantId FROM Projects").fetchall() == [(sim.tenants[1][0],)]


def test_which_organisation_must_be_said_if_there_are_several(sim: Simulator) -> None:
    """Without tenant= and with several connected, AuthenticationError lists them and says to choose."""
    connection = connect(sim, access_token="x", tenant=None)
    with pytest.raises(xerosql.AuthenticationError, match="say which one with tenant="):
        connection.execute(QUERY).fetchall()
    assert len(connection.execute("SELECT * FROM Tenants").fetchall()) == 3


def test_no_secret_is_in_any_repr(sim: Simulator) -> None:
    """Connection, cursor, settings and errors show no token."""
    connection = connect(sim, access_token="made-up-token")
    cursor = connection.execute(QUERY)
    shown = "".join(map(repr, (connection, cursor, connection.settings, cursor.stats, connection.session.client)))
    assert "made-up-token" not in shown
