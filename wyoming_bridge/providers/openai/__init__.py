"""OpenAI's realtime transcription, and the dialects of it that other servers speak.

The messages are JSON. Audio is base64. A commit turns the audio so far into an item. The texts of
several items arrive in any order. Each dialect has a module in ``client``.
"""

from typing import TYPE_CHECKING

from ...errors import ConfigError
from ...events import SessionStarted
from ...options import Declared
from ..contract import ClientProtocol
from ..settings import Settings
from .model_languages import model_languages, model_request
from .protocol import DialectName
from .service import CAPABILITIES
from .settings import OpenAISettings

if TYPE_CHECKING:  # loaded only by the local server
    from ..emulator import ServiceEmulator

__all__ = [
    "CAPABILITIES",
    "OpenAISettings",
    "behaviour_class",
    "known_server",
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


def known_server(settings: Settings) -> SessionStarted | None:
    """Return what OpenAI or the server of the chosen dialect can do.

    Return None if the dialect is detected.
    """
    from .client.dialects import DIALECTS

    if not isinstance(settings, OpenAISettings):
        return None
    dialect = DialectName.GA if settings.is_openai else settings.dialect
    if dialect not in set(DialectName):
        return None
    row = DIALECTS[DialectName(dialect)]
    return SessionStarted(
        server=row.title,
        capabilities=row.capabilities(settings),
        unused_settings=tuple(sorted(row.ignores(settings))),
    )


def behaviour_class() -> type[Declared]:
    """Return the class of the settings with which the local server emulates the service."""
    from .behaviour import OpenAIBehaviour

    return OpenAIBehaviour


def new_emulators(
    tokens: frozenset[str], language: str, behaviour: Declared
) -> "tuple[ServiceEmulator, ...]":
    """Return the emulators of OpenAI and vLLM, for an engine of this language."""
    from .behaviour import OpenAIBehaviour
    from .emulator import OpenAIEmulator, VllmEmulator

    if not isinstance(behaviour, OpenAIBehaviour):
        raise ConfigError(f"behaviour must be OpenAIBehaviour, got {type(behaviour).__name__}")
    return (
        OpenAIEmulator(tokens=tokens, language=language, behaviour=behaviour),
        VllmEmulator(tokens=tokens, language=language, behaviour=behaviour),
    )
