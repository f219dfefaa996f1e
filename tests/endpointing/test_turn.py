"""Whether somebody spoke, pauses or is done: by the count of audio alone."""

import pytest

from detectors import LoudDetector
from wyoming_bridge.endpointing import Ending, Endpointing
from wyoming_bridge.endpointing.turn import Turn

LOUD, SOFT, QUIET = b"\x01\x10", b"\x01\x00", bytes(2)
"""Speech near by, speech that others in the room are as loud as, and none."""


def turn_of(*, detector: bool = True, **settings: object) -> Turn:
    given = {"min_speech_ms": 50, **settings}
    return Turn(Endpointing(**given), detector=LoudDetector() if detector else None)


def hear(turn: Turn, *parts: tuple[bytes, int]) -> Ending | None:
    """Hear sounds for so many milliseconds, 10 at a time, until the utterance ends."""
    for sample, ms in parts:
        for _ in range(ms // 10):
            turn.feed(sample * 160)
            if ending := turn.ending(provider_ends_turns=False):
                return ending
    return None


def test_silence_behind_speech_ends_the_turn() -> None:
    turn = turn_of()

    assert hear(turn, (QUIET, 300), (LOUD, 1000), (QUIET, 590)) is None
    assert hear(turn, (QUIET, 10)) is Ending.SILENCE
    assert (turn.speech_start_ms, turn.speech_end_ms, turn.audio_ms) == (300, 1300, 1900)


def test_speech_that_resumes_goes_on() -> None:
    turn = turn_of()

    assert hear(turn, (LOUD, 500), (QUIET, 500), (LOUD, 500), (QUIET, 500)) is None
    assert turn.speech_end_ms == 1500


def test_nobody_who_speaks_ends_the_turn_after_a_while() -> None:
    turn = turn_of(no_speech_timeout_s=2)

    assert hear(turn, (QUIET, 10_000)) is Ending.NO_SPEECH
    assert turn.audio_ms == 2000
    assert turn.speech_end_ms is None


def test_a_click_is_nobody() -> None:
    turn = turn_of(no_speech_timeout_s=2)

    assert hear(turn, (QUIET, 300), (LOUD, 40), (QUIET, 5000)) is Ending.NO_SPEECH


@pytest.mark.parametrize("who", ["race", "provider", "client"])
def test_no_turn_is_endless(who: str) -> None:
    turn = turn_of(source=who, max_utterance_s=3)

    assert hear(turn, (LOUD, 10_000)) is Ending.TOO_LONG
    assert turn.audio_ms == 3000


def test_where_the_client_decides_neither_silence_nor_nobody_ends_the_turn() -> None:
    turn = turn_of(source="client", no_speech_timeout_s=1)

    assert hear(turn, (QUIET, 5000), (LOUD, 500), (QUIET, 5000)) is None
    assert turn.speech_end_ms == 5500  # it is known all the same


def test_where_the_service_decides_silence_is_its_business() -> None:
    turn = turn_of(source="provider")
    turn.feed(LOUD * 16 * 500)
    turn.feed(QUIET * 16 * 5000)

    assert turn.ending(provider_ends_turns=True) is None
    assert turn.ending(provider_ends_turns=False) is Ending.SILENCE
    turn.provider_ended_segment()
    assert turn.ending(provider_ends_turns=True) is Ending.PROVIDER


def test_words_are_evidence_of_speech_that_the_detector_did_not_hear() -> None:
    turn = turn_of(no_speech_timeout_s=2)
    assert hear(turn, (QUIET, 1500)) is None
    turn.text_received()

    assert turn.speaker_end_ms == 1000  # words are told late
    assert turn.speech_end_ms is None  # there may be more of them
    assert hear(turn, (QUIET, 5000)) is Ending.SILENCE
    assert turn.audio_ms == 3100  # they may be made of noise: whoever wants to speak has time


def test_words_that_come_late_do_not_make_the_silence_begin_anew() -> None:
    turn = turn_of()
    assert hear(turn, (LOUD, 1000), (QUIET, 450)) is None
    turn.text_received()

    assert hear(turn, (QUIET, 5000)) is Ending.SILENCE
    assert turn.audio_ms == 1600


def test_words_that_come_very_late_mean_that_somebody_still_speaks() -> None:
    turn = turn_of(silence_ms=1000)
    assert hear(turn, (LOUD, 1000), (QUIET, 900)) is None
    turn.text_received()

    assert turn.speech_end_ms == 1400
    assert turn.voice_end_ms == 1000


@pytest.mark.parametrize(("silence_ms", "ended_ms"), [(100, 1800), (600, 1800), (1200, 2400)])
def test_others_who_talk_on_do_not_keep_a_turn_open_where_the_service_tells_what_it_hears(
    silence_ms: int, ended_ms: int
) -> None:
    turn = turn_of(silence_ms=silence_ms)
    assert hear(turn, (LOUD, 1000)) is None
    turn.text_received()

    assert hear(turn, (SOFT, 5000)) is Ending.SILENCE
    assert turn.audio_ms == ended_ms  # the last of it may have been spoken softly, and be told late


def test_somebody_who_drops_his_voice_among_others_is_heard_while_words_are_told() -> None:
    turn = turn_of()
    assert hear(turn, (LOUD, 1000)) is None
    turn.text_received()
    assert hear(turn, (SOFT, 700)) is None
    turn.text_received()

    assert hear(turn, (SOFT, 500), (LOUD, 500)) is None
    assert turn.speaker_end_ms == 2700


def test_words_of_others_do_not_keep_a_turn_open() -> None:
    turn = turn_of()
    assert hear(turn, (LOUD, 1000)) is None
    for _ in range(3):
        turn.text_received()
        assert hear(turn, (SOFT, 480)) is None

    turn.text_received()
    assert hear(turn, (SOFT, 5000)) is Ending.SILENCE
    assert turn.audio_ms == 2450


def test_a_service_that_tells_nothing_is_no_reason_to_cut_a_soft_voice_short() -> None:
    turn = turn_of()

    assert hear(turn, (LOUD, 1000), (SOFT, 1400), (LOUD, 500), (SOFT, 5000)) is Ending.SILENCE
    assert turn.audio_ms == 2900 + 1450


def test_a_service_that_fell_silent_before_the_last_loud_words_does_not_keep_up() -> None:
    turn = turn_of()
    assert hear(turn, (LOUD, 1000)) is None
    turn.text_received()

    assert hear(turn, (LOUD, 1160), (SOFT, 5000)) is Ending.SILENCE
    assert turn.audio_ms == 2160 + 1450


def test_a_pause_of_whoever_is_near_does_not_end_the_turn_among_others() -> None:
    turn = turn_of()
    assert hear(turn, (LOUD, 1000)) is None
    turn.text_received()

    assert hear(turn, (SOFT, 750), (LOUD, 500), (SOFT, 750), (LOUD, 500)) is None
    assert turn.speaker_end_ms == 3500


def test_who_speaks_softly_and_alone_is_heard_to_the_end() -> None:
    alone, behind_a_bang = turn_of(), turn_of()

    assert hear(alone, (QUIET, 3000), (SOFT, 5000)) is None
    assert hear(behind_a_bang, (LOUD, 20), (QUIET, 3000), (SOFT, 5000)) is None


def test_others_who_were_silent_for_a_while_and_talk_on_do_not_keep_a_turn_open() -> None:
    turn = turn_of()
    assert hear(turn, (LOUD, 1000)) is None
    turn.text_received()

    assert hear(turn, (QUIET, 450), (SOFT, 5000)) is Ending.SILENCE
    assert turn.audio_ms == 1800


def test_who_begins_softly_among_others_is_not_over_before_he_has_begun() -> None:
    turn = turn_of(min_speech_ms=1800)
    assert hear(turn, (LOUD, 500), (SOFT, 1290)) is None

    assert hear(turn, (SOFT, 5000)) is Ending.SILENCE
    assert turn.audio_ms == 500 + 1450


def test_a_pause_is_told_once_and_again_behind_more_speech() -> None:
    turn = turn_of(speculate_ms=200)
    assert hear(turn, (LOUD, 500), (QUIET, 190)) is None
    assert not turn.flush_is_due
    assert hear(turn, (QUIET, 10)) is None
    assert turn.flush_is_due
    turn.flush_sent()

    assert hear(turn, (QUIET, 300)) is None
    assert not turn.flush_is_due
    assert hear(turn, (LOUD, 500), (QUIET, 200)) is None
    assert turn.flush_is_due


def test_the_next_audio_is_urgent_shortly_before_a_flush_and_the_end() -> None:
    turn = turn_of(speculate_ms=200, silence_ms=600)
    assert hear(turn, (QUIET, 500), (LOUD, 500), (QUIET, 90)) is None
    urgent = []
    while turn.ending(provider_ends_turns=False) is None:
        urgent.append(turn.wants_audio_now)
        hear(turn, (QUIET, 10))

    assert urgent == [False] + 10 * [True] + 30 * [False] + 10 * [True]


@pytest.mark.parametrize("speculate_ms", [0, 200])
def test_nothing_is_urgent_before_somebody_spoke_and_while_he_speaks(speculate_ms: int) -> None:
    turn = turn_of(speculate_ms=speculate_ms)
    assert hear(turn, (QUIET, 5000)) is None
    assert not turn.wants_audio_now

    assert hear(turn, (LOUD, 1000)) is None
    assert not turn.wants_audio_now


def test_nothing_is_urgent_where_nobody_listens() -> None:
    turn = turn_of(detector=False)
    assert hear(turn, (LOUD, 1000)) is None
    turn.text_received()

    assert hear(turn, (QUIET, 900)) is None
    assert not turn.wants_audio_now


def test_others_who_talk_on_are_no_pause() -> None:
    turn = turn_of(speculate_ms=200)
    assert hear(turn, (LOUD, 1000)) is None
    turn.text_received()

    assert hear(turn, (SOFT, 790)) is None
    assert not turn.flush_is_due


def test_there_is_no_pause_before_somebody_spoke_and_none_where_nobody_wants_it() -> None:
    silent, unwilling = turn_of(), turn_of(speculate_ms=0)
    assert hear(silent, (QUIET, 1000)) is None
    assert hear(unwilling, (LOUD, 500), (QUIET, 590)) is None

    assert not silent.flush_is_due
    assert not unwilling.flush_is_due


def test_a_service_that_ends_a_long_turn_is_believed_while_others_talk_on() -> None:
    speaks, ended = turn_of(max_utterance_s=60), turn_of(max_utterance_s=60)
    assert hear(speaks, (LOUD, 26_000)) is None
    assert hear(ended, (LOUD, 26_000), (SOFT, 300)) is None
    speaks.provider_ended_segment()
    ended.provider_ended_segment()

    assert speaks.ending(provider_ends_turns=True) is None  # that was for its length
    assert ended.ending(provider_ends_turns=True) is Ending.PROVIDER


def test_without_a_detector_words_alone_tell() -> None:
    turn = turn_of(detector=False, source="provider", no_speech_timeout_s=2)

    assert hear(turn, (LOUD, 1900)) is None
    turn.text_received()
    turn.provider_ended_segment()
    assert turn.ending(provider_ends_turns=True) is Ending.PROVIDER


def test_what_was_no_speech_after_all_leaves_the_turn_open() -> None:
    turn = turn_of(no_speech_timeout_s=3)
    assert hear(turn, (LOUD, 500), (QUIET, 5000)) is Ending.SILENCE
    turn.reset_speech()

    assert turn.speech_end_ms is None
    assert hear(turn, (QUIET, 500), (LOUD, 500), (QUIET, 5000)) is Ending.SILENCE
    assert turn.speech_start_ms == 1600
