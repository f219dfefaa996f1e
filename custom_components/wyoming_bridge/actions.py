"""The action that transcribes a file or a stream with one or several speech-to-text entities."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

import probatio as vol
from homeassistant.components.stt import DOMAIN as STT
from homeassistant.const import CONF_LANGUAGE
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers.service import async_register_platform_entity_service
from homeassistant.util.json import JsonValueType

from .audio_source import ATTR_SOURCE, async_audio_of
from .bridge import RECORDING, BridgeError, RequestOptions, Result, new_utterance_id
from .const import DOMAIN
from .failures import REQUEST_ERRORS, action_error, invalid
from .stt import BridgeSpeechToText

ACTION_TRANSCRIBE: Final = "transcribe"

SCHEMA: Final[dict[str | vol.Marker, Any]] = {
    # The schema accepts any value. The action refuses a wrong one with a translated message.
    vol.Optional(ATTR_SOURCE): object,
    vol.Optional(CONF_LANGUAGE): object,
}


@callback
def async_setup_actions(hass: HomeAssistant) -> None:
    """Register the actions."""
    async_register_platform_entity_service(
        hass,
        DOMAIN,
        ACTION_TRANSCRIBE,
        entity_domain=STT,
        func=_transcribe,
        schema=SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _transcribe(entity: BridgeSpeechToText, call: ServiceCall) -> ServiceResponse:
    language = call.data.get(CONF_LANGUAGE, "")
    if not isinstance(language, str):
        raise invalid("invalid_language", setting=CONF_LANGUAGE, value=repr(language))
    recording = await async_audio_of(entity.hass, call.data.get(ATTR_SOURCE))
    return await async_answer(entity, recording, RequestOptions(language=language.strip() or None))


async def async_answer(
    entity: BridgeSpeechToText, recording: AsyncGenerator[bytes], options: RequestOptions
) -> dict[str, JsonValueType]:
    """Transcribe audio to its end with an entity, and return the response of the action.

    A pause does not end the utterance. ``options`` can have a language, a house and terms.

    Raises:
        ServiceValidationError: The recording or the language cannot be used.
        HomeAssistantError: There is no result for another reason.
    """
    utterance_id = new_utterance_id()
    options = replace(options, endpointing=RECORDING, utterance_id=utterance_id)
    try:
        async with aclosing(recording), aclosing(entity.transcribe(recording, options)) as updates:
            (result,) = [update async for update in updates if isinstance(update, Result)]
    except BridgeError as error:
        if not isinstance(error, REQUEST_ERRORS):
            entity.coordinator.outcomes.failed(entity.subentry_id, error, utterance_id=utterance_id)
        raise action_error(error) from error
    entity.coordinator.outcomes.succeeded(entity.subentry_id, result, live=False)
    language = options.language or entity.own_language
    return _response(result, utterance_id=utterance_id, language=language)


def _response(
    result: Result, *, utterance_id: str, language: str | None
) -> dict[str, JsonValueType]:
    return {
        "utterance_id": utterance_id,
        "text": result.text,
        "language": result.language or language,
        "complete": result.complete,
        "said": result.said,
        "repair": result.repair,
        "completeness": result.completeness,
        "duration": round(result.timing.audio_ms / 1000, 2),
        "words": [
            {
                "text": word.text,
                "start": _seconds(word.start_ms),
                "end": _seconds(word.end_ms),
                "confidence": word.confidence,
                "speaker": word.speaker,
            }
            for word in result.words
            if word.text.strip()  # some services also list the spaces between words
        ],
        "segments": [
            {
                "text": segment.text,
                "start": _seconds(segment.start_ms),
                "end": _seconds(segment.end_ms),
                "speaker": segment.speaker,
                "entities": [
                    {"text": entity.text, "kind": entity.kind} for entity in segment.entities
                ],
            }
            for segment in result.segments
        ],
    }


def _seconds(time_ms: int | None) -> float | None:
    return None if time_ms is None else time_ms / 1000
