"""What the detector and the segmenter find in recorded speech, in noise and in silence."""

import math
import random
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorded import SPOKEN_MS, recorded
from wyoming_bridge.endpointing import (
    FRAME_MS,
    Frame,
    Segmenter,
    SpeechEnded,
    SpeechEvent,
    SpeechStarted,
    VoiceDetector,
    new_detector,
)

pytestmark = pytest.mark.once

SILENCE_MS = 600


def noise(duration_ms: int, *, level: float, seed: int = 1) -> bytes:
    """Return white noise with the given root mean square."""
    chance = random.Random(seed)  # noqa: S311 - only noise for a test
    return struct.pack(
        f"<{16 * duration_ms}h", *(round(chance.gauss(0, level)) for _ in range(16 * duration_ms))
    )


def mixed(pcm: bytes, *, level: float) -> bytes:
    """Return audio, mixed with white noise of the given root mean square."""
    samples = struct.unpack(f"<{len(pcm) // 2}h", pcm)
    added = struct.unpack(f"<{len(samples)}h", noise(len(pcm) // 32 + 1, level=level)[: len(pcm)])
    sums = (max(-32768, min(32767, a + b)) for a, b in zip(samples, added, strict=True))
    return struct.pack(f"<{len(samples)}h", *sums)


def hum(duration_ms: int, *, level: float) -> bytes:
    samples = (
        round(level * math.sqrt(2) * math.sin(2 * math.pi * 50 * n / 16000))
        for n in range(16 * duration_ms)
    )
    return struct.pack(f"<{16 * duration_ms}h", *samples)


def detector() -> VoiceDetector:
    return new_detector(speech_threshold=0.5)


def segmenter() -> Segmenter:
    return Segmenter(
        speech_threshold=0.5, min_speech_ms=80, min_silence_ms=100, silence_ms=SILENCE_MS
    )


def events(pcm: bytes) -> list[SpeechEvent]:
    return segmenter().feed(detector().feed(pcm))


def ends_ms(pcm: bytes) -> list[int]:
    """Return after how many milliseconds of audio each end of speech is reported."""
    finder = segmenter()
    frames = enumerate(detector().feed(pcm), start=1)
    reports = [(number * FRAME_MS, finder.feed([frame])) for number, frame in frames]
    return [at for at, found in reports if any(isinstance(event, SpeechEnded) for event in found)]


@pytest.mark.parametrize("name", list(SPOKEN_MS))
@pytest.mark.parametrize("before_ms", [0, 1000])
def test_recorded_speech_has_one_beginning_and_one_end(name: str, before_ms: int) -> None:
    begin_ms, end_ms = SPOKEN_MS[name]

    found = events(noise(before_ms, level=100) + recorded(name) + noise(1500, level=20))

    assert [type(event) for event in found] == [SpeechStarted, SpeechEnded]
    assert abs(found[0].at_ms - before_ms - begin_ms) <= 100
    assert abs(found[1].at_ms - before_ms - end_ms) <= 150


@pytest.mark.parametrize("name", list(SPOKEN_MS))
def test_the_end_of_recorded_speech_is_reported_after_the_silence(name: str) -> None:
    speech_end_ms = SPOKEN_MS[name][1]

    [end_ms] = ends_ms(recorded(name) + noise(1500, level=20))

    assert speech_end_ms + SILENCE_MS - 150 <= end_ms <= speech_end_ms + SILENCE_MS + 150


@pytest.mark.parametrize("name", list(SPOKEN_MS))
def test_the_silence_is_known_while_the_network_still_reports_a_voice(name: str) -> None:
    speech_end_ms = SPOKEN_MS[name][1]
    pcm = (recorded(name) + noise(1500, level=20))[: 32 * (speech_end_ms + 200)]
    finder = segmenter()
    finder.feed(detector().feed(pcm))

    assert finder.is_speaking
    assert abs(finder.silent_ms - 200) <= 150


@pytest.mark.parametrize("name", list(SPOKEN_MS))
@pytest.mark.parametrize("level", [250, 800])  # the speech is about 20 and 10 dB louder
def test_speech_in_noise_is_not_cut_and_its_end_is_found(name: str, level: int) -> None:
    speech_end_ms = SPOKEN_MS[name][1]

    [end_ms] = ends_ms(mixed(recorded(name) + bytes(32 * 2000), level=level))

    assert speech_end_ms < end_ms <= speech_end_ms + SILENCE_MS + 400


@pytest.mark.parametrize("name", ["austen-0870", "austen-0890", "austen-0920", "something"])
def test_speech_that_is_slightly_louder_than_a_noise_is_not_cut(name: str) -> None:
    [end_ms] = ends_ms(mixed(recorded(name) + bytes(32 * 2000), level=1400))

    assert end_ms > SPOKEN_MS[name][1]


@pytest.mark.parametrize("name", list(SPOKEN_MS))
def test_a_loud_noise_that_begins_at_the_end_of_the_speech_does_not_extend_it(name: str) -> None:
    speech_end_ms = SPOKEN_MS[name][1]

    [end_ms] = ends_ms(recorded(name)[: 32 * speech_end_ms] + noise(4000, level=1000))

    assert end_ms - speech_end_ms <= SILENCE_MS + 2000


@pytest.mark.parametrize("name", list(SPOKEN_MS))
@pytest.mark.parametrize("click_ms", [10, 30])
def test_a_rattle_that_begins_at_the_end_of_the_speech_does_not_extend_it(
    name: str, click_ms: int
) -> None:
    speech_end_ms = SPOKEN_MS[name][1]
    click = noise(click_ms, level=3000) + noise(80, level=20)

    [end_ms] = ends_ms(recorded(name)[: 32 * speech_end_ms] + noise(80, level=20) + 60 * click)

    assert end_ms - speech_end_ms <= SILENCE_MS + 1400


@pytest.mark.parametrize(
    "sound",
    [
        lambda: bytes(320_000),
        lambda: noise(10_000, level=30),
        lambda: noise(10_000, level=100),
        lambda: hum(10_000, level=100),
    ],
    ids=["silence", "quiet noise", "noise", "hum"],
)
def test_there_is_no_speech_in_noise(sound: Callable[[], bytes]) -> None:
    assert events(sound()) == []


def test_a_short_word_at_the_very_beginning_is_found() -> None:
    word = recorded("goforward")[int(0.52 * 32000) : int(0.87 * 32000)]

    found = events(word + noise(1500, level=20))

    assert isinstance(found[0], SpeechStarted)
    assert found[0].at_ms <= 100


WORDS = [
    # The sample, and the start and length, in ms, of a word between two gaps.
    ("austen-0870", 240, 260),
    ("austen-0890", 3370, 220),
    ("austen-0920", 4540, 200),
    ("goforward", 490, 180),
    ("goforward", 790, 330),
    ("goforward", 1930, 310),
    ("numbers", 520, 230),
    ("something", 460, 200),
    ("something", 1390, 390),
]


@pytest.mark.parametrize(("name", "at_ms", "ms"), WORDS)
@pytest.mark.parametrize("before_ms", [0, 1000])
@pytest.mark.parametrize("room", [0, 20, 60])
def test_a_short_word_has_a_beginning_and_an_end(
    name: str, at_ms: int, ms: int, before_ms: int, room: int
) -> None:
    word = recorded(name)[32 * at_ms : 32 * (at_ms + ms)]

    found = events(noise(before_ms, level=room) + word + noise(1500, level=room))

    assert [type(event) for event in found] == [SpeechStarted, SpeechEnded]
    assert before_ms <= found[0].at_ms <= before_ms + 100
    assert before_ms + ms - 150 <= found[1].at_ms <= before_ms + ms + 50


@pytest.mark.parametrize("name", list(SPOKEN_MS))
@pytest.mark.parametrize("pause_ms", [100, 300, 450])
def test_a_pause_that_is_shorter_than_the_silence_does_not_cut_the_speech(
    name: str, pause_ms: int
) -> None:
    begin_ms, end_ms = SPOKEN_MS[name]
    pcm = recorded(name)

    def loudness(place: int) -> int:
        return sum(map(abs, struct.unpack("<800h", pcm[place * 320 :][:1600])))

    middle = range(begin_ms // 10 + 30, end_ms // 10 - 30)
    at = min(middle, key=loudness)  # the pause is inserted at the quietest place
    paused = pcm[: at * 320] + noise(pause_ms, level=20) + pcm[at * 320 :]

    found = events(paused + noise(1500, level=20))

    assert [type(event) for event in found] == [SpeechStarted, SpeechEnded]


@given(st.lists(st.integers(1, 5000), max_size=8))
def test_the_division_into_chunks_changes_nothing(cuts: list[int]) -> None:
    pcm = recorded("something")[16_000:48_000]
    whole = detector().feed(pcm)
    chunked = detector()
    pieces: list[Frame] = []
    start = 0
    for size in [*cuts, len(pcm)]:
        pieces += chunked.feed(pcm[start : start + size])
        start += size

    assert pieces == whole
    assert len(whole) == len(pcm) // 320
    assert all(0 <= frame.speech_probability <= 1 for frame in whole)


def test_a_network_that_is_used_again_remembers_nothing() -> None:
    speech = recorded("something")
    first = detector().feed(speech)
    detector().feed(recorded("numbers"))

    assert detector().feed(speech) == first


def test_detectors_at_the_same_time_do_not_share_a_network() -> None:
    speech, other = recorded("something"), recorded("numbers")
    alone = detector().feed(speech)
    one, two = detector(), detector()
    together: list[Frame] = []
    for start in range(0, len(speech), 3200):
        two.feed(other[start : start + 3200])
        together += one.feed(speech[start : start + 3200])

    assert together == alone


class Certain:
    """A model that gives every sound the same probability of speech."""

    def __init__(self, probability: float) -> None:
        self._probability = probability

    def probability(self, frame: bytes, *, is_sound: bool, is_noisy: bool) -> float:
        return self._probability if is_sound else 0.0


@pytest.mark.parametrize(("speech_threshold", "is_speech"), [(0.6, True), (0.7, False)])
def test_the_speech_threshold_decides_which_level_is_that_of_the_speaker(
    *, speech_threshold: float, is_speech: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wyoming_bridge.endpointing.vad.MicroVad", lambda: Certain(0.6))
    talk = noise(100, level=400) + noise(100, level=700)
    loud_sound = noise(500, level=4000)

    frames = new_detector(speech_threshold=speech_threshold).feed(8 * talk + loud_sound + 5 * talk)

    # If the loud sound counts as speech, the quieter talk is background speech.
    assert frames[-1].is_foreground is not is_speech
