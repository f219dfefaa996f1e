"""Recordings, and the action that turns them into text."""

import io
import wave
from typing import Any

from homeassistant.core import HomeAssistant

from accounts import DOMAIN, KITCHEN
from speaking import SOUND


def recording() -> bytes:
    """One of what is said, as a file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(16000)
        audio.writeframes(SOUND)
    return file.getvalue()


async def transcribed(hass: HomeAssistant, **data: object) -> dict[str, Any]:
    """What the action answers."""
    data = {"entity_id": KITCHEN, **data}
    return await hass.services.async_call(
        DOMAIN, "transcribe", data, blocking=True, return_response=True
    )
