"""The records in the API's shape. A missing value is a missing key, never null; money is an exact JSON number."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from .state import Connection, Organisation, Project, Task, TimeEntry, User
from .totals import MONEY, ProjectTotals, TaskTotals

Row = dict[str, Any]

encode = msgspec.json.Encoder(decimal_format="number").encode


def exact(value: Decimal) -> int | Decimal:
    """The shortest number token for an amount: `50`, not `50.00`; `56.25` as it is."""
    whole = int(value)
    return whole if whole == value else MONEY.normalize(value)


def money(currency: str, value: Decimal) -> Row:
    return {"currency": currency, "value": exact(value)}


def task_row(currency: str, project_id: str, task: Task, totals: TaskTotals) -> Row:
    row: Row = {
        "name": task.name,
        "rate": money(currency, task.rate),
        "chargeType": task.charge_type,
        "status": task.status,
    }
    if task.estimate_minutes is not None:
        row["estimateMinutes"] = task.estimate_minutes
    row["taskId"] = task.task_id
    row["projectId"] = project_id
    row["totalMinutes"] = totals.minutes
    row["totalAmount"] = money(currency, totals.amount)
    row["minutesToBeInvoiced"] = totals.minutes_to_be_invoiced
    row["minutesInvoiced"] = totals.minutes_invoiced
    row["nonChargeableMinutes"] = totals.minutes if task.charge_type == "NON_CHARGEABLE" else 0
    row["fixedMinutes"] = totals.minutes if task.charge_type == "FIXED" else 0
    row["amountToBeInvoiced"] = money(currency, totals.amount_to_be_invoiced)
    row["amountInvoiced"] = money(currency, totals.amount_invoiced)
    return row


def project_row(currency: str, project: Project, totals: ProjectTotals) -> Row:
    """Both grand totals add tasks and expenses; the invoiced one also lump invoices and the deposit, less credit notes.

    Xero documents the first sum by example and the second not at all.
    """
    sums = project.sums
    invoiced = totals.task_invoiced + sums.expense_invoiced + sums.project_invoiced + sums.deposit - sums.credit_notes
    amounts = {
        "taskAmountToBeInvoiced": totals.task_to_be_invoiced,
        "taskAmountInvoiced": totals.task_invoiced,
        "expenseAmountToBeInvoiced": sums.expense_to_be_invoiced,
        "expenseAmountInvoiced": sums.expense_invoiced,
        "projectAmountInvoiced": sums.project_invoiced,
        "deposit": sums.deposit,
        "depositApplied": sums.deposit_applied,
        "creditNoteAmount": sums.credit_notes,
        "totalInvoiced": invoiced,
        "totalToBeInvoiced": totals.task_to_be_invoiced + sums.expense_to_be_invoiced,
    }
    row: Row = {
        "projectId": project.project_id,
        "contactId": project.contact_id,
        "name": project.name,
        "currencyCode": currency,
        "minutesLogged": totals.minutes,
        "totalTaskAmount": money(currency, totals.task_amount),
        "totalExpenseAmount": money(currency, sums.expense_to_be_invoiced + sums.expense_invoiced),
        "minutesToBeInvoiced": totals.minutes_to_be_invoiced,
    }
    row.update((name, money(currency, value)) for name, value in amounts.items())
    if project.deadline_utc is not None:
        row["deadlineUtc"] = project.deadline_utc
    if project.estimate is not None:
        row["estimate"] = money(currency, project.estimate)
    row["status"] = project.status
    return row


def time_row(project_id: str, entry: TimeEntry) -> Row:
    row: Row = {
        "timeEntryId": entry.time_entry_id,
        "userId": entry.user_id,
        "projectId": project_id,
        "taskId": entry.task_id,
        "dateUtc": entry.date_utc,
        "dateEnteredUtc": entry.date_entered_utc,
        "duration": entry.duration,
    }
    if entry.description is not None:
        row["description"] = entry.description
    row["status"] = entry.status
    return row


def user_row(user: User) -> Row:
    return {"userId": user.user_id, "name": user.name, "email": user.email}


def connection_row(connection: Connection, organisation: Organisation) -> Row:
    return {
        "id": connection.connection_id,
        "authEventId": connection.auth_event_id,
        "tenantId": connection.tenant_id,
        "tenantType": "ORGANISATION",
        "tenantName": organisation.name,
        "createdDateUtc": connection.created_utc,
        "updatedDateUtc": connection.updated_utc,
    }


def reread(rows: Iterable[Row]) -> list[Row]:
    """The rows as a careful client would parse them: new objects, every amount a `Decimal`."""
    return [{name: _reread(value) if isinstance(value, dict) else value for name, value in row.items()} for row in rows]


def _reread(amount: Row) -> Row:
    return {"currency": amount["currency"], "value": Decimal(amount["value"])}
