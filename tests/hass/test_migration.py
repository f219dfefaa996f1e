"""Accounts that an earlier release has stored."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import DOMAIN, account, add_entity, set_up
from servers import Server

AUDIO = "sensor.my_audio"


def with_account_device(hass: HomeAssistant, server: Server) -> MockConfigEntry:
    """Return an account as version 1.1 stored it: the sensors belong to a device of the account."""
    entry = account(server, minor_version=1)
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, entry.entry_id)}, name="Account"
    )
    er.async_get(hass).async_get_or_create(
        "sensor",
        DOMAIN,
        f"{entry.entry_id}_audio_today",
        config_entry=entry,
        device_id=device.id,
        suggested_object_id="my_audio",
    )
    return entry


async def test_the_sensors_of_an_account_become_those_of_its_entity(
    hass: HomeAssistant,
    server: Server,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    entry = with_account_device(hass, server)

    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    sensor = entity_registry.async_get(AUDIO)
    assert device.name == "Kitchen"
    assert (sensor.device_id, sensor.config_subentry_id) == (device.id, "kitchen")
    assert hass.states.get(AUDIO).state == "0.0"
    assert entry.minor_version == 2


async def test_the_sensors_of_an_account_with_several_entities_are_removed(
    hass: HomeAssistant,
    server: Server,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    entry = with_account_device(hass, server)
    await add_entity(hass, entry, "Hall")

    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    devices = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert [each.name for each in devices] == ["Kitchen", "Hall"]
    assert entity_registry.async_get(AUDIO) is None
    assert {"sensor.kitchen_audio_sent_today", "sensor.hall_audio_sent_today"} <= set(
        hass.states.async_entity_ids("sensor")
    )


async def test_an_account_of_a_newer_release_is_not_changed(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server, version=2)

    await set_up(hass, entry)

    assert (entry.version, entry.state.value) == (2, "migration_error")
