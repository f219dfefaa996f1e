"""Scriptix realtime: JSON results on a websocket that a REST interface can wake up."""

from ...errors import ConfigError
from ...options import Declared, Settings
from ..contract import ClientProtocol
from ..emulator import ServiceEmulator
from .behaviour import ScriptixBehaviour
from .settings import CAPABILITIES, ScriptixSettings

__all__ = ["CAPABILITIES", "ScriptixBehaviour", "ScriptixSettings", "new_client", "new_emulator"]


def new_client(settings: Settings, source_url: str | None) -> ClientProtocol:
    """Return a client for one session; the service fetches the stream if there is an address."""
    from .client import ScriptixClient

    if not isinstance(settings, ScriptixSettings):
        raise ConfigError(f"{type(settings).__name__} are no settings of Scriptix")
    return ScriptixClient(settings, source_url=source_url)


def new_emulator(tokens: frozenset[str], language: str, behaviour: Declared) -> ServiceEmulator:  # noqa: ARG001 - its results name no language
    """Return the service as the local server emulates it, with an engine of this language."""
    from .emulator import ScriptixEmulator

    if not isinstance(behaviour, ScriptixBehaviour):
        raise ConfigError(f"{type(behaviour).__name__} is no behaviour of Scriptix")
    return ScriptixEmulator(tokens=tokens, behaviour=behaviour)
