"""Organisations: why nothing is sent to one for a while, and what is left of its day."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from xerosql.queue.claims import FOR_EVER
from xerosql.queue.model import Code, Reason
from xerosql.queue.tables import TENANTS

#: So many tasks of an organisation fail one after the other with the same code before it is left alone.
FAILURES_IN_A_ROW = 10


def pause(connection: Connection, tenant: str, reason: Reason, until: datetime) -> None:
    """Send nothing to an organisation for a while. A pause that lasts longer already is left as it is."""
    mine = TENANTS.c.tenant_id == tenant
    shorter = sa.or_(TENANTS.c.paused_until.is_(None), TENANTS.c.paused_until < until)
    connection.execute(TENANTS.update().where(mine, shorter).values(paused_until=until, reason=reason.value))


def resume(connection: Connection, tenants: list[str], reason: Reason) -> None:
    """End the pauses that are for this reason."""
    mine = TENANTS.c.tenant_id.in_(tenants) & (TENANTS.c.reason == reason.value)
    connection.execute(TENANTS.update().where(mine).values(paused_until=None, reason=None))


_OF_TENANT = TENANTS.update().where(TENANTS.c.tenant_id == sa.bindparam("tenant"))


def note_day(connection: Connection, tenant: str, remaining: int | None) -> None:
    connection.execute(_OF_TENANT, {"tenant": tenant, "day_remaining": remaining})


def blame(connection: Connection, tenant: str, code: Code | None) -> None:
    """One more failure; the same one too often in a row, and the organisation is left alone until somebody looks."""
    mine = TENANTS.c.tenant_id == tenant
    row = connection.execute(sa.select(TENANTS.c.failed_in_a_row, TENANTS.c.failed_with).where(mine)).one_or_none()
    if row is None:
        return
    count = row.failed_in_a_row + 1 if row.failed_with == code else 1
    connection.execute(TENANTS.update().where(mine).values(failed_in_a_row=count, failed_with=code))
    if count >= FAILURES_IN_A_ROW:
        pause(connection, tenant, Reason.ATTENTION, FOR_EVER)


_FORGIVE = TENANTS.update().where(TENANTS.c.tenant_id == sa.bindparam("tenant"), TENANTS.c.failed_in_a_row > 0)


def forgive(connection: Connection, tenant: str) -> None:
    connection.execute(_FORGIVE, {"tenant": tenant, "failed_in_a_row": 0, "failed_with": None})
