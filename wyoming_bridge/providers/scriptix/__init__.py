"""Scriptix realtime: JSON results on a websocket that a REST interface can wake up."""

from ...errors import ConfigError
from ...options import Settings
from ..contract import ClientProtocol
from .behaviour import ScriptixBehaviour
from .settings import CAPABILITIES, ScriptixSettings

__all__ = ["CAPABILITIES", "ScriptixBehaviour", "ScriptixSettings", "new_client"]


def new_client(settings: Settings, source_url: str | None) -> ClientProtocol:
    """Return a client for one session; the service fetches the stream if there is an address."""
    from .client import ScriptixClient

    if not isinstance(settings, ScriptixSettings):
        raise ConfigError(f"{type(settings).__name__} are no settings of Scriptix")
    return ScriptixClient(settings, source_url=source_url)
