"""A Wyoming client for a remote bridge: what it offers, and one utterance."""

from .connecting import verify
from .description import BridgeInfo, BridgeProfile, describe
from .utterance import transcribe

__all__ = ["BridgeInfo", "BridgeProfile", "describe", "transcribe", "verify"]
