"""Scriptix realtime: binary audio, results in JSON, and a REST interface to start the service."""

from typing import TYPE_CHECKING

from ...errors import ConfigError
from ...options import Declared
from ..contract import ClientProtocol
from ..settings import Settings
from .settings import CAPABILITIES, ScriptixSettings

if TYPE_CHECKING:  # loaded only by the local server
    from ..emulator import ServiceEmulator

__all__ = ["CAPABILITIES", "ScriptixSettings", "behaviour_class", "new_client", "new_emulators"]


def new_client(settings: Settings, source_url: str | None) -> ClientProtocol:
    """Return a client for one session. With a ``source_url``, the service fetches the audio."""
    from .client import ScriptixClient

    if not isinstance(settings, ScriptixSettings):
        raise ConfigError(f"settings must be ScriptixSettings, got {type(settings).__name__}")
    return ScriptixClient(settings, source_url=source_url)


def behaviour_class() -> type[Declared]:
    """Return the class of the settings with which the local server emulates the service."""
    from .behaviour import ScriptixBehaviour

    return ScriptixBehaviour


def new_emulators(
    tokens: frozenset[str],
    language: str,  # noqa: ARG001 - unused, because the service's results contain no language
    behaviour: Declared,
) -> "tuple[ServiceEmulator, ...]":
    """Return the emulator of the service."""
    from .behaviour import ScriptixBehaviour
    from .emulator import ScriptixEmulator

    if not isinstance(behaviour, ScriptixBehaviour):
        raise ConfigError(f"behaviour must be ScriptixBehaviour, got {type(behaviour).__name__}")
    return (ScriptixEmulator(tokens=tokens, behaviour=behaviour),)
