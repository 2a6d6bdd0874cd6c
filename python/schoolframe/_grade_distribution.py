"""Distributions of ordered grades: chances of each grade or better, their mean, their quantiles, and their shift."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING

from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["figures_of", "mean_of", "reached", "require_shift", "shift_for", "shifted"]

_FARTHEST = 20.0
"""Logits to either side that a shift is looked for; 20 turn a chance of 1 in 1,000 into one of 999,998 in a million."""
_HALVINGS = 80
_NOISE = 1e-12
"""A chance of 0.5 may come out of a sum as a little less."""


def reached(counts: Sequence[int]) -> list[float]:
    """Return the chance of each grade or better from counts: those without a grade, then the grades, lowest first.

    Example:
        >>> reached([0, 1, 1, 2])
        [1.0, 0.75, 0.5]
    """
    total = sum(counts)
    from_top = list(accumulate(reversed(counts[1:])))
    return [count / total for count in reversed(from_top)]


def shifted(chances: Sequence[float], shift: float) -> list[float]:
    """Return the chances moved on the logit scale: ``p e^d / (1 - p + p e^d)``; chances of 0 and 1 stay.

    Example:
        >>> [round(chance, 4) for chance in shifted([1.0, 0.5, 0.0], 1.0)]
        [1.0, 0.7311, 0.0]
    """
    if shift == 0:
        return list(chances)
    # Beyond this every chance is 1, and the odds are no number.
    odds = math.exp(min(shift, 700.0))
    return [chance * odds / (1 - chance + chance * odds) for chance in chances]


def mean_of(chances: Sequence[float], points: Sequence[float]) -> float:
    """Return the mean points: each grade or better adds the step up to it; without a grade there are 0 points.

    Example:
        >>> mean_of([1.0, 0.75, 0.5], [0, 1, 2])
        1.25
    """
    steps = [high - low for low, high in zip([0.0, *points], points, strict=False)]
    return math.fsum(chance * step for chance, step in zip(chances, steps, strict=True))


def shift_for(rise: float, bands: Sequence[tuple[int, Sequence[float]]], points: Sequence[float]) -> float | None:
    """Return the one shift that raises the mean points over all bands by ``rise``; None if no shift does.

    The slope of the mean is the sum of ``p (1 - p)`` over grades and pupils, so the shift is about ``rise`` over it.
    The mean rises with the shift, so halving finds it, to about 1e-15.

    Args:
        rise: Points to raise the mean by; below 0 it falls.
        bands: Pupils and chances of each band.
        points: Points of each grade.

    Example:
        >>> shift = shift_for(0.1, [(100, [1.0, 0.5])], [0, 1])
        >>> round(shift, 6)  # from 0.5 to 0.6: log(1.5)
        0.405465
    """
    if rise == 0:
        return 0.0
    total = sum(n for n, _ in bands)

    def mean(shift: float) -> float:
        return math.fsum(n * mean_of(shifted(chances, shift), points) for n, chances in bands) / total

    target = mean(0.0) + rise
    low, high = -_FARTHEST, _FARTHEST
    if not mean(low) < target < mean(high):
        return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if mean(middle) < target else (low, middle)
    return (low + high) / 2


def figures_of(
    chances: Sequence[float], points: Sequence[float], confidence: float
) -> tuple[float, float, float, int | None]:
    """Return mean, lower and upper points of the interval, and the place of the headline among the grades.

    With ``q = (1 - confidence) / 2`` the lower end is the highest grade that no more than ``q`` fall short of, the
    upper end the lowest that no more than ``q`` go beyond: the interval holds at least ``confidence``. The headline is
    the highest grade with a chance of at least 0.5; None where most have no grade.

    Example:
        >>> figures_of([1.0, 0.9, 0.5, 0.05], [0, 1, 2, 3], 0.8)
        (1.45, 1.0, 2.0, 2)
    """
    tail = (1 - confidence) / 2
    surely = [place for place, chance in enumerate(chances) if chance >= 1 - tail - _NOISE]
    headline = [place for place, chance in enumerate(chances) if chance >= 0.5 - _NOISE]
    beyond = [*chances[1:], 0.0]
    highest = next(place for place, chance in enumerate(beyond) if chance <= tail + _NOISE)
    low = points[surely[-1]] if surely else 0.0
    return mean_of(chances, points), float(low), float(points[highest]), headline[-1] if headline else None


def require_shift(
    rise: float, bands: Sequence[tuple[int, Sequence[float]]], points: Sequence[float], what: str
) -> float:
    """Return the shift of :func:`shift_for`, or raise an error that says what cannot be reached.

    Example:
        >>> require_shift(3.0, [(100, [1.0, 0.5])], [0, 1], "progress[5]")
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: progress[5]: the grades leave no room for a mean that is 3 points higher
    """
    found = shift_for(rise, bands, points)
    if found is None:
        way = "higher" if rise > 0 else "lower"
        msg = f"{what}: the grades leave no room for a mean that is {abs(rise):g} points {way}"
        raise InputError(msg)
    return found
