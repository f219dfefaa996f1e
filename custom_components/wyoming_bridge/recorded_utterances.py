"""Finds the entities and the recorded utterance that an action names.

The recordings of an entity can be used even if its service is down, its account is not loaded or
the entity is disabled. So these actions find entities in the registry. Home Assistant's own entity
actions leave out the entities that are unavailable.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeassistant.components.stt import DOMAIN as STT
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID, ENTITY_MATCH_ALL
from homeassistant.core import (
    EntityServiceResponse,
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
from homeassistant.util import dt as dt_util

from .account_settings import is_bridge
from .bridge import BridgeError, Kept, Store
from .const import DOMAIN, LOGGER
from .coordinator import AccountEntry
from .failures import invalid, recordings_unusable
from .recorders import EntityRecorder, store_of

ATTR_UTTERANCE: Final = "utterance"

_NAMED: Final = 5
"""How many recordings an error names, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEntity:
    """An entity whose recordings an action uses. It may be unavailable."""

    hass: HomeAssistant
    subentry_id: str
    recorder: EntityRecorder | None
    """None if the account is not loaded, so that nothing is being recorded."""

    async def async_store(self) -> Store:
        """Return the recordings of the entity, after the utterances that have ended are written."""
        if self.recorder:
            await self.recorder.async_written()
        return store_of(self.hass, self.subentry_id)


Action = Callable[[RecordedEntity, ServiceCall], Awaitable[ServiceResponse]]
"""An action on the recordings of one entity."""


async def async_for_each(action: Action, call: ServiceCall) -> EntityServiceResponse | None:
    """Carry out an action for each entity that is a target of the call.

    Raises:
        ServiceValidationError: No target is an entity of this integration, or one of them is an
            entity of a remote bridge. The action was not carried out for any entity.
        HomeAssistantError: The recordings of an entity cannot be used.
    """
    responses: EntityServiceResponse = {}
    for entity_id, entity in _entities(call).items():
        try:
            responses[entity_id] = await action(entity, call)
        except BridgeError as error:
            raise HomeAssistantError(error.message, **recordings_unusable(error)) from error
    return responses if call.return_response else None


@callback
def _entities(call: ServiceCall) -> dict[str, RecordedEntity]:
    """Return the speech-to-text entities of this integration that are targets of a call.

    Raises:
        ServiceValidationError: There are none, or one of them is an entity of a remote bridge.
    """
    hass = call.hass
    registered = {
        each.entity_id: (account, each.unique_id)
        for account in hass.config_entries.async_entries(DOMAIN)
        for each in er.async_entries_for_config_entry(er.async_get(hass), account.entry_id)
        if each.domain == STT
    }
    wanted = set(registered)
    if call.data.get(ATTR_ENTITY_ID) != ENTITY_MATCH_ALL:
        targets = async_extract_referenced_entity_ids(hass, TargetSelection(call.data))
        wanted &= targets.referenced | targets.indirectly_referenced
        targets.log_missing(targets.referenced - wanted, LOGGER)
    found = {
        entity_id: _entity(hass, account, subentry_id)
        for entity_id, (account, subentry_id) in registered.items()
        if entity_id in wanted
    }
    if not found:
        raise invalid("no_entities")
    return found


def _entity(hass: HomeAssistant, account: AccountEntry, subentry_id: str) -> RecordedEntity:
    if is_bridge(account.data):
        raise invalid("recorded_by_bridge", entity=account.subentries[subentry_id].title)
    is_loaded = account.state is ConfigEntryState.LOADED
    return RecordedEntity(
        hass=hass,
        subentry_id=subentry_id,
        recorder=account.runtime_data.recorders[subentry_id] if is_loaded else None,
    )


def named_utterance(call: ServiceCall) -> str | None:
    """Return the id that a call names; None if the field is missing or empty."""
    value = call.data.get(ATTR_UTTERANCE)
    return None if value is None else str(value).strip() or None


def chosen(kept: Sequence[Kept], utterance_id: str | None) -> Kept:
    """Return the recording of an utterance; without an id, the first recording in ``kept``.

    Raises:
        ServiceValidationError: There is no such recording; the message names the newest ones.
    """
    if not kept:
        raise invalid("no_recordings")
    if utterance_id is None:
        return kept[0]
    for each in kept:
        if each.id == utterance_id:
            return each
    newest = ", ".join(each.id for each in kept[:_NAMED])
    raise invalid("no_such_recording", utterance=utterance_id, newest=newest)


def local_time(moment: datetime) -> str:
    """Return a moment as ISO 8601 in the time zone of Home Assistant."""
    return dt_util.as_local(moment).isoformat()
