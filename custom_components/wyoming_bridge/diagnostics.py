"""Diagnostics, without tokens, addresses, names, audio and transcripts."""

from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant

from .bridge import VERSION, StateError
from .const import CONF_CA_CERTIFICATE, CONF_TERMS
from .coordinator import AccountCoordinator, AccountEntry
from .house import HOUSE

_TO_REDACT: Final = {
    CONF_CA_CERTIFICATE,
    CONF_HOST,
    CONF_TERMS,
    CONF_TOKEN,
    CONF_URL,
    "prompt",  # may contain the names that a person says
    "title",
    "unique_id",
}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: AccountEntry
) -> dict[str, Any]:
    """Return the settings of an account and, if it is loaded, the usage of each entity."""
    diagnostics: dict[str, Any] = {
        "version": VERSION,
        "state": entry.state.value,
        "reason": entry.error_reason_translation_key,
        "account": async_redact_data(dict(entry.data), _TO_REDACT),
        "entities": [
            async_redact_data(dict(subentry.data), _TO_REDACT)
            for subentry in entry.subentries.values()
        ],
    }
    if entry.state is not ConfigEntryState.LOADED:
        return diagnostics
    account = entry.runtime_data
    bridge = account.service.bridge
    return diagnostics | {
        "bridge_version": bridge.version if bridge else None,
        "answers": account.last_update_success,
        "house_names": len(hass.data[HOUSE].house().terms()),
        "usage": [await _usage(hass, account, each) for each in account.usage],
    }


async def _usage(
    hass: HomeAssistant, account: AccountCoordinator, subentry_id: str
) -> dict[str, Any]:
    """Return the usage of an entity; of one that is left out, only the setting that is invalid."""
    if error := account.service.invalid.get(subentry_id):
        return {"invalid_setting": error.setting}
    usage = account.usage[subentry_id]
    return {
        "utterances": usage.utterances,
        "last_utterance_id": usage.last_utterance_id,
        "errors": dict(usage.errors),
        "last_error": usage.last_error,
        "last_error_utterance_id": usage.last_error_utterance_id,
        "response_ms": usage.response_ms,
        "audio_today_s": account.service.sent_today_s(subentry_id),
        "is_recorded": account.observe(subentry_id) is not None,
        "recorded_utterance_ids": await _recorded(hass, account, subentry_id),
    }


async def _recorded(
    hass: HomeAssistant, account: AccountCoordinator, subentry_id: str
) -> list[str] | str | None:
    """Return the ids of the recorded utterances of an entity, the newest first.

    If the recordings cannot be read, return the symbol of the error, such as "EACCES". Return None
    for an entity of a remote bridge, which has its own recorder.
    """
    recorder = account.recorders.get(subentry_id)
    if recorder is None:
        return None
    try:
        return [each.id for each in await hass.async_add_executor_job(recorder.store.kept)]
    except StateError as error:
        return error.placeholders["reason"]
