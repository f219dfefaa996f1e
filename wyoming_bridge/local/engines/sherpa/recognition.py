"""The recognition of one voice."""

from ..process.wire import partial_line, text_line
from .model import SAMPLE_RATE_HZ, Model

__all__ = ["Recognition"]

_SAMPLE_BYTES = 2

_SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000


class Recognition:
    """Decodes the audio of one voice, and returns lines for the server.

    The lines have no times of words: a streaming model tells when it wrote a token, which is up to
    0.3 s after it was said, and not when a word ended.
    """

    def __init__(self, *, model: Model) -> None:
        self._model = model
        self._half = b""
        self._samples = 0
        self._begin_segment()

    def _begin_segment(self) -> None:
        self._stream = self._model.new_stream()
        self._start = self._samples
        self._text = ""

    def feed(self, pcm: bytes) -> bytes:
        """Decode more audio. Return the line of a partial if the text has changed, else nothing."""
        pcm = self._half + pcm
        whole = len(pcm) - len(pcm) % _SAMPLE_BYTES
        pcm, self._half = pcm[:whole], pcm[whole:]
        if not pcm:
            return b""
        self._samples += whole // _SAMPLE_BYTES
        self._model.feed(self._stream, pcm)
        if self._stream.text == self._text:
            return b""
        self._text = self._stream.text
        return partial_line(start_ms=self._start // _SAMPLES_PER_MS, text=self._text)

    def flush(self) -> bytes:
        """Decode the rest, and return the line of the final."""
        start, end = self._start, self._samples
        if end > start:
            self._model.finish(self._stream)
        text = self._stream.text
        self._begin_segment()
        return text_line(
            start_ms=start // _SAMPLES_PER_MS, end_ms=end // _SAMPLES_PER_MS, text=text
        )
