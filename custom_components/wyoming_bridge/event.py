"""Event entities that show transcripts as they grow: one per subentry."""

from asyncio import TimerHandle
from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import AccountCoordinator, AccountEntry
from .entity import SubentryEntity, add_to_subentries
from .partial_pacer import PartialPacer
from .transcripts import TranscriptKind, TranscriptUpdate, transcript_signal

PARALLEL_UPDATES = 0  # the entity neither polls nor has actions


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccountEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the entities of an account."""
    add_to_subentries(entry, async_add_entities, lambda *each: [TranscriptEvent(*each)])


class TranscriptEvent(SubentryEntity, EventEntity):
    """Shows the words of the current utterances. It is disabled by default, for privacy."""

    _attr_entity_registry_enabled_default = False
    _attr_translation_key = "transcript"
    _unrecorded_attributes = frozenset({"text", "said", "repair", "utterance_id"})

    def __init__(self, coordinator: AccountCoordinator, subentry: ConfigSubentry) -> None:
        super().__init__(coordinator, subentry)
        self._attr_event_types = list(TranscriptKind)
        self._attr_unique_id = f"{subentry.subentry_id}_transcript"
        self._pacer = PartialPacer()
        self._timer: TimerHandle | None = None

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
            async_dispatcher_connect(self.hass, transcript_signal(self.subentry_id), self._take)
        )
        self.async_on_remove(self._stop_timer)

    @callback
    def _take(self, transcript: TranscriptUpdate) -> None:
        if now_due := self._pacer.take(transcript):
            self._publish(now_due)
        self._pass_on()

    @callback
    def _pass_on(self) -> None:
        """Publish the partial that is due, and set the timer for the next one."""
        loop = self.hass.loop
        if partial := self._pacer.pass_on(now=loop.time()):
            self._publish(partial)
        self._stop_timer()
        if (due := self._pacer.next_due) is not None:
            self._timer = loop.call_at(due, self._pass_on)

    @callback
    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    @callback
    def _publish(self, transcript: TranscriptUpdate) -> None:
        attributes = {
            "utterance_id": transcript.utterance_id,
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
