"""The actions on recorded utterances: transcribe one again, delete, list and export them.

Only administrators and automations may use these actions, because recordings contain what people
said.
"""

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from functools import partial
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
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import (
    async_register_admin_service,
    async_register_platform_entity_service,
)
from homeassistant.helpers.typing import VolDictType

from .actions import async_answer
from .bridge import BridgeError, Kept, Recording, RequestOptions, Store
from .const import DOMAIN
from .coordinator import AccountEntry
from .failures import invalid, recordings_unusable
from .recorded_utterances import (
    ATTR_UTTERANCE,
    Action,
    RecordedEntity,
    async_for_each,
    chosen,
    local_time,
    named_utterance,
)
from .recorders import delete_all, store_of
from .recording_exports import (
    ACTION_EXPORT,
    ACTION_LIST,
    EXPORT_SCHEMA,
    LIST_SCHEMA,
    async_export,
    async_list,
)
from .stt import BridgeSpeechToText

ACTION_REPLAY: Final = "replay"
ACTION_DELETE: Final = "delete_recordings"

SCHEMA: Final[dict[str | vol.Marker, Any]] = {
    # The schema accepts any value. The action refuses a wrong one with a translated message.
    vol.Optional(ATTR_UTTERANCE): object,
}

_BLOCK_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spoken:
    """A recorded utterance."""

    subentry_id: str
    """The subentry of the entity that recorded the utterance."""
    recording: Recording
    pcm: bytes
    """The audio, in the format ``PCM_16K_MONO``."""


@callback
def async_setup_recording_actions(hass: HomeAssistant) -> None:
    """Register the actions."""
    async_register_platform_entity_service(
        hass,
        DOMAIN,
        ACTION_REPLAY,
        entity_domain=STT,
        func=_replay,
        schema=SCHEMA,
        supports_response=SupportsResponse.ONLY,
        admin_only=True,
    )

    def register(
        name: str, action: Action, schema: VolDictType, supports_response: SupportsResponse
    ) -> None:
        async_register_admin_service(
            hass,
            DOMAIN,
            name,
            partial(async_for_each, action),
            schema=cv.make_entity_service_schema(schema),
            supports_response=supports_response,
        )

    register(ACTION_DELETE, _delete, SCHEMA, SupportsResponse.OPTIONAL)
    register(ACTION_LIST, async_list, LIST_SCHEMA, SupportsResponse.ONLY)
    register(ACTION_EXPORT, async_export, EXPORT_SCHEMA, SupportsResponse.OPTIONAL)


async def _replay(entity: BridgeSpeechToText, call: ServiceCall) -> ServiceResponse:
    """Transcribe a recorded utterance with an entity; without an id, the newest one.

    The entity uses its own language and terms, and the names that the home had then.
    """
    spoken = await _async_spoken(entity.hass, named_utterance(call))
    recording = spoken.recording
    options = RequestOptions(
        language=entity.subentry.data.get(CONF_LANGUAGE) or recording.language,
        terms=recording.terms,
        house=recording.house,
    )
    answer = await async_answer(entity, _blocks(spoken.pcm), options)
    code = recording.outcome.get("code")
    recorded: ServiceResponse = {
        "utterance_id": recording.id,
        "entity_id": er.async_get(entity.hass).async_get_entity_id(STT, DOMAIN, spoken.subentry_id),
        "when": local_time(recording.began_at),
        "text": recording.text,
        "code": str(code) if code else None,
    }
    return {**answer, "recorded": recorded}


async def _delete(entity: RecordedEntity, call: ServiceCall) -> ServiceResponse:
    """Delete one or all recordings of an entity.

    Raises:
        ServiceValidationError: A value of the call is wrong.
        BridgeError: A recording cannot be deleted.
    """
    hass = entity.hass
    utterance_id = named_utterance(call)
    if utterance_id is None and ATTR_UTTERANCE in call.data:
        raise invalid("no_utterance")  # an empty template must not delete all recordings
    store = await entity.async_store()
    if utterance_id is None:
        return {"deleted": await hass.async_add_executor_job(delete_all, store)}
    found = chosen(await hass.async_add_executor_job(store.kept), utterance_id)
    await hass.async_add_executor_job(store.delete, [found])
    return {"deleted": 1}


async def _async_spoken(hass: HomeAssistant, utterance_id: str | None) -> _Spoken:
    """Read the recording of an utterance of any entity; without an id, the newest recording.

    Raises:
        ServiceValidationError: There is no such recording.
        HomeAssistantError: The recording cannot be read.
    """
    loaded: list[AccountEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in loaded:
        for recorder in entry.runtime_data.recorders.values():
            await recorder.async_written()
    stores = [
        store_of(hass, subentry_id)
        for entry in hass.config_entries.async_entries(DOMAIN)
        for subentry_id in entry.subentries
    ]
    try:
        kept = await hass.async_add_executor_job(_all_kept, stores)
        found = chosen(kept, utterance_id)
        recording = await hass.async_add_executor_job(found.read)
        pcm = await hass.async_add_executor_job(found.read_audio)
    except BridgeError as error:
        raise HomeAssistantError(error.message, **recordings_unusable(error)) from error
    return _Spoken(subentry_id=found.folder.parent.name, recording=recording, pcm=pcm)


def _all_kept(stores: Iterable[Store]) -> list[Kept]:
    """Return the recordings of all stores, the newest first."""
    kept = [each for store in stores for each in store.kept()]
    return sorted(kept, key=lambda each: each.folder.name, reverse=True)


async def _blocks(pcm: bytes) -> AsyncGenerator[bytes]:
    for start in range(0, len(pcm), _BLOCK_BYTES):
        yield pcm[start : start + _BLOCK_BYTES]
