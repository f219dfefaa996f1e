"""Switches that record what people say to an entity. Entities of a remote bridge have none."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account_settings import is_bridge
from .bridge import BridgeError
from .coordinator import AccountCoordinator, AccountEntry
from .entity import SubentryEntity, add_to_subentries
from .failures import recordings_unusable

PARALLEL_UPDATES = 0  # the lock of the recorder already prevents parallel changes


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccountEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches of an account. A remote bridge has its own setting for recordings."""
    if not is_bridge(entry.data):
        add_to_subentries(entry, async_add_entities, lambda *each: [RecordSwitch(*each)])


class RecordSwitch(SubentryEntity, SwitchEntity):
    """Turns the recorder of an entity on and off. It is off by default, for privacy.

    If the user disables this switch, recording ends too.
    """

    _attr_entity_category = EntityCategory.CONFIG
    _attr_translation_key = "record"

    def __init__(self, coordinator: AccountCoordinator, subentry: ConfigSubentry) -> None:
        super().__init__(coordinator, subentry)
        self._attr_unique_id = f"{subentry.subentry_id}_record"
        self._recorder = coordinator.recorders[subentry.subentry_id]

    @override
    async def async_added_to_hass(self) -> None:
        """Record again if the switch was on."""
        await super().async_added_to_hass()
        await self._recorder.async_restore()

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Stop recording, and wait until everything is written."""
        await super().async_will_remove_from_hass()
        await self._recorder.async_stop()

    @property
    @override
    def available(self) -> bool:
        """Return True: recording does not depend on the service."""
        return True

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the next utterance is recorded."""
        return self._recorder.is_on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Record the utterances that begin from now on."""
        try:
            await self._recorder.async_turn_on()
        except BridgeError as error:
            raise HomeAssistantError(error.message, **recordings_unusable(error)) from error

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Stop recording. Keep the recordings."""
        try:
            await self._recorder.async_turn_off()
        except BridgeError as error:
            raise HomeAssistantError(error.message, **recordings_unusable(error)) from error
