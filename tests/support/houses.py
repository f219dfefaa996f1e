"""Houses for the tests, one per language, and what Home Assistant understands of a text."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from hassil import Intents, recognize_all
from hassil.intents import TextSlotList
from home_assistant_intents import get_intents

from wyoming_bridge.house import Area, Floor, House, HouseEntity

_NAMES = {
    "en": "ceiling light|desk fan|coffee machine|thermostat|blinds|garage door|front door|radio"
    "|party time|mood lighting|outdoor humidity|New York|Rosie|doorbell",
    "nl": "plafondlamp|ventilatortje|koffiezetapparaat|thermostaat|zonwering|garagepoort|voordeur"
    "|radio|feestje|sfeer|luchtvochtigheid|Utrecht|Rosie|deurbel",
    "de": "Deckenlampe|Tischlüfter|Kaffeemaschine|Thermostat|Markise|Garagentor|Haustür|Radio"
    "|Partyzeit|Stimmung|Luftfeuchtigkeit|München|Rosie|Klingel",
    "fr": "plafonnier|ventilo du bureau|cafetière|thermostat|store|portail|porte d'entrée|radio"
    "|heure de fête|ambiance|humidité|Lyon|Rosie|sonnette",
}
_DOMAINS = (
    *("light", "fan", "switch", "climate", "cover", "cover", "lock", "media_player"),
    *("script", "scene", "sensor", "weather", "vacuum", "button"),
)
_AREAS = {
    "en": "kitchen|living room|bedroom|office",
    "nl": "keuken|woonkamer|slaapkamer|kantoor",
    "de": "Küche|Wohnzimmer|Schlafzimmer|Büro",
    "fr": "cuisine|salon|chambre|bureau",
}
_FLOORS = {"en": "ground floor", "nl": "begane grond", "de": "Erdgeschoss", "fr": "rez-de-chaussée"}


def house_in(language: str) -> House:
    """Return a house with one entity for each kind of command."""
    classes = {5: "garage", 10: "humidity"}
    return House(
        language=language,
        floors=(Floor(name=_FLOORS[language]),),
        areas=tuple(Area(name=name) for name in _AREAS[language].split("|")),
        entities=tuple(
            HouseEntity(name=name, domain=domain, device_class=classes.get(i))
            for i, (name, domain) in enumerate(
                zip(_NAMES[language].split("|"), _DOMAINS, strict=True)
            )
        ),
    )


@cache
def _intents(language: str) -> Intents:
    values = get_intents(language)
    assert values is not None
    return Intents.from_dict(values)


def understood(text: str, house: House) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield each intent that Home Assistant finds in a text, with the values of its slots."""
    context = {
        each.name: {"domain": each.domain}
        | ({"device_class": each.device_class} if each.device_class else {})
        for each in house.entities
    }
    lists = {
        "name": TextSlotList.from_tuples(
            [(name, name, values) for name, values in context.items()], allow_template=False
        ),
        "area": TextSlotList.from_strings([each.name for each in house.areas]),
        "floor": TextSlotList.from_strings([each.name for each in house.floors]),
    }
    for result in recognize_all(
        text,
        _intents(house.language),
        slot_lists=lists,
        intent_context={"area": house.areas[0].name},
        language=house.language,
    ):
        yield result.intent.name, {key: each.value for key, each in result.entities.items()}
