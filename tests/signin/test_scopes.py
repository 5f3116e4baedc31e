"""Which scopes are asked for, and which one a request lacks."""

from __future__ import annotations

import base64
import json

import pytest

from xerosql.api.signin.scopes import SCOPES, granted_in, missing, scope_for, scopes_for
from xerosql.errors import InterfaceError
from xerosql.simulator.identity import SCOPES as KNOWN_AT_XERO


def test_reading_asks_for_no_scope_that_writes() -> None:
    assert scopes_for(["projects"], read_only=True) == ("projects.read",)
    assert scopes_for(["projects"], read_only=False) == ("projects",)
    everything = scopes_for(SCOPES, read_only=True)
    assert all(scope.endswith(".read") for scope in everything)


def test_several_schemas_ask_for_each_scope_once() -> None:
    asked = scopes_for(["payroll_au", "payroll_uk", "projects"], read_only=False)
    assert len(asked) == len(set(asked)) == 6


def test_every_scope_is_one_that_xero_knows() -> None:
    for read_only in (True, False):
        assert set(scopes_for(SCOPES, read_only=read_only)) <= KNOWN_AT_XERO


def test_the_broad_scopes_that_are_going_away_are_not_used() -> None:
    """accounting.transactions and accounting.reports.read fail the whole consent of new apps."""
    broad = {"accounting.transactions", "accounting.transactions.read", "accounting.reports.read"}
    assert not broad & set(scopes_for(SCOPES, read_only=False) + scopes_for(SCOPES, read_only=True))


def test_an_unknown_schema_is_named_with_those_there_are() -> None:
    with pytest.raises(InterfaceError, match="no schema 'acounting' to sign in for; there are projects, accounting"):
        scopes_for(["acounting"], read_only=True)


@pytest.mark.parametrize(
    ("path", "writes", "scopes"),
    [
        ("/projects.xro/2.0/Projects", False, ("projects.read", "projects")),
        ("/projects.xro/2.0/Projects", True, ("projects",)),
        ("/api.xro/2.0/Invoices/1/History", False, ("accounting.invoices.read", "accounting.invoices")),
        ("/api.xro/2.0/Payments", True, ("accounting.payments",)),
        ("/api.xro/2.0/Invoices/1/Attachments", True, ("accounting.attachments",)),
        ("/api.xro/2.0/Budgets", False, ("accounting.budgets.read",)),
        ("/api.xro/2.0/Reports/TrialBalance", False, ("accounting.reports.trialbalance.read",)),
        ("/api.xro/2.0/Reports", False, ()),
        ("/api.xro", False, ()),
        ("/something.else", False, ()),
    ],
)
def test_a_path_tells_the_scopes_that_allow_it(path: str, writes: bool, scopes: tuple[str, ...]) -> None:
    assert scope_for(path, writes=writes) == scopes


def test_what_is_missing_is_named_by_the_least_that_would_do() -> None:
    assert missing(["projects"], "projects", writes=False) == ()
    assert missing(["projects.read"], "projects", writes=False) == ()
    assert missing(["projects.read"], "projects", writes=True) == ("projects",)
    assert missing([], "projects", writes=False) == ("projects.read",)
    assert "accounting.contacts.read" not in missing(["accounting.contacts"], "accounting", writes=False)


def token(claims: object) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.sig"


def test_scopes_are_read_from_a_token_that_tells_them() -> None:
    assert granted_in(token({"scope": ["projects", "files"]})) == ("projects", "files")
    assert granted_in(token({"scope": "projects files"})) == ("projects", "files")


@pytest.mark.parametrize("text", ["", "opaque", "a.b.c", "é.é.é", token({}), token([]), token({"scope": 5})])
def test_other_tokens_tell_none(text: str) -> None:
    assert granted_in(text) is None
