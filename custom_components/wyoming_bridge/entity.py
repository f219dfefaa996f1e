"""The base class of the entities, and the device of each subentry."""

from collections.abc import Callable, Iterable

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .account_settings import bridge_address
from .bridge_page import page_url
from .const import DOMAIN, SUBENTRY_STT
from .coordinator import AccountCoordinator, AccountEntry


class SubentryEntity(CoordinatorEntity[AccountCoordinator]):
    """An entity of a subentry. All entities of a subentry have the same device."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: AccountCoordinator, subentry: ConfigSubentry) -> None:
        super().__init__(coordinator)
        self.subentry = subentry
        self.subentry_id = subentry.subentry_id
        product = coordinator.service.product(subentry.subentry_id)
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, subentry.subentry_id)},
            name=subentry.title,
            manufacturer=product.manufacturer,
            model=product.model,
            sw_version=_version(coordinator),
            configuration_url=_page_url(coordinator),
            entry_type=DeviceEntryType.SERVICE,
        )


def _version(coordinator: AccountCoordinator) -> str | None:
    bridge = coordinator.service.bridge
    return bridge.version if bridge else None


def _page_url(coordinator: AccountCoordinator) -> str | None:
    bridge = coordinator.service.bridge
    if bridge is None or bridge.page is None:
        return None
    host, _ = bridge_address(coordinator.config_entry.data)
    return page_url(coordinator.hass, host=host, page=bridge.page)


@callback
def async_update_devices(coordinator: AccountCoordinator) -> None:
    """Update the version and the page link of the devices, which can change with the bridge."""
    registry = dr.async_get(coordinator.hass)
    entry = coordinator.config_entry
    for subentry in entry.get_subentries_of_type(SUBENTRY_STT):
        identifier = (DOMAIN, subentry.subentry_id)
        if device := registry.async_get_device_by_identifier(identifier, entry.entry_id):
            registry.async_update_device(
                device.id,
                sw_version=_version(coordinator),
                configuration_url=_page_url(coordinator),
            )


def add_to_subentries(
    entry: AccountEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    new_entities: Callable[[AccountCoordinator, ConfigSubentry], Iterable[Entity]],
) -> None:
    """Add entities to each subentry of an account that is prepared."""
    account = entry.runtime_data
    for subentry in entry.get_subentries_of_type(SUBENTRY_STT):
        if account.is_prepared(subentry.subentry_id):
            async_add_entities(
                new_entities(account, subentry), config_subentry_id=subentry.subentry_id
            )
