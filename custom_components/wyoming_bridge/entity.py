"""Base classes of the entities: one device per account, and one per subentry."""

from collections.abc import Callable

from homeassistant.config_entries import ConfigSubentry
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN, SUBENTRY_STT
from .coordinator import AccountCoordinator, AccountEntry
from .profiles import is_bridge, provider_of


class AccountEntity(CoordinatorEntity[AccountCoordinator]):
    """An entity of the account."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: AccountCoordinator) -> None:
        super().__init__(coordinator)
        self._attr_device_info = _device_info(
            coordinator, coordinator.config_entry.entry_id, coordinator.config_entry.title
        )


class SubentryEntity(CoordinatorEntity[AccountCoordinator]):
    """An entity of a subentry, which has a device of its own."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: AccountCoordinator, subentry: ConfigSubentry) -> None:
        super().__init__(coordinator)
        self.subentry = subentry
        self.subentry_id = subentry.subentry_id
        self._attr_device_info = _device_info(coordinator, subentry.subentry_id, subentry.title)


def add_to_subentries(
    entry: AccountEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    new_entity: Callable[[AccountCoordinator, ConfigSubentry], SubentryEntity],
) -> None:
    """Add one entity to each subentry of an account."""
    for subentry in entry.get_subentries_of_type(SUBENTRY_STT):
        async_add_entities(
            [new_entity(entry.runtime_data, subentry)], config_subentry_id=subentry.subentry_id
        )


def _device_info(coordinator: AccountCoordinator, identifier: str, name: str) -> DeviceInfo:
    data = coordinator.config_entry.data
    return DeviceInfo(
        identifiers={(DOMAIN, identifier)},
        name=name,
        manufacturer="Wyoming Bridge" if is_bridge(data) else provider_of(data).title,
        sw_version=coordinator.service.version,
        entry_type=DeviceEntryType.SERVICE,
    )
