"""Removes the audio from messages, so that they can be shown and kept."""

import re
from typing import Final

from ..providers.contract import Message

__all__ = ["shown_message"]

_MAX_CHARACTERS: Final = 20_000
"""How much of a message's text is kept. A final for a minute of speech, with word times, is about
as long."""

_AUDIO: Final = re.compile(r'"([A-Za-z0-9+/]{200,}={0,2})"')
"""A JSON string that is so long that it can only be base64: at least 150 bytes, which are 5 ms of
audio."""


def shown_message(message: Message) -> tuple[str | None, int | None]:
    """Return the text of a message without the audio, and the number of bytes of audio in it.

    If the message is binary, the text is None. If it contains no audio, the number is None.
    """
    if isinstance(message, bytes):
        return None, len(message)
    audio_bytes = 0

    def counted(found: re.Match[str]) -> str:
        nonlocal audio_bytes
        encoded = found[1]
        size = len(encoded) * 3 // 4 - encoded[-2:].count("=")
        audio_bytes += size
        return f'"({size} bytes of audio)"'

    text = _AUDIO.sub(counted, message)
    if len(text) > _MAX_CHARACTERS:
        text = f"{text[:_MAX_CHARACTERS]} ({len(text) - _MAX_CHARACTERS} more characters)"
    return text, audio_bytes or None
