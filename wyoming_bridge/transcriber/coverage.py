"""Whether a transcript is known to contain all speech up to a place in the audio."""

from typing import Final

from .replay_buffer import offset_at
from .transcript import Transcript

__all__ = ["covers"]

_SHORTEST_WORD: Final = offset_at(100)
"""The shortest word that is expected: 100 ms. If less speech than this follows the last word, no
word is missing."""


def covers(transcript: Transcript, offset: int) -> bool:
    """Return whether the text is known to contain all speech up to an offset.

    The offset is bytes of ``PCM_16K_MONO`` from the utterance's first audio. The evidence is the
    times of words, or the answer to a flush. The arrival time of a text is no evidence, because the
    recogniser may be slow.
    """
    partial_end_ms = transcript.partial_end_ms
    if partial_end_ms is not None and offset - offset_at(partial_end_ms) < _SHORTEST_WORD:
        return True
    confirmed = offset_at(transcript.confirmed_ms)
    if not confirmed or not transcript.text:
        return False
    # While a partial is open, the missing words may be its words, so there is no tolerance.
    tolerance = 1 if transcript.has_open_partial else _SHORTEST_WORD
    return offset - confirmed < tolerance
