"""The trigram language model: its probabilities, and the text that PocketSphinx reads."""

from pathlib import Path

import pocketsphinx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.local.engines.pocketsphinx.trigram import BEGIN, END, Trigram

SENTENCES = ("turn on the light", "turn off the light", "turn on the fan", "pause")
WORDS = st.sampled_from(("turn", "on", "off", "the", "light"))


@pytest.mark.parametrize(
    ("word", "history", "probability"),
    [
        ("pause", (), 1 / 17),  # 17 = 13 words + 4 sentence ends
        ("the", (), 3 / 17),
        ("pause", (BEGIN,), (1 + 2 / 17) / 6),
        ("turn", (BEGIN,), (3 + 2 * 3 / 17) / 6),
        ("on", (BEGIN, "turn"), (2 + 2 * (2 + 2 * 2 / 17) / 5) / 5),
        ("off", ("never", "seen"), 1 / 17),
        ("never", (), 0),
    ],
)
def test_seen_words_leave_a_part_of_the_probability_to_unseen_ones(
    word: str, history: tuple[str, ...], probability: float
) -> None:
    assert Trigram(SENTENCES).probability(word, history) == pytest.approx(probability)


@given(st.lists(st.lists(WORDS, min_size=1).map(" ".join), min_size=1), st.sampled_from((0, 0.3)))
def test_after_every_history_the_probabilities_add_up_to_one(
    sentences: list[str], share: float
) -> None:
    model = Trigram(sentences, general={"free": 3, "the": 1}, general_share=share)
    vocabulary = [*model.words, END]
    for history in ((), ("the",), (BEGIN,), (BEGIN, "turn"), ("on", "the"), ("free",)):
        total = sum(model.probability(word, history) for word in vocabulary)
        assert total == pytest.approx(1)


def test_a_word_that_was_never_seen_has_the_backoff_times_its_shorter_probability() -> None:
    model = Trigram(SENTENCES)
    assert model.probability("pause", ("turn", "on")) == pytest.approx(
        model.backoff(("turn", "on")) * model.probability("pause", ("on",))
    )


def test_general_words_get_their_share() -> None:
    model = Trigram(SENTENCES, general={"free": 3, "speech": 1}, general_share=0.2)
    assert model.probability("free") == pytest.approx(0.15)
    assert model.probability("pause") == pytest.approx(0.8 / 17)
    assert model.sentence_words == {"turn", "on", "off", "the", "light", "fan", "pause"}
    assert model.words == model.sentence_words | {"free", "speech"}


@pytest.mark.parametrize("sentences", [(), ("", " ")])
def test_without_words_there_is_no_model(sentences: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="sentences must contain at least one word, got none"):
        Trigram(sentences)


def test_the_library_reads_the_text_with_the_same_probabilities(tmp_path: Path) -> None:
    model = Trigram(SENTENCES, general={"free": 1.0}, general_share=0.1)
    path = tmp_path / "model.arpa"
    path.write_text("".join(model.arpa()))
    config = pocketsphinx.Config(lw=1.0, wip=1.0)
    logmath = pocketsphinx.LogMath(1.0001)
    read = pocketsphinx.NGramModel(config, logmath, str(path))

    histories = [(), (BEGIN,), (BEGIN, "turn"), ("turn", "on"), ("on", "the"), ("free",)]
    found = [
        logmath.exp(read.prob([word, *reversed(history)]))
        for history in histories
        for word in sorted(model.words)
    ]
    assert found == pytest.approx(
        [model.probability(word, each) for each in histories for word in sorted(model.words)],
        rel=0.01,
    )
