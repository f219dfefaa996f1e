"""Scriptix realtime, microphone mode: start, binary audio, partials and finals, stop."""

from .client import ScriptixClient
from .settings import CAPABILITIES, ScriptixSettings

__all__ = ["CAPABILITIES", "ScriptixClient", "ScriptixSettings"]
