"""The PEP 249 cursor: one statement at a time, its rows, and what it cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from xerosql.errors import InterfaceError, NotSupportedError

if TYPE_CHECKING:
    from types import TracebackType

    from xerosql.connection import Connection
    from xerosql.execute.run import Statement
    from xerosql.execute.stats import Stats

Parameters = Sequence[object] | Mapping[str, object]
Row = tuple[Any, ...]
#: name, type_code, display_size, internal_size, precision, scale, null_ok
ColumnDescription = tuple[str, str, None, None, int | None, int | None, None]


class Cursor:
    """Runs statements and fetches their rows. Made by `Connection.cursor()`.

    Rows of a SELECT are fetched from Xero as they are asked for, so closing the cursor early saves the calls that were
    still to come.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.arraysize = 1
        self._statement: Statement | None = None
        self._closed = False
        self._rowcount_at_close = -1

    # -- Running statements --------------------------------------------------------------------------------------------

    def execute(self, operation: str, parameters: Parameters | None = None) -> Self:
        """Run one statement. `parameters` is a sequence for `?` and `$1`, a mapping for `:name`.

        A SELECT returns once its first rows are there. An INSERT, UPDATE or DELETE on a Xero table is checked whole
        before anything is sent, and has been carried out when this returns.

        Raises ProgrammingError for wrong SQL or parameters, DataError and IntegrityError for rows that Xero would
        refuse, PartialWriteError when a write stopped half-way, OperationalError for trouble on the way.
        """
        self._start(operation).run([parameters])
        return self

    def execute_arrow(self, operation: str, parameters: Parameters | None = None) -> Self:
        """The same as `execute`, for who takes the rows with `fetch_record_batch` and in no other way.

        A SELECT gives them in batches of some thousands, as they are fetched from Xero. Needs `xerosql[arrow]`.
        """
        require("pyarrow", "arrow")
        self._start(operation, arrow=True).run([parameters])
        return self

    def executemany(self, operation: str, seq_of_parameters: Iterable[Parameters]) -> Self:
        """Run a write once for each set of parameters. All rows are checked before the first one is sent."""
        self._start(operation).run(list(seq_of_parameters), many=True)
        return self

    def callproc(self, procname: str, parameters: Sequence[object] = ()) -> list[object]:
        """Run `CALL procname(…)`, whose rows are fetched as a SELECT's are. The parameters come back as they were.

        Raises ProgrammingError for a procedure that does not exist; `GetLimitInfo` does.
        """
        if not isinstance(procname, str):
            raise InterfaceError(f"a procedure's name is a str, not {type(procname).__name__}")
        quoted = procname.replace('"', '""')
        self.execute(f'CALL "{quoted}"({", ".join("?" * len(parameters))})', parameters)
        return list(parameters)

    def _start(self, operation: str, *, arrow: bool = False) -> Statement:
        from xerosql.execute.run import Statement

        self._check_open()
        self._finish()
        if not isinstance(operation, str):
            raise InterfaceError(f"a statement is a str, not {type(operation).__name__}")
        self._statement = Statement(self.connection.session, operation, arrow=arrow)
        return self._statement

    # -- What the statement did ----------------------------------------------------------------------------------------

    @property
    def description(self) -> list[ColumnDescription] | None:
        """A tuple for each column: name, type code, None, None, precision and scale in digits, None. None for no rows.

        PEP 249 `.description`. Type codes are SQL type names ("VARCHAR", "DECIMAL") and equal their type objects.
        """
        reading = self._statement.reading if self._statement else None
        if reading is None:
            return None
        return [(name, kind.code, None, None, kind.precision, kind.scale, None) for name, kind in reading.columns]

    @property
    def kind(self) -> str | None:
        """The word that the statement is known by: SELECT, INSERT, CREATE, BEGIN. None before it has been planned."""
        return self._statement.entry.kind if self._statement else None

    @property
    def rowcount(self) -> int:
        """Rows written, or rows fetched once all of a SELECT's are; -1 while that is not known. `close()` keeps it."""
        return self._statement.rowcount if self._statement else self._rowcount_at_close

    @property
    def lastrowid(self) -> str | None:
        """The Id of the last row an INSERT created, None after anything else."""
        return self._statement.lastrowid if self._statement else None

    @property
    def rownumber(self) -> int | None:
        """The index, from 0, of the row that is fetched next; None without a result."""
        return self._statement.fetched if self._statement and self._statement.reading else None

    @property
    def stats(self) -> Stats | None:
        """What the statement has cost so far: `api_calls`, `rows_fetched`, `seconds`. None before the first one."""
        return self._statement.stats if self._statement else None

    # -- Fetching rows -------------------------------------------------------------------------------------------------

    def fetchone(self) -> Row | None:
        """The next row, None after the last."""
        rows = self._result().fetch(1)
        return rows[0] if rows else None

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """The next `size` rows (`arraysize` by default), fewer at the end."""
        return self._result().fetch(self.arraysize if size is None else size)

    def fetchall(self) -> list[Row]:
        """All rows that are left."""
        return self._result().fetch(None)

    def __iter__(self) -> Iterator[Row]:
        yield from self._result()

    def fetch_arrow_table(self, size: int | None = None) -> Any:
        """The next `size` rows, all that are left if None, as a `pyarrow.Table`, money as decimal128.

        Needs `xerosql[arrow]`.
        """
        require("pyarrow", "arrow")
        return self._result().arrow(size)

    def fetch_record_batch(self) -> Any:
        """The next `pyarrow.RecordBatch` of a statement that `execute_arrow` began, None after the last."""
        statement = self._result()
        if not statement.streams_arrow:
            raise InterfaceError("the rows come one by one; begin the statement with execute_arrow()")
        return statement.batch()

    def fetch_df(self) -> Any:
        """What is left of the result as a `pandas.DataFrame`, money as Decimal objects. Needs `xerosql[pandas]`."""
        require("pandas", "pandas")
        require("pyarrow", "pandas")
        return self._result().arrow().to_pandas()

    def fetch_polars(self) -> Any:
        """What is left of the result as a `polars.DataFrame`, money as Decimal. Needs `xerosql[polars]`."""
        polars = require("polars", "polars")
        require("pyarrow", "polars")
        return polars.from_arrow(self._result().arrow())

    def _result(self) -> Statement:
        self._check_open()
        if self._statement is None or self._statement.reading is None:
            raise InterfaceError("there are no rows to fetch; execute a SELECT or a RETURNING first", sqlstate="24000")
        return self._statement

    # -- Ending --------------------------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Stop the statement from another thread: no further call is made, and its next fetch raises."""
        if self._statement is not None:
            self._statement.cancel()

    def close(self) -> None:
        """Stop fetching and let the rows go. The cursor cannot be used after."""
        self._rowcount_at_close = self.rowcount
        self._finish()
        self._closed = True

    def _finish(self) -> None:
        if self._statement is not None:
            self._statement.close()
            self._statement = None

    def _check_open(self) -> None:
        if self._closed:
            raise InterfaceError("the cursor is closed")
        self.connection.check_open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- What PEP 249 names and Xero has nothing for -------------------------------------------------------------------

    def nextset(self) -> None:
        """Always NotSupportedError: a statement has one result."""
        raise NotSupportedError("a statement has one result; there is no next one")

    def setinputsizes(self, sizes: Sequence[object]) -> None:
        """Does nothing, as PEP 249 allows: values need no space set aside."""

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Does nothing, as PEP 249 allows: columns arrive whole."""


def require(module: str, extra: str) -> Any:
    """Import an optional library; InterfaceError naming the extra that brings it."""
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InterfaceError(f"{module} is not installed; pip install 'xerosql[{extra}]' brings it") from error
