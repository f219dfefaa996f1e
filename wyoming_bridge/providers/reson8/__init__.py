"""Reson8 realtime: binary audio in, transcripts out, flushes with ids.

The binding text is the service's realtime page. What it leaves open is marked where it is used.
"""

from ...errors import ConfigError
from ...options import Settings
from ..contract import ClientProtocol
from .behaviour import Reson8Behaviour
from .settings import CAPABILITIES, Reson8Settings

__all__ = ["CAPABILITIES", "Reson8Behaviour", "Reson8Settings", "new_client"]


def new_client(settings: Settings, source_url: str | None) -> ClientProtocol:  # noqa: ARG001 - the service fetches no streams
    """Return a client for one session."""
    from .client import Reson8Client

    if not isinstance(settings, Reson8Settings):
        raise ConfigError(f"{type(settings).__name__} are no settings of Reson8")
    return Reson8Client(settings)
