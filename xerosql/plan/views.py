"""Views are put into a query in place of their names, before it is analysed, so that all goes through them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from xerosql.catalog import SCRATCH, is_temporary
from xerosql.errors import ProgrammingError
from xerosql.plan.names import Names, qualified, resolve
from xerosql.plan.stored import definition_of

#: Where a derived table keeps the name of the view that it is the definition of.
VIEW = "xerosql_view"
#: How many views one statement may come to, views of views included, and how many of them one within the other. A chain
#: in which each view names the one below twice doubles with every link.
MOST, DEEPEST = 100, 30
#: What may stand behind a table's name in FROM, and behind a derived table as well.
BEHIND = ("alias", "joins", "laterals", "pivots", "sample")


#: Schema and name of a view.
Place = tuple[str, str]


def expand(nodes: Sequence[exp.Expr], names: Names, within: tuple[Place, ...] = ()) -> list[Place]:
    """Replace every view among the nodes, whose tables are resolved, by its definition; and the views in that.

    `within` are views that may not be met. The names of all that were are returned, those inside behind those around.
    ProgrammingError for a view that reads what is not there any more, that contains itself, or for too many.
    """
    met: list[Place] = []
    waiting = [(node, within) for node in nodes if names.view(node)]
    while waiting:
        node, around = waiting.pop()
        name = names.view(node)
        if name is None:
            continue
        if name in around:
            raise ProgrammingError(f"the view {shown(name)} would contain itself", sqlstate="42P17")
        met.append(name)
        if len(met) > MOST or len(around) >= DEEPEST:
            raise ProgrammingError(
                f"the statement comes to more than {MOST} views, or to more than {DEEPEST} one within the other; keep "
                f"the rows of one of them: CREATE TABLE {SCRATCH}.… AS SELECT …",
                sqlstate="54001",
            )
        definition = opened(name, names)
        waiting += [(each, (*around, name)) for each in definition.find_all(exp.Table) if names.view(each)]
        put_in_place(definition, node, name)
    return met


def shown(view: Place) -> str:
    """What a message calls a view: by its name alone if it is temporary."""
    return view[1] if is_temporary(view[0]) else ".".join(view)


def opened(name: Place, names: Names) -> exp.Expr:
    """The definition of a view with its tables resolved; ProgrammingError if one of them is gone."""
    definition = definition_of(names.views[name])
    try:
        resolve(list(definition.walk()), names)
    except ProgrammingError as error:
        raise out_of_date(name, error) from error
    return definition


def put_in_place(definition: exp.Expr, node: exp.Expr, name: Place) -> None:
    derived = exp.Subquery(this=definition, **{part: node.args.get(part) for part in BEHIND})
    derived.meta[VIEW] = name
    node.replace(derived)


def refuse_out_of_date(met: Iterable[Place], names: Names) -> None:
    """ProgrammingError for the first of these views whose definition names a column that is not there any more."""
    for name in dict.fromkeys(met):
        definition = opened(name, names)
        try:
            qualified(definition, list(definition.walk()), names)
        except ProgrammingError as error:
            raise out_of_date(name, error) from error


def out_of_date(name: Place, error: ProgrammingError) -> ProgrammingError:
    return ProgrammingError(
        f"the view {shown(name)} does not fit what it reads any more: {error}", sqlstate=error.sqlstate
    )
