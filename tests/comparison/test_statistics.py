"""Percentiles, shares, differences, and their confidence intervals."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.comparison.statistics import difference, estimate, percentile, share


@pytest.mark.parametrize(
    ("values", "part", "value"),
    [([3.0], 0.95, 3.0), ([1.0, 2.0], 0.5, 1.5), ([3.0, 1.0, 2.0], 1.0, 3.0), ([1.0, 3.0], 0, 1.0)],
)
def test_a_percentile_is_between_its_neighbours(
    values: list[float], part: float, value: float
) -> None:
    assert percentile(values, part) == value


def test_without_values_there_is_no_figure() -> None:
    assert estimate([], share) is None


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_the_interval_holds_the_figure_and_is_the_same_each_time(values: list[bool]) -> None:
    figure = estimate(values, share)

    assert figure is not None
    assert figure.low <= figure.value <= figure.high
    assert figure == estimate(values, share)


def test_the_interval_holds_the_true_share_about_as_often_as_it_says() -> None:
    chance = random.Random(1)  # noqa: S311 - no secret
    held = 0
    for _ in range(100):
        figure = estimate([chance.random() < 0.7 for _ in range(60)], share)
        assert figure is not None
        held += figure.low <= 0.7 <= figure.high

    assert 88 <= held <= 100


def test_a_difference_is_that_of_pairs() -> None:
    """Both profiles often fail, but the interval depends only on the pairs that differ."""
    first = [True, False] * 20
    second = [each or place == 1 for place, each in enumerate(first)]

    figure = difference(first, second, share)

    assert figure is not None
    assert figure.value == pytest.approx(1 / 40)
    assert figure.high < 0.15
