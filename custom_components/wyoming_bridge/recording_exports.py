"""The actions that list the recorded utterances of an entity, and export one of them to a file."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import probatio as vol
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonValueType

from .bridge import ConfigError, Kept, StateError, export
from .const import DOMAIN, LOGGER
from .failures import invalid
from .recorded_utterances import (
    ATTR_UTTERANCE,
    RecordedEntity,
    chosen,
    local_time,
    named_utterance,
)

ACTION_LIST: Final = "list_recordings"
ACTION_EXPORT: Final = "export_recording"
ATTR_FOLDER: Final = "folder"
ATTR_AUDIO: Final = "audio"

LIST_SCHEMA: Final[dict[str | vol.Marker, Any]] = {}
EXPORT_SCHEMA: Final[dict[str | vol.Marker, Any]] = {
    # For the utterance and the folder, the schema accepts any value, and the action refuses a wrong
    # one with a translated message.
    vol.Optional(ATTR_UTTERANCE): object,
    vol.Optional(ATTR_FOLDER): object,
    vol.Optional(ATTR_AUDIO, default=True): cv.boolean,
}

_UNREADABLE: Final = "unreadable"
"""The code of a recording whose file is damaged."""


async def async_list(entity: RecordedEntity, _call: ServiceCall) -> ServiceResponse:
    """Return the folder of an entity's recordings, and the recordings, the newest first.

    Raises:
        BridgeError: The folder cannot be read.
    """
    store = await entity.async_store()

    def facts() -> list[JsonValueType]:
        return [_facts(each) for each in store.kept()]

    recordings = await entity.hass.async_add_executor_job(facts)
    return {"folder": str(store.folder), "recordings": recordings}


async def async_export(entity: RecordedEntity, call: ServiceCall) -> ServiceResponse:
    """Write a recording of an entity to a ZIP file; without an id, the newest one.

    Raises:
        ServiceValidationError: A value of the call is wrong.
        BridgeError: The recording cannot be read, or the file cannot be written.
    """
    hass = entity.hass
    folder = await _async_folder(hass, call.data.get(ATTR_FOLDER))
    store = await entity.async_store()
    found = chosen(await hass.async_add_executor_job(store.kept), named_utterance(call))
    file = folder / f"wyoming-bridge-{found.id}.zip"
    await hass.async_add_executor_job(
        _write, found, file, list(_secrets(hass)), call.data[ATTR_AUDIO]
    )
    return {"utterance_id": found.id, "file": str(file)}


def _facts(kept: Kept) -> JsonValueType:
    """Return the fields that the list of recordings shows for one recording."""
    try:
        recording = kept.read()
    except ConfigError as error:
        LOGGER.warning("the recording of utterance %s cannot be read: %s", kept.id, error)
        return {"utterance_id": kept.id, "when": local_time(kept.began_at), "code": _UNREADABLE}
    code = recording.outcome.get("code")
    return {
        "utterance_id": recording.id,
        "when": local_time(recording.began_at),
        "duration": round(recording.audio_ms / 1000, 2),
        "language": recording.language,
        "text": recording.text,
        "code": str(code) if code else None,
    }


async def _async_folder(hass: HomeAssistant, given: object) -> Path:
    """Return the folder for an export.

    Raises:
        ServiceValidationError: Home Assistant may not write to the folder, it does not exist, or
            its files can be downloaded without a login.
    """
    name = given.strip() if isinstance(given, str) else ""
    if not name:
        raise invalid("no_folder")
    await hass.async_add_executor_job(_check_folder, hass, name)
    return Path(name)


def _check_folder(hass: HomeAssistant, name: str) -> None:
    try:
        is_allowed = hass.config.is_allowed_path(name)
        folder = Path(name).resolve()
    except OSError, ValueError:  # a path that is too long, or with a null character
        is_allowed = False
    if not is_allowed:
        raise invalid("folder_not_allowed", folder=name)
    if not folder.is_dir():
        raise invalid("no_such_folder", folder=name)
    if folder.is_relative_to(Path(hass.config.path("www")).resolve()):
        raise invalid("folder_public", folder=name)


def _write(kept: Kept, file: Path, secrets: Iterable[str], with_audio: bool) -> None:  # noqa: FBT001 - called by ``async_add_executor_job``
    """Write an export without the house, but with the names of the house that were sent as terms.

    Raises:
        ServiceValidationError: The file exists already.
        BridgeError: The recording cannot be read, or the file cannot be written.
    """
    try:
        export(kept, file, secrets=secrets, with_audio=with_audio, with_house=False)
    except FileExistsError as err:
        raise invalid("file_exists", file=str(file)) from err
    except OSError as err:
        raise StateError.of(err, str(file), setting=ATTR_FOLDER) from err


def _secrets(hass: HomeAssistant) -> Iterator[str]:
    """Yield the tokens of all accounts, which an export must not contain."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        if token := entry.data.get(CONF_TOKEN):
            yield token
