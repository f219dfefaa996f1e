"""Computes figures and their confidence intervals, which show the influence of chance.

The interval of a share is Wilson's score interval. The other intervals are computed with the
bootstrap method. For shares this method is unsuitable: if none of 20 utterances was cut, each
resample has no cut either, and the interval would be 0 to 0.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, TypeVar

__all__ = ["Figure", "difference", "estimate", "percentile", "proportion"]

T = TypeVar("T")

_RESAMPLES: Final = 1000
_CONFIDENCE: Final = 0.95
_QUANTILE: Final = NormalDist().inv_cdf((1 + _CONFIDENCE) / 2)
"""How many standard deviations the interval extends to each side of the mean: 1.96."""


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


def proportion(values: Sequence[bool]) -> Figure | None:
    """Return the share of true values, from 0 to 1, or None if there are no values.

    The interval is Wilson's: E. B. Wilson, "Probable Inference, the Law of Succession, and
    Statistical Inference", Journal of the American Statistical Association 22 (1927).
    """
    if not values:
        return None
    count = len(values)
    share = sum(values) / count
    squared = _QUANTILE**2 / count
    centre = (share + squared / 2) / (1 + squared)
    reach = math.sqrt(share * (1 - share) * squared + squared**2 / 4) / (1 + squared)
    return Figure(
        value=share,
        # Rounding errors must not put the share outside its interval.
        low=min(share, max(0.0, centre - reach)),
        high=max(share, min(1.0, centre + reach)),
    )
