"""A Wyoming client that queries a remote bridge and transcribes with it."""

from ..extensions.info import PagePlace
from .description import BridgeInfo, BridgeProfile, describe, describe_here, verify
from .tls import tls_context
from .utterance import transcribe

__all__ = [
    "BridgeInfo",
    "BridgeProfile",
    "PagePlace",
    "describe",
    "describe_here",
    "tls_context",
    "transcribe",
    "verify",
]
