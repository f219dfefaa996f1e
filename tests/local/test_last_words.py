"""What was said is not lost: neither at a flush soon after it, nor because of a later sound."""

import pytest

from recognised import results_of
from recorded import recorded
from sounds import made
from wyoming_bridge.local.engine import Engine
from wyoming_bridge.local.engines.speech_finder import SpeechFinder

pytestmark = pytest.mark.once

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


FOLLOWED_BY = [
    ("commands/pause", 920, 0, "applause"),
    ("commands/pause", 920, 300, "knocks"),
    ("commands/pause", 920, 800, "a jingle"),
    ("commands/next", 940, 800, "knocks"),
]
"""Recordings with the end of their speech in ms, and a sound that follows after a pause in ms. The
voice detector is sure of the speech, but not of the speech and the sound together."""


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("name", "end_ms", "pause_ms", "sound"), FOLLOWED_BY)
async def test_words_that_were_shown_stay_when_a_sound_follows(
    real_engine: Engine, name: str, end_ms: int, pause_ms: int, sound: str
) -> None:
    said = recorded(name)[: 32 * end_ms] + bytes(32 * pause_ms)
    voice = await real_engine.open()
    partials, final = await results_of(voice, said + made(sound))
    await voice.close()
    assert final.text or not partials
