"""Finds the words of a sentence in its recording, and the end of the speech.

PocketSphinx aligns the known words with the audio. A boundary between two words is then moved to
the quietest frame near it. The last word ends with its last loud frame. The level alone does not
show where the speech ends, because some recordings have noise after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["FRAME", "PER_MS", "Sound", "Times", "align", "levels_of", "samples_of"]

PER_MS: Final = 16
"""Samples per millisecond."""

FRAME: Final = 10 * PER_MS
"""Samples per frame."""

_NEAR_MS: Final = 60
"""How far a boundary between two words may be moved to the quietest frame."""

_BREAK_MS: Final = 250
"""A silence of this length ends the last word. The silence before a "t" in a word is shorter."""

Sound = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Where the speech of a recording is, in ms."""

    begin_ms: int
    end_ms: int
    words_ms: tuple[int, ...]
    """The end of each word; empty if the words could not be aligned."""


def align(pcm: bytes, words: Sequence[str]) -> Times:
    """Return where the speech and its words are.

    If the words cannot be aligned, the speech is from the first loud frame to the last.
    """
    levels = levels_of(samples_of(pcm))
    is_loud = levels >= _halfway(levels)
    spans = _aligned(pcm, words)
    if not spans:
        loud = np.flatnonzero(is_loud)
        return Times(begin_ms=int(loud[0]) * 10, end_ms=int(loud[-1] + 1) * 10, words_ms=())
    ends = [
        _quietest_between(levels, max(end - _NEAR_MS, begin + 20), min(end + _NEAR_MS, then - 20))
        for (begin, end), (_, then) in pairwise(spans)
    ]
    ends.append(min(_last_loud(is_loud, spans[-1][0]), spans[-1][1] + _NEAR_MS))
    return Times(begin_ms=spans[0][0], end_ms=ends[-1], words_ms=tuple(ends))


def samples_of(pcm: bytes) -> Sound:
    """Return the samples of s16le audio as floating-point numbers, without scaling them."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.float64)


def _aligned(pcm: bytes, words: Sequence[str]) -> list[tuple[int, int]]:
    """Return the begin and end of each word in ms; an empty list if the alignment fails.

    With its default beams, PocketSphinx finds no path through some recordings. With wide beams, it
    sometimes takes the noise at the end for the last word. So one decoder with default beams and
    one with wide beams align the words. Of the two ends of the last word, the earlier one counts.
    """
    found = [
        spans
        for decoder in _aligners()
        if (spans := _aligned_by(decoder, pcm, words)) and len(spans) == len(words)
    ]
    if not found:
        return []
    end = min(spans[-1][1] for spans in found)
    return [*found[-1][:-1], (found[-1][-1][0], end)]


def _aligned_by(decoder: Any, pcm: bytes, words: Sequence[str]) -> list[tuple[int, int]]:
    if not words or any(decoder.lookup_word(word) is None for word in words):
        return []
    decoder.set_align_text(" ".join(words))
    decoder.start_utt()
    decoder.process_raw(pcm, no_search=False, full_utt=True)
    decoder.end_utt()
    return [
        (each.start_frame * 10, (each.end_frame + 1) * 10)
        for each in decoder.seg() or ()
        if not each.word.startswith("<")
    ]


@cache
def _aligners() -> tuple[Any, Any]:  # the library has no type hints
    import pocketsphinx

    usual = {"samprate": 16000, "loglevel": "FATAL"}
    wide = {"beam": 1e-120, "wbeam": 1e-100, "pbeam": 1e-120}
    return pocketsphinx.Decoder(**usual), pocketsphinx.Decoder(**usual, **wide)


def levels_of(sound: Sound) -> Sound:
    """Return the RMS level of each frame. 1 is added, so that no level is 0."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    return np.sqrt(np.mean(frames**2, axis=1)) + 1


def _halfway(levels: Sound) -> float:
    """Return the level that is, in dB, halfway between the room noise and the speech."""
    quiet, loud = np.quantile(levels, (0.1, 0.9))
    return float(np.sqrt(quiet * loud))


def _quietest_between(levels: Sound, first_ms: int, last_ms: int) -> int:
    around = range(first_ms // 10, max(first_ms, last_ms) // 10 + 1)
    return min(around, key=lambda place: float(levels[place])) * 10 + 5


def _last_loud(is_loud: npt.NDArray[np.bool_], from_ms: int) -> int:
    """Return the end of the loud frames from ``from_ms`` on, up to the first long silence."""
    end = place = from_ms // 10
    while place < len(is_loud) and (place - end) * 10 < _BREAK_MS:
        place += 1
        if is_loud[place - 1]:
            end = place
    return end * 10
