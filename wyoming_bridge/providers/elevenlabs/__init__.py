"""ElevenLabs Scribe realtime: base64 audio in JSON, commits, partial and committed transcripts."""

from ...errors import ConfigError
from ...options import Declared, Settings
from ..contract import ClientProtocol
from ..emulator import ServiceEmulator
from .behaviour import ElevenLabsBehaviour
from .settings import CAPABILITIES, ElevenLabsSettings

__all__ = [
    "CAPABILITIES",
    "ElevenLabsBehaviour",
    "ElevenLabsSettings",
    "new_client",
    "new_emulator",
]


def new_client(settings: Settings, source_url: str | None) -> ClientProtocol:  # noqa: ARG001 - the service fetches no streams
    """Return a client for one session."""
    from .client import ElevenLabsClient

    if not isinstance(settings, ElevenLabsSettings):
        raise ConfigError(f"{type(settings).__name__} are no settings of ElevenLabs")
    return ElevenLabsClient(settings)


def new_emulator(tokens: frozenset[str], language: str, behaviour: Declared) -> ServiceEmulator:
    """Return the service as the local server emulates it, with an engine of this language."""
    from .emulator import ElevenLabsEmulator

    if not isinstance(behaviour, ElevenLabsBehaviour):
        raise ConfigError(f"{type(behaviour).__name__} is no behaviour of ElevenLabs")
    return ElevenLabsEmulator(tokens=tokens, language=language, behaviour=behaviour)
