"""Transcripts as they grow, for captions and automations: one entity a subentry."""

from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import AccountCoordinator, AccountEntry
from .entity import SubentryEntity, add_to_subentries
from .transcripts import Transcript, TranscriptKind, signal_of

PARALLEL_UPDATES = 0  # it only tells


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccountEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the entities of an account."""
    add_to_subentries(entry, async_add_entities, TranscriptEvent)


class TranscriptEvent(SubentryEntity, EventEntity):
    """What is being said. Disabled at first: its states hold what people say."""

    _attr_entity_registry_enabled_default = False
    _attr_translation_key = "transcript"
    _unrecorded_attributes = frozenset({"text"})

    def __init__(self, coordinator: AccountCoordinator, subentry: ConfigSubentry) -> None:
        super().__init__(coordinator, subentry)
        self._attr_event_types = list(TranscriptKind)
        self._attr_unique_id = f"{subentry.subentry_id}_transcript"

    @property
    @override
    def available(self) -> bool:
        """That the service is gone is news too, and a fallback may stand in."""
        return True

    @override
    async def async_added_to_hass(self) -> None:
        """Listen."""
        await super().async_added_to_hass()
        self.async_on_remove(
            async_dispatcher_connect(self.hass, signal_of(self.subentry_id), self._show)
        )

    @callback
    def _show(self, transcript: Transcript) -> None:
        known = {
            "text": transcript.text,
            "language": transcript.language,
            "code": transcript.code,
        }
        shown = {name: value for name, value in known.items() if value is not None}
        self._trigger_event(transcript.kind, shown)
        self.async_write_ha_state()
