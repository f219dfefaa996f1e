"""Reson8 realtime: binary audio, transcripts in JSON, and flushes with ids.

The reference is the page about realtime in the service's documentation. If something comes from
another source, a comment names that source.
"""

from typing import TYPE_CHECKING

from ...errors import ConfigError
from ...options import Declared
from ..contract import ClientProtocol
from ..settings import Settings
from .settings import CAPABILITIES, Reson8Settings

if TYPE_CHECKING:  # loaded only by the local server
    from ..emulator import ServiceEmulator

__all__ = ["CAPABILITIES", "Reson8Settings", "behaviour_class", "new_client", "new_emulators"]


def new_client(settings: Settings, source_url: str | None) -> ClientProtocol:  # noqa: ARG001 - the service fetches no audio itself
    """Return a client for one session."""
    from .client import Reson8Client

    if not isinstance(settings, Reson8Settings):
        raise ConfigError(f"settings must be Reson8Settings, got {type(settings).__name__}")
    return Reson8Client(settings)


def behaviour_class() -> type[Declared]:
    """Return the class of the settings with which the local server emulates the service."""
    from .behaviour import Reson8Behaviour

    return Reson8Behaviour


def new_emulators(
    tokens: frozenset[str], language: str, behaviour: Declared
) -> "tuple[ServiceEmulator, ...]":
    """Return the emulator of the service, for an engine of this language."""
    from .behaviour import Reson8Behaviour
    from .emulator import Reson8Emulator

    if not isinstance(behaviour, Reson8Behaviour):
        raise ConfigError(f"behaviour must be Reson8Behaviour, got {type(behaviour).__name__}")
    return (Reson8Emulator(tokens=tokens, language=language, behaviour=behaviour),)
