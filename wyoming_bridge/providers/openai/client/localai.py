"""LocalAI: OpenAI's protocol in front of an engine that does not stream.

The facts are from LocalAI's source, revision 82c191a of 2026-08-22. Its messages about
speech are from revision 00027e0.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ....audio import PCM_16K_MONO
from ....capabilities import Capabilities
from ..messages import Greeting
from ..service import CAPABILITIES
from ..settings import OpenAISettings
from .committing import CommittingDialect
from .dialect import Session
from .ga import turn_detection

__all__ = ["LocalAIDialect", "localai_capabilities"]

_RATE_HZ: Final = PCM_16K_MONO.sample_rate_hz
"""On a commit, LocalAI treats all audio as 16 kHz, even if the session has another rate."""


class LocalAIDialect(CommittingDialect):
    """OpenAI's protocol at 16 kHz. There is no flush if the server detects turns.

    A server that detects turns refuses a commit. LocalAI's errors do not name the message of the
    client that caused them.
    """

    takes_every_commit = False
    names_causes = False

    def __init__(self, session: Session, settings: OpenAISettings, greeting: Greeting) -> None:
        super().__init__(session, settings, audio_format=PCM_16K_MONO)

    def configuration(self) -> Mapping[str, object]:
        """Return the session object of a session in which no language model answers."""
        settings = self._settings
        transcription = {
            "model": settings.model,
            "language": settings.base_language,
            "prompt": settings.prompt_with_keywords,
        }
        return {
            "type": "transcription",
            "audio": {
                "input": {
                    "format": {"type": "audio/pcm", "rate": _RATE_HZ},
                    "transcription": {
                        name: value for name, value in transcription.items() if value is not None
                    },
                    "turn_detection": turn_detection(settings),
                }
            },
        }


def localai_capabilities(settings: OpenAISettings) -> Capabilities:
    """Return what a session can do with these settings."""
    return replace(
        CAPABILITIES,
        partials=settings.commit_strategy == "semantic_vad",
        flush=not settings.ends_turns,
        flush_ids=False,
        confidence=False,
        min_flush_ms=0,
    )
