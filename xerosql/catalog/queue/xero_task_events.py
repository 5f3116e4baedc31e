"""XeroTaskEvents: the audit of the queue."""

from xerosql.catalog.model import INT, TEXT, TIMESTAMP, UUID, Column, Table

TABLE = Table(
    schema="queue",
    name="XeroTaskEvents",
    item="event",
    description="Everything that has happened to the tasks of the queue, and by whom. Nothing in it is ever changed, also when tasks are deleted.",
    kind="VIEW",
    source="queue",
    narrowed_by=("XeroTaskId", "TenantId"),
    columns=(
        Column("EventId", INT, "id", "Its place in the audit.", unit="place", key=True, nullable=False),
        Column("XeroTaskId", INT, "task_id", "The task.", unit="number", nullable=False),
        Column("EventDate", TIMESTAMP, "at", "When it happened, UTC.", nullable=False),
        Column("Event", TEXT, "event", "What happened: added, sent, completed, failed, trouble, deferred, unknown, lost, replayed, adopted, absent, late, conflict, skipped, reopened, retried, cancelled, resolved, edited, rescheduled, purged.", nullable=False),
        Column("FromStatus", TEXT, "from_status", "What the task was at before."),
        Column("ToStatus", TEXT, "to_status", "What it was at then."),
        Column("Who", TEXT, "who", "The worker, program or person.", nullable=False),
        Column("ErrorCode", TEXT, "code", "Why, where something went wrong."),
        Column("Message", TEXT, "message", "The same as a sentence."),
        Column("HttpStatus", INT, "http_status", "Xero's answer.", unit="status code"),
        Column("CorrelationId", TEXT, "correlation_id", "What Xero's support asks for."),
        Column("IdempotencyKey", TEXT, "idempotency_key", "The key that the request had."),
        Column("BodyHash", TEXT, "body_hash", "SHA-256 of the body that was sent."),
        Column("TenantId", UUID, "tenant_id", "The organisation.", nullable=False),
    ),
)
