"""The scores of transcripts: wrong words and wrong intents."""

import pytest

from houses import house_in
from wyoming_bridge.comparison.scoring import Scorer
from wyoming_bridge.house.understanding import Understanding


@pytest.mark.parametrize(
    ("truth", "text", "counts"),
    [
        ("turn on the light", "Turn on the light.", (4, 0, 0, 0)),
        ("turn on the light", "turn off the light", (4, 1, 0, 0)),
        ("turn on the light", "turn the light", (4, 0, 1, 0)),
        ("turn on the light", "turn on on the light", (4, 0, 0, 1)),
        ("turn on the light", "", (4, 0, 4, 0)),
        ("", "you", (0, 0, 0, 1)),
        ("", "", (0, 0, 0, 0)),
        ("set it to 50%", "set it to fifty percent", (5, 0, 0, 0)),
    ],
)
def test_words_are_counted(truth: str, text: str, counts: tuple[int, ...]) -> None:
    score = Scorer("en").score(truth, text)

    assert (score.words, score.substituted, score.deleted, score.inserted) == counts
    assert score.errors == sum(counts[1:])
    assert score.is_right == (score.errors == 0)
    assert score.is_intent_right is None


@pytest.mark.parametrize(
    ("truth", "text", "is_right"),
    [
        ("turn on the ceiling light", "turn the ceiling light on", True),
        ("turn on the ceiling light", "turn off the ceiling light", False),
        ("turn on the ceiling light", "", False),
        ("tell me a story", "tell me a story", None),
    ],
)
def test_an_intent_is_right_if_home_assistant_would_do_the_same(
    truth: str, text: str, *, is_right: bool | None
) -> None:
    scorer = Scorer("en", understanding=Understanding(house_in("en"), area="kitchen"))

    assert scorer.score(truth, text).is_intent_right is is_right
