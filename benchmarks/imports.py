"""What `import xerosql` costs over the bare interpreter, in fresh processes, and that it brings nothing heavy along."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from time import perf_counter

ROUNDS = 15
HEAVY = ("duckdb", "sqlglot", "pyarrow", "requests", "urllib3", "pandas", "polars", "arro3", "msgspec")
NEVER = ("duckdb", "sqlglot", "pyarrow", "requests")


def seconds(program: str) -> float:
    """How long a program runs, from outside, from start to exit."""
    began = perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return perf_counter() - began


def over_bare(statement: str, rounds: int) -> float:
    """The median of the rounds' differences, in milliseconds; bare and importing processes take turns."""
    seconds(statement)  # compiles to bytecode, and fills the file cache
    return statistics.median(seconds(statement) - seconds("pass") for _ in range(rounds)) * 1000


def heavy_of(statement: str) -> list[str]:
    """Which of the heavy packages a statement imports."""
    program = f"{statement}\nimport sys; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()


def measured(rounds: int = ROUNDS) -> dict[str, object]:
    """The figure in milliseconds and the heavy packages that came along. AssertionError if one that must not did."""
    brought = heavy_of("import xerosql")
    assert not set(brought) & set(NEVER), f"import xerosql imports {', '.join(brought)}"
    return {"import_ms": over_bare("import xerosql", rounds), "heavy": brought}


def main() -> None:
    """Print the figures, as a line or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true", help="for other programs")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    found = measured(options.rounds)
    if options.json:
        print(json.dumps(found))
        return
    print(f"import xerosql: {found['import_ms']:.1f} ms over the bare interpreter (aim: < 60)")
    print(f"of the heavy packages it brings: {', '.join(found['heavy']) or 'none'}")


if __name__ == "__main__":
    main()
