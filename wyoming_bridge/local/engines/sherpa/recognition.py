"""The recognition of one voice."""

from typing import Final

from ..piece import Piece
from ..process.wire import partial_line, text_line
from ..spoken_parts import SpokenParts
from .model import SAMPLE_RATE_HZ, Model

__all__ = ["Recognition"]

_SAMPLE_BYTES: Final = 2

_SAMPLES_PER_MS: Final = SAMPLE_RATE_HZ // 1000

MAX_STREAM_S: Final = 120.0
"""Longer audio without a flush is decoded in several streams. The memory that sherpa-onnx uses for
a stream grows with its text, by 55 MB in 15 minutes with 2.5 words per second."""

CUT_PAUSE_S: Final = 1.0
"""A stream that has reached ``MAX_STREAM_S`` ends when its text has not changed for this time, so
that no word is cut. If there is no such pause, the stream ends after twice ``MAX_STREAM_S``."""


class Recognition:
    """Decodes the audio of one voice, and returns lines for the server.

    A segment without a part that may be speech has no text. If the last part is the
    beginning of a longer piece, because the sound after it is no speech, the text ends with that
    part.

    The lines have no times of words. A streaming model reports when it wrote a token, which is up
    to 0.3 s after it was said, but not when a word ended.
    """

    def __init__(self, *, model: Model, max_stream_s: float = MAX_STREAM_S) -> None:
        self._model = model
        self._max_stream = int(max_stream_s * SAMPLE_RATE_HZ)
        self._spoken = SpokenParts()
        self._half = b""
        self._samples = 0
        self._begin_segment()

    def _begin_segment(self) -> None:
        self._start = self._samples
        self._text = self._sent = ""
        self._begin_stream("")

    def _begin_stream(self, settled: str) -> None:
        """Begin a stream. ``settled`` is the text of this segment's earlier streams."""
        self._settled = settled
        self._stream = self._model.new_stream()
        self._stream_start = self._changed_at = self._samples

    def feed(self, pcm: bytes) -> bytes:
        """Decode more audio. Return the line of a partial; empty if the text is unchanged."""
        pcm = self._half + pcm
        whole = len(pcm) - len(pcm) % _SAMPLE_BYTES
        pcm, self._half = pcm[:whole], pcm[whole:]
        if not pcm:
            return b""
        self._samples += whole // _SAMPLE_BYTES
        self._spoken.feed(pcm)
        self._model.feed(self._stream, pcm)
        self._cut_long_stream()
        text = self._joined()
        if text != self._text:
            self._text, self._changed_at = text, self._samples
        parts = self._spoken.parts
        if text == self._sent or not parts or self._is_after(parts[-1]):
            return b""
        self._sent = text
        return partial_line(
            start_ms=self._start // _SAMPLES_PER_MS,
            end_ms=self._samples // _SAMPLES_PER_MS,
            text=text,
        )

    def flush(self) -> bytes:
        """Decode the rest of the segment, and return the line of the final."""
        start, end = self._start, self._samples
        if end > start:
            self._model.finish(self._stream)
        text = self._final_text()
        self._begin_segment()
        return text_line(
            start_ms=start // _SAMPLES_PER_MS, end_ms=end // _SAMPLES_PER_MS, text=text
        )

    def _final_text(self) -> str:
        parts = self._spoken.flush()
        if not parts:
            return ""
        return self._sent if self._is_after(parts[-1]) else self._joined()

    def _is_after(self, part: Piece) -> bool:
        """Return whether new words belong to a sound after the part that is no speech."""
        return part.is_cut and self._samples > part.end + self._model.delay_samples

    def _cut_long_stream(self) -> None:
        length = self._samples - self._stream_start
        is_pause = self._samples - self._changed_at >= CUT_PAUSE_S * SAMPLE_RATE_HZ
        if length >= 2 * self._max_stream or (length >= self._max_stream and is_pause):
            self._model.finish(self._stream)
            self._begin_stream(self._joined())

    def _joined(self) -> str:
        return " ".join(text for text in (self._settled, self._stream.text) if text)
