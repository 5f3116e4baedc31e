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
    },
    "Users": {"UserId": "user", "Name": "name", "Email": "words"},
}
#: The column that tells rows of a table apart.
KEYS = {"Projects": "ProjectId", "Tasks": "TaskId", "Time": "TimeEntryId", "Users": "UserId"}
#: How often each table is chosen.
WEIGHTS = {"Projects": 4, "Tasks": 6, "Time": 6, "Users": 2}
SIZES = {"Projects": 9, "Tasks": 48, "Time": 88, "Users": 6}

IDS = {"project", "contact", "task", "user", "entry", "task_pair", "entry_pair"}
TYPES = {
    **dict.fromkeys((*IDS, "name", "words", "currency", "charge", "task_status", "project_status"), "text"),
    "entry_status": "text",
    "minutes": "whole",
    "money": "decimal",
    "day": "date",
    "moment": "timestamp",
}
#: Kinds that the API can filter by: predicates on them are what pushdown is about.
PUSHED = {"project", "contact", "task", "user", "entry", "task_pair", "entry_pair", "charge", "entry_status", "day"} | {
    "project_status"
}
#: Kinds that make good join columns, with how many values they have.
JOINED = {
    "project": 9,
    "task": 48,
    "user": 6,
    "contact": 6,
    "task_pair": 48,
    "entry": 88,
    "name": 20,
    "entry_status": 3,
}

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


#: Columns whose values, of three projects only, are drawn more often, so that several conditions can hold at once.
NEAR = {
    "project": "SELECT ProjectId FROM Tasks WHERE ProjectId IN ({})",
    "contact": "SELECT ContactId FROM Projects WHERE ProjectId IN ({})",
    "task": "SELECT TaskId FROM Tasks WHERE ProjectId IN ({})",
    "task_pair": "SELECT Id FROM Tasks WHERE ProjectId IN ({})",
    "entry_pair": "SELECT Id FROM Time WHERE ProjectId IN ({})",
    "entry": "SELECT TimeEntryId FROM Time WHERE ProjectId IN ({})",
    "user": "SELECT UserId FROM Time WHERE ProjectId IN ({})",
    "day": "SELECT Date FROM Time WHERE ProjectId IN ({})",
    "charge": "SELECT ChargeType FROM Tasks WHERE ProjectId IN ({})",
    "task_status": "SELECT Status FROM Tasks WHERE ProjectId IN ({})",
    "entry_status": "SELECT Status FROM Time WHERE ProjectId IN ({})",
    "project_status": "SELECT Status FROM Projects WHERE ProjectId IN ({})",
}
THREE = "SELECT ProjectId FROM (SELECT ProjectId, count(*) FROM Time GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3)"


@dataclass(frozen=True)
class Pool:
    """Values by kind: all that are of interest, and those of three projects."""

    values: dict[str, list[Any]]
    near: dict[str, list[Any]]

    @classmethod
    @cache
    def of(cls, world: World) -> Pool:
        def drawn(sql: str) -> list[Any]:
            return sorted(row[0] for row in world.truth.execute(f"SELECT DISTINCT * FROM ({sql})").fetchall())

        values = {kind: list(EXTRA.get(kind, [])) for kind in TYPES}
        for kind, sql in SOURCES.items():
            values[kind] += drawn(sql)
        return cls(values, {kind: drawn(sql.format(THREE)) for kind, sql in NEAR.items()})


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
