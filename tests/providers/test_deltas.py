"""Partial texts that are sent as deltas. A delta that was sent cannot be taken back."""

from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from wyoming_bridge.providers.openai.server.deltas import Deltas


def sent(texts: list[str], *, agreeing: int, complete: str = "") -> list[str]:
    deltas = Deltas(agreeing=agreeing)
    return [*(deltas.partial(text) for text in texts), deltas.complete(complete)]


def test_each_word_is_sent_at_once_if_one_text_is_enough() -> None:
    assert sent(["turn", "turn on"], agreeing=1, complete="turn on it") == ["turn", " on", " it"]


def test_a_word_is_sent_when_two_texts_in_a_row_have_it() -> None:
    texts = ["so", "for all", "turn off", "turn off lights"]
    assert sent(texts, agreeing=2, complete="turn off lights.") == [
        "",
        "",
        "",
        "turn off",
        " lights.",
    ]


def test_words_that_were_taken_back_stop_the_deltas() -> None:
    assert sent(["turn of", "turn off"], agreeing=1, complete="turn off") == ["turn of", "", ""]


def test_the_same_text_again_adds_nothing() -> None:
    assert sent(["on", "on", "on"], agreeing=2, complete="on") == ["", "on", "", ""]


@examples(thorough=200)
@given(
    texts=st.lists(
        st.lists(st.sampled_from(["a", "b", "c"]), max_size=4).map(" ".join), max_size=8
    ),
    agreeing=st.integers(1, 3),
)
def test_the_deltas_are_always_the_beginning_of_some_text(texts: list[str], agreeing: int) -> None:
    *together, _ = sent(texts, agreeing=agreeing)
    joined = "".join(together)
    assert not joined or any(text.startswith(joined) for text in texts)
