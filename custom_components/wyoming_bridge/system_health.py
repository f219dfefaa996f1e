"""The system health information of the integration."""

from typing import Any
from urllib.parse import urlsplit

from homeassistant.components.system_health import (
    SystemHealthRegistration,
    async_check_can_reach_url,
)
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback

from .bridge import PROVIDERS, VERSION
from .const import CONF_PROVIDER, DOMAIN
from .coordinator import AccountEntry


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register the callback that returns the information."""
    register.async_register_info(_info, f"/config/integrations/integration/{DOMAIN}")


async def _info(hass: HomeAssistant) -> dict[str, Any]:
    entries: list[AccountEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    # An account with an address uses the user's own server, and needs no service on the internet.
    used = {entry.data.get(CONF_PROVIDER) for entry in entries if CONF_URL not in entry.data}
    return {
        "version": VERSION,
        "accounts": len(entries),
        "available": sum(entry.runtime_data.last_update_success for entry in entries),
        **{
            f"can_reach_{name}": async_check_can_reach_url(
                hass, f"https://{urlsplit(provider.settings().url).netloc}"
            )
            for name, provider in PROVIDERS.items()
            if name in used
        },
    }
