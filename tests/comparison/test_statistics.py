"""Percentiles, shares, differences, and their confidence intervals."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.comparison.statistics import (
    difference,
    estimate,
    percentile,
    proportion,
)


@pytest.mark.parametrize(
    ("values", "part", "value"),
    [([3.0], 0.95, 3.0), ([1.0, 2.0], 0.5, 1.5), ([3.0, 1.0, 2.0], 1.0, 3.0), ([1.0, 3.0], 0, 1.0)],
)
def test_a_percentile_is_between_its_neighbours(
    values: list[float], part: float, value: float
) -> None:
    assert percentile(values, part) == value


def test_without_values_there_is_no_figure() -> None:
    assert estimate([], max) is None
    assert proportion([]) is None


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_the_interval_contains_the_figure_and_is_the_same_each_time(values: list[bool]) -> None:
    for figure, again in (
        (estimate(values, mean), estimate(values, mean)),
        (proportion(values), proportion(values)),
    ):
        assert figure is not None
        assert 0 <= figure.low <= figure.value <= figure.high <= 1
        assert figure == again


@pytest.mark.parametrize("true", [0.02, 0.3, 0.7])
def test_the_interval_contains_the_true_share_about_as_often_as_it_says(true: float) -> None:
    chance = random.Random(1)  # noqa: S311 - not for a secret
    held = 0
    for _ in range(500):
        figure = proportion([chance.random() < true for _ in range(60)])
        assert figure is not None
        held += figure.low <= true <= figure.high

    assert 0.92 <= held / 500 <= 0.98


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    # Published values: R. G. Newcombe, "Two-sided confidence intervals for the single proportion",
    # Statistics in Medicine 17 (1998), table I, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_is_wilsons(
    hits: int, trials: int, low: float, high: float
) -> None:
    figure = proportion([True] * hits + [False] * (trials - hits))

    assert figure is not None
    assert (round(figure.low, 4), round(figure.high, 4)) == (low, high)


def test_a_difference_is_calculated_from_pairs() -> None:
    """Both profiles often fail, but the interval depends only on the pairs that differ."""
    first = [True, False] * 20
    second = [each or place == 1 for place, each in enumerate(first)]

    figure = difference(first, second, mean)

    assert figure is not None
    assert figure.value == pytest.approx(1 / 40)
    assert figure.high < 0.15
