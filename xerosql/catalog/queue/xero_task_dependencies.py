"""XeroTaskDependencies: which task waits for which."""

from xerosql.catalog.model import BOOL, INT, TEXT, Column, Table

TABLE = Table(
    schema="queue",
    name="XeroTaskDependencies",
    item="dependency",
    description="Which task has to wait for which.",
    kind="VIEW",
    source="queue",
    narrowed_by=("XeroTaskId",),
    columns=(
        Column("XeroTaskId", INT, "task_id", "The task that waits.", unit="number", key=True, nullable=False),
        Column("NeedsTaskId", INT, "needs_id", "The task that it waits for.", unit="number", key=True, nullable=False),
        Column("Kind", TEXT, "kind", "What kind: reference, as it names the row that the other creates, or order, as it only comes after it.", values=("reference", "order"), nullable=False),
        Column("Satisfied", BOOL, "satisfied", "Whether that is over.", nullable=False),
    ),
)
