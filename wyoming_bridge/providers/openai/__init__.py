"""OpenAI's realtime transcription, and the dialects of it that other servers speak.

The messages are JSON. Audio is base64. A commit makes an item of the audio so far. The texts of
several items arrive in any order. Each dialect has a module in ``client``.
"""

from ...errors import ConfigError
from ...options import Declared, Settings
from ..contract import ClientProtocol
from ..emulator import ServiceEmulator
from .behaviour import OpenAIBehaviour
from .model_languages import model_languages, model_request
from .settings import CAPABILITIES, OpenAISettings

__all__ = [
    "CAPABILITIES",
    "OpenAIBehaviour",
    "OpenAISettings",
    "model_languages",
    "model_request",
    "new_client",
    "new_emulators",
]


def new_client(settings: Settings, source_url: str | None) -> ClientProtocol:  # noqa: ARG001 - the service fetches no streams
    """Return a client for one session."""
    from .client import OpenAIClient

    if not isinstance(settings, OpenAISettings):
        raise ConfigError(f"settings must be OpenAISettings, got {type(settings).__name__}")
    return OpenAIClient(settings)


def new_emulators(
    tokens: frozenset[str], language: str, behaviour: Declared
) -> tuple[ServiceEmulator, ...]:
    """Return the emulators of OpenAI and vLLM, for an engine of this language."""
    from .emulator import OpenAIEmulator, VllmEmulator

    if not isinstance(behaviour, OpenAIBehaviour):
        raise ConfigError(f"behaviour must be OpenAIBehaviour, got {type(behaviour).__name__}")
    return (
        OpenAIEmulator(tokens=tokens, language=language, behaviour=behaviour),
        VllmEmulator(tokens=tokens, language=language, behaviour=behaviour),
    )
