"""The segmenter finds where speech begins and ends."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.endpointing import (
    FRAME_MS,
    Frame,
    Segmenter,
    SpeechEnded,
    SpeechEvent,
    SpeechStarted,
)


def segmenter(**settings: float) -> Segmenter:
    values = {
        "speech_threshold": 0.5,
        "min_speech_ms": 100,
        "min_silence_ms": 100,
        "silence_ms": 600,
    }
    return Segmenter(**{**values, **settings})


def audio(*parts: tuple[float, int]) -> list[Frame]:
    """Return the frames of some parts. A part is a probability of speech and a length in ms.

    A part with the probability 0 is silence, any other part is a sound.
    """
    return [
        Frame(is_sound=probability > 0, speech_probability=probability)
        for probability, ms in parts
        for _ in range(ms // FRAME_MS)
    ]


def sound(*parts: tuple[bool, float, int]) -> list[Frame]:
    """Return the frames of some parts.

    Each part says whether it is a sound, its probability of speech, and its length in ms.
    """
    return [
        Frame(is_sound=is_sound, speech_probability=probability)
        for is_sound, probability, ms in parts
        for _ in range(ms // FRAME_MS)
    ]


SENTENCE = audio((0, 300), (1, 1000), (0, 1000))


def test_speech_has_a_beginning_and_an_end() -> None:
    assert segmenter().feed(SENTENCE) == [SpeechStarted(at_ms=300), SpeechEnded(at_ms=1300)]


def test_silence_has_neither() -> None:
    silence = segmenter()

    assert silence.feed(audio((0, 10_000))) == []
    assert silence.silent_ms == 10_000


@pytest.mark.parametrize(("probability", "is_speech"), [(0.49, False), (0.5, True), (1, True)])
def test_a_probability_at_the_threshold_is_speech(probability: float, *, is_speech: bool) -> None:
    events = segmenter().feed(audio((probability, 1000), (0, 1000)))

    assert bool(events) is is_speech


@pytest.mark.parametrize(("burst_ms", "is_speech"), [(90, False), (100, True)])
def test_a_burst_shorter_than_the_minimum_is_not_speech(burst_ms: int, *, is_speech: bool) -> None:
    events = segmenter().feed(audio((0, 500), (1, burst_ms), (0, 1000)))

    assert bool(events) is is_speech


def test_a_short_gap_joins_two_bursts_and_a_long_one_separates_them() -> None:
    joined = segmenter().feed(audio((1, 60), (0, 90), (1, 60), (0, 1000)))
    separate = segmenter().feed(audio((1, 60), (0, 100), (1, 60), (0, 1000)))

    assert joined == [SpeechStarted(at_ms=0), SpeechEnded(at_ms=210)]
    assert separate == []


@pytest.mark.parametrize(("pause_ms", "segments"), [(590, 1), (600, 2)])
def test_only_silence_that_is_long_enough_ends_speech(pause_ms: int, segments: int) -> None:
    events = segmenter().feed(audio((1, 500), (0, pause_ms), (1, 500), (0, 600)))

    assert len([e for e in events if isinstance(e, SpeechEnded)]) == segments


def test_a_click_does_not_restart_the_silence() -> None:
    events = segmenter().feed(audio((1, 500), (0, 300), (1, 20), (0, 290)))

    assert events == [SpeechStarted(at_ms=0), SpeechEnded(at_ms=500)]


def test_the_silence_so_far_is_known_at_any_time() -> None:
    paused = segmenter()
    paused.feed(audio((1, 500), (0, 200)))

    assert paused.is_speaking
    assert paused.silent_ms == 200


def test_speech_that_is_detected_late_is_dated_from_its_beginning() -> None:
    frames = sound((True, 0.0, 300), (True, 1.0, 700), (False, 1.0, 350), (False, 0.0, 500))

    assert segmenter().feed(frames) == [SpeechStarted(at_ms=0), SpeechEnded(at_ms=1000)]


def test_a_short_word_that_is_detected_after_its_end_is_found() -> None:
    frames = sound((False, 0.0, 500), (True, 0.0, 350), (False, 1.0, 100), (False, 0.0, 900))

    assert segmenter().feed(frames) == [SpeechStarted(at_ms=500), SpeechEnded(at_ms=850)]


def test_a_sound_without_voice_is_not_speech_however_long_it_is() -> None:
    assert segmenter().feed(sound((True, 0.2, 5000), (False, 0.0, 1000))) == []


def test_a_sound_that_goes_on_after_the_voice_is_not_speech() -> None:
    frames = sound((True, 1.0, 1000), (True, 0.0, 2000))

    assert segmenter().feed(frames) == [SpeechStarted(at_ms=0), SpeechEnded(at_ms=1200)]


def test_a_sound_that_may_be_speech_delays_the_end_and_can_become_speech() -> None:
    start = sound((True, 1.0, 1000), (False, 0.0, 500), (True, 0.0, 300))
    rest = sound((True, 1.0, 300), (False, 0.0, 600))
    undecided = segmenter()

    assert undecided.feed(start) == [SpeechStarted(at_ms=0)]
    assert undecided.silent_ms == 0
    assert undecided.feed(rest) == [SpeechEnded(at_ms=2100)]


def test_a_knock_delays_the_end_only_briefly() -> None:
    knocked = segmenter()
    knocked.feed(sound((True, 1.0, 1000), (False, 0.0, 550), (True, 0.0, 50)))

    assert knocked.feed(sound((False, 0.0, 90))) == []
    assert knocked.feed(sound((False, 0.0, 20))) == [SpeechEnded(at_ms=1000)]


def test_a_voice_that_is_detected_after_a_closure_belongs_to_both_parts_of_the_word() -> None:
    frames = sound((True, 0.0, 150), (False, 0.0, 120), (True, 0.0, 30), (False, 1.0, 50))

    events = segmenter().feed(frames + sound((False, 0.0, 600)))

    assert events == [SpeechStarted(at_ms=0), SpeechEnded(at_ms=300)]


@pytest.mark.parametrize("before", [(True, 0.0, 60), (True, 0.0, 500)], ids=["short", "early"])
def test_an_earlier_sound_is_not_part_of_a_word(before: tuple[bool, float, int]) -> None:
    frames = sound(before, (False, 0.0, 120), (True, 1.0, 200), (False, 0.0, 600))

    assert segmenter().feed(frames)[0] == SpeechStarted(at_ms=before[2] + 120)


@pytest.mark.parametrize(
    ("is_noisy", "voice_ms", "end_ms"),
    [(False, 400, 500), (True, 100, 500), (True, 250, 600), (True, 1000, 700)],
)
def test_in_a_noisy_room_a_voice_that_goes_on_below_the_noise_delays_the_end(
    voice_ms: int, end_ms: int, *, is_noisy: bool
) -> None:
    frames = sound((True, 1.0, 500), (False, 1.0, voice_ms), (False, 0.0, 1500))

    events = segmenter().feed([frame._replace(is_noisy=is_noisy) for frame in frames])

    assert events == [SpeechStarted(at_ms=0), SpeechEnded(at_ms=end_ms)]


def test_the_end_of_the_foreground_speech_is_known_regardless_of_what_follows() -> None:
    near = Frame(is_sound=True, speech_probability=1.0)
    followed = segmenter()
    followed.feed([near] * 100)
    followed.feed([near._replace(is_foreground=False)] * 50)

    assert followed.foreground_end_ms == 1000 - 150  # the middle of the window of 0.3 s


any_audio = st.lists(
    st.tuples(st.sampled_from([0.0, 0.4, 0.5, 1.0]), st.integers(1, 90).map(lambda n: 10 * n)),
    max_size=30,
).map(lambda parts: audio(*parts))


@given(any_audio, st.lists(st.integers(0, 2000), max_size=5))
def test_the_division_into_chunks_changes_nothing(frames: list[Frame], cuts: list[int]) -> None:
    whole = segmenter().feed(frames)
    pieces: list[SpeechEvent] = []
    cut = segmenter()
    borders = sorted({0, len(frames), *(min(each, len(frames)) for each in cuts)})
    for start, end in pairwise(borders):
        pieces += cut.feed(frames[start:end])

    assert pieces == whole


@given(any_audio)
def test_beginnings_and_ends_alternate_in_the_order_of_time(frames: list[Frame]) -> None:
    events = segmenter().feed(frames)

    kinds = [type(event) for event in events]
    assert kinds == [SpeechStarted, SpeechEnded] * (len(kinds) // 2) + kinds[len(kinds) & ~1 :]
    assert [e.at_ms for e in events] == sorted(e.at_ms for e in events)
