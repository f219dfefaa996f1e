"""A Wyoming client that queries a remote bridge and transcribes with it."""

from .description import BridgeInfo, BridgeProfile, describe, verify
from .utterance import transcribe

__all__ = ["BridgeInfo", "BridgeProfile", "describe", "transcribe", "verify"]
