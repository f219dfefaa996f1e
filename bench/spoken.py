"""Recorded and synthetic sentences: the times of their words, and takes with pauses and noise."""

import random
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from alignment import FRAME, PER_MS, Sound, align, levels_of, samples_of

from wyoming_bridge.house.words import Words

__all__ = ["Sentence", "Spoken", "Take", "read", "recorded", "spoken", "synthetic"]

SAMPLES: Final = Path(__file__).resolve().parent.parent / "samples"

_LEAD_MS: Final = 200
"""The duration of the room noise before the recording. The noise is different in each take, and the
service in ``known_words.py`` identifies a take by its noise."""

_KEPT_MS: Final = 150
"""How much of a recording is kept after its speech. What follows is cut off, because some
recordings end with noises of the speaker."""

_TAIL_MS: Final = 3000
"""The duration of the room noise after the speech: longer than any silence that ends an
utterance."""

_QUIET_MS: Final = 100
"""The duration of the quietest part of a recording, from which the room noise is made."""

_ROOM_DB: Final = 40
"""How many dB the added noise is below synthetic speech. Without it, pauses are digital silence."""

_FADE_MS: Final = 5


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
        """Return the sentence with a pause after word ``gap``, counted from 0, and in white noise.

        The pause is filled with noise that has the level and the spectrum of the recording's own
        silence. The white noise is ``snr_db`` below the speech. If ``snr_db`` is None, there is no
        white noise.
        """
        name = f"{self.sentence.path.name} {pause_ms} {gap} {snr_db}"
        words, end_ms, sound = self.words, self.end_ms, self.sound
        if pause_ms:
            cut_ms = words[gap][1]
            room = self._room(pause_ms, seed=f"{name} pause")
            cut = cut_ms * PER_MS
            sound = np.concatenate([_faded(sound[:cut]), room, _faded(sound[cut:][::-1])[::-1]])
            words = tuple(
                (word, at + pause_ms * (place > gap)) for place, (word, at) in enumerate(words)
            )
            end_ms += pause_ms
        lead, tail = self._room(_LEAD_MS, seed=name), self._room(_TAIL_MS, seed=f"{name} tail")
        sound = np.concatenate([lead, _faded(sound[: (end_ms + _KEPT_MS) * PER_MS]), tail])
        if snr_db is not None:
            speech = self.sound[self.begin_ms * PER_MS : self.end_ms * PER_MS]
            level = np.sqrt(np.mean(speech**2)) / 10 ** (snr_db / 20)
            sound = sound + _chance(f"{name} noise").normal(0, level, len(sound))
        return Take(
            sentence=self.sentence,
            pcm=np.clip(np.round(sound), -32768, 32767).astype("<i2").tobytes(),
            end_ms=end_ms + _LEAD_MS,
            words=tuple((word, at + _LEAD_MS) for word, at in words),
        )

    def _room(self, ms: int, *, seed: str) -> Sound:
        """Return noise with the level and the spectrum of the quietest 0.1 s of the recording.

        The phases are random, because repeating the 0.1 s would cause an audible beat.
        """
        quiet = _quietest(self.sound, _QUIET_MS)
        size = len(quiet)
        taper = np.hanning(size)
        spectrum = np.abs(np.fft.rfft(quiet * taper)) / np.sqrt(np.mean(taper**2))
        chance = _chance(seed)
        out = np.zeros(ms * PER_MS + size)
        window = np.sin(np.pi * (np.arange(size) + 0.5) / size)
        for start in range(0, len(out) - size + 1, size // 2):
            phases = np.exp(2j * np.pi * chance.random(len(spectrum)))
            out[start : start + size] += window * np.fft.irfft(spectrum * phases, n=size)
        return out[size // 2 :][: ms * PER_MS]


def recorded() -> list[Sentence]:
    """Return the sentences in ``samples/commands``: commands, and some that are no commands."""
    return _listed(SAMPLES / "commands" / "commands.tsv", source="recorded")


def synthetic(folder: Path) -> list[Sentence]:
    """Return the sentences that ``voices.py`` recorded; an empty list if it was not run."""
    table = folder / "sentences.tsv"
    return _listed(table, source="voice") if table.exists() else []


def read() -> list[Sentence]:
    """Return the recordings that are directly in ``samples/``, which contain no commands."""
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
        pcm = _in_a_room(pcm, seed=sentence.path.name)
    words = Words("en").of(sentence.text).split()
    times = align(pcm, words)
    return Spoken(
        sentence=sentence,
        sound=samples_of(pcm),
        begin_ms=times.begin_ms,
        end_ms=times.end_ms,
        words=tuple(zip(words, times.words_ms, strict=True)) if times.words_ms else (),
    )


def _in_a_room(pcm: bytes, *, seed: str) -> bytes:
    """Return synthetic speech with silence around it, and white noise 40 dB below the speech."""
    speech = samples_of(pcm)
    level = np.sqrt(np.mean(speech**2)) / 10 ** (_ROOM_DB / 20)
    sound = np.pad(speech, (300 * PER_MS, 300 * PER_MS))
    sound += _chance(seed).normal(0, level, len(sound))
    return np.clip(np.round(sound), -32768, 32767).astype("<i2").tobytes()


def _quietest(sound: Sound, ms: int) -> Sound:
    """Return the quietest part that lasts ``ms``."""
    size = ms // 10
    powers = np.convolve(levels_of(sound) ** 2, np.ones(size), mode="valid")
    first = int(np.argmin(powers)) * FRAME
    return sound[first : first + size * FRAME]


def _faded(sound: Sound) -> Sound:
    """Return the sound with its last milliseconds faded out."""
    size = min(len(sound), _FADE_MS * PER_MS)
    faded = sound.copy()
    faded[len(sound) - size :] *= np.linspace(1, 0, size)
    return faded


def _chance(seed: str) -> np.random.Generator:
    return np.random.default_rng(random.Random(seed).getrandbits(64))
