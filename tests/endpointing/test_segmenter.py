"""When somebody began to speak and when they were done, from probabilities."""

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


def endpointer(**settings: float) -> Segmenter:
    values = {"threshold": 0.5, "min_speech_ms": 100, "min_silence_ms": 100, "silence_ms": 600}
    return Segmenter(**{**values, **settings})


def audio(*parts: tuple[float, int]) -> list[Frame]:
    """Sounds that are voices with a probability, each for so many milliseconds; 0 is silence."""
    return [
        Frame(loud=voice > 0, voice=voice) for voice, ms in parts for _ in range(ms // FRAME_MS)
    ]


def sound(*parts: tuple[bool, float, int]) -> list[Frame]:
    """Frames, each for so many milliseconds, of which loudness and voice are told apart."""
    return [
        Frame(loud=loud, voice=voice) for loud, voice, ms in parts for _ in range(ms // FRAME_MS)
    ]


SENTENCE = audio((0, 300), (1, 1000), (0, 1000))


def test_an_utterance_has_a_beginning_and_an_end() -> None:
    assert endpointer().feed(SENTENCE) == [SpeechStarted(at_ms=300), SpeechEnded(at_ms=1300)]


def test_silence_is_nothing() -> None:
    heard = endpointer()

    assert heard.feed(audio((0, 10_000))) == []
    assert heard.silent_ms == 10_000


@pytest.mark.parametrize(("probability", "is_speech"), [(0.49, False), (0.5, True), (1, True)])
def test_the_threshold_itself_is_speech(probability: float, *, is_speech: bool) -> None:
    events = endpointer().feed(audio((probability, 1000), (0, 1000)))

    assert bool(events) is is_speech


@pytest.mark.parametrize(("burst_ms", "is_speech"), [(90, False), (100, True)])
def test_a_burst_that_is_too_short_is_no_speech(burst_ms: int, *, is_speech: bool) -> None:
    events = endpointer().feed(audio((0, 500), (1, burst_ms), (0, 1000)))

    assert bool(events) is is_speech


def test_a_short_gap_joins_two_bursts_and_a_long_one_does_not() -> None:
    joined = endpointer().feed(audio((1, 60), (0, 90), (1, 60), (0, 1000)))
    apart = endpointer().feed(audio((1, 60), (0, 100), (1, 60), (0, 1000)))

    assert joined == [SpeechStarted(at_ms=0), SpeechEnded(at_ms=210)]
    assert apart == []


@pytest.mark.parametrize(("pause_ms", "utterances"), [(590, 1), (600, 2)])
def test_only_silence_that_is_long_enough_ends_speech(pause_ms: int, utterances: int) -> None:
    events = endpointer().feed(audio((1, 500), (0, pause_ms), (1, 500), (0, 600)))

    assert len([e for e in events if isinstance(e, SpeechEnded)]) == utterances


def test_a_click_does_not_make_the_silence_begin_anew() -> None:
    events = endpointer().feed(audio((1, 500), (0, 300), (1, 20), (0, 290)))

    assert events == [SpeechStarted(at_ms=0), SpeechEnded(at_ms=500)]


def test_it_can_be_asked_at_any_time() -> None:
    heard = endpointer()
    heard.feed(audio((1, 500), (0, 200)))

    assert heard.speaking
    assert heard.silent_ms == 200


def test_a_voice_that_is_told_late_is_heard_from_its_beginning() -> None:
    heard = sound((True, 0.0, 300), (True, 1.0, 700), (False, 1.0, 350), (False, 0.0, 500))

    assert endpointer().feed(heard) == [SpeechStarted(at_ms=0), SpeechEnded(at_ms=1000)]


def test_a_short_word_that_is_over_when_its_voice_is_told_is_heard() -> None:
    heard = sound((False, 0.0, 500), (True, 0.0, 350), (False, 1.0, 100), (False, 0.0, 900))

    assert endpointer().feed(heard) == [SpeechStarted(at_ms=500), SpeechEnded(at_ms=850)]


def test_a_sound_without_a_voice_is_nothing_however_long() -> None:
    assert endpointer().feed(sound((True, 0.2, 5000), (False, 0.0, 1000))) == []


def test_a_sound_that_goes_on_behind_the_voice_is_not_speech() -> None:
    heard = sound((True, 1.0, 1000), (True, 0.0, 2000))

    assert endpointer().feed(heard) == [SpeechStarted(at_ms=0), SpeechEnded(at_ms=1200)]


def test_a_sound_of_which_nobody_can_know_yet_holds_the_end_and_becomes_speech() -> None:
    began = sound((True, 1.0, 1000), (False, 0.0, 500), (True, 0.0, 300))
    resumed = sound((True, 1.0, 300), (False, 0.0, 600))
    heard = endpointer()

    assert heard.feed(began) == [SpeechStarted(at_ms=0)]
    assert heard.silent_ms == 0
    assert heard.feed(resumed) == [SpeechEnded(at_ms=2100)]


def test_a_knock_holds_the_end_for_a_moment_only() -> None:
    heard = endpointer()
    heard.feed(sound((True, 1.0, 1000), (False, 0.0, 550), (True, 0.0, 50)))

    assert heard.feed(sound((False, 0.0, 90))) == []
    assert heard.feed(sound((False, 0.0, 20))) == [SpeechEnded(at_ms=1000)]


def test_a_voice_that_is_told_behind_the_closure_of_a_stop_is_that_of_the_whole_word() -> None:
    heard = sound((True, 0.0, 150), (False, 0.0, 120), (True, 0.0, 30), (False, 1.0, 50))

    events = endpointer().feed(heard + sound((False, 0.0, 600)))

    assert events == [SpeechStarted(at_ms=0), SpeechEnded(at_ms=300)]


@pytest.mark.parametrize("before", [(True, 0.0, 60), (True, 0.0, 500)], ids=["short", "long ago"])
def test_a_sound_before_it_is_not_part_of_a_word(before: tuple[bool, float, int]) -> None:
    heard = sound(before, (False, 0.0, 120), (True, 1.0, 200), (False, 0.0, 600))

    assert endpointer().feed(heard)[0] == SpeechStarted(at_ms=before[2] + 120)


@pytest.mark.parametrize(
    ("noisy", "voice_ms", "ended_ms"),
    [(False, 400, 500), (True, 100, 500), (True, 250, 600), (True, 1000, 700)],
)
def test_in_noise_a_voice_that_goes_on_holds_the_end_for_a_moment(
    voice_ms: int, ended_ms: int, *, noisy: bool
) -> None:
    heard = sound((True, 1.0, 500), (False, 1.0, voice_ms), (False, 0.0, 1500))

    events = endpointer().feed([frame._replace(noisy=noisy) for frame in heard])

    assert events == [SpeechStarted(at_ms=0), SpeechEnded(at_ms=ended_ms)]


probabilities = st.lists(
    st.tuples(st.sampled_from([0.0, 0.4, 0.5, 1.0]), st.integers(1, 90).map(lambda n: 10 * n)),
    max_size=30,
).map(lambda parts: audio(*parts))


@given(probabilities, st.lists(st.integers(0, 2000), max_size=5))
def test_where_the_frames_are_cut_changes_nothing(heard: list[Frame], cuts: list[int]) -> None:
    whole = endpointer().feed(heard)
    pieces: list[SpeechEvent] = []
    cut = endpointer()
    borders = sorted({0, len(heard), *(min(each, len(heard)) for each in cuts)})
    for start, end in pairwise(borders):
        pieces += cut.feed(heard[start:end])

    assert pieces == whole


@given(probabilities)
def test_beginnings_and_ends_take_turns_and_time_goes_on(heard: list[Frame]) -> None:
    events = endpointer().feed(heard)

    kinds = [type(event) for event in events]
    assert kinds == [SpeechStarted, SpeechEnded] * (len(kinds) // 2) + kinds[len(kinds) & ~1 :]
    assert [e.at_ms for e in events] == sorted(e.at_ms for e in events)


def test_when_the_last_sound_near_by_was_is_known_whatever_comes_behind_it() -> None:
    ear = endpointer()
    ear.feed([Frame(loud=True, voice=1.0)] * 100)
    ear.feed([Frame(loud=True, voice=1.0, near=False)] * 50)

    assert ear.near_until_ms == 1000 - 150  # the middle of what is told
