"""ElevenLabs Scribe realtime: base64 audio, commits, and transcripts, all in JSON."""

from typing import TYPE_CHECKING

from ...errors import ConfigError
from ...options import Declared
from ..contract import ClientProtocol
from ..settings import Settings
from .settings import CAPABILITIES, ElevenLabsSettings

if TYPE_CHECKING:  # loaded only by the local server
    from ..emulator import ServiceEmulator

__all__ = [
    "CAPABILITIES",
    "ElevenLabsSettings",
    "behaviour_class",
    "new_client",
    "new_emulators",
]


def new_client(settings: Settings, source_url: str | None) -> ClientProtocol:  # noqa: ARG001 - the service fetches no streams
    """Return a client for one session."""
    from .client import ElevenLabsClient

    if not isinstance(settings, ElevenLabsSettings):
        raise ConfigError(f"settings must be ElevenLabsSettings, got {type(settings).__name__}")
    return ElevenLabsClient(settings)


def behaviour_class() -> type[Declared]:
    """Return the class of the settings with which the local server emulates the service."""
    from .behaviour import ElevenLabsBehaviour

    return ElevenLabsBehaviour


def new_emulators(
    tokens: frozenset[str], language: str, behaviour: Declared
) -> "tuple[ServiceEmulator, ...]":
    """Return the emulator of the service, for an engine of this language."""
    from .behaviour import ElevenLabsBehaviour
    from .emulator import ElevenLabsEmulator

    if not isinstance(behaviour, ElevenLabsBehaviour):
        raise ConfigError(f"behaviour must be ElevenLabsBehaviour, got {type(behaviour).__name__}")
    return (ElevenLabsEmulator(tokens=tokens, language=language, behaviour=behaviour),)
