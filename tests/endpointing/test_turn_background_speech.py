"""When a turn ends in a room where other people go on talking."""

import math
import struct
from collections.abc import Sequence

import pytest

from recorded import SPOKEN_MS, recorded
from wyoming_bridge.endpointing import Ending, Endpointing, Turn, new_detector

UNBROKEN = [name for name in SPOKEN_MS if name != "austen-0890"]
"""The samples after which the other people talk on without a long pause.

After austen-0890 they pause for 0.5 s. When they talk again, it sounds as if the speaker went on.
"""

AFTER_MS = 3000
SILENCE_MS = 600


def clip(name: str) -> tuple[int, ...]:
    pcm = recorded(name)
    return struct.unpack(f"<{len(pcm) // 2}h", pcm)


def spoken(name: str) -> tuple[int, ...]:
    begin_ms, end_ms = SPOKEN_MS[name]
    return clip(name)[16 * begin_ms : 16 * end_ms]


def rms(samples: Sequence[float]) -> float:
    return math.sqrt(sum(each * each for each in samples) / len(samples))


def with_background_speech(name: str) -> bytes:
    """Return the speech of a sample and 3 s of silence, mixed with the speech of all other samples.

    The speech of the other samples is 10 dB softer.
    """
    speech = clip(name)[: 16 * SPOKEN_MS[name][1]] + (0,) * (16 * AFTER_MS)
    voices = [spoken(each) for each in SPOKEN_MS if each != name]
    sums = [
        sum(voice[(at + 7919 * n) % len(voice)] for n, voice in enumerate(voices))
        for at in range(len(speech))
    ]
    scale = rms(spoken(name)) / 10**0.5 / rms(sums)
    mix = (round(a + scale * b) for a, b in zip(speech, sums, strict=True))
    return struct.pack(f"<{len(speech)}h", *(max(-32768, min(32767, each)) for each in mix))


def end_of(name: str, *, words_at_ms: range) -> int:
    """Return when the turn ends, in ms, if the service sends more words at these times."""
    settings = Endpointing()
    turn = Turn(settings, detector=new_detector(speech_threshold=settings.speech_threshold))
    pcm = with_background_speech(name)
    for at in range(0, len(pcm), 320):
        turn.feed(pcm[at : at + 320])
        if int(turn.audio_ms) in words_at_ms:
            turn.text_received()
        if turn.ending(provider_ends_turns=False) is Ending.SILENCE:
            break
    return int(turn.audio_ms)


@pytest.mark.parametrize("name", UNBROKEN)
def test_the_turn_ends_with_the_speaker_if_the_service_sends_the_words(name: str) -> None:
    begin_ms, end_ms = SPOKEN_MS[name]

    turn_end_ms = end_of(name, words_at_ms=range(begin_ms + 700, end_ms + 300, 400))

    assert end_ms < turn_end_ms <= end_ms + SILENCE_MS + 400


@pytest.mark.parametrize("name", ["austen-0920", "something", "goforward"])
def test_the_turn_ends_later_if_the_service_sends_no_words(name: str) -> None:
    end_ms = SPOKEN_MS[name][1]

    assert end_ms < end_of(name, words_at_ms=range(0)) <= end_ms + SILENCE_MS + 1200
