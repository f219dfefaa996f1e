"""A Wyoming client that queries a remote bridge and transcribes with it."""

from .connecting import verify
from .description import BridgeInfo, BridgeProfile, describe
from .tls import tls_context
from .utterance import transcribe

__all__ = ["BridgeInfo", "BridgeProfile", "describe", "tls_context", "transcribe", "verify"]
