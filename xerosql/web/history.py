"""How the queue went: the tasks at each status over time, as a drawing and as the numbers that it is drawn from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, render_template, request

from xerosql.web.chart import Chart
from xerosql.web.queue import the_queue

pages = Blueprint("history", __name__)

#: What tasks came from is what the event before says: that a worker has taken one is no event of its own.
MOVES = (
    "SELECT date_trunc('hour', EventDate) AS Hour, Before, ToStatus, count(*) AS n FROM (SELECT EventDate, ToStatus, "
    "lag(ToStatus) OVER (PARTITION BY XeroTaskId ORDER BY EventId) AS Before FROM queue.XeroTaskEvents) AS e "
    "WHERE Before IS DISTINCT FROM ToStatus GROUP BY 1, 2, 3"
)
#: Statuses in which a task still has a way to go, from the bottom of the drawing to its top.
OPEN = ("Failed", "Uncertain", "Error", "Running", "Pending")
COLUMNS = ("Pending", "Running", "Error", "Uncertain", "Failed", "Completed", "Cancelled", "Skipped")


@dataclass(frozen=True)
class Span:
    """So many steps up to now."""

    label: str
    step: timedelta
    steps: int
    form: str


SPANS = {
    "day": Span("24 hours", timedelta(hours=1), 24, "%H:%M"),
    "week": Span("7 days", timedelta(hours=6), 28, "%a %d %b, %H:%M"),
    "month": Span("30 days", timedelta(days=1), 30, "%d %b"),
}


@dataclass(frozen=True)
class Point:
    """The tasks at each status at a moment, and how many were completed in the step before it."""

    label: str
    counts: Counter[str]
    completed: int


@pages.get("/history")
def shown() -> Any:
    name = request.args.get("span", "day")
    span = SPANS.get(name, SPANS["day"])
    points = course(span, datetime.now(UTC).replace(tzinfo=None))
    waiting = Chart(
        "Tasks still to be completed",
        [each.label for each in points],
        {status: [each.counts[status] for each in points] for status in OPEN},
    )
    done = Chart("Tasks completed", [each.label for each in points], {"Completed": [each.completed for each in points]})
    return render_template(
        "history.html", span=span, spans=SPANS, points=points, charts=(waiting, done), columns=COLUMNS
    )


def course(span: Span, now: datetime) -> list[Point]:
    """The counts at the end of each step; the last is now."""
    moves = [(row["Hour"], row["Before"], row["ToStatus"], row["n"]) for row in the_queue().rows(MOVES)]
    points, before = [], done_by(moves, ends_of(span, now)[0] - span.step)
    for end in ends_of(span, now):
        counts: Counter[str] = Counter()
        for hour, left, entered, number in moves:
            if hour < end:
                counts[left or ""] -= number
                counts[entered or ""] += number
        completed = done_by(moves, end)
        points.append(Point(f"{end:{span.form}}" if end <= now else "now", counts, completed - before))
        before = completed
    return points


def ends_of(span: Span, now: datetime) -> list[datetime]:
    """The ends of the steps, on the hour or at midnight; the last lies in the future, and stands for now."""
    begin = now.replace(minute=0, second=0, microsecond=0)
    if span.step >= timedelta(days=1):
        begin = begin.replace(hour=0)
    elif span.step > timedelta(hours=1):
        begin -= timedelta(hours=begin.hour % 6)
    return [begin - span.step * (span.steps - 1 - each) + span.step for each in range(span.steps)]


def done_by(moves: list[tuple[datetime, str | None, str | None, int]], end: datetime) -> int:
    """How often a task had been completed by then."""
    return sum(number for hour, _, entered, number in moves if entered == "Completed" and hour < end)
