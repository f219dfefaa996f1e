"""Filling in the forms of an account's entities."""

from collections.abc import Mapping
from typing import Any

from homeassistant import config_entries
from homeassistant.config_entries import ConfigEntry, SubentryFlowResult
from homeassistant.core import HomeAssistant


def untouched(provider: str, name: str = "Kitchen") -> dict[str, Any]:
    """What is sent of an entity's form in which nothing but the name was written."""
    bias = {} if provider == "scriptix" else {"bias": {}}
    return {"name": name, "recognition": {}, "end_of_speech": {}, "limits": {}, **bias}


async def new_entity(hass: HomeAssistant, account: ConfigEntry) -> SubentryFlowResult:
    """The form of one more entity of an account."""
    return await hass.config_entries.subentries.async_init(
        (account.entry_id, "stt"), context={"source": config_entries.SOURCE_USER}
    )


async def changed_entity(
    hass: HomeAssistant, account: ConfigEntry, subentry_id: str
) -> SubentryFlowResult:
    """The form of an entity that is there."""
    return await hass.config_entries.subentries.async_init(
        (account.entry_id, "stt"),
        context={"source": config_entries.SOURCE_RECONFIGURE, "subentry_id": subentry_id},
    )


async def sent(
    hass: HomeAssistant, form: SubentryFlowResult, values: Mapping[str, Any]
) -> SubentryFlowResult:
    """What comes after the form of an entity was sent."""
    result = await hass.config_entries.subentries.async_configure(form["flow_id"], dict(values))
    await hass.async_block_till_done()
    return result
