"""The action that transcribes a recording."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from errno import EINVAL
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import urlsplit

import probatio as vol
from aiohttp import ClientError, ClientTimeout
from homeassistant.components import media_source
from homeassistant.components.media_player.browse_media import async_process_play_media_url
from homeassistant.components.stt import DOMAIN as STT
from homeassistant.components.stt import async_get_speech_to_text_entity
from homeassistant.const import ATTR_ENTITY_ID, CONF_LANGUAGE, CONF_URL
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import MediaSelector

from .bridge import (
    PCM_16K_MONO,
    RECORDING,
    BridgeError,
    MediaError,
    MediaProblem,
    RequestOptions,
    Result,
    decoded,
    new_utterance_id,
)
from .const import DOMAIN
from .failures import REQUEST_ERRORS, translated
from .stt import BridgeSpeechToText

ACTION_TRANSCRIBE: Final = "transcribe"
ATTR_MEDIA: Final = "media"
ATTR_FILE: Final = "file"

_MEDIA_ID_ERRORS: Final = (AssertionError, AttributeError)
"""What Home Assistant's own media sources raise if a part of the media ID is missing."""

_BLOCK_BYTES: Final = 64 * 1024

_SOURCES: Final = (ATTR_MEDIA, ATTR_FILE, CONF_URL)

SCHEMA: Final = vol.All(
    vol.Schema(
        {
            vol.Required(ATTR_ENTITY_ID): cv.entity_domain(STT),
            vol.Optional(ATTR_MEDIA): MediaSelector({"accept": ["audio/*", "video/*"]}),
            vol.Optional(ATTR_FILE): cv.string,
            vol.Optional(CONF_URL): cv.url,
            vol.Optional(CONF_LANGUAGE): cv.string,
        }
    ),
    cv.has_at_least_one_key(*_SOURCES),
    cv.has_at_most_one_key(*_SOURCES),
)


@callback
def async_setup_actions(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(
        DOMAIN,
        ACTION_TRANSCRIBE,
        _transcribe,
        schema=SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _transcribe(call: ServiceCall) -> ServiceResponse:
    """Transcribe a whole recording with an entity; pauses do not end it."""
    hass = call.hass
    entity = async_get_speech_to_text_entity(hass, call.data[ATTR_ENTITY_ID])
    if not isinstance(entity, BridgeSpeechToText):
        raise _invalid("wrong_entity", entity_id=call.data[ATTR_ENTITY_ID])
    recording = await _recording(hass, call)
    utterance_id = new_utterance_id()
    options = RequestOptions(
        language=call.data.get(CONF_LANGUAGE), endpointing=RECORDING, utterance_id=utterance_id
    )
    try:
        async with (
            aclosing(decoded(recording, target=PCM_16K_MONO)) as audio,
            aclosing(entity.transcribe(audio, options)) as updates,
        ):
            (result,) = [update async for update in updates if isinstance(update, Result)]
    except BridgeError as error:
        if not isinstance(error, REQUEST_ERRORS):
            entity.coordinator.failed(entity.subentry_id, error, utterance_id=utterance_id)
        raise HomeAssistantError(**translated(error)) from error
    entity.coordinator.succeeded(entity.subentry_id, result, live=False)
    return _response(result, utterance_id=utterance_id, language=call.data.get(CONF_LANGUAGE))


def _response(result: Result, *, utterance_id: str, language: str | None) -> ServiceResponse:
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


async def _recording(hass: HomeAssistant, call: ServiceCall) -> AsyncGenerator[bytes | None]:
    """Return the encoded audio of the recording that the call names.

    Raises:
        ServiceValidationError: Home Assistant may not read the recording, or cannot find it.
    """
    if file := call.data.get(ATTR_FILE):
        if not await hass.async_add_executor_job(hass.config.is_allowed_path, file):
            raise _invalid("file_not_allowed", file=file)
        return _read(hass, Path(file))
    if url := call.data.get(CONF_URL):
        return _downloaded(hass, url)
    media_id: str = call.data[ATTR_MEDIA]["media_content_id"]
    address = media_id
    if media_source.is_media_source_id(media_id):
        try:
            media = await media_source.async_resolve_media(hass, media_id, None)
        except (media_source.Unresolvable, *_MEDIA_ID_ERRORS) as err:
            raise _invalid("media_not_found", media=media_id) from err
        if media.path is not None:
            return _read(hass, media.path)
        address = media.url
    try:
        url = async_process_play_media_url(hass, address)
        parts = urlsplit(url)
    except (ValueError, IndexError) as err:
        raise _invalid("media_not_found", media=media_id) from err
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _invalid("media_not_found", media=media_id)
    return _downloaded(hass, url)


async def _read(hass: HomeAssistant, path: Path) -> AsyncGenerator[bytes | None]:
    """Read a local file."""
    try:
        file = await hass.async_add_executor_job(_opened, path)
        try:
            while block := await hass.async_add_executor_job(file.read, _BLOCK_BYTES):
                yield block
        finally:
            await hass.async_add_executor_job(file.close)
    except OSError as err:
        raise MediaError(
            f"cannot read {path}: {err.strerror}", problem=MediaProblem.NOT_FOUND
        ) from err


def _opened(path: Path) -> BinaryIO:
    if path.exists() and not path.is_file():  # opening a pipe can block forever
        raise OSError(EINVAL, "not a file")
    return path.open("rb")


async def _downloaded(hass: HomeAssistant, url: str) -> AsyncGenerator[bytes | None]:
    """Download the content of a URL."""
    session = async_get_clientsession(hass)
    try:
        async with session.get(url, timeout=ClientTimeout(total=None, sock_read=30)) as answer:
            answer.raise_for_status()
            async for block in answer.content.iter_chunked(_BLOCK_BYTES):
                yield block
    except (ClientError, TimeoutError) as err:
        host = urlsplit(url).hostname  # the rest of the URL may contain a secret
        raise MediaError(
            f"cannot download the recording from {host}: {type(err).__name__}",
            problem=MediaProblem.UNREACHABLE,
        ) from err


def _invalid(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )
