"""Audio whose samples encode words, and the reader that decodes it.

All audio is 16 kHz mono s16le. A sample of a word is ``8000 + 100 * number + percent``, positive or
negative: the number is the word's place in ``VOCABULARY``, and the percent is how much of the word
has passed. All quieter samples are silence or noise.
"""

import random
from array import array
from dataclasses import dataclass

__all__ = ["VOCABULARY", "SpokenWord", "WordReader", "noise", "silence", "speech"]

_SAMPLES_PER_MS = 16
_BASE = 8000
_QUIETEST = 7000
_HALF_PERIOD = 53  # samples of a tone of 150 Hz, the pitch of a voice

VOCABULARY = (
    *("go", "forward", "ten", "meters", "stop", "turn", "on", "off", "the", "lights"),
    *("in", "kitchen", "bedroom", "and", "set", "heating", "to", "twenty", "degrees", "please"),
    *("open", "close", "left", "right", "garage", "door", "window", "play", "music", "now"),
    *("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett"),
    *("kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango"),
    *("uniform", "victor", "whiskey", "xray", "yankee", "zulu", "one", "two", "three", "four"),
    *("five", "six", "seven", "eight", "nine", "eleven", "twelve", "red", "green", "blue"),
)
"""The words that can be spoken."""

_NUMBERS = {word: number for number, word in enumerate(VOCABULARY)}

_RECOGNISED_PERCENT = 60
"""How many of the 100 levels of a word must have arrived before the word is recognised."""

_WORD_ENDS_PERCENT = 90
"""The percent at which a word is recognised. A session that ends earlier does not get the word."""


def speech(text: str, *, word_ms: int = 300, gap_ms: int = 60) -> bytes:
    """Speak the words of a text, each followed by a gap of silence."""
    gap = silence(gap_ms)
    return b"".join(_word(_NUMBERS[word], word_ms) + gap for word in text.split())


def _word(number: int, word_ms: int) -> bytes:
    size = word_ms * _SAMPLES_PER_MS
    samples = array("h")
    for place in range(size):
        level = _BASE + 100 * number + 100 * place // size
        samples.append(level if place // _HALF_PERIOD % 2 == 0 else -level)
    return samples.tobytes()


def silence(ms: int) -> bytes:
    return bytes(2 * _SAMPLES_PER_MS * ms)


def noise(ms: int, *, level: int = 300, seed: int = 1) -> bytes:
    """Make noise without words. Its samples are at most ``level``, of 32767."""
    source = random.Random(seed)  # noqa: S311 - the same noise each time
    count = ms * _SAMPLES_PER_MS
    return array("h", (source.randint(-level, level) for _ in range(count))).tobytes()


@dataclass(frozen=True, kw_only=True)
class SpokenWord:
    """A recognised word; times count from the first audio of the stream."""

    text: str
    start_ms: int
    end_ms: int


class WordReader:
    """Reads the words of one stream. The audio may be split anywhere."""

    def __init__(self) -> None:
        self._rest = b""
        self._ms = 0
        self._number: int | None = None
        self._percents: set[int] = set()
        self._start_ms = 0
        self._is_known = False

    @property
    def ms(self) -> int:
        """How much audio has been read."""
        return self._ms

    @property
    def is_in_word(self) -> bool:
        """Whether the audio so far ends within a word."""
        return self._number is not None

    def feed(self, pcm: bytes) -> list[SpokenWord]:
        """Read audio, and return the words that are complete with it."""
        data = self._rest + pcm
        whole = len(data) - len(data) % (2 * _SAMPLES_PER_MS)
        self._rest = data[whole:]
        known = []
        for sample in array("h", data[:whole])[::_SAMPLES_PER_MS]:  # one sample per millisecond
            if word := self._look(abs(sample)):
                known.append(word)
            self._ms += 1
        return known

    def _look(self, level: int) -> SpokenWord | None:
        if level < _QUIETEST:
            self._number = None
            return None
        number, percent = divmod(level - _BASE, 100)
        if number != self._number or percent < max(self._percents, default=0):
            self._number, self._percents = number, set()
            self._start_ms, self._is_known = self._ms, False
        self._percents.add(percent)
        is_complete = percent >= _WORD_ENDS_PERCENT and len(self._percents) >= _RECOGNISED_PERCENT
        if self._is_known or not is_complete:
            return None
        self._is_known = True
        text = VOCABULARY[number]
        return SpokenWord(text=text, start_ms=self._start_ms, end_ms=self._ms + 1)
