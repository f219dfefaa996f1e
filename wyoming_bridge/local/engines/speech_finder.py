"""Finds the pieces of speech in the audio of one voice, and the evidence that they are speech.

The module does not import numpy, because the process of PocketSphinx must not start threads.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from ...endpointing import (
    DEFAULT_TUNING,
    Segmenter,
    SpeechEnded,
    SpeechStarted,
    VoiceDetector,
    new_detector,
)
from .detected_frames import DELAY_SAMPLES, SPEECH_THRESHOLD, DetectedFrames
from .evidence import SHORT_MS
from .piece import SAMPLE_BYTES, SAMPLES_PER_MS, Piece

__all__ = ["LEAD_MS", "MAX_PIECE_MS", "TAIL_MS", "SpeechFinder"]

MIN_SPEECH_MS: Final = 100
"""Shorter sounds, such as knocks and clicks, do not count as speech."""

MAX_PAUSE_MS: Final = 2000
"""A longer pause ends a piece. Moonshine makes more mistakes in audio that contains a long
silence."""

LEAD_MS: Final = 300
"""Audio before the detected speech that belongs to the piece. Speech may begin with a quiet
consonant."""

TAIL_MS: Final = 200
"""Audio after the detected speech that belongs to the piece."""

MAX_PIECE_MS: Final = 10_000
"""A longer piece is cut, because Moonshine takes longer for longer audio."""

KEPT_MS: Final = 1500
"""Audio that is kept while there is no speech. The detector may be 0.5 s late."""

MAX_WORD_MS: Final = SHORT_MS - LEAD_MS - TAIL_MS
"""A longer sound is not a single word. The length includes noise directly before the word, which
counts as sound at the start of a stream, while the background noise is not known yet."""

_JUDGED_SAMPLES: Final = 100 * SAMPLES_PER_MS
"""How often the evidence for unfinished speech is checked. This takes up to 0.15 ms of CPU."""

_DELAY: Final = bytes(DELAY_SAMPLES * SAMPLE_BYTES)
"""Silence that is as long as the detector's delay. At the end of this silence, the detector has
reported all speech before the silence."""

_new_detector: Final = partial(new_detector, speech_threshold=SPEECH_THRESHOLD)


class SpeechFinder:
    """Finds the pieces of speech in one voice. A flush ends a segment and begins the next one."""

    def __init__(self, *, new_detector: Callable[[], VoiceDetector] = _new_detector) -> None:
        """Start before the first audio.

        Raises:
            DependencyError: The library of the voice detector is not installed.
        """
        self._new_detector = new_detector
        self._detector = new_detector()
        self._bytes = 0
        self._frames = DetectedFrames()
        self._kept_from = 0
        self._begin_segment(0)

    def _begin_segment(self, at: int) -> None:
        self.segment_start = at
        """The first sample of the segment."""
        self._piece_start: int | None = None
        self._sure_part: Piece | None = None
        self._free_from = at
        self._segmenter_start = self._frames.end
        self._segmenter = Segmenter(
            speech_threshold=SPEECH_THRESHOLD,
            min_speech_ms=MIN_SPEECH_MS,
            min_silence_ms=DEFAULT_TUNING.min_silence_ms,
            silence_ms=MAX_PAUSE_MS,
        )

    @property
    def samples(self) -> int:
        """The number of samples so far."""
        return self._bytes // SAMPLE_BYTES

    @property
    def is_pausing(self) -> bool:
        """Whether the pause is long enough for the whole ``TAIL_MS`` of the open piece."""
        return self._segmenter.silent_ms >= TAIL_MS

    @property
    def open_piece(self) -> Piece | None:
        """The speech that is not finished yet; None in silence."""
        return self._open_piece(self.samples)

    def _open_piece(self, end: int) -> Piece | None:
        """Return the unfinished speech until ``end``; None in silence."""
        if self._piece_start is None:
            return None
        sound_end = self._frames.end - self._segmenter.silent_ms * SAMPLES_PER_MS
        end = min(sound_end + TAIL_MS * SAMPLES_PER_MS, end)
        return self._piece(self._piece_start, end) if end > self._piece_start else None

    def feed(self, pcm: bytes) -> list[Piece]:
        """Take more audio, and return the pieces that it finishes."""
        self._bytes += len(pcm)
        return self._detect(pcm)

    def flush(self) -> tuple[list[Piece], int]:
        """End the segment. Return the pieces that this finishes, and the segment's end."""
        end = self.samples
        hears_silence = self._is_unsure_of_last_sound()
        pieces = self._detect(_DELAY) if hears_silence else []
        if piece := self.open_piece:
            pieces.append(piece)
        if hears_silence:
            # The old detector would take the added silence for a very low noise floor.
            self._detector = self._new_detector()
            # If half a sample is missing, the next audio begins with it.
            self._detector.feed(bytes(self._bytes % SAMPLE_BYTES))
            self._frames.continue_from(end)
        self._begin_segment(end)
        return pieces, end

    def _is_unsure_of_last_sound(self) -> bool:
        """Return whether the last sound may be a word that the detector has not reported yet.

        The detector is late, so it has to process silence before it has reported all speech. For
        longer sounds, what it has reported so far is enough.
        """
        if 0 < self._segmenter.undecided_ms <= MAX_WORD_MS:
            return True
        piece = self.open_piece
        if piece is None or piece.evidence.is_sure or not piece.evidence.is_short:
            return False
        return self._frames.has_recent_sound()

    def drop(self) -> None:
        """Forget the audio that no later piece can contain."""
        oldest = (
            self.samples - KEPT_MS * SAMPLES_PER_MS
            if self._piece_start is None
            else self._piece_start
        )
        if oldest > self._kept_from:
            self._kept_from = oldest
            self._frames.forget_before(oldest)

    def _detect(self, pcm: bytes) -> list[Piece]:
        pieces = []
        for frame in self._detector.feed(pcm):
            self._frames.add(frame)
            for event in self._segmenter.feed((frame,)):
                at = self._segmenter_start + event.at_ms * SAMPLES_PER_MS
                match event:
                    case SpeechStarted():
                        start = max(at - LEAD_MS * SAMPLES_PER_MS, self._free_from)
                        self._piece_start = max(start, self._kept_from)
                    case SpeechEnded():
                        pieces += self._end_piece(at + TAIL_MS * SAMPLES_PER_MS)
                        self._piece_start = None
            if self._has_maximum_length():
                pieces += self._end_piece(self._cut())
            self._keep_sure_part()
        return pieces

    def _keep_sure_part(self) -> None:
        """Keep what the open piece is now as its ``sure_part``, if the detector is sure of it."""
        if (self._frames.end - self._segmenter_start) % _JUDGED_SAMPLES:
            return
        piece = self._open_piece(min(self._frames.end, self.samples))
        if piece and piece.evidence.is_sure:
            self._sure_part = replace(piece, is_cut=True)

    def _has_maximum_length(self) -> bool:
        start = self._piece_start
        return start is not None and self._frames.end - start >= MAX_PIECE_MS * SAMPLES_PER_MS

    def _cut(self) -> int:
        """Return where a piece of the maximum length ends."""
        return min(self._frames.end, self.samples)

    def _end_piece(self, end: int) -> list[Piece]:
        start, self._piece_start, self._free_from = self._piece_start, end, end
        pieces = [] if start is None or end <= start else [self._piece(start, end)]
        self._sure_part = None
        return pieces

    def _piece(self, start: int, end: int) -> Piece:
        evidence, part = self._frames.evidence(start, end), self._sure_part
        if evidence.is_sure:
            part = None
        elif part and part.end > end:
            part = replace(part, end=end)
        return Piece(start=start, end=end, evidence=evidence, sure_part=part)
