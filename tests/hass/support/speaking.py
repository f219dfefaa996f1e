"""What is said, and the microphone that it is said into."""

import asyncio
import random
import wave
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

from wyoming_bridge.local.engines import scripted_words

PIECE_BYTES: Final = 320
"""10 ms: what Assist passes on."""

SECOND_BYTES: Final = 32_000

_SAMPLES: Final = Path(__file__).parent.parent.parent.parent / "samples"

_CHANCE: Final = random.Random(7)  # noqa: S311 - it is only to differ from word to word


def words_of(pcm: bytes) -> str:
    """What the scripted engine hears in it, where nobody asks for a final in between."""
    return " ".join(scripted_words(pcm))


def silence(seconds: float) -> bytes:
    """Nothing at all."""
    return bytes(round(seconds * SECOND_BYTES))


def recorded(name: str) -> bytes:
    """A voice."""
    with wave.open(str(_SAMPLES / f"{name}.wav"), "rb") as file:
        return file.readframes(file.getnframes())


SOUND: Final = _CHANCE.randbytes(SECOND_BYTES)
"""A second of noise. It is no speech, so that only the end of the audio ends it."""

WORDS: Final = words_of(SOUND)

COMMAND: Final = recorded("goforward") + silence(2)
"""Somebody has spoken, and it is quiet for longer than is waited."""


class Microphone:
    """Audio as Assist gives it, which remembers what became of it."""

    def __init__(self, pcm: bytes = SOUND, *, ends: bool = True) -> None:
        """With ``ends`` the audio ends behind what is said; otherwise nothing comes any more."""
        self._pcm = pcm
        self._ends = asyncio.Event()
        if ends:
            self._ends.set()
        self.all_said = asyncio.Event()
        """Set when everything was taken."""
        self.over = False
        """Whether the audio came to its own end."""
        self.closed = False
        """Whether nobody will ask for more."""

    def end(self) -> None:
        """The audio ends now."""
        self._ends.set()

    async def stream(self) -> AsyncGenerator[bytes]:
        """The audio."""
        try:
            for start in range(0, len(self._pcm), PIECE_BYTES):
                yield self._pcm[start : start + PIECE_BYTES]
            self.all_said.set()
            await self._ends.wait()
            self.over = True
        finally:
            self.closed = True


async def unplugged() -> AsyncGenerator[bytes]:
    """A microphone that breaks."""
    yield SOUND
    raise LookupError("unplugged")
