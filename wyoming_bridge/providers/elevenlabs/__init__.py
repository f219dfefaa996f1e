"""ElevenLabs Scribe realtime: base64 audio, commits, and transcripts, all in JSON."""

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
    "new_emulators",
]


def new_client(settings: Settings, source_url: str | None) -> ClientProtocol:  # noqa: ARG001 - the service fetches no streams
    """Return a client for one session."""
    from .client import ElevenLabsClient

    if not isinstance(settings, ElevenLabsSettings):
        raise ConfigError(f"settings must be ElevenLabsSettings, got {type(settings).__name__}")
    return ElevenLabsClient(settings)


def new_emulators(
    tokens: frozenset[str], language: str, behaviour: Declared
) -> tuple[ServiceEmulator, ...]:
    """Return the emulator of the service, for an engine of this language."""
    from .emulator import ElevenLabsEmulator

    if not isinstance(behaviour, ElevenLabsBehaviour):
        raise ConfigError(f"behaviour must be ElevenLabsBehaviour, got {type(behaviour).__name__}")
    return (ElevenLabsEmulator(tokens=tokens, language=language, behaviour=behaviour),)
