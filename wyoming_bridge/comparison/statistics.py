"""Computes figures and their confidence intervals, which show the influence of chance.

The intervals are computed with the bootstrap method.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

__all__ = ["Figure", "difference", "estimate", "percentile", "share"]

T = TypeVar("T")

_RESAMPLES: Final = 1000
_CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure, and the interval that contains the true figure with a probability of 95 %."""

    value: float
    low: float
    high: float


def estimate(values: Sequence[T], statistic: Callable[[Sequence[T]], float]) -> Figure | None:
    """Return a statistic of values with its interval, or None if there are no values.

    The same values always have the same interval.
    """
    if not values:
        return None
    chance = random.Random(len(values))  # noqa: S311 - no secret
    resampled = sorted(statistic(chance.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    edge = (1 - _CONFIDENCE) / 2
    return Figure(
        value=statistic(values),
        low=percentile(resampled, edge),
        high=percentile(resampled, 1 - edge),
    )


def difference(
    first: Sequence[T], second: Sequence[T], statistic: Callable[[Sequence[T]], float]
) -> Figure | None:
    """Return by how much the statistic of ``second`` is larger than that of ``first``.

    Values at the same index belong together, such as two trials with one recording. They are
    resampled together, because a recording that is hard for one profile is often hard for the other
    one too.
    """
    return estimate(
        list(zip(first, second, strict=True)),
        lambda pairs: statistic([b for _, b in pairs]) - statistic([a for a, _ in pairs]),
    )


def percentile(values: Sequence[float], part: float) -> float:
    """Return a percentile; ``part`` is from 0 to 1. Interpolate between neighbouring values."""
    ordered = sorted(values)
    place = part * (len(ordered) - 1)
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    return below + (above - below) * (place - math.floor(place))


def share(values: Sequence[bool]) -> float:
    """Return the share of true values."""
    return sum(values) / len(values)
