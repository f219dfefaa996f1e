"""Which part of a partial counts as settled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.events import PartialText
from wyoming_bridge.transcriber.stable_prefix import StablePrefix


def agreed(*texts: str, stability: float | None = None) -> str:
    agreement = StablePrefix()
    for text in texts:
        agreement.take(PartialText(text=text, stability=stability))
    return agreement.text


@pytest.mark.parametrize(
    ("texts", "settled"),
    [
        ([], ""),
        (["turn on the"], ""),
        (["turn on the", "turn on the light"], "turn on"),
        (["go some", "go some way", "go somewhere", "go somewhere and"], "go"),
        (["turn on the light", "turn off the light"], "turn"),
        (["turn on", "turn on the", "burn"], ""),
        (["turn on the light", "turn on the light", "turn on"], "turn"),
        (["打开", "打开客厅", "打开客厅的灯"], "打开客"),
    ],
)
def test_the_words_of_two_consecutive_partials_are_settled_except_the_last(
    texts: list[str], settled: str
) -> None:
    assert agreed(*texts) == settled


def test_text_that_the_service_calls_stable_is_settled() -> None:
    assert agreed("turn on the light", stability=1.0) == "turn on the light"
    assert agreed("turn on the light", stability=0.8) == ""


words = st.lists(st.sampled_from(["turn", "on", "off", "the", "light", "li"]), max_size=6)


@given(st.lists(words.map(" ".join), max_size=8))
def test_the_settled_text_is_whole_words_at_the_beginning_of_the_last_partial(
    texts: list[str],
) -> None:
    settled = agreed(*texts)
    last = texts[-1] if texts else ""

    assert last.split()[: len(settled.split())] == settled.split()
