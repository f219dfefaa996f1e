"""What an account did: how fast, how much, and what went wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.typing import StateType

from .coordinator import AccountCoordinator, AccountEntry
from .entity import AccountEntity

PARALLEL_UPDATES = 0  # the coordinator tells what changed

_MIDNIGHT_WITHIN: Final = timedelta(minutes=15)
"""The day is the machine's own, which need not be in the time zone of Home Assistant."""


@dataclass(frozen=True, kw_only=True)
class AccountSensorDescription(SensorEntityDescription):
    """A sensor, and where its state is."""

    value: Callable[[AccountCoordinator], StateType]
    attributes: Callable[[AccountCoordinator], Mapping[str, int]] | None = None
    daily: bool = False
    """Whether it begins anew at midnight, though nothing happens then."""


SENSORS = (
    AccountSensorDescription(
        key="response_time",
        translation_key="response_time",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda account: account.usage.response_ms,
    ),
    AccountSensorDescription(
        key="audio_today",
        translation_key="audio_today",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda account: round(account.service.sent_today_s(), 1),
        daily=True,
    ),
    AccountSensorDescription(
        key="utterances",
        translation_key="utterances",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda account: account.usage.utterances,
    ),
    AccountSensorDescription(
        key="errors",
        translation_key="errors",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda account: account.usage.errors.total(),
        attributes=lambda account: dict(account.usage.errors),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccountEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of an account."""
    async_add_entities(AccountSensor(entry.runtime_data, each) for each in SENSORS)


class AccountSensor(AccountEntity, SensorEntity):
    """One number."""

    entity_description: AccountSensorDescription

    def __init__(
        self, coordinator: AccountCoordinator, description: AccountSensorDescription
    ) -> None:
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_unique_id = f"{coordinator.config_entry.entry_id}_{description.key}"

    @override
    async def async_added_to_hass(self) -> None:
        """Notice midnight."""
        await super().async_added_to_hass()
        if self.entity_description.daily:
            self.async_on_remove(
                async_track_time_interval(
                    self.hass, self._look_again, _MIDNIGHT_WITHIN, cancel_on_shutdown=True
                )
            )

    @property
    @override
    def available(self) -> bool:
        """What was counted is known, whether the service answers or not."""
        return True

    @property
    @override
    def native_value(self) -> StateType:
        """As it was counted."""
        return self.entity_description.value(self.coordinator)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, int] | None:
        """What the number is made of."""
        attributes = self.entity_description.attributes
        return attributes(self.coordinator) if attributes else None

    @callback
    def _look_again(self, _: datetime) -> None:
        self.async_write_ha_state()
