"""Audio, and a microphone that delivers it."""

import asyncio
import random
import wave
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

from wyoming_bridge.local.engines.scripted import scripted_words

CHUNK_BYTES: Final = 320
"""10 ms, the chunk size of Assist."""

SECOND_BYTES: Final = 32_000

_SAMPLES: Final = Path(__file__).parent.parent.parent.parent / "samples"

_RANDOM: Final = random.Random(7)  # noqa: S311 - only noise


def words_of(pcm: bytes) -> str:
    """Return the words that the scripted engine recognises if there is no flush before the end."""
    return " ".join(scripted_words(pcm))


def silence(seconds: float) -> bytes:
    """Return digital silence."""
    return bytes(round(seconds * SECOND_BYTES))


def recorded(name: str) -> bytes:
    """Return the audio of a sample."""
    with wave.open(str(_SAMPLES / f"{name}.wav"), "rb") as file:
        return file.readframes(file.getnframes())


SOUND: Final = _RANDOM.randbytes(SECOND_BYTES)
"""One second of noise. It is not speech, so only the end of the audio ends the utterance."""

WORDS: Final = words_of(SOUND)

COMMAND: Final = recorded("goforward") + silence(2)
"""A command and a pause that is long enough to end the utterance."""


class Microphone:
    """A stream of audio as Assist sends it, which records how it was read."""

    def __init__(self, pcm: bytes = SOUND, *, ends: bool = True) -> None:
        """If ``ends`` is False, the stream stays open after the audio."""
        self._pcm = pcm
        self._ends = asyncio.Event()
        if ends:
            self._ends.set()
        self.all_read = asyncio.Event()
        """Set when all audio was read."""
        self.exhausted = False
        """Whether the stream was read to its end."""
        self.closed = False
        """Whether the stream was closed."""

    def end(self) -> None:
        """End the stream."""
        self._ends.set()

    async def stream(self) -> AsyncGenerator[bytes]:
        """Yield the audio in chunks."""
        try:
            for start in range(0, len(self._pcm), CHUNK_BYTES):
                yield self._pcm[start : start + CHUNK_BYTES]
            self.all_read.set()
            await self._ends.wait()
            self.exhausted = True
        finally:
            self.closed = True


async def broken_microphone() -> AsyncGenerator[bytes]:
    """Yield audio, then fail as an unplugged microphone does."""
    yield SOUND
    raise LookupError("unplugged")
