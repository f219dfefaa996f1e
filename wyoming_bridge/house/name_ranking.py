"""Sorts the names of a house by how likely a command contains them.

Some services accept only a few names.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from .house import House
from .parts import Area, Floor, HouseEntity, names_of

__all__ = ["likely_names"]

_EVERY_DAY: Final = frozenset({"light", "cover", "climate", "media_player"})
"""The domains of the entities that people command by voice every day."""

_COMMANDED: Final = _EVERY_DAY | {
    "automation",
    "button",
    "fan",
    "humidifier",
    "input_boolean",
    "input_button",
    "input_number",
    "input_select",
    "lawn_mower",
    "lock",
    "scene",
    "script",
    "siren",
    "switch",
    "todo",
    "vacuum",
    "valve",
    "water_heater",
}
"""The domains of entities that a command can change. Other entities can only be asked about."""


def likely_names(house: House, *, commanded: Sequence[str] = ()) -> tuple[str, ...]:
    """Return all names of a house, each once, the likeliest first. Aliases follow their names.

    ``commanded`` are the names of entities that a person has changed, the latest first. The order:

    1. the areas and floors in which there is something to command
    2. the entities in ``commanded``
    3. lights, covers, climates and media players
    4. the other entities that commands can change
    5. the other areas, floors and entities

    Within 3, 4 and 5, entities that are in an area precede other entities. Among the entities with
    an area, and among those without, short names precede long ones.
    """
    used = {each.area for each in house.entities if each.domain in _COMMANDED}
    used |= {each.floor for each in house.areas if each.name in used}
    places: list[Area | Floor] = [*house.areas, *house.floors]
    latest = {name: index for index, name in reversed([*enumerate(commanded)])}

    def rank(entity: HouseEntity) -> tuple[int, int, bool, int]:
        if entity.name in latest:
            return _Group.LATEST, latest[entity.name], False, 0
        return _group_of(entity.domain), 0, entity.area is None, len(entity.name)

    entities = sorted(house.entities, key=rank)
    likely = [each for each in entities if rank(each)[0] < _Group.OTHER]
    return names_of(
        (
            *(place for place in places if place.name in used),
            *likely,
            *(place for place in places if place.name not in used),
            *entities[len(likely) :],
        )
    )


class _Group(IntEnum):
    """The groups of entities, from those that commands name most often to the others."""

    LATEST = 0
    EVERY_DAY = 1
    COMMANDED = 2
    OTHER = 3


def _group_of(domain: str) -> _Group:
    if domain in _EVERY_DAY:
        return _Group.EVERY_DAY
    return _Group.COMMANDED if domain in _COMMANDED else _Group.OTHER
