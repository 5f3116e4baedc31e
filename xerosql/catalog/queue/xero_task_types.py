"""XeroTaskTypes: the templates of tasks, and what comes before what."""

from xerosql.catalog.model import BOOL, INT, TEXT, Column, Table, Write

TABLE = Table(
    schema="queue",
    name="XeroTaskTypes",
    item="task type",
    description="The kinds of tasks: what each does, and which come first where two concern the same row.",
    source="queue",
    insert_instead="The types come with xerosql, one for each way to change a table of Xero's.",
    delete_instead="A type can be switched off: UPDATE XeroTaskTypes SET Enabled = FALSE WHERE XeroTaskType = …",
    columns=(
        Column("XeroTaskType", TEXT, "type", "Its name.", key=True, nullable=False),
        Column("DisplayName", TEXT, "display_name", "What people call it.", writable=True, max_length=200, nullable=False),
        Column("Description", TEXT, "description", "What it does.", writable=True, max_length=2000, nullable=False),
        Column("Dependencies", TEXT, "dependencies", "The types that come first, with commas. Yours can be added; those it was made with stay.", writable=True),
        Column("TableName", TEXT, "table_name", "The table that it writes to.", nullable=False),
        Column("Operation", TEXT, "operation", "INSERT, UPDATE or DELETE.", values=("INSERT", "UPDATE", "DELETE"), nullable=False),
        Column("ReplayClass", TEXT, "replay_class", "What may follow a lost answer: natural and delete are sent again, keyed is looked up, blind is compared with what was there before.", values=("natural", "delete", "keyed", "blind"), nullable=False),
        Column("MaxAttempts", INT, "max_attempts", "Attempts before it fails for good.", unit="attempts", writable=True, minimum=1, maximum=100, nullable=False),
        Column("DelayMinutes", INT, "delay_minutes", "How long new tasks wait before they are sent.", unit="minutes", writable=True, minimum=0, maximum=525600, nullable=False),
        Column("Enabled", BOOL, "enabled", "Whether its tasks are sent.", writable=True, nullable=False),
    ),
    updates=(Write("SET", "", ("DisplayName", "Description", "Dependencies", "MaxAttempts", "DelayMinutes", "Enabled")),),
)
