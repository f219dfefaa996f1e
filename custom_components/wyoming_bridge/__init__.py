"""Streaming speech-to-text for Home Assistant with realtime speech services."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.helpers.typing import ConfigType

from .actions import async_setup_actions
from .bridge import Backends, BridgeError, StateError
from .connector import HomeAssistantConnector
from .const import DOMAIN, LOGGER, PLATFORMS
from .coordinator import LANGUAGES_INTERVAL, AccountCoordinator, AccountEntry
from .entity import async_update_devices
from .failures import translated
from .fallbacks import fallbacks_of
from .house import HOUSE, HomeAssistantHouse
from .issues import AccountIssues
from .migration import async_migrate
from .moved_bridge import async_ask_again, async_forget
from .recorders import TIDY_INTERVAL, async_tidy
from .recording_actions import async_setup_recording_actions
from .speech_service import BACKENDS

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the profiles, the house and the actions that all accounts share."""
    backends = hass.data[BACKENDS] = Backends(
        [],
        connector=HomeAssistantConnector(hass),
        state=Path(hass.config.path(STORAGE_DIR, DOMAIN)),
        remember_all=True,
    )

    async def stop(event: Event) -> None:
        await backends.stop()
        for entry in hass.config_entries.async_loaded_entries(DOMAIN):
            for recorder in entry.runtime_data.recorders.values():
                await recorder.async_written()

    async def tidy(now: datetime) -> None:
        await async_tidy(hass)

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop)
    house = hass.data[HOUSE] = HomeAssistantHouse(hass)
    house.async_watch()
    async_setup_actions(hass)
    async_setup_recording_actions(hass)
    async_track_time_interval(hass, tidy, TIDY_INTERVAL, cancel_on_shutdown=True)
    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, partial(_async_clear_issues, hass))
    return True


async def async_setup_entry(hass: HomeAssistant, entry: AccountEntry) -> bool:
    """Set up an account."""
    async_ask_again(hass, entry)
    await async_tidy(hass)
    coordinator = AccountCoordinator(hass, entry)
    coordinator.issues.update_titles()
    coordinator.fallbacks.async_check()
    try:
        await coordinator.async_start()
    except BridgeError as error:
        coordinator.service.stop()
        kind = ConfigEntryNotReady if isinstance(error, StateError) else ConfigEntryError
        raise kind(error.message, **translated(error)) from error
    entry.async_on_unload(coordinator.service.stop)
    try:
        await coordinator.async_config_entry_first_refresh()
    except (ConfigEntryNotReady, ConfigEntryAuthFailed) as error:
        # An entity with a fallback works even if the service does not.
        if not any(fallbacks_of(hass, each) for each in entry.subentries.values()):
            raise
        LOGGER.warning("%s: %s; using the fallbacks", entry.title, error)
        if isinstance(error, ConfigEntryAuthFailed):
            entry.async_start_reauth(hass)
    entry.runtime_data = coordinator
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_on_unload(coordinator.fallbacks.async_watch())
    entry.async_on_unload(
        async_track_time_interval(
            hass, coordinator.async_refresh_languages, LANGUAGES_INTERVAL, cancel_on_shutdown=True
        )
    )
    entry.async_on_unload(
        coordinator.async_add_listener(partial(async_update_devices, coordinator))
    )
    entry.async_on_unload(entry.add_update_listener(_async_reload))
    if entry.subentries.keys() != coordinator.usage.keys():
        # The user has added or removed an entity while the service was checked.
        hass.config_entries.async_schedule_reload(entry.entry_id)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: AccountEntry) -> bool:
    """Unload an account, but keep its repair issues: a reload does not solve the problems."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: AccountEntry) -> None:
    """Delete the repair issues and the recordings of an account that was removed."""
    AccountIssues(hass, entry).clear_all()
    async_forget(hass, entry)
    await async_tidy(hass)


async def async_migrate_entry(hass: HomeAssistant, entry: AccountEntry) -> bool:
    """Convert a stored account to the format of this release; return whether that is possible."""
    return async_migrate(hass, entry)


@callback
def _async_clear_issues(
    hass: HomeAssistant, change: ConfigEntryChange, entry: ConfigEntry[Any]
) -> None:
    """Delete the repair issues of a disabled account and of removed entities.

    The account may not be loaded.
    """
    if entry.domain != DOMAIN:
        return
    issues = AccountIssues(hass, entry)
    if entry.disabled_by:
        issues.clear_all()
    else:
        issues.clear_removed()


async def _async_reload(hass: HomeAssistant, entry: AccountEntry) -> None:
    await hass.config_entries.async_reload(entry.entry_id)
