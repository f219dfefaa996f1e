"""The house of this Home Assistant: the names that its commands can use."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.components.homeassistant.exposed_entities import (
    async_listen_entity_updates,
    async_should_expose,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import ATTR_DEVICE_CLASS, ATTR_FRIENDLY_NAME, EVENT_STATE_CHANGED
from homeassistant.core import (
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from homeassistant.helpers import intent
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .bridge import House, JsonFields, Registries, house_of, likely_names
from .const import CONF_HOME_NAMES, CONF_TERMS, DOMAIN, LOGGER, SECTION_BIAS
from .conversation_agent import CustomSentences, CustomSentencesReader

_ASSISTANT: Final = "conversation"
"""The name of Assist in Home Assistant's list of exposed entities."""

_REGISTRIES: Final = tuple(
    str(each)
    for each in (
        ar.EVENT_AREA_REGISTRY_UPDATED,
        fr.EVENT_FLOOR_REGISTRY_UPDATED,
        dr.EVENT_DEVICE_REGISTRY_UPDATED,  # a device's new name changes the names of its entities
        er.EVENT_ENTITY_REGISTRY_UPDATED,
    )
)


class HomeAssistantHouse:
    """Home Assistant's floors, areas and exposed entities, as a house and as a list of names.

    A house is built when it is needed, and again after one of its names has changed.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._exposed_names: dict[str, str] = {}
        """The name of each exposed entity by its entity ID, as the house spells it."""
        self._spoken: dict[str, datetime] = {}
        """When an utterance last named each entity, by the entity's name. Empty after a restart."""
        self._houses: dict[str, House] = {}
        self._reader = CustomSentencesReader(hass)
        self._custom_sentences: dict[str, CustomSentences] = {}
        self._reading = asyncio.Lock()

    def names(self, house: House) -> tuple[str, ...]:
        """Return all names of a house, the likeliest first.

        A service that accepts only a few names gets the first ones.
        """
        states = filter(None, map(self._hass.states.get, self._exposed_names))
        used = dict(self._spoken)
        for state in states:
            # Only a change by a user suggests that people will say the name of the entity.
            if state.context.user_id is not None:
                name = self._exposed_names[state.entity_id]
                used[name] = max(state.last_changed, used.get(name, state.last_changed))
        return likely_names(house, commanded=sorted(used, key=used.__getitem__, reverse=True))

    @callback
    def spoken(self, text: str) -> None:
        """Note which entities the text of an utterance names.

        Home Assistant does not say who spoke to a satellite. So the change that follows a voice
        command has no user, and the text shows which entity was commanded.
        """
        house = next(iter(self._houses.values()), None)  # the names are the same in all languages
        if house is None:
            return
        named = dict.fromkeys(house.entities_in(text), dt_util.utcnow())
        known = {each.name for each in house.entities}
        together = {**self._spoken, **named}
        self._spoken = {name: when for name, when in together.items() if name in known}

    @callback
    def house(self, language: str | None = None) -> House:
        """Return the house with commands in a language, by default Home Assistant's language."""
        language = language or self._hass.config.language
        if language not in self._houses:
            self._houses[language] = house_of(self._registries(language))
        return self._houses[language]

    @callback
    def async_house(self, language: str | None = None) -> House:
        """Return the house for an utterance, by default in Home Assistant's language.

        Also read the user's custom sentences in the background. If there are new ones, the house
        for the next utterance contains them.
        """
        self._hass.async_create_background_task(
            self._async_read_custom_sentences(language or self._hass.config.language),
            name=f"{DOMAIN} custom sentences",
        )
        return self.house(language)

    @callback
    def async_watch(self) -> None:
        """Watch for changes as long as Home Assistant runs."""
        for registry in _REGISTRIES:
            self._hass.bus.async_listen(registry, self._changed)
        self._hass.bus.async_listen(
            EVENT_STATE_CHANGED, self._changed, event_filter=_concerns_names
        )
        async_listen_entity_updates(self._hass, _ASSISTANT, self._changed)
        get_agent_manager(self._hass).subscribe_intents(self._changed)

    @callback
    def _changed(self, _: object = None) -> None:
        self._houses.clear()

    async def _async_read_custom_sentences(self, language: str) -> None:
        async with self._reading:  # a lock, so that an older reading never replaces a newer one
            custom = await self._reader.async_read(language)
        if custom == self._custom_sentences.get(language, CustomSentences()):
            return
        self._custom_sentences[language] = custom
        if problems := custom.problems:
            LOGGER.warning(
                "Custom sentences that are not used to interpret transcripts: %d. The first "
                "problem: %s",
                len(problems),
                problems[0],
            )
        self._houses.pop(language, None)

    def _exposed(self) -> Iterator[tuple[State, er.RegistryEntry | None]]:
        """Yield the state of each exposed entity, and its entry in the registry if it has one."""
        entities = er.async_get(self._hass)
        for state in self._hass.states.async_all():
            if async_should_expose(self._hass, _ASSISTANT, state.entity_id):
                yield state, entities.async_get(state.entity_id)

    def _registries(self, language: str) -> Registries:
        """Return the registries as plain values, from which the package builds a house."""
        exposed = list(self._exposed())
        names = {
            state.entity_id: intent.async_get_entity_aliases(self._hass, entry, state=state)
            for state, entry in exposed
        }
        self._exposed_names = {
            entity_id: " ".join(aliases[0].split())
            for entity_id, aliases in names.items()
            if aliases
        }
        triggers = get_agent_manager(self._hass).trigger_sentences
        custom = self._custom_sentences.get(language, CustomSentences())
        return Registries(
            config=_fields(language=language),
            floors=[
                _fields(floor_id=each.floor_id, name=each.name, aliases=list(each.aliases))
                for each in fr.async_get(self._hass).async_list_floors()
            ],
            areas=[
                _fields(
                    area_id=each.id,
                    name=each.name,
                    aliases=list(each.aliases),
                    floor_id=each.floor_id,
                )
                for each in ar.async_get(self._hass).async_list_areas()
            ],
            # The entities below already have the names and the areas that come from devices.
            devices=(),
            entries={
                state.entity_id: _fields(
                    aliases=names[state.entity_id],
                    area_id=er.async_get_effective_area_id(self._hass, entry),
                    device_class=entry.device_class,
                    original_device_class=entry.original_device_class,
                )
                for state, entry in exposed
                if entry
            },
            states={
                state.entity_id: _fields(
                    **{
                        ATTR_FRIENDLY_NAME: state.name,
                        ATTR_DEVICE_CLASS: state.attributes.get(ATTR_DEVICE_CLASS),
                    }
                )
                for state, _ in exposed
            },
            # A trigger cannot use rules: Home Assistant does not load any for triggers.
            sentences=[*(each for each in triggers if "<" not in each), *custom.sentences],
            skip_words=custom.skip_words,
        )


HOUSE: Final[HassKey[HomeAssistantHouse]] = HassKey(f"{DOMAIN}_house")
"""The house that all accounts share."""


@callback
def terms_of(
    subentry: ConfigSubentry,
    home: HomeAssistantHouse,
    *,
    language: str | None,
    names: Sequence[str] = (),
) -> tuple[str, ...]:
    """Return the terms of a subentry: the user's own, then the names of the house if chosen.

    ``names`` replaces the names that the house has now, unless it is empty.
    """
    bias = subentry.data.get(SECTION_BIAS, {})
    own: Sequence[str] = bias.get(CONF_TERMS, ())
    if not bias.get(CONF_HOME_NAMES):
        return tuple(own)
    # The names of a recording are all terms that were sent, so the user's own can be among them.
    return tuple(dict.fromkeys([*own, *(names or home.names(home.house(language)))]))


def _fields(**values: object) -> JsonFields:
    return JsonFields(values, provider="Home Assistant")


@callback
def _concerns_names(change: EventStateChangedData) -> bool:
    """Return whether an entity was added, removed or renamed."""
    old, new = change["old_state"], change["new_state"]
    return old is None or new is None or old.name != new.name
