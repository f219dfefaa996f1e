"""An engine for tests and benchmarks. It makes up words from the bytes of the audio.

The same audio always gives the same words. Lost, doubled, reordered or mixed audio changes the
transcript. The CRC-32 of a piece of audio selects its word. A piece is one of these:

- ``blocks``: each whole block of 200 ms. A block of zeros is silence and gives no word. At a flush,
  an incomplete block of at least one sample counts as a block, and the next block begins after it.
- ``runs``: all sound between two silences, which are 20 ms of zeros or more. So the words do not
  depend on where in a silence a segment is cut. A flush also ends a word.

If audio ends in the middle of a sample, the first half is kept for the next audio.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Final

from ...audio import PCM_16K_MONO
from ...events import FinalText, PartialText, Word
from ..engine import EngineBusyError, EngineError, EngineResult
from .vocabulary import VOCABULARY
from .words import BlockSplitter, RunSplitter, Sound, Splitter, Words

__all__ = ["ScriptedEngine", "ScriptedVoice", "Words", "scripted_words"]

DEFAULT_BLOCK_MS: Final = 200
"""The length of a block. It gives five words per second, as in fast speech."""

DEFAULT_MAX_VOICES: Final = 1024
"""More voices than a benchmark opens at once. If a server never closes its voices, this number is
reached, and the fault is noticed."""

MAX_UNREAD_RESULTS: Final = 4096
"""The most unread results: those of 13 minutes. If there are more, ``feed`` waits."""


_SAMPLES_PER_MS: Final = PCM_16K_MONO.sample_rate_hz // 1000


def scripted_words(
    pcm: bytes,
    *,
    words: Words = Words.BLOCKS,
    block_ms: int = DEFAULT_BLOCK_MS,
    bias_terms: Sequence[str] = (),
) -> list[str]:
    """Return the words of one segment, which is all audio between two flushes."""
    splitter = _splitter(words, block_ms=block_ms)
    vocabulary = _vocabulary(bias_terms)
    sounds = (*splitter.feed(pcm), *splitter.flush())
    return [_word_of(sound, vocabulary) for sound in sounds]


class ScriptedVoice:
    """One voice of the scripted engine. One task may feed it, and one task may read its results."""

    def __init__(
        self,
        *,
        splitter: Splitter,
        flush_delay_s: float,
        bias_terms: Sequence[str],
        on_close: Callable[["ScriptedVoice"], None],
    ) -> None:
        self._splitter = splitter
        self._flush_delay_s = flush_delay_s
        self._vocabulary = _vocabulary(bias_terms)
        self._on_close = on_close
        self._segment_start_ms = 0
        self._words: list[Word] = []
        self._text = ""
        self._unread: deque[tuple[float, EngineResult]] = deque()
        self._closed = False
        self._changed = asyncio.Condition()

    async def feed(self, pcm: bytes) -> None:
        """Recognise more audio, and wait while too many results are unread.

        Raises:
            EngineError: The voice is closed.
        """
        self._check_open()
        for sound in self._splitter.feed(pcm):
            await self._add_word(sound)

    async def flush(self) -> None:
        """Request a final of all audio since the last final.

        The new final comes ``flush_delay_s`` later.

        Raises:
            EngineError: The voice is closed.
        """
        self._check_open()
        for sound in self._splitter.flush():
            await self._add_word(sound)
        end_ms = _ms(self._splitter.sample_count)
        final = FinalText(
            text=self._text,
            words=tuple(self._words),
            start_ms=self._segment_start_ms,
            end_ms=end_ms,
        )
        self._segment_start_ms = end_ms
        self._words.clear()
        self._text = ""
        await self._queue_result(final, delay_s=self._flush_delay_s)

    async def results(self) -> AsyncIterator[EngineResult]:
        """Yield a partial after each word and a final for each flush, until the voice is closed."""
        while (result := await self._next()) is not None:
            yield result

    async def close(self) -> None:
        """End the voice at once. Calling it again does nothing."""
        if self._closed:
            return
        self._closed = True
        self._on_close(self)
        async with self._changed:
            self._changed.notify_all()

    async def _add_word(self, sound: Sound) -> None:
        word = Word(
            text=_word_of(sound, self._vocabulary),
            start_ms=_ms(sound.first),
            end_ms=_ms(sound.end),
            confidence=1.0,
        )
        self._words.append(word)
        self._text = f"{self._text} {word.text}".lstrip()
        await self._queue_result(PartialText(text=self._text, start_ms=self._segment_start_ms))

    async def _queue_result(self, result: EngineResult, *, delay_s: float = 0) -> None:
        due = asyncio.get_running_loop().time() + delay_s
        async with self._changed:
            await self._changed.wait_for(
                lambda: self._closed or len(self._unread) < MAX_UNREAD_RESULTS
            )
            self._check_open()
            self._unread.append((due, result))
            self._changed.notify_all()

    async def _next(self) -> EngineResult | None:
        """Wait until the next result is due, and return it; None if the voice is closed."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._closed or bool(self._unread))
            due = self._unread[0][0] if self._unread else 0.0
        if due > asyncio.get_running_loop().time():
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due), self._changed:
                    await self._changed.wait_for(lambda: self._closed)
        async with self._changed:
            if self._closed:
                return None
            _, result = self._unread.popleft()
            self._changed.notify_all()
            return result

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError("the voice is closed")


class ScriptedEngine:
    """Recognises the words of ``scripted_words``, in microseconds and without a library."""

    name: str = "scripted"
    language: str = "en"

    def __init__(
        self,
        *,
        words: Words = Words.BLOCKS,
        block_ms: int = DEFAULT_BLOCK_MS,
        flush_delay_s: float = 0,
        max_voices: int = DEFAULT_MAX_VOICES,
    ) -> None:
        if block_ms < 1:
            raise ValueError(f"block_ms must be at least 1, got {block_ms}")
        self._words = Words(words)
        self._block_ms = block_ms
        self._flush_delay_s = flush_delay_s
        self._max_voices = max_voices
        self._voices: set[ScriptedVoice] = set()
        self._running = False

    async def start(self) -> None:
        """Accept voices."""
        self._running = True

    async def open(self, *, bias_terms: Sequence[str] = ()) -> ScriptedVoice:
        """Start a voice. With terms, every second word of its vocabulary is a word of the terms.

        Raises:
            EngineBusyError: The maximum number of voices is reached.
            EngineError: The engine is not running.
        """
        if not self._running:
            raise EngineError("the scripted engine is not running")
        if len(self._voices) >= self._max_voices:
            raise EngineBusyError(f"scripted: max {self._max_voices} concurrent voices reached")
        voice = ScriptedVoice(
            splitter=_splitter(self._words, block_ms=self._block_ms),
            flush_delay_s=self._flush_delay_s,
            bias_terms=bias_terms,
            on_close=self._voices.discard,
        )
        self._voices.add(voice)
        return voice

    async def close(self) -> None:
        """End all voices. Calling it again does nothing."""
        self._running = False
        for voice in tuple(self._voices):
            await voice.close()


def _splitter(words: Words, *, block_ms: int) -> Splitter:
    match Words(words):
        case Words.BLOCKS:
            return BlockSplitter(PCM_16K_MONO.bytes_of(block_ms))
        case Words.RUNS:
            return RunSplitter()


def _vocabulary(bias_terms: Sequence[str]) -> tuple[str, ...]:
    """Return the vocabulary. Words of the terms, in turn, replace every second word."""
    likelier = [word for term in bias_terms for word in term.split()]
    if not likelier:
        return VOCABULARY
    return tuple(
        likelier[place // 2 % len(likelier)] if place % 2 else word
        for place, word in enumerate(VOCABULARY)
    )


def _word_of(sound: Sound, vocabulary: tuple[str, ...]) -> str:
    return vocabulary[sound.checksum % len(vocabulary)]


def _ms(samples: int) -> int:
    return samples // _SAMPLES_PER_MS
