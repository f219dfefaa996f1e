"""Whether the speaker has begun, pauses or is done, and when. The time is that of the audio."""

import pytest

from detectors import LoudDetector
from wyoming_bridge.endpointing import (
    Ending,
    Endpoint,
    Endpointing,
    Frame,
    SilenceRule,
    Turn,
)

LOUD, SOFT, QUIET = b"\x01\x10", b"\x01\x00", bytes(2)
"""Samples of foreground speech, of speech as soft as background speech, and of silence."""


def turn_of(*, detector: bool = True, **settings: object) -> Turn:
    given = {"min_speech_ms": 50, **settings}
    return Turn(Endpointing(**given), detector=LoudDetector() if detector else None)


def feed(turn: Turn, *parts: tuple[bytes, int]) -> Ending | None:
    """Feed sounds with their durations in milliseconds, in pieces of 10 ms, until the end."""
    for sample, ms in parts:
        for _ in range(ms // 10):
            turn.feed(sample * 160)
            if ending := turn.ending(provider_ends_turns=False):
                return ending
    return None


class UnsureDetector(LoudDetector):
    """Gives every sound a probability of 0.6."""

    def feed(self, pcm: bytes) -> list[Frame]:
        frames = super().feed(pcm)
        return [each._replace(speech_probability=0.6 * each.is_sound) for each in frames]


@pytest.mark.parametrize(
    ("speech_threshold", "ending"), [(0.6, Ending.SILENCE), (0.7, Ending.NO_SPEECH)]
)
def test_a_turn_counts_sounds_from_the_threshold_on_as_speech(
    speech_threshold: float, ending: Ending
) -> None:
    turn = Turn(Endpointing(speech_threshold=speech_threshold), detector=UnsureDetector())

    assert feed(turn, (LOUD, 1000), (QUIET, 20_000)) is ending


def test_silence_after_speech_ends_the_turn() -> None:
    turn = turn_of()

    assert feed(turn, (QUIET, 300), (LOUD, 1000), (QUIET, 590)) is None
    assert feed(turn, (QUIET, 10)) is Ending.SILENCE
    assert (turn.speech_start_ms, turn.speech_end_ms, turn.audio_ms) == (300, 1300, 1900)
    assert turn.endpoint(Ending.SILENCE) == Endpoint(
        ended_by=Ending.SILENCE, silence_ms=600, limit_ms=600, rule=SilenceRule.ORDINARY
    )


def test_speech_that_resumes_continues_the_turn() -> None:
    turn = turn_of()

    assert feed(turn, (LOUD, 500), (QUIET, 500), (LOUD, 500), (QUIET, 500)) is None
    assert turn.speech_end_ms == 1500


def test_a_turn_without_speech_ends_after_the_timeout() -> None:
    turn = turn_of(no_speech_timeout_s=2)

    assert feed(turn, (QUIET, 10_000)) is Ending.NO_SPEECH
    assert turn.audio_ms == 2000
    assert turn.speech_end_ms is None
    endpoint = turn.endpoint(Ending.NO_SPEECH)
    assert endpoint == Endpoint(ended_by=Ending.NO_SPEECH, limit_ms=2000)
    assert str(endpoint) == "there was no speech within 2 s"


def test_a_click_is_not_speech() -> None:
    turn = turn_of(no_speech_timeout_s=2)

    assert feed(turn, (QUIET, 300), (LOUD, 40), (QUIET, 5000)) is Ending.NO_SPEECH


@pytest.mark.parametrize("source", ["race", "provider", "client"])
def test_every_turn_ends_at_its_maximum_length(source: str) -> None:
    turn = turn_of(source=source, max_utterance_s=3)

    assert feed(turn, (LOUD, 10_000)) is Ending.TOO_LONG
    assert turn.audio_ms == 3000
    endpoint = turn.endpoint(Ending.TOO_LONG)
    assert endpoint.limit_ms == 3000
    assert str(endpoint) == "the utterance reached its maximum length of 3 s"


def test_if_only_the_client_ends_turns_silence_does_not() -> None:
    turn = turn_of(source="client", no_speech_timeout_s=1)

    assert feed(turn, (QUIET, 5000), (LOUD, 500), (QUIET, 5000)) is None
    assert turn.speech_end_ms == 5500  # the detector still runs


def test_if_the_service_ends_turns_silence_does_not() -> None:
    turn = turn_of(source="provider")
    turn.feed(LOUD * 16 * 500)
    turn.feed(QUIET * 16 * 5000)

    assert turn.ending(provider_ends_turns=True) is None
    assert turn.ending(provider_ends_turns=False) is Ending.SILENCE
    turn.provider_ended_segment()
    assert turn.ending(provider_ends_turns=True) is Ending.PROVIDER


def test_words_are_evidence_of_speech_that_the_detector_missed() -> None:
    turn = turn_of(no_speech_timeout_s=2)
    assert feed(turn, (QUIET, 1500)) is None
    turn.text_received()

    assert turn.speaker_end_ms == 1000  # 0.5 s before the words, which arrive late
    assert turn.speech_end_ms is None  # more words may follow
    assert feed(turn, (QUIET, 5000)) is Ending.SILENCE
    assert turn.audio_ms == 3100  # 1.5 s later than usual: the words may be from noise
    endpoint = turn.endpoint(Ending.SILENCE)
    assert (endpoint.limit_ms, endpoint.rule) == (2100, SilenceRule.WORDS_ONLY)


def test_words_that_arrive_late_do_not_restart_the_silence() -> None:
    turn = turn_of()
    assert feed(turn, (LOUD, 1000), (QUIET, 450)) is None
    turn.text_received()

    assert feed(turn, (QUIET, 5000)) is Ending.SILENCE
    assert turn.audio_ms == 1600


def test_words_that_arrive_very_late_are_new_speech() -> None:
    turn = turn_of(silence_ms=1000)
    assert feed(turn, (LOUD, 1000), (QUIET, 900)) is None
    turn.text_received()

    assert turn.speech_end_ms == 1400
    assert turn.voice_end_ms == 1000


@pytest.mark.parametrize(("silence_ms", "ended_ms"), [(100, 1800), (600, 1800), (1200, 2400)])
def test_background_speech_does_not_keep_a_turn_open_if_the_service_sends_no_more_words(
    silence_ms: int, ended_ms: int
) -> None:
    turn = turn_of(silence_ms=silence_ms)
    assert feed(turn, (LOUD, 1000)) is None
    turn.text_received()

    assert feed(turn, (SOFT, 5000)) is Ending.SILENCE
    assert turn.audio_ms == ended_ms  # until then, soft last words may still arrive


def test_a_soft_voice_continues_the_turn_while_words_arrive() -> None:
    turn = turn_of()
    assert feed(turn, (LOUD, 1000)) is None
    turn.text_received()
    assert feed(turn, (SOFT, 700)) is None
    turn.text_received()

    assert feed(turn, (SOFT, 500), (LOUD, 500)) is None
    assert turn.speaker_end_ms == 2700


def test_words_of_background_speech_do_not_keep_a_turn_open() -> None:
    turn = turn_of()
    assert feed(turn, (LOUD, 1000)) is None
    for _ in range(3):
        turn.text_received()
        assert feed(turn, (SOFT, 480)) is None

    turn.text_received()
    assert feed(turn, (SOFT, 5000)) is Ending.SILENCE
    assert turn.audio_ms == 2450


def test_a_soft_voice_is_not_cut_because_a_service_sends_no_words_at_all() -> None:
    turn = turn_of()

    assert feed(turn, (LOUD, 1000), (SOFT, 1400), (LOUD, 500), (SOFT, 5000)) is Ending.SILENCE
    assert turn.audio_ms == 2900 + 1450


def test_a_service_that_sent_no_words_during_the_last_loud_speech_does_not_keep_up() -> None:
    turn = turn_of()
    assert feed(turn, (LOUD, 1000)) is None
    turn.text_received()

    assert feed(turn, (LOUD, 1160), (SOFT, 5000)) is Ending.SILENCE
    assert turn.audio_ms == 2160 + 1450


def test_a_pause_of_the_speaker_in_background_speech_does_not_end_the_turn() -> None:
    turn = turn_of()
    assert feed(turn, (LOUD, 1000)) is None
    turn.text_received()

    assert feed(turn, (SOFT, 750), (LOUD, 500), (SOFT, 750), (LOUD, 500)) is None
    assert turn.speaker_end_ms == 3500


def test_a_speaker_who_is_soft_from_the_beginning_is_not_cut() -> None:
    alone, after_a_bang = turn_of(), turn_of()

    assert feed(alone, (QUIET, 3000), (SOFT, 5000)) is None
    assert feed(after_a_bang, (LOUD, 20), (QUIET, 3000), (SOFT, 5000)) is None


def test_background_speech_that_resumes_after_a_pause_does_not_keep_a_turn_open() -> None:
    turn = turn_of()
    assert feed(turn, (LOUD, 1000)) is None
    turn.text_received()

    assert feed(turn, (QUIET, 450), (SOFT, 5000)) is Ending.SILENCE
    assert turn.audio_ms == 1800


def test_a_turn_does_not_end_before_the_speech_has_its_minimum_length() -> None:
    turn = turn_of(min_speech_ms=1800)
    assert feed(turn, (LOUD, 500), (SOFT, 1290)) is None

    assert feed(turn, (SOFT, 5000)) is Ending.SILENCE
    assert turn.audio_ms == 500 + 1450


def test_a_flush_is_due_once_per_pause() -> None:
    turn = turn_of(speculate_ms=200)
    assert feed(turn, (LOUD, 500), (QUIET, 190)) is None
    assert not turn.flush_is_due
    assert feed(turn, (QUIET, 10)) is None
    assert turn.flush_is_due
    turn.flush_sent()

    assert feed(turn, (QUIET, 300)) is None
    assert not turn.flush_is_due
    assert feed(turn, (LOUD, 500), (QUIET, 200)) is None
    assert turn.flush_is_due


def test_audio_is_wanted_at_once_shortly_before_a_flush_and_before_the_end() -> None:
    turn = turn_of(speculate_ms=200, silence_ms=600)
    assert feed(turn, (QUIET, 500), (LOUD, 500), (QUIET, 90)) is None
    wanted = []
    while turn.ending(provider_ends_turns=False) is None:
        wanted.append(turn.wants_audio_now)
        feed(turn, (QUIET, 10))

    assert wanted == [False] + 10 * [True] + 30 * [False] + 10 * [True]


@pytest.mark.parametrize("speculate_ms", [0, 200])
def test_audio_can_wait_before_and_during_speech(speculate_ms: int) -> None:
    turn = turn_of(speculate_ms=speculate_ms)
    assert feed(turn, (QUIET, 5000)) is None
    assert not turn.wants_audio_now

    assert feed(turn, (LOUD, 1000)) is None
    assert not turn.wants_audio_now


def test_audio_can_wait_without_a_detector() -> None:
    turn = turn_of(detector=False)
    assert feed(turn, (LOUD, 1000)) is None
    turn.text_received()

    assert feed(turn, (QUIET, 900)) is None
    assert not turn.wants_audio_now


def test_no_flush_is_due_while_background_speech_goes_on() -> None:
    turn = turn_of(speculate_ms=200)
    assert feed(turn, (LOUD, 1000)) is None
    turn.text_received()

    assert feed(turn, (SOFT, 790)) is None
    assert not turn.flush_is_due


def test_no_flush_is_due_before_speech_or_without_speculation() -> None:
    silent, never = turn_of(), turn_of(speculate_ms=0)
    assert feed(silent, (QUIET, 1000)) is None
    assert feed(never, (LOUD, 500), (QUIET, 590)) is None

    assert not silent.flush_is_due
    assert not never.flush_is_due


def test_a_long_segment_that_ends_during_speech_does_not_end_the_turn() -> None:
    speaking, done = turn_of(max_utterance_s=60), turn_of(max_utterance_s=60)
    assert feed(speaking, (LOUD, 26_000)) is None
    assert feed(done, (LOUD, 26_000), (SOFT, 300)) is None
    speaking.provider_ended_segment()
    done.provider_ended_segment()

    assert speaking.ending(provider_ends_turns=True) is None
    assert done.ending(provider_ends_turns=True) is Ending.PROVIDER


def test_without_a_detector_words_are_the_only_evidence_of_speech() -> None:
    turn = turn_of(detector=False, source="provider", no_speech_timeout_s=2)

    assert feed(turn, (LOUD, 1900)) is None
    turn.text_received()
    turn.provider_ended_segment()
    assert turn.ending(provider_ends_turns=True) is Ending.PROVIDER


def test_after_a_sound_that_was_not_speech_the_turn_waits_for_speech_again() -> None:
    turn = turn_of(no_speech_timeout_s=3)
    assert feed(turn, (LOUD, 500), (QUIET, 5000)) is Ending.SILENCE
    turn.reset_speech()

    assert turn.speech_end_ms is None
    assert feed(turn, (QUIET, 500), (LOUD, 500), (QUIET, 5000)) is Ending.SILENCE
    assert turn.speech_start_ms == 1600
