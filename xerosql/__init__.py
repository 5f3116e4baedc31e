"""SQL on Xero: a PEP 249 connection whose tables are a Xero organisation.

import xerosql
with xerosql.connect("demo") as connection:
    for row in connection.execute("SELECT Name, Status FROM Projects LIMIT 3"):
        print(row)
"""

from xerosql.connection import Connection, Scratch, connect
from xerosql.cursor import Cursor
from xerosql.errors import (
    AuthenticationError,
    BudgetError,
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    PartialWriteError,
    ProgrammingError,
    RateLimitError,
    UnknownOutcomeError,
    Warning,  # noqa: A004 - PEP 249 fixes the name
)
from xerosql.types import (
    BINARY,
    DATETIME,
    NUMBER,
    ROWID,
    STRING,
    Binary,
    Date,
    DateFromTicks,
    Time,
    TimeFromTicks,
    Timestamp,
    TimestampFromTicks,
)

__version__ = "0.1.0"

#: PEP 249: this module follows DB API 2.0.
apilevel = "2.0"
#: PEP 249: threads may share the module and connections, not cursors.
threadsafety = 2
#: PEP 249: parameters are `?`; `:name` and `$1` are understood too.
paramstyle = "qmark"

__all__ = [
    "BINARY",
    "DATETIME",
    "NUMBER",
    "ROWID",
    "STRING",
    "AuthenticationError",
    "Binary",
    "BudgetError",
    "Connection",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Date",
    "DateFromTicks",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "PartialWriteError",
    "ProgrammingError",
    "RateLimitError",
    "Scratch",
    "Time",
    "TimeFromTicks",
    "Timestamp",
    "TimestampFromTicks",
    "UnknownOutcomeError",
    "Warning",
    "apilevel",
    "connect",
    "paramstyle",
    "threadsafety",
]
