"""A Wyoming client that queries a remote bridge and transcribes with it."""

from .connecting import verify
from .description import BridgeInfo, BridgeProfile, describe, describe_here
from .utterance import transcribe

__all__ = ["BridgeInfo", "BridgeProfile", "describe", "describe_here", "transcribe", "verify"]
