"""The rule that decides which sounds are speech, with a detector that follows a script."""

from collections.abc import Sequence

import pytest

from wyoming_bridge.endpointing import FRAME_MS, Frame
from wyoming_bridge.local.engines.evidence import Evidence
from wyoming_bridge.local.engines.piece import Piece
from wyoming_bridge.local.engines.speech_finder import SpeechFinder
from wyoming_bridge.local.engines.spoken_parts import SpokenParts

FRAME_BYTES = 32 * FRAME_MS


class Scripted:
    """A detector that reports these frames, and silence after them."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._frames = list(frames)
        self._bytes = 0

    def feed(self, pcm: bytes) -> list[Frame]:
        before, self._bytes = self._bytes // FRAME_BYTES, self._bytes + len(pcm)
        return [
            self._frames[at] if at < len(self._frames) else Frame(False, 0.0)
            for at in range(before, self._bytes // FRAME_BYTES)
        ]


def frames(*parts: tuple[int, bool, float]) -> list[Frame]:
    """Return frames. Each part has a length in ms, whether it is a sound, and a probability."""
    return [Frame(sound, voice) for ms, sound, voice in parts for _ in range(ms // FRAME_MS)]


def heard(*parts: tuple[int, bool, float], ms: int) -> list[Piece]:
    """Return the pieces in ``ms`` of audio for which the detector reports these frames."""
    finder = SpeechFinder(new_detector=lambda: Scripted(frames(*parts)))
    return finder.feed(bytes(32 * ms)) + finder.flush()[0]


@pytest.mark.parametrize(
    ("share", "certainty", "engine_certainty", "is_speech"),
    [
        (1.2, 0.99, None, True),
        (1.2, 0.99, 0.1, True),
        (0.5, 0.8, 0.0, True),
        (0.49, 0.99, None, False),
        (1.2, 0.79, None, False),
        (1.2, 0.79, 0.49, False),
        (1.2, 0.6, 0.5, True),
        (0.25, 0.6, 0.9, True),
        (0.24, 0.99, 0.9, False),
    ],
)
def test_a_piece_is_speech_if_the_detector_or_the_engine_is_sure(
    share: float, certainty: float, engine_certainty: float | None, *, is_speech: bool
) -> None:
    evidence = Evidence(speech_share=share, certainty=certainty)
    assert evidence.is_speech(engine_certainty=engine_certainty) is is_speech


@pytest.mark.parametrize(
    ("share", "engine_certainty", "is_speech"),
    [(0.25, None, True), (0.24, None, False), (0.9, 0.49, False), (0.25, 0.5, True)],
)
def test_a_short_piece_may_be_a_word_unless_the_engine_is_not_sure(
    share: float, engine_certainty: float | None, *, is_speech: bool
) -> None:
    evidence = Evidence(speech_share=share, certainty=0.6, is_short=True)
    assert evidence.is_speech(engine_certainty=engine_certainty) is is_speech


def test_a_voice_that_is_reported_late_counts_for_the_sound_before() -> None:
    (piece,) = heard((300, True, 0.1), (300, False, 0.9), ms=3000)
    assert piece.evidence == Evidence(speech_share=1.0, certainty=0.9, is_short=True)


def test_a_word_at_the_end_of_the_audio_is_judged_by_the_detectors_later_reports() -> None:
    (piece,) = heard((300, True, 0.1), (300, False, 0.9), ms=300)
    assert piece.evidence.is_speech()


def test_pauses_in_speech_do_not_count_against_a_voice() -> None:
    word = ((400, True, 0.9), (100, False, 0.9), (1200, False, 0.1))
    (piece,) = heard(*word, *word, ms=6000)
    assert piece.evidence.speech_share == 1.25


def test_a_long_sound_with_moments_of_a_voice_is_no_speech() -> None:
    (piece,) = heard((1000, True, 0.1), (300, True, 0.9), (3000, True, 0.1), ms=8000)
    assert piece.evidence.speech_share < 0.25
    assert not piece.evidence.is_speech(engine_certainty=1.0)


def parts_after(*parts: tuple[int, bool, float], ms: int) -> SpokenParts:
    spoken = SpokenParts(SpeechFinder(new_detector=lambda: Scripted(frames(*parts))))
    for _ in range(ms // FRAME_MS):
        spoken.feed(bytes(FRAME_BYTES))
    return spoken


def test_a_segment_has_speech_while_the_voice_speaks_and_until_the_flush() -> None:
    spoken = parts_after((500, False, 0.1), (800, True, 0.9), ms=1000)
    assert spoken.parts
    spoken.feed(bytes(32 * 4000))
    assert spoken.parts
    (part,) = spoken.flush()
    assert (part.start, part.end) == (200 * 16, 1500 * 16)
    assert not spoken.parts
    assert spoken.flush() == []


def test_a_sound_that_is_no_speech_is_no_part() -> None:
    spoken = parts_after((3000, True, 0.6), ms=3000)
    assert not spoken.parts
    assert spoken.flush() == []


def test_a_word_that_the_detector_has_just_noticed_is_judged_by_its_later_reports_too() -> None:
    script = ((700, True, 0.1), (10, True, 0.6), (500, False, 0.9))
    (piece,) = heard(*script, ms=710)
    assert piece.evidence.is_speech()


LATE = ((250, False, 0.1), (200, False, 0.9))
"""Silence in which the detector reports the sound before it, but only after 0.25 s."""


def test_a_word_whose_report_comes_after_the_flush_is_found() -> None:
    (piece,) = heard((250, True, 0.1), *LATE, ms=500)
    assert piece.evidence.is_speech()


def test_a_word_after_a_pause_whose_report_comes_after_the_flush_belongs_to_the_piece() -> None:
    (piece,) = heard((500, True, 0.9), (800, False, 0.1), (250, True, 0.1), *LATE, ms=1800)
    assert piece.end >= 16 * 1550


def test_a_long_sound_that_was_not_reported_is_no_word() -> None:
    assert heard((1400, True, 0.1), *LATE, ms=1650) == []


SPEECH_THEN_NOISE = ((800, True, 0.9), (3000, True, 0.6))
"""A voice, and then a sound for which the detector is less sure."""


def test_a_piece_keeps_the_part_of_which_the_detector_was_sure() -> None:
    (piece,) = heard(*SPEECH_THEN_NOISE, ms=4000)
    assert not piece.evidence.is_speech()
    assert piece.spoken_part is piece.sure_part is not None
    assert 800 * 16 <= piece.sure_part.end < 2000 * 16


def test_a_sure_part_stays_while_the_sound_goes_on_and_until_the_flush() -> None:
    spoken = parts_after(*SPEECH_THEN_NOISE, ms=3500)
    (part,) = spoken.parts
    assert part.is_cut
    assert spoken.flush() == [part]


def test_a_piece_of_which_the_detector_is_sure_has_no_sure_part() -> None:
    (piece,) = heard((800, True, 0.9), ms=4000)
    assert piece.spoken_part is piece
    assert piece.sure_part is None
