"""Moves the time of Home Assistant forward."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed


async def advance_time(hass: HomeAssistant, **duration: float) -> None:
    """Move Home Assistant's time forward by a duration, and run everything that is then due."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(**duration))
    await hass.async_block_till_done(wait_background_tasks=True)
