"""Scriptix realtime, microphone mode: start, binary audio, partials and finals, stop."""

from .client import ScriptixClient
from .server import ScriptixServer
from .settings import CAPABILITIES, ScriptixSettings

__all__ = ["CAPABILITIES", "ScriptixClient", "ScriptixServer", "ScriptixSettings"]
