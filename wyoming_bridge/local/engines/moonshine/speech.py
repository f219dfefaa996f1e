"""Finds the speech in the audio of one voice, and cuts it into pieces that the model can take.

Without speech, the model makes words up. So it gets only audio in which a voice detector finds
speech.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Final

import numpy as np

from ....endpointing import (
    DEFAULT_TUNING,
    FRAME_MS,
    Segmenter,
    SpeechEnded,
    SpeechStarted,
    VoiceDetector,
    new_detector,
)

__all__ = ["Piece", "Speech"]

SAMPLES_PER_MS: Final = 16

_SAMPLE_BYTES: Final = 2

SPEECH_THRESHOLD: Final = 0.5
"""The probability from which a frame counts as a voice: the middle of the usual thresholds."""

MIN_SPEECH_MS: Final = 100
"""Shorter sounds, such as knocks and clicks, do not count as speech."""

MAX_PAUSE_MS: Final = 2000
"""A longer pause ends a piece. The model writes worse text with long silences inside."""

LEAD_MS: Final = 300
"""Audio before the detected speech that is decoded too. Speech may begin with a quiet consonant."""

TAIL_MS: Final = 200
"""Audio after the detected speech that is decoded too. In a pause, the speech is decoded after this
time."""

MAX_PIECE_MS: Final = 10_000
"""The longest audio that is decoded at once. The longer the audio, the longer a decoding takes."""

CUT_FROM_MS: Final = 5000
"""A piece of the maximum length is cut in its second half, where it is quietest."""

CUT_WINDOW_MS: Final = 200
"""The length of audio whose loudness is compared: pauses between words are about as long."""

KEPT_MS: Final = 1500
"""Audio that is kept while there is no speech. The detector may be 0.5 s late."""

_FRAME_SAMPLES: Final = FRAME_MS * SAMPLES_PER_MS

_DETECTOR_DELAY: Final = bytes(DEFAULT_TUNING.vad_onset_delay_ms * SAMPLES_PER_MS * _SAMPLE_BYTES)
"""Silence that is as long as the detector's delay. At the end of this silence, the detector has
reported all speech before the silence."""

_new_detector: Final = partial(new_detector, speech_threshold=SPEECH_THRESHOLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of speech. Two equal pieces of one voice have the same audio."""

    start: int
    """The first sample, counted from the first audio of the voice."""
    end: int
    """The first sample after the piece, counted in the same way."""
    certainty: float = field(default=0.0, compare=False)
    """How sure the voice detector is that the piece is a voice: the median probability of the
    frames that count as one, 0 to 1."""


class Speech:
    """Finds the pieces of speech in one voice. A flush ends a segment and begins the next one."""

    def __init__(self, *, new_detector: Callable[[], VoiceDetector] = _new_detector) -> None:
        """Start before the first audio.

        Raises:
            DependencyError: The library of the voice detector is not installed.
        """
        self._new_detector = new_detector
        self._detector = new_detector()
        self._pcm = bytearray()
        self._pcm_start = 0
        self._detected = 0
        self._voice_frames: list[tuple[int, float]] = []
        """The first sample and the probability of each frame that counts as a voice."""
        self._begin_segment(0)

    def _begin_segment(self, at: int) -> None:
        self.segment_start = at
        """The first sample of the segment."""
        self._piece_start: int | None = None
        self._free_from = at
        self._segmenter_start = self._detected
        self._segmenter = Segmenter(
            speech_threshold=SPEECH_THRESHOLD,
            min_speech_ms=MIN_SPEECH_MS,
            min_silence_ms=DEFAULT_TUNING.min_silence_ms,
            silence_ms=MAX_PAUSE_MS,
        )

    @property
    def samples(self) -> int:
        """The number of samples so far."""
        return self._pcm_start + len(self._pcm) // _SAMPLE_BYTES

    @property
    def is_pausing(self) -> bool:
        """Whether the pause is long enough for the whole ``TAIL_MS`` of the open piece."""
        return self._segmenter.silent_ms >= TAIL_MS

    @property
    def open_piece(self) -> Piece | None:
        """The speech that is not finished yet; None in silence."""
        if self._piece_start is None:
            return None
        silent = self._segmenter.silent_ms * SAMPLES_PER_MS
        end = min(self._detected - silent + TAIL_MS * SAMPLES_PER_MS, self.samples)
        return self._piece(self._piece_start, end) if end > self._piece_start else None

    def feed(self, pcm: bytes) -> list[Piece]:
        """Take more audio, and return the pieces that it finishes.

        Their audio is available until the next call of ``drop``.
        """
        self._pcm += pcm
        return self._detect(pcm)

    def flush(self) -> tuple[list[Piece], int]:
        """End the segment. Return the pieces that this finishes, and the segment's end."""
        pieces = self._pending_pieces()
        if piece := self.open_piece:
            pieces.append(piece)
        end = self.samples
        self._begin_segment(end)
        return pieces, end

    def _pending_pieces(self) -> list[Piece]:
        """Return the pieces of sound that the detector has not reported as speech yet.

        The detector is late, so silence is added to the audio until it has reported all speech.
        """
        segment_ms = (self._detected - self._segmenter_start) // SAMPLES_PER_MS
        if self._piece_start is not None or self._segmenter.silent_ms >= segment_ms:
            return []
        pieces = self._detect(_DETECTOR_DELAY)
        pieces += self._end_piece(self.samples)
        self._piece_start = None
        # The old detector would take the added silence for a very low noise floor.
        self._detector = self._new_detector()
        self._detected = self.samples
        self._voice_frames = [frame for frame in self._voice_frames if frame[0] < self.samples]
        return pieces

    def audio(self, piece: Piece) -> bytes:
        """Return the audio of a piece."""
        start, end = (_SAMPLE_BYTES * (at - self._pcm_start) for at in (piece.start, piece.end))
        return bytes(self._pcm[start:end])

    def drop(self) -> None:
        """Drop the audio that no later piece can contain."""
        oldest = (
            self.samples - KEPT_MS * SAMPLES_PER_MS
            if self._piece_start is None
            else (self._piece_start)
        )
        if (surplus := oldest - self._pcm_start) > 0:
            del self._pcm[: surplus * _SAMPLE_BYTES]
            self._pcm_start = oldest
            self._voice_frames = [frame for frame in self._voice_frames if frame[0] >= oldest]

    def _detect(self, pcm: bytes) -> list[Piece]:
        pieces = []
        for frame in self._detector.feed(pcm):
            if frame.speech_probability >= SPEECH_THRESHOLD:
                self._voice_frames.append((self._detected, frame.speech_probability))
            self._detected += _FRAME_SAMPLES
            for event in self._segmenter.feed((frame,)):
                at = self._segmenter_start + event.at_ms * SAMPLES_PER_MS
                match event:
                    case SpeechStarted():
                        start = max(at - LEAD_MS * SAMPLES_PER_MS, self._free_from)
                        self._piece_start = max(start, self._pcm_start)
                    case SpeechEnded():
                        pieces += self._end_piece(at + TAIL_MS * SAMPLES_PER_MS)
                        self._piece_start = None
            if self._has_maximum_length():
                pieces += self._end_piece(self._quietest())
        return pieces

    def _end_piece(self, end: int) -> list[Piece]:
        start, self._piece_start, self._free_from = self._piece_start, end, end
        return [] if start is None or end <= start else [self._piece(start, end)]

    def _piece(self, start: int, end: int) -> Piece:
        sure = [probability for at, probability in self._voice_frames if start <= at < end]
        return Piece(start=start, end=end, certainty=median(sure) if sure else 0.0)

    def _has_maximum_length(self) -> bool:
        start = self._piece_start
        return start is not None and self._detected - start >= MAX_PIECE_MS * SAMPLES_PER_MS

    def _quietest(self) -> int:
        """Return the middle of the quietest window in the second half of the open piece."""
        first = (self._piece_start or 0) + CUT_FROM_MS * SAMPLES_PER_MS
        pcm = self.audio(Piece(start=first, end=min(self._detected, self.samples)))
        energy = np.cumsum(np.square(np.frombuffer(pcm, "<i2").astype(np.float64)))
        window = CUT_WINDOW_MS * SAMPLES_PER_MS
        return first + int(np.argmin(energy[window:] - energy[:-window])) + window // 2
