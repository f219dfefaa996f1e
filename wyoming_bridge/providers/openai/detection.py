"""Finds the dialect of a server by its first message."""

from collections.abc import Mapping
from typing import Final

from .protocol import DialectName

__all__ = ["dialect_of"]

_LOCALAI_EVENT_ID: Final = "event_TODO"
"""LocalAI sends this text as the id of its events."""


def dialect_of(message: Mapping[str, object]) -> DialectName:
    """Return the dialect of a first message: ``session.created`` or ``conversation.created``.

    OpenAI's own protocol is checked last, because gateways add different fields to it.
    """
    if message.get("type") == "conversation.created":
        return DialectName.NIM
    session = message.get("session")
    if not isinstance(session, dict):
        return DialectName.VLLM if "id" in message else DialectName.GA
    if "input_audio_format" in session:
        return DialectName.SPEACHES
    is_localai = message.get("event_id") == _LOCALAI_EVENT_ID or (
        session.get("object") == "realtime.session" and "audio" in session and "type" not in session
    )
    return DialectName.LOCALAI if is_localai else DialectName.GA
