"""From runs to figures: medians, ratios taken round by round, and the aims they are held against."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

from measuring import Run, Sums, faults
from simulated import Shape

#: Contenders in the order of the tables, with what each is.
WAYS = {
    "xerosql_sum": "xerosql: sums by project",
    "sdk_sum": "xero-python + pandas: the same",
    "floor": "floor: http.client + orjson, dropped",
    "xerosql_star": "xerosql: SELECT *",
    "sdk_star": "xero-python: the same rows",
}
SUMLESS = ("floor",)


@dataclass
class Results:
    """All rounds of one shape, by contender."""

    shape: Shape
    truth: Sums
    runs: dict[str, list[Run]] = field(default_factory=dict)

    def add(self, contender: str, run: Run) -> None:
        self.runs.setdefault(contender, []).append(run)

    def fault(self, contender: str) -> str:
        """Why a contender's figures do not count: the first fault of any round."""
        if contender in SUMLESS:
            return ""
        return next((fault for run in self.runs[contender] if (fault := faults(run, self.truth))), "")

    def median(self, contender: str, of: Callable[[Run], float]) -> float:
        return statistics.median(of(run) for run in self.runs[contender])

    def ratio(self, over: str, under: str, of: Callable[[Run], float]) -> float | None:
        """The median of the per-round ratios; None if a contender's sums were wrong."""
        if self.fault(over) or self.fault(under):
            return None
        return statistics.median(
            of(one) / of(other) for one, other in zip(self.runs[over], self.runs[under], strict=True)
        )


def wall(run: Run) -> float:
    return run.seconds


def cpu(run: Run) -> float:
    return run.cpu


def peak(run: Run) -> float:
    return run.peak_mb


def calls(run: Run) -> float:
    return run.calls


@dataclass(frozen=True)
class Measure:
    """A line of the table of aims. `limits` has the aim for small and for large answers."""

    name: str
    figure: Callable[[Results], float | None]
    limits: tuple[float, float]
    at_least: bool
    unit: str = "×"

    def aim(self, large: bool) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limits[large]:g} {self.unit}"

    def shown(self, results: Results, large: bool) -> str:
        """The figure, its aim and whether it is reached."""
        figure = self.figure(results)
        if figure is None:
            return "does not count: sums"
        limit = self.limits[large]
        reached = figure >= limit if self.at_least else figure <= limit
        number = f"{figure:.0f}" if self.unit == "MB" else f"{figure:.2f}"
        return f"{number} {self.unit} ({'reached' if reached else 'missed'}: {self.aim(large)})"


MEASURES = (
    Measure("sums: times faster than xero-python", lambda r: r.ratio("sdk_sum", "xerosql_sum", wall), (3.5, 7), True),
    Measure("sums: CPU over the floor's", lambda r: r.ratio("xerosql_sum", "floor", cpu), (2.7, 2.3), False),
    Measure("sums: peak memory", lambda r: r.median("xerosql_sum", peak), (150, 150), False, "MB"),
    Measure("SELECT *: times faster", lambda r: r.ratio("sdk_star", "xerosql_star", wall), (3, 3), True),
)
