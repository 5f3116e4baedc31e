"""What analysts ask, and the fewest API calls that can answer it.

The fewest calls are worked out by hand, beside each query, as an expression over the organisation's own rows. They are
what a client needs that knows the following, and is to be sure of its answer:

* *Xero's API.* A list has 500 rows a page. Projects lists take up to 40 ids, one contact, states; Tasks and Time are
  listed below one project only; an object's own path takes its ids; `itemCount` of a page of one row is a count.
* *What always holds at Xero.* A task, and so its time, never leaves its project; ids are unique; a project or a task
  without minutes has no time. Other totals are not taken for the rows they sum up: nothing says that they agree at
  every moment.
* *SQL.* What a join, a subquery or a contradiction rules out need not be read, and one answer serves all who ask.
* *How long the lists are*, so that it takes the cheaper way and reads the tables in the best order. It does not know
  what is on a list that it has not read.

Without ORDER BY, a LIMIT reads as many lists as its rows fill, projects in the order in which Xero lists them.
"""

from importlib import import_module
from pkgutil import iter_modules

from .model import Entry

__all__ = ["Entry", "entries"]


def entries() -> list[Entry]:
    """Every query of the corpus, topic by topic."""
    queries = import_module(f"{__name__}.queries")
    modules = [import_module(f"{queries.__name__}.{each.name}") for each in iter_modules(queries.__path__)]
    return [entry for module in modules for entry in module.ENTRIES]
