"""What generated queries are made of: the columns worth asking for, by what they mean, and values to compare them with.

Two columns of one kind can be joined. Kinds of one type can at least be compared.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from .world import UNKNOWN, World

TABLES: dict[str, dict[str, str]] = {
    "Projects": {
        "ProjectId": "project",
        "ContactId": "contact",
        "Name": "name",
        "Status": "project_status",
        "MinutesLogged": "minutes",
        "TotalTaskAmountValue": "money",
        "EstimateValue": "money",
        "TotalInvoicedValue": "money",
        "Deadline": "moment",
        "CurrencyCode": "currency",
        "TenantId": "tenant",
    },
    "Tasks": {
        "Id": "task_pair",
        "ProjectId": "project",
        "TaskId": "task",
        "Name": "name",
        "ChargeType": "charge",
        "Status": "task_status",
        "RateValue": "money",
        "EstimateMinutes": "minutes",
        "TotalMinutes": "minutes",
        "AmountInvoicedValue": "money",
        "RateCurrency": "currency",
        "TenantId": "tenant",
    },
    "Time": {
        "Id": "entry_pair",
        "TimeEntryId": "entry",
        "ProjectId": "project",
        "TaskId": "task",
        "UserId": "user",
        "Date": "day",
        "DateEntered": "moment",
        "Duration": "minutes",
        "Description": "words",
        "Status": "entry_status",
        "TenantId": "tenant",
    },
    "Users": {"UserId": "user", "Name": "name", "Email": "words", "TenantId": "tenant"},
}
#: The column that tells rows of a table apart.
KEYS = {"Projects": "ProjectId", "Tasks": "TaskId", "Time": "TimeEntryId", "Users": "UserId"}
#: Columns that can be NULL even where no outer join made them so.
NULLABLE = {"Deadline", "EstimateValue", "EstimateMinutes", "Description"}
#: How often each table is chosen.
WEIGHTS = {"Projects": 5, "Tasks": 6, "Time": 6, "Users": 2}
SIZES = {"Projects": 10, "Tasks": 28, "Time": 52, "Users": 6}

IDS = {"project", "contact", "task", "user", "entry", "task_pair", "entry_pair"}
TYPES = {
    **dict.fromkeys((*IDS, "name", "words", "currency", "charge", "task_status", "project_status"), "text"),
    "entry_status": "text",
    "tenant": "text",
    "minutes": "whole",
    "money": "decimal",
    "day": "date",
    "moment": "timestamp",
}
#: Types whose values are worth comparing by more or less.
ORDERED = {"whole", "decimal", "date", "timestamp"}
#: Kinds that the API can filter by: predicates on them are what pushdown is about.
PUSHED = {"project", "contact", "task", "user", "entry", "task_pair", "entry_pair", "charge", "entry_status", "day"} | {
    "project_status"
}
#: Kinds that make good join columns, with how many values they have.
JOINED = {
    "project": 10,
    "task": 28,
    "user": 6,
    "contact": 4,
    "task_pair": 28,
    "entry": 52,
    "name": 15,
    "entry_status": 3,
    "charge": 3,
}
#: How often each makes a join or a subquery's match: ids along which a planner passes keys come first.
LINKS = {"project": 30, "task": 20, "user": 8, "contact": 3, "entry": 2, "task_pair": 2, "name": 2, "charge": 1}

SOURCES = {
    "project": "SELECT ProjectId FROM Projects",
    "contact": "SELECT ContactId FROM Projects",
    "task": "SELECT TaskId FROM Tasks",
    "user": "SELECT UserId FROM Users",
    "entry": "SELECT TimeEntryId FROM Time",
    "task_pair": "SELECT Id FROM Tasks",
    "entry_pair": "SELECT Id FROM Time",
    "name": "SELECT Name FROM Projects UNION SELECT Name FROM Tasks UNION SELECT Name FROM Users",
    "words": "SELECT Description FROM Time WHERE Description IS NOT NULL",
    "minutes": "SELECT Duration FROM Time UNION SELECT TotalMinutes FROM Tasks",
    "money": "SELECT RateValue FROM Tasks UNION SELECT EstimateValue FROM Projects WHERE EstimateValue IS NOT NULL",
    "day": "SELECT Date FROM Time",
    "moment": "SELECT DateEntered FROM Time UNION SELECT Deadline FROM Projects WHERE Deadline IS NOT NULL",
}
#: Values beyond those of the data: absent, of another kind, or in a spelling that must not match.
EXTRA: dict[str, list[Any]] = {
    "project": [UNKNOWN],
    "contact": [UNKNOWN],
    "task": [UNKNOWN],
    "user": [UNKNOWN],
    "entry": [UNKNOWN],
    "task_pair": [f"{UNKNOWN}/{UNKNOWN}"],
    "entry_pair": [f"{UNKNOWN}/{UNKNOWN}"],
    "name": ["", "Website", 'it\'s "100%"'],
    "words": [""],
    "currency": ["NZD", "USD"],
    "charge": ["TIME", "FIXED", "NON_CHARGEABLE", "fixed", "HOURLY"],
    "task_status": ["ACTIVE", "INVOICED", "LOCKED", "INPROGRESS"],
    "entry_status": ["ACTIVE", "INVOICED", "LOCKED", "Active"],
    "project_status": ["INPROGRESS", "CLOSED", "closed"],
    "minutes": [0, -1, 60],
    "money": [Decimal(0), Decimal("99.99"), Decimal("142.5")],
    "day": [dt.date(2026, 3, 31), dt.date(2024, 2, 29), dt.date(2027, 1, 1)],
    "moment": [dt.datetime(2026, 3, 31), dt.datetime(2026, 3, 31, 12, 30)],  # noqa: DTZ001 - a TIMESTAMP has no zone
}


#: What one project has, drawn most often, and of one project for a whole query, so that several conditions can hold.
NEAR = {
    "project": "SELECT ProjectId FROM Tasks WHERE ProjectId = '{}'",
    "contact": "SELECT ContactId FROM Projects WHERE ProjectId = '{}'",
    "task": "SELECT TaskId FROM Tasks WHERE ProjectId = '{}'",
    "task_pair": "SELECT Id FROM Tasks WHERE ProjectId = '{}'",
    "entry_pair": "SELECT Id FROM Time WHERE ProjectId = '{}'",
    "entry": "SELECT TimeEntryId FROM Time WHERE ProjectId = '{}'",
    "user": "SELECT UserId FROM Time WHERE ProjectId = '{}'",
    "day": "SELECT Date FROM Time WHERE ProjectId = '{}'",
    "charge": "SELECT ChargeType FROM Tasks WHERE ProjectId = '{}'",
    "task_status": "SELECT Status FROM Tasks WHERE ProjectId = '{}'",
    "entry_status": "SELECT Status FROM Time WHERE ProjectId = '{}'",
    "project_status": "SELECT Status FROM Projects WHERE ProjectId = '{}'",
}
BUSY = "SELECT ProjectId FROM Time"


@dataclass(frozen=True)
class Pool:
    """Values by kind: all that are of interest, and those of each project that has time."""

    values: dict[str, list[Any]]
    near: list[dict[str, list[Any]]]

    @classmethod
    @cache
    def of(cls, world: World) -> Pool:
        def drawn(sql: str) -> list[Any]:
            return sorted(row[0] for row in world.truth.execute(f"SELECT DISTINCT * FROM ({sql})").fetchall())

        values = {kind: list(EXTRA.get(kind, [])) for kind in TYPES}
        for kind, sql in SOURCES.items():
            values[kind] = sorted({*values[kind], *drawn(sql)})
        return cls(values, [{kind: drawn(sql.format(each)) for kind, sql in NEAR.items()} for each in drawn(BUSY)])


def literal(value: Any) -> str:
    """A value as PostgreSQL writes it."""
    match value:
        case None:
            return "NULL"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case dt.datetime():
            return f"TIMESTAMP '{value}'"
        case dt.date():
            return f"DATE '{value}'"
    return str(value)
