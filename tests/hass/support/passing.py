"""Time that passes at once."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed


async def later(hass: HomeAssistant, **much: float) -> None:
    """What is due by then is done."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(**much))
    await hass.async_block_till_done(wait_background_tasks=True)
