"""Breaks the planner and the queue on purpose, one way at a time, and shows that the tests notice.

Each mutation is a change to the text of one module, made in a copy of the package; the tests named beside it run
against that copy and must fail. `make mutations` runs all of them; a test of the usual suite checks that each applies.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
QUERIES = ("tests/differential/test_queries.py", "tests/differential/test_peers.py")
GENERATED = "tests/differential/test_generated.py"
REUSE = ("tests/snapshots/test_max_age.py", "tests/snapshots/test_snapshot.py", "tests/snapshots/test_store.py")
VIEWS = ("tests/execute/test_views.py",)
TEMPORARY = ("tests/execute/test_temporary.py",)
CRASHES = ("tests/chaos/queue/test_schedules.py::test_whatever_happens_no_document_is_doubled_or_lost_in_a_file",)


@dataclass(frozen=True)
class Mutation:
    """`old` in `file` becomes `new`; `tests` must then fail."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = QUERIES


MUTATIONS = (
    Mutation(
        "the re-check is dropped",
        "plan/query.py",
        "    compare_text_as_text(nodes)\n    by_name",
        "    compare_text_as_text(nodes)\n    query.set('where', None)\n    by_name",
    ),
    Mutation(
        "a != is pushed",
        "plan/conjuncts.py",
        'exp.LT: "le", exp.EQ: "in"}',
        'exp.LT: "le", exp.EQ: "in", exp.NEQ: "in"}',
    ),
    Mutation(
        "LIMIT is taken from what was fetched, under a residual filter",
        "execute/read.py",
        "if not more or not isinstance(enough, int) or len(result.rows or ()) >= enough:",
        "if not more or not isinstance(enough, int) or self.stats.rows_fetched >= enough:",
    ),
    Mutation(
        "the keys of a FULL JOIN are taken",
        "plan/predicates.py",
        'if on is None or side == "FULL" or',
        "if on is None or",
    ),
    Mutation(
        "SUPERSET counts as EXACT",
        "plan/access.py",
        '        if taken.kind in ("from", "to"):\n            return day_bound(taken, self.known)',
        '        if taken.kind in ("from", "to"):\n'
        "            self.known.sets.setdefault(taken.column, [day_bound(taken, self.known)[:10]])\n"
        "            self.known.said.setdefault(taken.column, []).append(self.scan.conditions[0])\n"
        "            self.exact.add(self.scan.conditions[0])\n"
        "            return day_bound(taken, self.known)",
    ),
    Mutation(
        "a LEFT JOIN binds its kept side",
        "plan/predicates.py",
        "self.note_conjuncts(on, facts, {right}, right)",
        "self.note_conjuncts(on, facts, None, None)",
    ),
    Mutation(
        "NOT IN takes keys whatever may be NULL",
        "plan/subqueries.py",
        "if id(node) in holding or self.both_never_null(scope, column, inner, place):",
        "if True:",
        (*QUERIES, "tests/plan/test_keys.py"),
    ),
    Mutation(
        "conditions slip below a derived table's LIMIT",
        "plan/below.py",
        'if any(select.args.get(part) for part in ("limit", "offset", "qualify", "fetch")):\n        return False',
        'if any(select.args.get(part) for part in ("qualify",)):\n        return False',
    ),
    Mutation(
        "EXISTS of an aggregate is taken for a condition",
        "plan/subqueries.py",
        'None and (aggregates(select) or select.args.get("having")):\n        return',
        "None and False:\n        return",
        (*QUERIES, "tests/plan/test_keys.py"),
    ),
    Mutation(
        "rows are counted although their values are wanted",
        "plan/access.py",
        "if known is None or (name.lower() in self.scan.needed and not (len(known) == 1 and self.is_exact(name))):",
        "if known is None:",
    ),
    Mutation(
        "the filters of an outer join's kept side choose its keys",
        "plan/predicates.py",
        "    if only is not None and alias not in only:\n        return\n    free = ",
        "    free = ",
        (GENERATED,),
    ),
    Mutation(
        "only one of several keys is asked for",
        "plan/known.py",
        "        usable = list(dict.fromkeys(comparable(column, value, self.table, direct) for value in values))",
        "        usable = list(dict.fromkeys(comparable(column, value, self.table, direct) for value in values))[:1]",
    ),
    Mutation(
        "a view's columns are left out although they say which rows there are",
        "plan/unused.py",
        'if select.args.get("distinct") is not None:\n        return True',
        'if select.args.get("distinct") is not None:\n        return False',
        VIEWS,
    ),
    Mutation(
        "a view with a condition is taken for its table",
        "plan/flat.py",
        'PLAIN = {"expressions", "from_", "from", "kind", "hint"}',
        'PLAIN = {"expressions", "from_", "from", "kind", "hint", "where"}',
        VIEWS,
    ),
    Mutation(
        "a plan outlives the view that it was made of",
        "execute/session.py",
        "self.names_version = path, folding, columns, temporary, indexes, tuple(views.items())",
        "self.names_version = path, folding, columns, temporary, indexes, tuple(views)",
        VIEWS,
    ),
    Mutation(
        "a request is marked as sent after it was",
        "queue/sender.py",
        "        return self.client.attempt(request, before=mark, cancelled=self.stop)",
        "        outcome = self.client.attempt(request, before=lambda _: None, cancelled=self.stop)\n"
        '        mark("")\n'
        "        return outcome",
        CRASHES,
    ),
    Mutation(
        "a claim is not checked",
        "queue/outcomes.py",
        "TASKS.c.id == number, TASKS.c.claim == claim, TASKS.c.status",
        "TASKS.c.id == number, TASKS.c.status",
        CRASHES,
    ),
    Mutation("a row that no list shows yet is absent", "queue/recover.py", "QUIET = 180.0", "QUIET = 0.0", CRASHES),
    Mutation(
        "the quiet begins when a request is marked",
        "queue/verdict.py",
        "return replace(self.unknown(sentence, response), restart=self.clock)",
        "return self.unknown(sentence, response)",
        ("tests/queue/test_verdict.py", *CRASHES),
    ),
    Mutation(
        "rows that were there before do not matter",
        "queue/sender.py",
        "        return alike(kind, request, self.listed.objects(kind, request))",
        "        return ()",
        CRASHES,
    ),
    Mutation(
        "a key is good for ever",
        "queue/recover.py",
        "KEY_WINDOW = 300.0",
        "KEY_WINDOW = 1e9",
        CRASHES,
    ),
    Mutation(
        "a key is good with any access token",
        "queue/sender.py",
        "if token is not None and token != fingerprint:",
        "if False:",
        CRASHES,
    ),
    Mutation(
        "nobody looks for twins",
        "queue/twins.py",
        "if task.request is None or kind.replay is not Replay.BLIND:",
        "if True:",
        CRASHES,
    ),
    Mutation(
        "evidence is refused when it is late",
        "queue/outcomes.py",
        "    late = row.claim != task.claim\n",
        "    late = row.claim != task.claim\n    if late:\n        return before\n",
        ("tests/queue/test_evidence.py", *CRASHES),
    ),
    Mutation(
        "tasks are added once more when their commit is tried again",
        "queue/publish.py",
        "    added = added_before(connection, [task.id for task in tasks])",
        "    added = set[int]()",
        CRASHES,
    ),
    Mutation(
        "an update builds on whatever Xero shows",
        "queue/sender.py",
        "self.written_lately(task) if kind.operation == UPDATE else {}",
        "{}",
        CRASHES,
    ),
    Mutation(
        "a write leaves what was fetched before it",
        "snapshots/store.py",
        '                drop(connection, "xero = ? AND tenant = ?", (xero, tenant))\n',
        "",
        REUSE,
    ),
    Mutation(
        "what was fetched right after a write is kept",
        "snapshots/shared.py",
        "now.least_since(when) < SETTLING",
        "now.least_since(when) < 0",
        REUSE,
    ),
    Mutation(
        "only one end of a write is told",
        "api/client.py",
        "        finally:\n            self._on_write(request.tenant)\n",
        "        finally:\n            pass\n",
        REUSE,
    ),
    Mutation(
        "a list that was left in the middle counts as read",
        "snapshots/snapshot.py",
        "all(each in self._told for each in wanted)",
        "any(each in self._told for each in wanted)",
        REUSE,
    ),
    Mutation(
        "a list that changed while it was read is kept",
        "snapshots/snapshot.py",
        "            self.torn |= any(each != told for each in self._told.values())\n",
        "",
        REUSE,
    ),
    Mutation(
        "a count is taken for the list",
        "execute/reuse.py",
        'Key(fetch.tenant, "count", asked)',
        'Key(fetch.tenant, "list", asked)',
        (*REUSE, "tests/differential/test_reuse.py"),
    ),
    Mutation(
        "the first pages of a list are taken for the list",
        "execute/reuse.py",
        "if fetch.enough is not None:",
        "if False:",
        REUSE,
    ),
    Mutation(
        "pages that came short are kept as enough for a LIMIT",
        "execute/fetch.py",
        "fetch.enough is not None and len(page.items) >= fetch.page_size",
        "fetch.enough is not None",
        REUSE,
    ),
    Mutation(
        "sign-ins share what was fetched",
        "execute/session.py",
        "realm_of(self.client.sign_in())",
        'realm_of("")',
        REUSE,
    ),
    Mutation(
        "temporary tables outlive their connection",
        "execute/engine.py",
        "            self.temporary.leave()\n",
        "            pass\n",
        TEMPORARY,
    ),
    Mutation(
        "connections share the plans of what makes a temporary table",
        "execute/session.py",
        "path, folding, columns, temporary, indexes",
        "path, folding, columns, indexes",
        TEMPORARY,
    ),
    Mutation(
        "an update builds on old data",
        "execute/prepare.py",
        "keep_raw=target, fresh=True",
        "keep_raw=target",
        REUSE,
    ),
    Mutation(
        "the failure of one statement is that of those that wait for it",
        "snapshots/snapshot.py",
        "if answer.done() and answer.exception() is None:",
        "if answer.done():",
        REUSE,
    ),
    Mutation(
        "a part of a list is answered from the whole, although its rows are counted",
        "execute/relation.py",
        "if fetch.path.paged and self.binding.most is None else fetch",
        "if fetch.path.paged else fetch",
        ("tests/differential/test_reuse.py",),
    ),
)


def source(mutation: Mutation, package: Path) -> tuple[Path, str]:
    """The module's path and text; ValueError unless the mutation's place is there exactly once."""
    path = package / mutation.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutation.old) != 1:
        raise ValueError(f"{mutation.name}: its place in {mutation.file} is there {text.count(mutation.old)} times")
    return path, text


def is_noticed(mutation: Mutation) -> bool:
    """Whether the tests fail with the mutation made, in a copy of the project."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory)
        for name in ("xerosql", "tests"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        path, text = source(mutation, copy / "xerosql")
        path.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
        environ = {**os.environ, "PYTHONPATH": directory, "XEROSQL_FUZZ_COUNT": "2000"}
        environ |= {"XEROSQL_QUEUE_CHAOS_COUNT": "150"}
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "auto", "-p", "no:cacheprovider", *mutation.tests]
        run = subprocess.run(command, cwd=copy, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 - our own tests
        verdict = run.stdout.rstrip().rpartition("\n")[2]
        if " error" in verdict or not (" failed" in verdict or " passed" in verdict):
            raise RuntimeError(f"{mutation.name}: pytest could not run\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
        return " failed" in verdict


def main() -> int:
    """Make every mutation in turn; exit with 1 if one goes unnoticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="those whose name has this in it")
    wanted = parser.parse_args().only or ""
    missed = []
    for mutation in MUTATIONS:
        if wanted in mutation.name:
            noticed = is_noticed(mutation)
            print(f"{'noticed' if noticed else 'MISSED ':<8} {mutation.name}", flush=True)
            missed += [] if noticed else [mutation.name]
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
