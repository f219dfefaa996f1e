"""Reson8 realtime: binary audio, transcripts in JSON, and flushes with ids.

The reference is the page about realtime in the service's documentation. Comments name any other
source.
"""

from ...errors import ConfigError
from ...options import Declared, Settings
from ..contract import ClientProtocol
from ..emulator import ServiceEmulator
from .behaviour import Reson8Behaviour
from .settings import CAPABILITIES, Reson8Settings

__all__ = ["CAPABILITIES", "Reson8Behaviour", "Reson8Settings", "new_client", "new_emulators"]


def new_client(settings: Settings, source_url: str | None) -> ClientProtocol:  # noqa: ARG001 - the service fetches no streams
    """Return a client for one session."""
    from .client import Reson8Client

    if not isinstance(settings, Reson8Settings):
        raise ConfigError(f"settings must be Reson8Settings, got {type(settings).__name__}")
    return Reson8Client(settings)


def new_emulators(
    tokens: frozenset[str], language: str, behaviour: Declared
) -> tuple[ServiceEmulator, ...]:
    """Return the emulator of the service, for an engine of this language."""
    from .emulator import Reson8Emulator

    if not isinstance(behaviour, Reson8Behaviour):
        raise ConfigError(f"behaviour must be Reson8Behaviour, got {type(behaviour).__name__}")
    return (Reson8Emulator(tokens=tokens, language=language, behaviour=behaviour),)
