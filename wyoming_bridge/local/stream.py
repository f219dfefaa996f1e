"""Fetches the audio of a URL for Scriptix' stream mode."""

from collections.abc import AsyncGenerator

from ..audio import PCM_16K_MONO
from ..errors import DependencyError
from .engine import EngineError
from .socket import Source

__all__ = ["stream_source"]


def stream_source(*, allow_private: bool, realtime: bool, audio_timeout_s: float) -> Source:
    """Return the function that fetches the audio of a URL.

    ``audio_timeout_s`` is the time without audio after which the function fails; 0 for no limit.
    """

    async def source(url: str) -> AsyncGenerator[bytes, None]:
        try:
            from ..media.fetched import FetchLimits
            from ..media.source import stream_audio
        except ModuleNotFoundError as err:  # libraries that only stream mode needs
            raise EngineError(
                f"stream mode needs {err.name}: pip install 'wyoming-bridge[media]'"
            ) from err
        audio = stream_audio(
            url,
            target=PCM_16K_MONO,
            realtime=realtime,
            allow_private=allow_private,
            limits=FetchLimits(audio_s=audio_timeout_s or None),
        )
        try:
            async for pcm in audio:
                yield pcm
        except DependencyError as err:
            raise EngineError(err.message) from err
        finally:
            await audio.aclose()

    return source
