"""A test integration that asks a speech-to-text entity for partial results.

No part of Home Assistant 2026.11 asks for them yet. The action `progress.transcribe` streams a
recording to an entity and returns all results.
"""

import asyncio
import wave
from collections.abc import AsyncGenerator

from homeassistant.components import stt
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

DOMAIN = "progress"
CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)

_CHUNK_MS = 10


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the action."""

    async def transcribe(call: ServiceCall) -> ServiceResponse:
        entity = stt.async_get_speech_to_text_entity(hass, call.data["entity_id"])
        if entity is None:
            raise ValueError(f"no entity {call.data['entity_id']}")
        pcm = await hass.async_add_executor_job(_read, call.data["file"])
        metadata = stt.SpeechMetadata(
            language=call.data["language"],
            format=stt.AudioFormats.WAV,
            codec=stt.AudioCodecs.PCM,
            bit_rate=stt.AudioBitRates.BITRATE_16,
            sample_rate=stt.AudioSampleRates.SAMPLERATE_16000,
            channel=stt.AudioChannels.CHANNEL_MONO,
        )
        updates = entity.internal_async_process_audio_stream_with_progress(
            metadata, _in_real_time(pcm)
        )
        results = [{"kind": type(each).__name__, "text": each.text} async for each in updates]
        return {"results": results}

    hass.services.async_register(
        DOMAIN, "transcribe", transcribe, supports_response=SupportsResponse.ONLY
    )
    return True


def _read(file: str) -> bytes:
    with wave.open(file) as clip:
        return clip.readframes(clip.getnframes())


async def _in_real_time(pcm: bytes) -> AsyncGenerator[bytes]:
    size = 32 * _CHUNK_MS
    for start in range(0, len(pcm), size):
        await asyncio.sleep(_CHUNK_MS / 1000)
        yield pcm[start : start + size]
