"""Cuts recorded speech and mixes it with noise, with the same result every time.

The recordings are clean: the speech is at least 25 dB above the room noise. So the level shows
where the speech begins and ends. The speech level is the level that a tenth of the frames exceed.
A frame of 10 ms is speech if its level is at most 20 dB below the speech level. All other frames
are breath and room noise.
"""

import audioop
import math
import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from streams import BYTES_PER_MS, recording

__all__ = ["CLIPS", "NOISES", "Take", "clip", "mixed", "with_pauses", "word"]

CLIPS: Final = tuple(
    sorted(path.stem for path in (Path(__file__).parent.parent / "samples").glob("*.wav"))
)

NOISES: Final = ("white", "hum", "babble")

_FRAME_MS: Final = 10
_FRAME: Final = _FRAME_MS * BYTES_PER_MS
_BELOW_SPEECH_DB: Final = 20
_TAIL_MS: Final = 2500
"""Room noise after the speech: longer than any silence that a detector waits for."""

_NOISE_MS: Final = 10_000
_VOICES: Final = 5
"""Number of voices in the babble. With fewer voices, single words can be understood."""

_WORD_FRAMES: Final = 40
"""The number of frames of speech that count as one word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A recording of speech, followed by room noise."""

    name: str
    pcm: bytes
    """16 kHz s16le mono."""
    begin_ms: int
    """Start of the speech."""
    end_ms: int
    """End of the speech."""
    words_ms: tuple[int, ...] = ()
    """The end of each word."""


@cache
def clip(name: str) -> Take:
    """Return a recording, followed by noise as loud as its own room noise."""
    pcm = recording(name)
    levels = _levels(pcm)
    speech = [place for place, level in enumerate(levels) if level >= _speech_floor(levels)]
    return Take(
        name=name,
        pcm=pcm + _room(pcm, _TAIL_MS),  # the recording with its last breath, then room noise
        begin_ms=speech[0] * _FRAME_MS,
        end_ms=(speech[-1] + 1) * _FRAME_MS,
        words_ms=_words(levels, _speech_floor(levels)),
    )


def word(name: str, *, at_ms: int, ms: int, before_ms: int, silent: bool = False) -> Take:
    """Return a short word of a recording, after ``before_ms`` of room noise or digital silence."""
    pcm = recording(name)
    cut = pcm[at_ms * BYTES_PER_MS : (at_ms + ms) * BYTES_PER_MS]
    levels = _levels(cut)
    loud = [place for place, level in enumerate(levels) if level >= _speech_floor(levels)]
    room = bytes(_TAIL_MS * BYTES_PER_MS) if silent else _room(pcm, _TAIL_MS)
    return Take(
        name=f"{name} {at_ms}",
        pcm=room[: before_ms * BYTES_PER_MS] + cut + room,
        begin_ms=before_ms + loud[0] * _FRAME_MS,
        end_ms=before_ms + (loud[-1] + 1) * _FRAME_MS,
    )


def with_pauses(take: Take, ms: int, *, places: int) -> Take:
    """Replace the quietest gaps in the speech, ``places`` of them, each by ``ms`` of room noise."""
    levels = _levels(take.pcm)
    floor = _speech_floor(levels)
    pcm, end_ms = take.pcm, take.end_ms
    for quiet in sorted(_quietest_places(take, levels, places), reverse=True):
        start = end = quiet
        while levels[start - 1] < floor:
            start -= 1
        while levels[end] < floor:
            end += 1
        pcm = pcm[: start * _FRAME] + _room(take.pcm, ms) + pcm[end * _FRAME :]
        end_ms += ms - (end - start) * _FRAME_MS
    words_ms = _words(_levels(pcm), floor)
    return replace(take, pcm=pcm, end_ms=end_ms, words_ms=words_ms)


def _words(levels: Sequence[int], floor: float) -> tuple[int, ...]:
    speech = [place for place, level in enumerate(levels) if level >= floor]
    return tuple((place + 1) * _FRAME_MS for place in speech[_WORD_FRAMES - 1 :: _WORD_FRAMES])


def _quietest_places(take: Take, levels: Sequence[int], most: int) -> list[int]:
    """Return the quietest frames inside the speech, at least 0.5 s apart."""
    inside = range(take.begin_ms // _FRAME_MS + 30, take.end_ms // _FRAME_MS - 30)
    found: list[int] = []
    for place in sorted(inside, key=lambda place: sum(levels[place - 2 : place + 3])):
        if len(found) < most and all(abs(place - other) >= 50 for other in found):
            found.append(place)
    return found


def mixed(take: Take, noise: str, *, snr_db: float, from_ms: int = 0) -> Take:
    """Return the take mixed with noise that is ``snr_db`` below the speech.

    The noise is repeated in a loop, which starts at the position ``from_ms`` of the noise.
    """
    levels = _levels(take.pcm)
    floor = _speech_floor(levels)
    active = [level for level in levels if level >= floor]
    speech = math.sqrt(sum(level * level for level in active) / len(active))
    raw = _noise(noise, not_of=take.name)
    scaled = audioop.mul(raw, 2, speech / 10 ** (snr_db / 20) / audioop.rms(raw, 2))
    place = from_ms * BYTES_PER_MS % len(scaled)
    turned = scaled[place:] + scaled[:place]
    added = _looped(turned, len(take.pcm) // BYTES_PER_MS)[: len(take.pcm)]
    return replace(take, pcm=audioop.add(take.pcm, added.ljust(len(take.pcm), b"\0"), 2))


@cache
def _noise(kind: str, *, not_of: str) -> bytes:
    samples = _NOISE_MS * 16
    match kind:
        case "white":
            pcm = random.Random(1).randbytes(samples * 2)
            return audioop.mul(pcm, 2, 0.2)
        case "hum":  # mains hum with its harmonics
            return struct.pack(f"<{samples}h", *(round(_hum_at(at)) for at in range(samples)))
        case _:
            return _babble(not_of.split(maxsplit=1)[0], samples)


def _hum_at(sample: int) -> float:
    turn = 2 * math.pi * 50 * sample / 16000
    return sum(6000 / harmonic * math.sin(harmonic * turn) for harmonic in (1, 2, 3, 5))


def _babble(recorded: str, samples: int) -> bytes:
    """Mix the speech of the recordings except ``recorded``.

    Three of the recordings have the same speaker, so the five voices are not five speakers.
    """
    others = [name for name in CLIPS if name != recorded]
    mix = bytes(samples * 2)
    for voice, name in enumerate(islice(cycle(others), _VOICES)):
        pcm = _spoken(name)
        turned = pcm[(voice * 7919 * 2) % len(pcm) & ~1 :] + pcm
        voiced = _looped(turned, _NOISE_MS)
        mix = audioop.add(mix, audioop.mul(voiced, 2, 0.3), 2)
    return mix


def _spoken(name: str) -> bytes:
    take = clip(name)
    return take.pcm[take.begin_ms * BYTES_PER_MS : take.end_ms * BYTES_PER_MS]


def _levels(pcm: bytes) -> list[int]:
    return [audioop.rms(pcm[at : at + _FRAME], 2) for at in range(0, len(pcm) - _FRAME + 1, _FRAME)]


def _speech_floor(levels: Sequence[int]) -> float:
    loudest = sorted(levels)[-max(1, len(levels) // 10) :]
    return loudest[0] / 10 ** (_BELOW_SPEECH_DB / 20)


def _room(pcm: bytes, ms: int) -> bytes:
    """Return white noise as loud as the recording's quietest 200 ms.

    The 200 ms themselves, repeated in a loop, would be heard as a pulse.
    """
    levels = _levels(pcm)
    frames = 200 // _FRAME_MS
    windows = [levels[first : first + frames] for first in range(len(levels) - frames + 1)]
    quietest = min(sum(window) / frames for window in windows)
    noise = _noise("white", not_of="")
    return _looped(audioop.mul(noise, 2, quietest / audioop.rms(noise, 2)), ms)


def _looped(pcm: bytes, ms: int) -> bytes:
    size = ms * BYTES_PER_MS
    return (pcm * (size // len(pcm) + 1))[:size]
