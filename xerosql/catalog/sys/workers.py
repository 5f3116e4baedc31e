"""sys.workers: who is working on the queue."""

from xerosql.catalog.model import BOOL, INT, TEXT, TIMESTAMP, Column, Table

TABLE = Table(
    schema="sys",
    name="workers",
    item="worker",
    description="The workers of the queue that were heard of within the last hour.",
    kind="VIEW",
    source="queue",
    columns=(
        Column("Worker", TEXT, "worker", "Its name, as the audit has it.", key=True, nullable=False),
        Column("Host", TEXT, "host", "The machine that it runs on.", nullable=False),
        Column("ProcessId", INT, "process", "Its process there.", unit="number", nullable=False),
        Column("StartedAt", TIMESTAMP, "started_at", "When it began, UTC.", nullable=False),
        Column("HeartbeatAt", TIMESTAMP, "heartbeat_at", "When it last gave a sign of life, UTC; it does so every 30 seconds.", nullable=False),
        Column("Completed", INT, "completed", "Tasks that it has completed, as of then.", unit="tasks", nullable=False),
        Column("Failed", INT, "failed", "Tasks that were refused, as of then.", unit="tasks", nullable=False),
        Column("Holding", INT, "holding", "Tasks that it holds now.", unit="tasks", nullable=False),
        Column("Stopping", BOOL, "stopping", "Whether it is about to end.", nullable=False),
    ),
)
