"""Changing types of tasks and organisations, which people do and workers heed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Connection

from xerosql.catalog import near
from xerosql.errors import DataError
from xerosql.queue.model import Reason, TaskTypes
from xerosql.queue.tables import TASK_TYPES, TENANTS

OF_TYPES = {
    "DisplayName": "display_name",
    "Description": "description",
    "MaxAttempts": "max_attempts",
    "DelayMinutes": "delay_minutes",
    "Enabled": "enabled",
}


def change_type(connection: Connection, types: TaskTypes, name: str, values: Mapping[str, object]) -> None:
    """Give a type other values, by the names of XeroTaskTypes' columns. DataError for dependencies that cannot be."""
    changed: dict[str, Any] = {OF_TYPES[column]: value for column, value in values.items() if column in OF_TYPES}
    if "Dependencies" in values:
        changed["more_dependencies"] = " ".join(more_dependencies(types, name, str(values["Dependencies"] or "")))
    connection.execute(TASK_TYPES.update().where(TASK_TYPES.c.type == name).values(changed))


def more_dependencies(types: TaskTypes, name: str, text: str) -> list[str]:
    """Those of the listed types that the type does not wait for anyway."""
    wanted, born = dict.fromkeys(text.replace(",", " ").split()), types[name].write.after
    for each in wanted:
        if each not in types:
            raise DataError(f"there is no task type {each}{near(each, list(types))}", sqlstate="22023")
    missing = [each for each in born if each not in wanted]
    if missing:
        raise DataError(f"{name} was made to come after {', '.join(missing)}; that stays", sqlstate="22023")
    return [each for each in wanted if each not in born]


def change_tenant(connection: Connection, tenant: str, values: Mapping[str, object]) -> None:
    """Name an organisation's dealer, pause it, or let it go on."""
    changed: dict[str, Any] = {}
    if "DealerCode" in values:
        changed["dealer_code"] = values["DealerCode"]
    if "PausedUntil" in values:
        until = values["PausedUntil"]
        changed["paused_until"], changed["reason"] = until, None if until is None else Reason.PAUSED.value
        if until is None:
            changed |= {"failed_in_a_row": 0, "failed_with": None}
    connection.execute(TENANTS.update().where(TENANTS.c.tenant_id == tenant).values(changed))
