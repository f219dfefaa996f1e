"""Scriptix realtime, microphone mode: start, binary audio, partials and finals, stop."""

from .settings import CAPABILITIES, ScriptixSettings

__all__ = ["CAPABILITIES", "ScriptixSettings"]
