"""Projects: the jobs an organisation does for its contacts."""

from xerosql.catalog.model import (
    INT,
    MONEY,
    TENANT_ID,
    TEXT,
    TIMESTAMP,
    UUID,
    Column,
    Table,
    Write,
    amount,
    any_of,
    is_one,
    list_of,
    one_of,
)

LIST = "/projects.xro/2.0/Projects"
ONE = "/projects.xro/2.0/Projects/{ProjectId}"
STATES = ("INPROGRESS", "CLOSED")

TABLE = Table(
    schema="projects",
    name="Projects",
    item="project",
    description="Projects with their totals: time, tasks, expenses, deposits, and what is invoiced of each.",
    xero_page="https://developer.xero.com/documentation/api/projects/projects",
    columns=(
        Column("ProjectId", UUID, "projectId", "Xero's id of the project, given when it is created.", key=True, nullable=False),
        Column("ContactId", UUID, "contactId", "The contact the work is for; set when the project is created, then fixed.", required=True),
        Column("Name", TEXT, "name", "What the project is called; need not be unique.", writable=True, required=True, nullable=False),
        Column("CurrencyCode", TEXT, "currencyCode", "The currency of every amount of the project, the organisation's own.", unit="ISO 4217 code"),
        Column("MinutesLogged", INT, "minutesLogged", "All time logged on the project's tasks.", unit="minutes"),
        *amount("TotalTaskAmount", "totalTaskAmount", "What all tasks come to."),
        *amount("TotalExpenseAmount", "totalExpenseAmount", "What all expenses come to."),
        Column("MinutesToBeInvoiced", INT, "minutesToBeInvoiced", "Chargeable time not invoiced yet.", unit="minutes"),
        *amount("TaskAmountToBeInvoiced", "taskAmountToBeInvoiced", "What is still to be invoiced for tasks."),
        *amount("TaskAmountInvoiced", "taskAmountInvoiced", "What has been invoiced for tasks."),
        *amount("ExpenseAmountToBeInvoiced", "expenseAmountToBeInvoiced", "What is still to be invoiced for expenses."),
        *amount("ExpenseAmountInvoiced", "expenseAmountInvoiced", "What has been invoiced for expenses."),
        *amount("ProjectAmountInvoiced", "projectAmountInvoiced", "What has been invoiced for the project as a whole."),
        *amount("Deposit", "deposit", "Deposits received."),
        *amount("DepositApplied", "depositApplied", "The part of the deposits that invoices have used up."),
        *amount("CreditNoteAmount", "creditNoteAmount", "Credit notes given on the project."),
        *amount("TotalInvoiced", "totalInvoiced", "Everything invoiced."),
        *amount("TotalToBeInvoiced", "totalToBeInvoiced", "Everything still to be invoiced."),
        Column("Deadline", TIMESTAMP, "deadlineUtc", "When the project is to be done; NULL if no date is set.", unit="UTC", writable=True),
        Column("EstimateValue", MONEY, "estimate.value", "What the project is expected to come to; NULL if not estimated.", unit="EstimateCurrency", writable=True, write="estimateAmount", minimum=0),
        Column("EstimateCurrency", TEXT, "estimate.currency", "Currency of EstimateValue.", unit="ISO 4217 code"),
        Column("Status", TEXT, "status", "INPROGRESS or CLOSED; set it to CLOSED to retire a project.", writable=True, values=STATES),
        TENANT_ID,
    ),
    paths=(
        one_of(ONE),
        list_of(
            LIST,
            any_of("ProjectId", "projectIds"),
            is_one("ContactId", "contactID"),
            any_of("Status", "states", always=STATES),
        ),
    ),
    customer="ContactId",
    insert=Write(
        "POST", LIST, ("ContactId", "Name", "Deadline", "EstimateValue"), "CreateProject", "creates a project for a contact"
    ),
    updates=(
        Write("PUT", ONE, ("Name", "Deadline", "EstimateValue"), "UpdateProject", "changes a project's name, deadline or estimate"),
        Write("PATCH", ONE, ("Status",), "SetProjectStatus", "closes a project or opens it again", (
            "CreateTask", "UpdateTask", "DeleteTask", "CreateTimeEntry", "UpdateTimeEntry", "DeleteTimeEntry",
        )),
    ),
    delete_instead="Xero deletes no projects. Close it instead: UPDATE Projects SET Status = 'CLOSED' WHERE ProjectId = …",
)
