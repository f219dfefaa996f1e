"""Sensors of an account: response time, audio sent, utterances and errors."""

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

PARALLEL_UPDATES = 0  # the coordinator pushes updates

_DAILY_INTERVAL: Final = timedelta(minutes=15)
"""How often a daily sensor is updated. Its day ends at midnight in the time zone of the machine,
which can differ from Home Assistant's."""


@dataclass(frozen=True, kw_only=True)
class AccountSensorDescription(SensorEntityDescription):
    """Description of a sensor, with functions that return its state and attributes."""

    value: Callable[[AccountCoordinator], StateType]
    attributes: Callable[[AccountCoordinator], Mapping[str, int]] | None = None
    daily: bool = False
    """Whether the value is reset at midnight."""


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
    """A sensor of an account."""

    entity_description: AccountSensorDescription

    def __init__(
        self, coordinator: AccountCoordinator, description: AccountSensorDescription
    ) -> None:
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_unique_id = f"{coordinator.config_entry.entry_id}_{description.key}"

    @override
    async def async_added_to_hass(self) -> None:
        """Update a daily sensor regularly, so that it is reset after midnight."""
        await super().async_added_to_hass()
        if self.entity_description.daily:
            self.async_on_remove(
                async_track_time_interval(
                    self.hass, self._update, _DAILY_INTERVAL, cancel_on_shutdown=True
                )
            )

    @property
    @override
    def available(self) -> bool:
        """Return True: the counters do not depend on the service."""
        return True

    @property
    @override
    def native_value(self) -> StateType:
        """Return the value."""
        return self.entity_description.value(self.coordinator)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, int] | None:
        """Return the number of errors per error code."""
        attributes = self.entity_description.attributes
        return attributes(self.coordinator) if attributes else None

    @callback
    def _update(self, _: datetime) -> None:
        self.async_write_ha_state()
