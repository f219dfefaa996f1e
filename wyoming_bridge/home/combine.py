"""Combines the house in the user's configuration with the house from Home Assistant."""

from collections.abc import Iterable

from ..house import Area, Floor, House
from ..house.data import (
    MAX_ALIASES,
    MAX_AREAS,
    MAX_ENTITIES,
    MAX_FLOORS,
    MAX_SENTENCES,
    MAX_SKIP_WORDS,
)
from ..house.size import limited

__all__ = ["combined", "summary_of"]


def combined(own: House | None, told: House | None) -> House | None:
    """Return one house with the names of both, or None if both are None.

    ``own`` is the house in the user's configuration, and its names come first. ``told`` is the
    house from Home Assistant, and its language is used. Two floors or areas with the same name
    become one, with the aliases of both. If both houses have an entity with the same name and
    domain, the entity of ``own`` is kept.
    """
    if own is None or told is None:
        return own or told
    known = {(each.name.casefold(), each.domain) for each in own.entities}
    house = House(
        entities=(
            *own.entities,
            *(each for each in told.entities if (each.name.casefold(), each.domain) not in known),
        )[:MAX_ENTITIES],
        areas=_areas((*own.areas, *told.areas))[:MAX_AREAS],
        floors=_floors((*own.floors, *told.floors))[:MAX_FLOORS],
        language=told.language,
        sentences=_once((*own.sentences, *told.sentences))[:MAX_SENTENCES],
        skip_words=_once((*own.skip_words, *told.skip_words))[:MAX_SKIP_WORDS],
    )
    return limited(house)


def summary_of(house: House) -> str:
    """Return the contents of a house in numbers: "3 entities, 2 areas and 1 floor (8 names)"."""
    counts = [
        _count(len(house.entities), "entity", "entities"),
        _count(len(house.areas), "area", "areas"),
        _count(len(house.floors), "floor", "floors"),
    ]
    names = _count(len(house.terms()), "name", "names")
    return f"{counts[0]}, {counts[1]} and {counts[2]} ({names})"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _areas(areas: Iterable[Area]) -> tuple[Area, ...]:
    found: dict[str, Area] = {}
    for area in areas:
        key = area.name.casefold()
        before = found.get(key)
        found[key] = (
            Area(
                name=before.name,
                aliases=_once((*before.aliases, *area.aliases))[:MAX_ALIASES],
                floor=before.floor or area.floor,
            )
            if before
            else area
        )
    return tuple(found.values())


def _floors(floors: Iterable[Floor]) -> tuple[Floor, ...]:
    found: dict[str, Floor] = {}
    for floor in floors:
        key = floor.name.casefold()
        before = found.get(key)
        found[key] = (
            Floor(
                name=before.name,
                aliases=_once((*before.aliases, *floor.aliases))[:MAX_ALIASES],
            )
            if before
            else floor
        )
    return tuple(found.values())


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
