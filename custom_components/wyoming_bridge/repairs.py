"""Repair flows, which solve an issue in a dialog."""

from collections.abc import Mapping
from typing import Any

import probatio as vol
from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant

from .moved_bridge import CONF_ENTRY, async_move, shown_address


class MovedBridgeFlow(RepairsFlow):
    """Asks whether to use a bridge at the new address that it announces."""

    def __init__(self, moved: Mapping[str, str | int | float | None]) -> None:
        # The address that the dialog shows, even if another one is announced while it is open.
        self._moved = moved

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Start with the confirmation."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask, and store the new address."""
        entry = self.hass.config_entries.async_get_entry(str(self._moved.get(CONF_ENTRY)))
        if entry is None:
            return self.async_abort(reason="account_removed")
        if user_input is not None:
            async_move(self.hass, entry, self._moved)
            return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders={
                "account": entry.title,
                "old": shown_address(entry.data),
                "new": shown_address(self._moved),
            },
        )


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow of an issue; only a moved bridge has one."""
    return MovedBridgeFlow(data or {})
