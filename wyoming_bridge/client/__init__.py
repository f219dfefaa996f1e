"""A Wyoming client that queries a remote bridge and transcribes with it."""

from .connecting import verify
from .description import BridgeInfo, BridgeProfile, describe, describe_here
from .tls import tls_context
from .utterance import transcribe

__all__ = [
    "BridgeInfo",
    "BridgeProfile",
    "describe",
    "describe_here",
    "tls_context",
    "transcribe",
    "verify",
]
