"""The interface by which the page transcribes audio with the bridge's profiles."""

from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, Protocol

from ..audio import PCM_16K_MONO, AudioFormat
from ..errors import BridgeError
from ..media.pace import paced
from ..recorder import NewUtterance, Observe, Recording, Trace
from ..transcriber import RequestOptions, Result, Revision

__all__ = ["PageProfile", "Speech", "replayed"]

_CHUNK_MS: Final = 64
"""The duration of a chunk of audio from a voice satellite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageProfile:
    """A profile, as the page shows it."""

    name: str
    """The name that ``Speech.transcribe`` takes."""
    title: str
    """The name for people."""
    provider: str


class Speech(Protocol):
    """Transcribes audio with the profiles of the bridge."""

    @property
    def profiles(self) -> Sequence[PageProfile]:
        """The profiles; the default one comes first."""

    def transcribe(
        self,
        audio: AsyncIterable[bytes],
        *,
        source: AudioFormat,
        profile: str,
        options: RequestOptions,
        observe: Observe | None = None,
    ) -> AsyncGenerator[Revision | Result, None]:
        """Transcribe audio as it arrives; yield revisions, then one result.

        Raises:
            ConfigError: There is no such profile.
            BridgeError: There is no result; the error says why.
        """


async def replayed(
    pcm: bytes, *, speech: Speech, profile: str, speed: float, spoken: Recording
) -> Recording:
    """Transcribe a recording again. The result is not shown live or kept.

    With a ``speed`` of 1, the audio is sent as fast as it was spoken; with 2, twice as fast.

    Raises:
        BridgeError: The utterance could not begin. A later error is in the recording.
    """
    traced: list[tuple[NewUtterance, Trace]] = []

    def observe(about: NewUtterance) -> Sequence[Trace]:
        traced.append((about, about.new_trace()))
        return (traced[-1][1],)

    updates = speech.transcribe(
        paced(pcm, PCM_16K_MONO, chunk_ms=_CHUNK_MS, speed=speed),
        source=PCM_16K_MONO,
        profile=profile,
        options=RequestOptions(language=spoken.language, terms=spoken.terms, house=spoken.house),
        observe=observe,
    )
    try:
        async with aclosing(updates):
            async for _ in updates:
                pass
    except BridgeError:
        if not traced:
            raise
    about, trace = traced[0]
    return about.recording(trace)
