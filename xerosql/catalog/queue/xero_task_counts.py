"""XeroTaskCounts: how many tasks are at each status."""

from xerosql.catalog.model import INT, TEXT, UUID, Column, Table
from xerosql.catalog.queue.xero_tasks import STATUSES

TABLE = Table(
    schema="queue",
    name="XeroTaskCounts",
    item="count",
    description="How many tasks of each type are at each status, counted by the queue itself: a look at it is quick however long the queue is.",
    kind="VIEW",
    source="queue",
    columns=(
        Column("XeroTaskType", TEXT, "type", "The type of the tasks.", key=True, nullable=False),
        Column("XeroTaskStatus", TEXT, "status", f"What they are at: {', '.join(STATUSES)}.", key=True, values=STATUSES, nullable=False),
        Column("Tasks", INT, "tasks", "How many there are.", unit="tasks", nullable=False),
        Column("TenantId", UUID, "tenant_id", "The organisation that they are for.", key=True, nullable=False),
    ),
)
