"""An audio file, and the action that transcribes audio files."""

import io
import wave
from typing import Any

from homeassistant.core import HomeAssistant

from accounts import DOMAIN, KITCHEN
from microphones import SOUND


def recording() -> bytes:
    """Return a WAV file with one second of noise."""
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(16000)
        audio.writeframes(SOUND)
    return file.getvalue()


async def transcribe_recording(hass: HomeAssistant, **data: object) -> dict[str, Any]:
    """Call the action ``transcribe`` and return the response of one entity."""
    data = {"entity_id": KITCHEN, **data}
    responses = await hass.services.async_call(
        DOMAIN, "transcribe", data, blocking=True, return_response=True
    )
    assert responses is not None
    (response,) = responses.values()
    assert isinstance(response, dict)
    return response
