"""The tables in which the queue is kept. Times are UTC without a zone."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    and_,
    literal_column,
)

#: Another shape of the tables takes another number.
VERSION = 1

#: Attempts that a type allows unless somebody has said otherwise.
MAX_ATTEMPTS = 6

METADATA = MetaData()

#: Numbers of the queue itself: the version of its tables, and the id of the next task.
NUMBERS = Table(
    "xero_number",
    METADATA,
    Column("name", String(20), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

TASK_TYPES = Table(
    "xero_task_type",
    METADATA,
    Column("type", String(60), primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("more_dependencies", Text, nullable=False, default=""),
    Column("max_attempts", Integer, nullable=False, default=MAX_ATTEMPTS),
    Column("delay_minutes", Integer, nullable=False, default=0),
    Column("enabled", Boolean, nullable=False, default=True),
)

TENANTS = Table(
    "xero_tenant",
    METADATA,
    Column("tenant_id", String(40), primary_key=True),
    Column("name", Text),  # as a worker that reaches it was told last
    Column("dealer_code", Text),
    Column("paused_until", DateTime),
    Column("reason", Text),
    Column("day_remaining", Integer),
    Column("failed_in_a_row", Integer, nullable=False, default=0),
    Column("failed_with", Text),
)

TASKS = Table(
    "xero_task",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("type", String(60), ForeignKey(TASK_TYPES.c.type), nullable=False),
    Column("tenant_id", String(40), nullable=False),
    Column("status", String(20), nullable=False),
    Column("priority", Integer, nullable=False, default=0),
    Column("parameters", Text, nullable=False),
    Column("revision", Integer, nullable=False, default=1),
    Column("own_id", String(200), nullable=False),
    Column("customer", Text),
    Column("added_at", DateTime, nullable=False),
    Column("updated_at", DateTime, nullable=False),
    Column("started_at", DateTime),
    Column("completed_at", DateTime),
    Column("not_before", DateTime),
    Column("attempts", Integer, nullable=False, default=0),
    Column("unreached", Integer, nullable=False, default=0),  # times in a row that there was no connection
    Column("crashes", Integer, nullable=False, default=0),
    Column("open_dependencies", Integer, nullable=False, default=0),
    Column("claim", Integer, nullable=False, default=0),
    Column("worker", Text),
    Column("lease_until", DateTime),
    Column("cancel_requested", Boolean, nullable=False, default=False),
    # The request as it was sent, kept for as long as its outcome may be in doubt.
    Column("idempotency_key", String(128)),
    Column("method", String(10)),
    Column("path", Text),
    Column("body", LargeBinary),
    Column("token", String(64)),  # a fingerprint of the access token
    Column("sent_at", DateTime),
    Column("first_sent_at", DateTime),
    Column("first_clock", Text),  # where the clock that does not jump stood at first_sent_at
    Column("sent_clock", Text),  # and at sent_at
    Column("look_alikes", Text),  # ids of equal rows that were there before; NULL if nobody looked
    Column("result_id", String(200)),
    Column("result", Text),  # the object that Xero created
    Column("error_code", String(40)),
    Column("error_message", Text),
    Column("http_status", Integer),
    Column("correlation_id", Text),
    Column("resolution", String(20)),
)
#: Tasks that wait for no other. The values are written out, so that a database sees that its index has just these.
READY_TASKS = and_(
    TASKS.c.status.in_([literal_column("'Pending'"), literal_column("'Error'")]),
    TASKS.c.open_dependencies == literal_column("0"),
)
Index(
    "xero_task_ready",
    TASKS.c.priority.desc(),
    TASKS.c.id,
    sqlite_where=READY_TASKS,
    postgresql_where=READY_TASKS,
)
Index("xero_task_status", TASKS.c.status, TASKS.c.tenant_id)
Index("xero_task_own", TASKS.c.own_id)
Index("xero_task_result", TASKS.c.result_id)

#: The rows that a task concerns, as "Column=id": the row that it writes, and those that it names.
SUBJECTS = Table(
    "xero_task_subject",
    METADATA,
    Column("task_id", BigInteger, ForeignKey(TASKS.c.id, ondelete="CASCADE"), primary_key=True),
    Column("subject", String(260), primary_key=True),
    Column("tenant_id", String(40), nullable=False),
    Column("own", Boolean, nullable=False),  # whether it is the row that the task writes
)
Index("xero_subject", SUBJECTS.c.subject, SUBJECTS.c.own)

DEPENDENCIES = Table(
    "xero_task_dependency",
    METADATA,
    Column("task_id", BigInteger, ForeignKey(TASKS.c.id, ondelete="CASCADE"), primary_key=True),
    Column("needs_id", BigInteger, primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("satisfied", Boolean, nullable=False, default=False),
)
Index("xero_needs", DEPENDENCIES.c.needs_id)

EVENTS = Table(
    "xero_task_event",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("task_id", BigInteger, nullable=False),
    Column("tenant_id", String(40), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("event", String(20), nullable=False),
    Column("from_status", String(20)),
    Column("to_status", String(20)),
    Column("who", Text, nullable=False),
    Column("http_status", Integer),
    Column("correlation_id", Text),
    Column("idempotency_key", String(128)),
    Column("body_hash", String(64)),
    Column("code", String(40)),
    Column("message", Text),
)
Index("xero_event_task", EVENTS.c.task_id)

WORKERS = Table(
    "xero_worker",
    METADATA,
    Column("worker", String(200), primary_key=True),
    Column("host", Text, nullable=False),
    Column("process", Integer, nullable=False),
    Column("machine", Text, nullable=False),  # within which `process` names one process, empty if that is not known
    Column("started_at", DateTime, nullable=False),
    Column("heartbeat_at", DateTime, nullable=False),
    Column("completed", Integer, nullable=False, default=0),
    Column("failed", Integer, nullable=False, default=0),
    Column("stopping", Boolean, nullable=False, default=False),
)
