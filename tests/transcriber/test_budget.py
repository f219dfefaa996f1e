"""The daily limit of the sent audio. A day begins at local midnight."""

from datetime import date

import pytest

from wyoming_bridge.errors import BudgetError
from wyoming_bridge.transcriber import Budget

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


class Calendar:
    def __init__(self) -> None:
        self.day = MONDAY

    def __call__(self) -> date:
        return self.day


def test_audio_is_allowed_below_the_limit_and_refused_from_it_on() -> None:
    budget = Budget(max_s=10, today=Calendar())
    budget.spend(9.9)
    budget.check(provider="reson8")
    budget.spend(0.1)

    with pytest.raises(
        BudgetError, match="10 s of audio were sent today; the limit is 10 s"
    ) as caught:
        budget.check(provider="reson8")
    assert caught.value.code == "budget_exceeded"


def test_a_new_day_begins_at_zero() -> None:
    calendar = Calendar()
    budget = Budget(max_s=10, today=calendar)
    budget.spend(12)
    calendar.day = TUESDAY

    budget.check(provider="reson8")
    assert budget.spent_s == 0
    budget.spend(1)
    assert (budget.day, budget.spent_s) == (TUESDAY, 1)


def test_at_most_a_second_of_a_new_day_counts_for_the_day_before() -> None:
    calendar = Calendar()
    budget = Budget(today=calendar)
    budget.spend(5.5)
    calendar.day = TUESDAY
    for _ in range(50):
        budget.spend(0.1)

    assert budget.day == TUESDAY
    assert 4 <= budget.spent_s <= 5


def test_a_clock_that_goes_back_over_midnight_does_not_reset_the_day() -> None:
    calendar = Calendar()
    calendar.day = TUESDAY
    budget = Budget(max_s=10, today=calendar)
    budget.spend(6)
    budget.note_others(3, day=TUESDAY)
    calendar.day = MONDAY

    assert (budget.today, budget.spent_s) == (TUESDAY, 9)
    budget.spend(1)
    with pytest.raises(BudgetError):
        budget.check(provider="reson8")


def test_audio_of_others_on_a_later_day_counts_until_that_day_is_over() -> None:
    calendar = Calendar()
    budget = Budget(today=calendar)
    budget.note_others(3, day=TUESDAY)
    budget.note_others(8, day=MONDAY)

    assert (budget.today, budget.spent_s) == (TUESDAY, 3)


def test_a_clock_that_was_ahead_for_a_moment_without_audio_changes_nothing() -> None:
    calendar = Calendar()
    budget = Budget(today=calendar)
    budget.spend(5)
    calendar.day = TUESDAY
    budget.note_others(0, day=TUESDAY)
    calendar.day = MONDAY
    budget.note_others(2, day=MONDAY)

    assert (budget.today, budget.spent_s) == (MONDAY, 7)


def test_the_count_continues_from_the_stored_amount() -> None:
    budget = Budget(max_s=10, day=MONDAY, spent_s=10, today=Calendar())

    with pytest.raises(BudgetError):
        budget.check(provider="reson8")


def test_without_a_limit_audio_is_only_counted() -> None:
    budget = Budget(today=Calendar())
    budget.spend(1e6)

    budget.check(provider="reson8")
    assert budget.spent_s == 1e6


def test_a_limit_of_zero_allows_no_audio() -> None:
    with pytest.raises(BudgetError):
        Budget(max_s=0, today=Calendar()).check(provider="reson8")


def test_no_utterance_exceeds_the_limit_of_all_audio_to_finish() -> None:
    budget = Budget(today=Calendar())
    budget.max_sent_s = 10
    budget.spend(9, spender=(speaker := object()))

    budget.check(provider="reson8", spender=speaker, next_s=1)
    with pytest.raises(BudgetError, match=r"exceed the limit of 10\.0 s; 9\.0 s were sent"):
        budget.check(provider="reson8", spender=speaker, next_s=1.01)
