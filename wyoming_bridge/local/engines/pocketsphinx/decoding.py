"""Decodes the audio of one voice, and makes the lines of the results for the server.

A decoder gets only blocks of two, four, six ... bytes, and only between ``start_utt`` and
``end_utt``. Otherwise it crashes.

Besides pocketsphinx and the libraries of the voice detector, this module imports only the standard
library, and modules with the same restriction.
"""

import re
from collections.abc import Iterator
from typing import Final

from ..piece import SAMPLE_BYTES, SAMPLES_PER_MS, Piece
from ..process.wire import RecognisedWord, final_line, partial_line
from ..spoken_parts import SpokenParts
from .bias import original_of
from .library import Decoder
from .second_pass import SecondPass

__all__ = ["BLOCK_BYTES", "Decoding"]

_FRAME_MS: Final = 10
"""The length of a frame. PocketSphinx counts time in frames, 100 per second."""

BLOCK_BYTES: Final = 50 * SAMPLES_PER_MS * SAMPLE_BYTES
"""The size of a block of audio: 50 ms. It is always the same, because the scores of the decoder
depend on it.

Decoding a block takes about 15 ms. The worker checks between blocks whether its socket was closed.
"""

_VARIANT: Final = re.compile(r"\(\d+\)$")
"""The dictionary's mark for another pronunciation of a word, as in ``and(2)``."""

_NOT_WORDS: Final = ("<", "[", "++")
"""The beginnings of the dictionary's entries for silence, noise and sentence boundaries."""


class Decoding:
    """Decodes the audio of one voice, and returns lines for the server. It does no I/O."""

    def __init__(self, *, decoder: Decoder, decodes_twice: bool = False) -> None:
        """Begin a voice. With ``decodes_twice`` the audio of a final is decoded once more.

        The module ``second_pass`` says why.
        """
        self._decoder = decoder
        self._second_pass = SecondPass(decoder) if decodes_twice else None
        self._spoken = SpokenParts()
        self._waiting = bytearray()
        self._samples = 0
        self._segment_start = 0
        self._text = ""

    def decode(self, pcm: bytes) -> Iterator[bytes]:
        """Decode whole blocks. Yield a line after each block, empty if the text is unchanged."""
        self._waiting += pcm
        while len(self._waiting) >= BLOCK_BYTES:
            self._decode(BLOCK_BYTES)
            yield self._change()

    def flush(self) -> bytes:
        """Decode the remaining whole samples, and return the line for the final."""
        if rest := len(self._waiting) & ~1:
            self._decode(rest)
        start, end = self._segment_start, self._samples
        parts = self._spoken.flush()
        words = tuple(self._finish(parts)) if end > start else ()
        self._segment_start = end
        self._text = ""
        return final_line(start_ms=_ms(start), end_ms=_ms(end), words=words)

    def _decode(self, size: int) -> None:
        block = bytes(self._waiting[:size])
        if self._samples == self._segment_start:
            if self._second_pass:
                self._second_pass.begin()
            self._decoder.start_utt()
        if self._second_pass:
            self._second_pass.keep(block)
        self._spoken.feed(block)
        self._decoder.process_raw(block, False, False)
        del self._waiting[:size]
        self._samples += size // SAMPLE_BYTES

    def _change(self) -> bytes:
        parts = self._spoken.parts
        if not parts or parts[-1].is_cut:
            return b""  # what changes now is the text of a sound that is no speech
        text = " ".join(word.text for word in self._words(parts))
        if text in ("", self._text):
            return b""
        self._text = text
        return partial_line(start_ms=_ms(self._segment_start), end_ms=_ms(self._samples), text=text)

    def _finish(self, parts: list[Piece]) -> Iterator[RecognisedWord]:
        """End the segment, and yield the words that are in a part with speech."""
        self._decoder.end_utt()
        if not parts:
            return
        if self._second_pass:
            self._second_pass.decode()
        self._decoder.get_prob()
        yield from self._words(parts)

    def _words(self, parts: list[Piece]) -> Iterator[RecognisedWord]:
        """Yield the words so far that are in one of the parts."""
        start_ms, end_ms = _ms(self._segment_start), _ms(self._samples)
        for segment in self._decoder.seg() or ():
            if segment.word.startswith(_NOT_WORDS):
                continue
            word = RecognisedWord(
                text=original_of(_VARIANT.sub("", segment.word)),
                start_ms=min(start_ms + segment.start_frame * _FRAME_MS, end_ms),
                end_ms=min(start_ms + (segment.end_frame + 1) * _FRAME_MS, end_ms),
                confidence=min(max(segment.prob, 0.0), 1.0),
            )
            if any(
                word.start_ms < _ms(part.end) and word.end_ms > _ms(part.start) for part in parts
            ):
                yield word


def _ms(samples: int) -> int:
    return samples // SAMPLES_PER_MS
