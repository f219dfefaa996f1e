"""Event entities that show transcripts as they grow: one per subentry."""

from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import AccountCoordinator, AccountEntry
from .entity import SubentryEntity, add_to_subentries
from .transcripts import TranscriptKind, TranscriptUpdate, transcript_signal

PARALLEL_UPDATES = 0  # the entity only reports


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccountEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the entities of an account."""
    add_to_subentries(entry, async_add_entities, lambda *each: [TranscriptEvent(*each)])


class TranscriptEvent(SubentryEntity, EventEntity):
    """The words of the current utterance; disabled by default, for privacy."""

    _attr_entity_registry_enabled_default = False
    _attr_translation_key = "transcript"
    _unrecorded_attributes = frozenset({"text", "said"})

    def __init__(self, coordinator: AccountCoordinator, subentry: ConfigSubentry) -> None:
        super().__init__(coordinator, subentry)
        self._attr_event_types = list(TranscriptKind)
        self._attr_unique_id = f"{subentry.subentry_id}_transcript"

    @property
    @override
    def available(self) -> bool:
        """Return True: the entity also reports errors, and a fallback may transcribe."""
        return True

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to the transcripts."""
        await super().async_added_to_hass()
        self.async_on_remove(
            async_dispatcher_connect(self.hass, transcript_signal(self.subentry_id), self._publish)
        )

    @callback
    def _publish(self, transcript: TranscriptUpdate) -> None:
        attributes = {
            "text": transcript.text,
            "language": transcript.language,
            "code": transcript.code,
            "said": transcript.said,
            "repair": transcript.repair,
            "completeness": transcript.completeness,
        }
        shown = {name: value for name, value in attributes.items() if value is not None}
        self._trigger_event(transcript.kind, shown)
        self.async_write_ha_state()
