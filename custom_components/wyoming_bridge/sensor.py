"""Sensors of a speech-to-text entity: response time, audio sent, utterances, errors and terms."""

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
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import StateType

from .coordinator import AccountCoordinator, AccountEntry
from .entity import SubentryEntity, add_to_subentries

PARALLEL_UPDATES = 0  # the coordinator pushes updates

_DAILY_INTERVAL: Final = timedelta(minutes=15)
"""How often a daily sensor is updated. The day ends at midnight in the time zone of the machine,
which can differ from Home Assistant's time zone."""


@dataclass(frozen=True, kw_only=True)
class SubentrySensorDescription(SensorEntityDescription):
    """Description of a sensor, with functions that return its state and attributes.

    The functions get the account and the ID of the subentry.
    """

    value: Callable[[AccountCoordinator, str], StateType]
    attributes: Callable[[AccountCoordinator, str], Mapping[str, object]] | None = None
    daily: bool = False
    """Whether the value is reset at midnight."""
    counts_terms: bool = False
    """Whether the sensor exists only for services that accept terms."""


ATTR_DAILY_LIMIT: Final = "daily_limit"
ATTR_LIMIT_REACHED: Final = "limit_reached"
ATTR_LEFT_OUT: Final = "left_out"


def _daily_limit(account: AccountCoordinator, subentry_id: str) -> Mapping[str, object]:
    """Return the limit of a subentry in seconds, and whether it is reached."""
    limit_s = account.service.daily_limit_s(subentry_id)
    if limit_s is None:
        return {}
    reached = account.service.sent_today_s(subentry_id) >= limit_s
    return {ATTR_DAILY_LIMIT: limit_s, ATTR_LIMIT_REACHED: reached}


def _left_out(account: AccountCoordinator, subentry_id: str) -> Mapping[str, object]:
    """Return the terms that the service does not get, from the most to the least likely one."""
    terms = account.terms(subentry_id)
    return {ATTR_LEFT_OUT: list(terms.left_out)} if terms else {}


def _sent(account: AccountCoordinator, subentry_id: str) -> int | None:
    """Return how many terms the service gets; None if that is not known yet."""
    terms = account.terms(subentry_id)
    return len(terms.sent) if terms else None


SENSORS = (
    SubentrySensorDescription(
        key="response_time",
        translation_key="response_time",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda account, subentry_id: account.usage[subentry_id].response_ms,
    ),
    SubentrySensorDescription(
        key="audio_today",
        translation_key="audio_today",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda account, subentry_id: round(account.service.sent_today_s(subentry_id), 1),
        attributes=_daily_limit,
        daily=True,
    ),
    SubentrySensorDescription(
        key="utterances",
        translation_key="utterances",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda account, subentry_id: account.usage[subentry_id].utterances,
    ),
    SubentrySensorDescription(
        key="errors",
        translation_key="errors",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda account, subentry_id: account.usage[subentry_id].errors.total(),
        attributes=lambda account, subentry_id: dict(account.usage[subentry_id].errors),
    ),
    SubentrySensorDescription(
        key="terms",
        translation_key="terms",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=_sent,
        attributes=_left_out,
        counts_terms=True,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccountEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of an account."""
    add_to_subentries(
        entry,
        async_add_entities,
        lambda account, subentry: [
            SubentrySensor(account, subentry, description)
            for description in SENSORS
            if not description.counts_terms or account.service.takes_terms(subentry.subentry_id)
        ],
    )


class SubentrySensor(SubentryEntity, SensorEntity):
    """A sensor of a speech-to-text entity."""

    entity_description: SubentrySensorDescription
    _unrecorded_attributes = frozenset({ATTR_LEFT_OUT})

    def __init__(
        self,
        coordinator: AccountCoordinator,
        subentry: ConfigSubentry,
        description: SubentrySensorDescription,
    ) -> None:
        super().__init__(coordinator, subentry)
        self.entity_description = description
        self._attr_unique_id = f"{subentry.subentry_id}_{description.key}"

    @override
    async def async_added_to_hass(self) -> None:
        """Schedule the updates that do not follow from an utterance.

        A daily sensor is reset after midnight. The sensor of terms counts the names of entities,
        and all entities exist only after Home Assistant has started.
        """
        await super().async_added_to_hass()
        if self.entity_description.daily:
            self.async_on_remove(
                async_track_time_interval(
                    self.hass, self._update, _DAILY_INTERVAL, cancel_on_shutdown=True
                )
            )
        if self.entity_description.counts_terms:
            self.async_on_remove(async_at_started(self.hass, self._update))

    @property
    @override
    def available(self) -> bool:
        """Return True: the counters do not depend on the service."""
        return True

    @property
    @override
    def native_value(self) -> StateType:
        """Return the value."""
        return self.entity_description.value(self.coordinator, self.subentry_id)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object] | None:
        """Return the attributes, if the sensor has any."""
        attributes = self.entity_description.attributes
        return attributes(self.coordinator, self.subentry_id) if attributes else None

    @callback
    def _update(self, _: datetime | HomeAssistant) -> None:
        self.async_write_ha_state()
