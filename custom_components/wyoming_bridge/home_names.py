"""The names of the home, which generic recognisers often get wrong."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from homeassistant.components.homeassistant.exposed_entities import (
    async_listen_entity_updates,
    async_should_expose,
)
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from homeassistant.helpers import intent

_ASSISTANT: Final = "conversation"
"""The name of Assist in Home Assistant's list of exposed entities."""

_REGISTRIES: Final = tuple(
    str(each)
    for each in (
        ar.EVENT_AREA_REGISTRY_UPDATED,
        fr.EVENT_FLOOR_REGISTRY_UPDATED,
        dr.EVENT_DEVICE_REGISTRY_UPDATED,  # entity names contain device names
        er.EVENT_ENTITY_REGISTRY_UPDATED,
    )
)


class HomeNames:
    """Names and aliases of floors, areas and the entities that are exposed to Assist.

    The names are collected on demand, and again after a change.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._names: tuple[str, ...] | None = None

    def names(self) -> tuple[str, ...]:
        """Return the names in this order: floors, areas, entities.

        A service that accepts only a few names gets the first ones.
        """
        if self._names is None:
            self._names = tuple(dict.fromkeys(filter(None, map(str.strip, self._collect()))))
        return self._names

    @callback
    def async_watch(self) -> CALLBACK_TYPE:
        """Watch for changes; return the function that stops watching."""
        listeners: list[Callable[[], None]] = [
            self._hass.bus.async_listen(registry, self._changed) for registry in _REGISTRIES
        ]
        listeners.append(
            self._hass.bus.async_listen(
                EVENT_STATE_CHANGED, self._changed, event_filter=_concerns_names
            )
        )
        listeners.append(async_listen_entity_updates(self._hass, _ASSISTANT, self._changed))

        def stop() -> None:
            for each in listeners:
                each()

        return stop

    @callback
    def _changed(self, _: Event[Any] | None = None) -> None:
        self._names = None

    def _collect(self) -> Iterator[str]:
        for floor in fr.async_get(self._hass).async_list_floors():
            yield floor.name
            yield from sorted(floor.aliases)
        for area in ar.async_get(self._hass).async_list_areas():
            yield area.name
            yield from sorted(area.aliases)
        entities = er.async_get(self._hass)
        for state in self._hass.states.async_all():
            if async_should_expose(self._hass, _ASSISTANT, state.entity_id):
                entry = entities.async_get(state.entity_id)
                yield from intent.async_get_entity_aliases(self._hass, entry, state=state)


@callback
def _concerns_names(change: EventStateChangedData) -> bool:
    """Return whether an entity was added, removed or renamed."""
    old, new = change["old_state"], change["new_state"]
    return old is None or new is None or old.name != new.name
