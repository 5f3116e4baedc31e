"""A drawing of stacked columns: where everything goes, in units of the drawing. The template writes it down as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 1080, 240
LEFT, BOTTOM, TOP = 48, 28, 8
#: Labels that there is room for below the columns.
LABELS = 12
GAP = 2.0


@dataclass(frozen=True)
class Bar:
    """One piece of a column."""

    series: str
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True)
class Chart:
    """`series` has a number for each label, stacked in its order from the bottom."""

    heading: str
    labels: Sequence[str]
    series: Mapping[str, Sequence[int]]

    width = WIDTH
    height = HEIGHT
    left = LEFT
    floor = HEIGHT - BOTTOM

    @property
    def highest(self) -> int:
        """The top of the scale: a round number that no column passes."""
        most = max((sum(values) for values in zip(*self.series.values(), strict=True)), default=0)
        return round_up(max(most, 4))

    @property
    def is_empty(self) -> bool:
        return not any(any(values) for values in self.series.values())

    @property
    def step(self) -> float:
        return (WIDTH - LEFT) / max(1, len(self.labels))

    def bars(self) -> Iterator[Bar]:
        room = self.floor - TOP
        for place, label in enumerate(self.labels):
            base = 0
            for name, values in self.series.items():
                value = max(0, values[place])
                if value:
                    height = room * value / self.highest
                    y = self.floor - room * (base + value) / self.highest
                    width = max(1.0, self.step - GAP)
                    x = LEFT + place * self.step + GAP / 2
                    yield Bar(
                        name, round(x, 1), round(y, 1), round(width, 1), round(height, 1), f"{label}: {value} {name}"
                    )
                base += value

    def ticks(self) -> list[tuple[float, int]]:
        """Lines across, with the number of each."""
        room = self.floor - TOP
        return [(round(self.floor - room * part / 4, 1), self.highest * part // 4) for part in range(5)]

    def marks(self) -> list[tuple[float, str]]:
        """Labels below, as many as there is room for, always with the last."""
        every = max(1, -(-len(self.labels) // LABELS))
        last = len(self.labels) - 1
        return [
            (round(LEFT + (place + 0.5) * self.step, 1), label)
            for place, label in enumerate(self.labels)
            if (last - place) % every == 0
        ]


def round_up(number: int) -> int:
    """The next number with one digit and zeros that four lines divide evenly."""
    power: int = 10 ** (len(str(number)) - 1)
    for factor in (1, 2, 4, 8, 10, 20):
        if factor * power >= number and factor * power % 4 == 0:
            return factor * power
    return -(-number // 4) * 4
