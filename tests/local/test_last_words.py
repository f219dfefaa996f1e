"""Speech that was cut right after a word, with a flush soon after: the last word is found."""

import pytest

from recorded import recorded
from wyoming_bridge.local.engines.speech_finder import SpeechFinder

WORDS_MS = {
    "commands/pause": (300, 920),
    "commands/next": (330, 940),
    "commands/resume": (280, 1140),
    "something": (0, 645),
    "goforward": (0, 685),
}
"""A part of each recording that contains a single word, and noise of the room before it. The word
"go" of the last two was cut off where the next word begins."""


@pytest.mark.parametrize("after_ms", [0, 50, 100, 200, 300, 400])
@pytest.mark.parametrize("name", list(WORDS_MS))
def test_a_word_is_found_however_soon_after_it_the_flush_comes(name: str, after_ms: int) -> None:
    start_ms, end_ms = WORDS_MS[name]
    finder = SpeechFinder()
    pieces = finder.feed(recorded(name)[32 * start_ms : 32 * end_ms] + bytes(32 * after_ms))
    (piece,) = pieces + finder.flush()[0]
    assert piece.evidence.is_speech()
    assert piece.end >= 16 * (end_ms - start_ms - 50)
