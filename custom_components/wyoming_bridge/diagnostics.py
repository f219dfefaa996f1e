"""What helps to find out what is wrong: no token, no audio, no transcript, no name."""

from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_HOST, CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant

from .bridge import VERSION
from .const import CONF_TERMS
from .coordinator import AccountEntry

_PRIVATE: Final = {CONF_TOKEN, CONF_URL, CONF_HOST, CONF_TERMS, "title", "unique_id"}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: AccountEntry
) -> dict[str, Any]:
    """What is set, and how it goes."""
    account = entry.runtime_data
    usage = account.usage
    return {
        "version": VERSION,
        "bridge_version": account.service.version,
        "account": async_redact_data(dict(entry.data), _PRIVATE),
        "entities": [
            async_redact_data(dict(subentry.data), _PRIVATE)
            for subentry in entry.subentries.values()
        ],
        "answers": account.last_update_success,
        "usage": {
            "utterances": usage.utterances,
            "errors": dict(usage.errors),
            "last_error": usage.last_error,
            "response_ms": usage.response_ms,
            "audio_today_s": account.service.sent_today_s(),
        },
    }
