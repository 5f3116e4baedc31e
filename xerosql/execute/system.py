"""The rows of the tables of `sys`, as they are now. No call is made for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

from xerosql.api.limits import LimitsSnapshot
from xerosql.catalog.model import Table
from xerosql.execute.journal import Entry
from xerosql.execute.session import Session


def system_rows(session: Session, table: Table) -> list[SimpleNamespace]:
    """The rows of a table whose source is "session"; their columns are attributes."""
    return ROWS[table.full_name](session)


def limits(session: Session) -> list[SimpleNamespace]:
    return [limit_row(each, session.client.known_name(each.tenant)) for each in session.client.limits()]


def limit_row(left: LimitsSnapshot, name: str | None) -> SimpleNamespace:
    return SimpleNamespace(
        tenant_id=left.tenant,
        name=name,
        minute_remaining=left.minute_remaining,
        minute_limit=left.minute_limit,
        day_remaining=left.day_remaining,
        day_limit=left.day_limit,
        app_remaining=left.app_remaining,
        in_flight=left.in_flight,
        reset_at=None if left.reset_at is None else moment(left.reset_at),
    )


def statements(session: Session) -> list[SimpleNamespace]:
    return [statement_row(each) for each in session.journal.entries()]


def statement_row(entry: Entry) -> SimpleNamespace:
    return SimpleNamespace(
        number=entry.number,
        started_at=moment(entry.started_at),
        statement=entry.statement,
        kind=entry.kind,
        status=entry.status,
        calls=entry.stats.api_calls,
        expected_calls=entry.stats.expected_calls,
        pages_reused=entry.stats.pages_reused,
        data_age=None if entry.stats.data_age is None else Decimal(f"{entry.stats.data_age:.4f}"),
        rows_fetched=entry.stats.rows_fetched,
        rows_returned=entry.rows_returned,
        seconds=Decimal(f"{entry.stats.seconds:.4f}"),
        error=entry.error,
    )


def variables(session: Session) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(
            name=variable.name, value=value, unit=variable.unit, default=default, description=variable.description
        )
        for variable, value, default in session.variables
    ]


def snapshots(session: Session) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(
            request=each.key.asked,
            tenant_id=each.key.tenant,
            kind=each.key.kind,
            fetched_at=moment(datetime.fromtimestamp(each.began.wall, UTC)),
            row_count=each.rows,
            size=each.size,
        )
        for each in session.kept().listed()
    ]


def moment(when: datetime) -> str:
    """A time as the tables hold it: UTC, without a zone."""
    return when.astimezone(UTC).replace(tzinfo=None).isoformat()


ROWS: dict[str, Callable[[Session], list[SimpleNamespace]]] = {
    "sys.limits": limits,
    "sys.snapshots": snapshots,
    "sys.statements": statements,
    "sys.variables": variables,
}
