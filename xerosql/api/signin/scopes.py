"""Scopes: what a sign-in must be allowed for the tables that are wanted, and which one a request lacked.

The names are the granular ones, which every app has; the broad `accounting.transactions` and
`accounting.reports.read`, which old apps also have, stop on 13 September 2027.
Source: https://developer.xero.com/documentation/guides/oauth2/scopes
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping

from xerosql.errors import InterfaceError

OFFLINE = "offline_access"
"""What a refresh token is given for. Custom connections, which have none, must not ask for it."""

_READ = ".read"
_PAYROLL = (
    "payroll.employees",
    "payroll.payruns",
    "payroll.payslip",
    "payroll.settings",
    "payroll.timesheets",
)

#: What reads and writes a schema's tables. A name that ends in `.read` has no writing form.
SCOPES: Mapping[str, tuple[str, ...]] = {
    "projects": ("projects",),
    "accounting": (
        "accounting.invoices",
        "accounting.payments",
        "accounting.banktransactions",
        "accounting.manualjournals",
        "accounting.contacts",
        "accounting.settings",
        "accounting.budgets.read",
    ),
    "assets": ("assets",),
    "files": ("files",),
    "payroll_au": _PAYROLL,
    "payroll_nz": _PAYROLL,
    "payroll_uk": _PAYROLL,
}

_ACCOUNTING = {
    "accounting.invoices": "Invoices CreditNotes LinkedTransactions Quotes PurchaseOrders RepeatingInvoices Items",
    "accounting.payments": "Payments BatchPayments Overpayments Prepayments",
    "accounting.banktransactions": "BankTransactions BankTransfers",
    "accounting.manualjournals": "ManualJournals",
    "accounting.contacts": "Contacts ContactGroups",
    "accounting.settings": "Accounts BrandingThemes Currencies InvoiceReminders Organisation TaxRates "
    "TrackingCategories Users",
    "accounting.budgets.read": "Budgets",
    "accounting.journals.read": "Journals",
    "accounting.classicexpenses": "Receipts ExpenseClaims",
}
_REPORTS = {
    "AgedPayablesByContact": "aged",
    "AgedReceivablesByContact": "aged",
    "BalanceSheet": "balancesheet",
    "BankSummary": "banksummary",
    "BudgetSummary": "budgetsummary",
    "ExecutiveSummary": "executivesummary",
    "ProfitAndLoss": "profitandloss",
    "TrialBalance": "trialbalance",
    "TenNinetyNine": "tenninetynine",
}
_BY_RESOURCE = {name.lower(): scope for scope, names in _ACCOUNTING.items() for name in names.split()}
_BY_REPORT = {name.lower(): f"accounting.reports.{area}.read" for name, area in _REPORTS.items()}
_BY_API = {"projects.xro": "projects", "assets.xro": "assets", "files.xro": "files"}


def scopes_for(schemas: Iterable[str], *, read_only: bool) -> tuple[str, ...]:
    """The fewest scopes with which the schemas' tables can be read, or read and written.

    Raises InterfaceError for a schema that needs no sign-in of its own or does not exist.
    """
    wanted: dict[str, None] = {}
    for schema in schemas:
        if schema not in SCOPES:
            raise InterfaceError(f"there is no schema {schema!r} to sign in for; there are {', '.join(SCOPES)}")
        wanted |= dict.fromkeys(SCOPES[schema])
    return tuple(_reading(scope) if read_only else scope for scope in wanted)


def scope_for(path: str, *, writes: bool) -> tuple[str, ...]:
    """The scopes that allow a request, the least one first; any of them will do. Empty where it is not known."""
    api, _, rest = path.strip("/").partition("/")
    scope = _scope_of(api.lower(), [word.lower() for word in rest.split("/")[1:]])
    if scope is None:
        return ()
    return (scope,) if writes or scope.endswith(_READ) else (_reading(scope), scope)


def _scope_of(api: str, words: list[str]) -> str | None:
    if api == "api.xro":
        resource, inner, *_ = *words, "", ""
        if "attachments" in words:
            return "accounting.attachments"
        return _BY_REPORT.get(inner) if resource == "reports" else _BY_RESOURCE.get(resource)
    return _BY_API.get(api)


def missing(granted: Iterable[str], schema: str, *, writes: bool) -> tuple[str, ...]:
    """The scopes that a sign-in lacks for reading, or also writing, a schema's tables."""
    have = set(granted)
    needed = SCOPES.get(schema, ())
    if writes:
        return tuple(scope for scope in needed if scope not in have)
    return tuple(_reading(scope) for scope in needed if not have & {scope, _reading(scope)})


def granted_in(access_token: str) -> tuple[str, ...] | None:
    """The scopes written in an access token; None if it is not one of Xero's, whose claims can be read.

    The signature is not checked: this tells users about their own token and decides about nothing.
    """
    parts = access_token.split(".")
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        scope = claims["scope"]
        return tuple(scope.split() if isinstance(scope, str) else map(str, scope))
    except (IndexError, ValueError, KeyError, TypeError):
        return None


def _reading(scope: str) -> str:
    return scope if scope.endswith(_READ) else scope + _READ
