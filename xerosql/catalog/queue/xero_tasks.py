"""XeroTasks: the writes that are to be sent to Xero, one row each, and what became of them."""

from xerosql.catalog.model import INT, TEXT, TIMESTAMP, UUID, Column, Table, Write

STATUSES = ("Pending", "Running", "Completed", "Error", "Failed", "Skipped", "Uncertain", "Cancelled")
SETTABLE = ("XeroTaskStatus", "Priority", "DelayDate", "Parameters", "ResultId", "Resolution")

TABLE = Table(
    schema="queue",
    name="XeroTasks",
    item="task",
    description="The write queue: a row for each INSERT, UPDATE or DELETE of a row of Xero's that was queued, and what became of it.",
    source="queue",
    narrowed_by=("XeroTaskId", "XeroTaskType", "XeroTaskStatus", "TenantId"),
    insert_instead="Tasks are raised by INSERT, UPDATE and DELETE on Xero's tables, on a connection with write_mode = 'queued'.",
    columns=(
        Column("XeroTaskId", INT, "id", "The task's number; a row that it creates is called queue:<number> until Xero gives it an id.", unit="number", key=True, nullable=False),
        Column("XeroTaskType", TEXT, "type", "What it does; a type of XeroTaskTypes.", nullable=False),
        Column("XeroTaskStatus", TEXT, "status", "What it is at: Pending, Running, Completed, Error (trouble, tried again by itself), Failed or Uncertain (need a person), Skipped or Cancelled. Set it to Pending to retry, to Cancelled or Skipped to give up, to Completed with ResultId to say that it did happen.", writable=True, values=STATUSES, nullable=False),
        Column("Customer", TEXT, "customer", "For whom it is, a ContactId; NULL if that is not known."),
        Column("DealerCode", TEXT, "dealer_code", "The dealer whose organisation it is for, as XeroTenants has it."),
        Column("AddedDate", TIMESTAMP, "added_at", "When it was committed, UTC.", nullable=False),
        Column("CompletedDate", TIMESTAMP, "completed_at", "When it ended, UTC; NULL while it has not."),
        Column("WaitingFor", TEXT, "waiting_for", "Why it is not sent: dependency, delay, paused, rate limit, authorisation, offline, needs attention, or recovery for one whose outcome is being looked for.", values=("dependency", "delay", "rate limit", "authorisation", "offline", "needs attention", "paused", "recovery")),
        Column("BlockedBy", TEXT, "blocked_by", "The numbers of the tasks that it waits for, with commas."),
        Column("DependsOn", TEXT, "depends_on", "The numbers of all tasks that had to come before it, with commas."),
        Column("ErrorCode", TEXT, "error_code", "Why it is not completed; docs/queue.md says what to do about each."),
        Column("ErrorMessage", TEXT, "error_message", "The same as a sentence, with Xero's own words."),
        Column("ResultId", TEXT, "result_id", "The Id of the row that it created. With XeroTaskStatus = 'Completed': the row that you found at Xero.", writable=True),
        Column("TableName", TEXT, "table_name", "The table that it writes to.", nullable=False),
        Column("Operation", TEXT, "operation", "INSERT, UPDATE or DELETE.", values=("INSERT", "UPDATE", "DELETE"), nullable=False),
        Column("SubjectId", TEXT, "own_id", "The id of the row that it writes, queue:<number> while that does not exist.", nullable=False),
        Column("Parameters", TEXT, "parameters", "The row's columns and values as JSON. Can be changed while nothing was sent, or to mend what has failed.", writable=True, nullable=False),
        Column("Revision", INT, "revision", "How often it was added, retried or changed.", unit="times", nullable=False),
        Column("Priority", INT, "priority", "Higher ones are sent first.", unit="rank", writable=True, nullable=False),
        Column("DelayDate", TIMESTAMP, "not_before", "It is not sent before, UTC; NULL: as soon as possible.", writable=True),
        Column("RetryCount", INT, "attempts", "Attempts so far that came to nothing.", unit="attempts", nullable=False),
        Column("StartedDate", TIMESTAMP, "started_at", "When a worker last took it, UTC."),
        Column("SentDate", TIMESTAMP, "sent_at", "When its last request left, UTC."),
        Column("UpdatedDate", TIMESTAMP, "updated_at", "When anything in it last changed, UTC.", nullable=False),
        Column("Worker", TEXT, "worker", "Who is at it."),
        Column("HttpStatus", INT, "http_status", "Xero's last answer.", unit="status code"),
        Column("CorrelationId", TEXT, "correlation_id", "What Xero's support asks for."),
        Column("IdempotencyKey", TEXT, "idempotency_key", "The key of the request whose outcome is not known, or that was answered."),
        Column("Resolution", TEXT, "resolution", "Set it to absent, with XeroTaskStatus = 'Pending', to say that you have looked and Xero has no such row.", writable=True, values=("absent",)),
        Column("ActivityLog", TEXT, "activity_log", "What has happened to it, a line each."),
        Column("TenantId", UUID, "tenant_id", "The organisation that it is for.", nullable=False),
    ),
    updates=(Write("SET", "", SETTABLE),),
    delete=Write("PURGE", ""),
)
