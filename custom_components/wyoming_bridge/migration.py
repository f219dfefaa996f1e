"""Converts stored accounts to the format of this release."""

from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN, SUBENTRY_STT

VERSION: Final = 1
"""This release cannot read an account with a higher version."""

MINOR_VERSION: Final = 2
"""Since minor version 2, the sensors belong to the speech-to-text entities, and the account has no
device."""


@callback
def async_migrate(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Migrate an account. Return False if a newer release has stored it."""
    if entry.version > VERSION:
        return False
    if entry.minor_version < MINOR_VERSION:
        _move_sensors(hass, entry)
        hass.config_entries.async_update_entry(entry, minor_version=MINOR_VERSION)
    return True


def _move_sensors(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Give the account's sensors to its speech-to-text entity, and remove the account's device.

    If the account has several entities, its sensors are removed, because each of the new sensors
    counts only for one entity.
    """
    subentries = [each.subentry_id for each in entry.get_subentries_of_type(SUBENTRY_STT)]
    entities = er.async_get(hass)
    prefix = f"{entry.entry_id}_"
    for sensor in er.async_entries_for_config_entry(entities, entry.entry_id):
        if not sensor.unique_id.startswith(prefix):
            continue
        if len(subentries) == 1:
            entities.async_update_entity(
                sensor.entity_id,
                new_unique_id=f"{subentries[0]}_{sensor.unique_id.removeprefix(prefix)}",
                config_subentry_id=subentries[0],
                device_id=None,  # the sensor sets it when Home Assistant adds it
            )
        else:
            entities.async_remove(sensor.entity_id)
    devices = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(devices, entry.entry_id):
        if (DOMAIN, entry.entry_id) in device.identifiers:
            devices.async_remove_device(device.id)
