"""pg_cancel_backend() and pg_terminate_backend(): the engine tells the sessions, and the server ends what they do."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from xerosql.errors import NotSupportedError
from xerosql.plan.introspection.functions import arguments, name_of_function, unprefix

#: The functions, and whether each ends the connection or only its statement.
TERMINATES = {"pg_cancel_backend": False, "pg_terminate_backend": True}


@dataclass(frozen=True)
class Signal:
    """A column of the result that holds the numbers of sessions, of which the statement or the connection is to end.

    `place` counts from the end if it is negative.
    """

    place: int
    terminate: bool


def take_signals(query: exp.Query) -> tuple[Signal, ...]:
    """Have the query tell the sessions instead of ending them; NotSupportedError where a call is no column of it.

    A call anywhere else would be made for rows that are filtered, sorted or counted later, so that nobody could say
    which sessions it had ended.
    """
    if not any(name_of_function(node) in TERMINATES for node in query.find_all(exp.Func)):
        return ()
    unprefix(query)
    found = []
    columns = query.selects if isinstance(query, exp.Select) and not query.args.get("distinct") else []
    stars = [place for place, column in enumerate(columns) if column.is_star]
    for place, column in enumerate(columns):
        call = column.unalias()
        if isinstance(call, exp.Func) and (name := name_of_function(call)) in TERMINATES:
            behind, given = [star for star in stars if star < place], arguments(call)
            if len(given) != 1 or 0 < len(behind) < len(stars):
                break
            call.replace(exp.cast(given[0], "INT"))
            found.append(Signal(place - len(columns) if behind else place, TERMINATES[name]))
    if any(name_of_function(node) in TERMINATES for node in query.find_all(exp.Func)):
        raise NotSupportedError(
            "pg_cancel_backend(pid) and pg_terminate_backend(pid) stand as a column of their own in a SELECT without "
            "DISTINCT, and take one argument"
        )
    return tuple(found)
