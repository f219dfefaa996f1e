"""Recorded and synthetic sentences with the times of their words, with pauses and in noise.

The times come from PocketSphinx, which aligns the known words of a sentence with its audio. A
boundary between two words is then moved to the quietest frame that is near. The last word ends with
its last loud frame. The level alone would not tell where the speech ends, because the recordings
have audible room noise.
"""

import random
import wave
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from wyoming_bridge.house.words import Words

__all__ = ["Sentence", "Spoken", "Take", "read", "recorded", "spoken", "synthetic"]

SAMPLES: Final = Path(__file__).resolve().parent.parent / "samples"

_PER_MS: Final = 16
"""Samples of a millisecond."""

_FRAME: Final = 10 * _PER_MS
_LEAD_MS: Final = 200
"""Room noise before the recording. It differs from take to take, so that it identifies the take."""

_KEPT_MS: Final = 150
"""What is kept of a recording after its speech. Some recordings end with noises of the speaker."""

_TAIL_MS: Final = 3000
"""Room noise after the speech: longer than any silence that ends an utterance."""

_NEAR_MS: Final = 60
"""How far a boundary may be from the quietest frame."""

_QUIET_MS: Final = 100
"""The silence that the room noise is made from."""

_ROOM_DB: Final = 40
"""How far the room noise of synthetic speech is below it. The voice itself has digital silence."""

_FADE_MS: Final = 5
_BREAK_MS: Final = 250
"""The silence after which the last word is over. The closure before a "t" is shorter."""

Sound = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A recording and what is said in it."""

    path: Path
    text: str
    """Empty if it is not known."""
    is_command: bool
    source: str
    """``recorded``, ``voice`` or ``read``."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Take:
    """A sentence as it is sent: room noise, the speech, room noise."""

    sentence: Sentence
    pcm: bytes
    """16 kHz s16le mono."""
    end_ms: int
    """The end of the speech."""
    words: tuple[tuple[str, int], ...]
    """Each word with its end in ms; empty if the times are not known."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spoken:
    """A recording with the times of its words, in ms."""

    sentence: Sentence
    sound: Sound
    begin_ms: int
    end_ms: int
    words: tuple[tuple[str, int], ...]
    """Each word with its end; empty if the words could not be aligned."""

    @property
    def gaps(self) -> int:
        """The number of places at which a pause can be."""
        return max(0, len(self.words) - 1)

    def take(self, *, pause_ms: int, gap: int, snr_db: float | None) -> Take:
        """Return the sentence with a pause after the word number ``gap``, and in white noise.

        The pause is filled with noise that has the level and the spectrum of the recording's own
        silence. The white noise is ``snr_db`` below the speech; None is no noise.
        """
        name = f"{self.sentence.path} {pause_ms} {gap} {snr_db}"
        words, end_ms, sound = self.words, self.end_ms, self.sound
        if pause_ms:
            cut_ms = words[gap][1]
            room = self._room(pause_ms, seed=f"{name} pause")
            cut = cut_ms * _PER_MS
            sound = np.concatenate([_faded(sound[:cut]), room, _faded(sound[cut:][::-1])[::-1]])
            words = tuple(
                (word, at + pause_ms * (place > gap)) for place, (word, at) in enumerate(words)
            )
            end_ms += pause_ms
        lead, tail = self._room(_LEAD_MS, seed=name), self._room(_TAIL_MS, seed=f"{name} tail")
        sound = np.concatenate([lead, _faded(sound[: (end_ms + _KEPT_MS) * _PER_MS]), tail])
        if snr_db is not None:
            speech = self.sound[self.begin_ms * _PER_MS : self.end_ms * _PER_MS]
            level = np.sqrt(np.mean(speech**2)) / 10 ** (snr_db / 20)
            sound = sound + _chance(f"{name} noise").normal(0, level, len(sound))
        return Take(
            sentence=self.sentence,
            pcm=np.clip(np.round(sound), -32768, 32767).astype("<i2").tobytes(),
            end_ms=end_ms + _LEAD_MS,
            words=tuple((word, at + _LEAD_MS) for word, at in words),
        )

    def _room(self, ms: int, *, seed: str) -> Sound:
        """Return noise like the quietest 0.1 s of the recording, which is outside the speech.

        Its phases are random. To repeat the 0.1 s would cause an audible beat.
        """
        quiet = _quietest(self.sound, _QUIET_MS)
        size = len(quiet)
        taper = np.hanning(size)
        spectrum = np.abs(np.fft.rfft(quiet * taper)) / np.sqrt(np.mean(taper**2))
        chance = _chance(seed)
        out = np.zeros(ms * _PER_MS + size)
        window = np.sin(np.pi * (np.arange(size) + 0.5) / size)
        for start in range(0, len(out) - size + 1, size // 2):
            phases = np.exp(2j * np.pi * chance.random(len(spectrum)))
            out[start : start + size] += window * np.fft.irfft(spectrum * phases, n=size)
        return out[size // 2 :][: ms * _PER_MS]


def recorded() -> list[Sentence]:
    """Return the recorded commands of the samples, and the other speech recorded with them."""
    return _listed(SAMPLES / "commands" / "commands.tsv", source="recorded")


def synthetic(folder: Path) -> list[Sentence]:
    """Return the sentences that ``voices.py`` made; none if it did not run."""
    table = folder / "sentences.tsv"
    return _listed(table, source="voice") if table.exists() else []


def read() -> list[Sentence]:
    """Return the speech in the samples that has nothing to do with a house."""
    return [
        Sentence(path=path, text="", is_command=False, source="read")
        for path in sorted(SAMPLES.glob("*.wav"))
    ]


def _listed(table: Path, *, source: str) -> list[Sentence]:
    rows = [line.split("\t") for line in table.read_text().splitlines()[1:]]
    return [
        Sentence(path=table.parent / file, text=text, is_command=kind == "in", source=source)
        for file, kind, text in rows
    ]


def spoken(sentence: Sentence) -> Spoken:
    """Return a sentence with the times of its words."""
    with wave.open(str(sentence.path)) as file:
        pcm = file.readframes(file.getnframes())
    if sentence.source == "voice":
        pcm = _in_a_room(pcm, seed=str(sentence.path))
    sound = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    names = Words("en").of(sentence.text).split()
    levels = _levels(sound)
    spans = _aligned(pcm, names)
    is_loud = levels >= _halfway(levels)
    if not spans:
        loud = np.flatnonzero(is_loud)
        begin_ms, end_ms = int(loud[0]) * 10, int(loud[-1] + 1) * 10
        return Spoken(sentence=sentence, sound=sound, begin_ms=begin_ms, end_ms=end_ms, words=())
    ends = [
        _quietest_between(levels, max(end - _NEAR_MS, begin + 20), min(end + _NEAR_MS, then - 20))
        for (begin, end), (_, then) in pairwise(spans)
    ]
    ends.append(min(_last_loud(is_loud, spans[-1][0]), spans[-1][1] + _NEAR_MS))
    return Spoken(
        sentence=sentence,
        sound=sound,
        begin_ms=spans[0][0],
        end_ms=ends[-1],
        words=tuple(zip(names, ends, strict=True)),
    )


def _in_a_room(pcm: bytes, *, seed: str) -> bytes:
    """Return synthetic speech with silence around it, and with white noise 40 dB below it."""
    speech = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    level = np.sqrt(np.mean(speech**2)) / 10 ** (_ROOM_DB / 20)
    sound = np.pad(speech, (300 * _PER_MS, 300 * _PER_MS))
    sound += _chance(seed).normal(0, level, len(sound))
    return np.clip(np.round(sound), -32768, 32767).astype("<i2").tobytes()


def _aligned(pcm: bytes, words: list[str]) -> list[tuple[int, int]]:
    """Return the begin and end of each word in ms; nothing if PocketSphinx cannot align them.

    With its default beams it finds no path through some recordings. With wide beams it sometimes
    takes the noise at the end for the last word. So both align, and the last word ends early.
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


def _aligned_by(decoder: Any, pcm: bytes, words: list[str]) -> list[tuple[int, int]]:
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


def _levels(sound: Sound) -> Sound:
    frames = sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME)
    return np.sqrt(np.mean(frames**2, axis=1)) + 1


def _halfway(levels: Sound) -> float:
    """Return the level halfway in dB between the room noise and the speech."""
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


def _quietest(sound: Sound, ms: int) -> Sound:
    """Return the quietest part that lasts ``ms``."""
    size = ms // 10
    powers = np.convolve(_levels(sound) ** 2, np.ones(size), mode="valid")
    first = int(np.argmin(powers)) * _FRAME
    return sound[first : first + size * _FRAME]


def _faded(sound: Sound) -> Sound:
    """Return the sound with its last milliseconds faded out."""
    size = min(len(sound), _FADE_MS * _PER_MS)
    faded = sound.copy()
    faded[len(sound) - size :] *= np.linspace(1, 0, size)
    return faded


def _chance(seed: str) -> np.random.Generator:
    return np.random.default_rng(random.Random(seed).getrandbits(64))
