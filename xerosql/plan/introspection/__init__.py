"""Questions that PostgreSQL's clients ask of its catalog, as SQL that the engine can run over tables of ours.

`read` tells whether a statement asks such a question, and `Question.for_engine` writes it down for the engine.
"""

from __future__ import annotations

from xerosql.plan.introspection.facts import Facts
from xerosql.plan.introspection.question import Question, read
from xerosql.plan.introspection.signals import Signal

__all__ = ["Facts", "Question", "Signal", "read"]
