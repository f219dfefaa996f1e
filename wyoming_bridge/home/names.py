"""Reads Home Assistant's registries as a house.

The names are those that Home Assistant's own conversation agent understands. Sources, in Home
Assistant 2026.11.0: ``async_get_entity_aliases`` in ``helpers/intent.py``, and
``async_get_full_entity_name`` and ``as_partial_dict`` in ``helpers/entity_registry.py``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ..house import Area, Floor, House, HouseEntity
from ..house.data import (
    LANGUAGE,
    MAX_ALIASES,
    MAX_AREAS,
    MAX_ENTITIES,
    MAX_FLOORS,
    MAX_NAME_LENGTH,
    MAX_SENTENCE_LENGTH,
    MAX_SENTENCES,
    MAX_SKIP_WORDS,
    normal,
)
from ..house.size import limited
from ..json_fields import JsonFields

__all__ = ["Registries", "house_of"]

_DEFAULT_LANGUAGE: Final = "en"

_WORD: Final = re.compile(r"[a-z][a-z0-9_]{0,49}")
"""The form of an entity's domain or device class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registries:
    """The answers of Home Assistant that contain the names of the house."""

    config: JsonFields
    """The answer to ``get_config``."""
    floors: Sequence[JsonFields]
    areas: Sequence[JsonFields]
    devices: Sequence[JsonFields]
    entries: Mapping[str, JsonFields]
    """The registry entries of the exposed entities, by entity id. Some entities have no entry."""
    states: Mapping[str, JsonFields]
    """The attributes of each exposed entity that exists now, by entity id."""
    sentences: Iterable[object]
    """The sentences that trigger automations, as hassil templates."""
    skip_words: Iterable[object] = ()
    """The user's own words that add nothing to a command."""


def house_of(found: Registries) -> House:
    """Return the house. Leave out what is invalid or exceeds the limits of a house."""
    floors = _by_id(found.floors, "floor_id")
    areas = _by_id(found.areas, "area_id")
    devices = _by_id(found.devices, "id")
    floor_names = _names_by_id(floors, most=MAX_FLOORS)
    area_names = _names_by_id(areas, most=MAX_AREAS)
    entities = (
        _entity(
            entity_id,
            found.states[entity_id],
            entry=found.entries.get(entity_id),
            devices=devices,
            area_names=area_names,
        )
        for entity_id in sorted(found.states)
    )
    language = found.config.spare_text("language") or ""
    house = House(
        entities=tuple(filter(None, entities))[:MAX_ENTITIES],
        areas=tuple(
            Area(
                name=name,
                aliases=_set(areas[area_id], name),
                floor=floor_names.get(areas[area_id].spare_text("floor_id") or ""),
            )
            for area_id, name in area_names.items()
        ),
        floors=tuple(
            Floor(name=name, aliases=_set(floors[floor_id], name))
            for floor_id, name in floor_names.items()
        ),
        language=language if LANGUAGE.fullmatch(language) else _DEFAULT_LANGUAGE,
        sentences=_texts(found.sentences, longest=MAX_SENTENCE_LENGTH)[:MAX_SENTENCES],
        skip_words=_texts(found.skip_words)[:MAX_SKIP_WORDS],
    )
    return limited(house)


def _by_id(entries: Iterable[JsonFields], key: str) -> dict[str, JsonFields]:
    return {found: each for each in entries if (found := each.spare_text(key))}


def _names_by_id(entries: Mapping[str, JsonFields], *, most: int) -> dict[str, str]:
    """Return the names of floors or areas by id, without those that have no valid name."""
    named = ((each, _name(entries[each].values.get("name"))) for each in entries)
    return dict(islice((pair for pair in named if pair[1]), most))


def _entity(
    entity_id: str,
    attributes: JsonFields,
    *,
    entry: JsonFields | None,
    devices: Mapping[str, JsonFields],
    area_names: Mapping[str, str],
) -> HouseEntity | None:
    """Return an entity, or None if no command can name it."""
    domain, _, object_id = entity_id.partition(".")
    own_name = attributes.spare_text("friendly_name") or object_id.replace("_", " ")
    listed: list[object] = [None]
    area_id, device_class = "", attributes.spare_text("device_class")
    if entry is not None:
        device = devices.get(entry.spare_text("device_id") or "")
        if "next_name_part" in entry.values:  # else this Home Assistant is older than 2026.10
            own_name = _full_name(entry, device, devices)
        aliases = entry.values.get("aliases")
        listed = aliases if isinstance(aliases, list) else listed
        area_id = entry.spare_text("area_id") or _area_of(device, devices)
        device_class = (
            entry.spare_text("device_class")
            or device_class
            or entry.spare_text("original_device_class")
        )
    # An alias of null stands for the entity's own name. Its place in the list is the user's choice.
    names = _texts(own_name if each is None else each for each in listed)
    if not names or not _WORD.fullmatch(domain):
        return None
    return HouseEntity(
        name=names[0],
        domain=domain,
        aliases=names[1 : 1 + MAX_ALIASES],
        area=area_names.get(area_id),
        device_class=device_class if _WORD.fullmatch(device_class or "") else None,
    )


def _full_name(
    entry: JsonFields, device: JsonFields | None, devices: Mapping[str, JsonFields]
) -> str:
    """Return an entity's own name, which begins with the names of its devices.

    ``next_name_part`` says whether the name of a device is a part of the entity's name.
    """
    parts: list[str | None] = []
    if device and entry.spare_text("next_name_part") == "device":
        parent = devices.get(device.spare_text("parent_device_id") or "")
        if parent and device.spare_text("next_name_part") == "parent_device":
            parts.append(_device_name(parent))
        parts.append(_device_name(device))
    name = entry.spare_text("name")
    parts.append(entry.spare_text("original_name") if name is None else name)
    return " ".join(filter(None, parts))


def _device_name(device: JsonFields) -> str | None:
    return device.spare_text("name_by_user") or device.spare_text("name")


def _area_of(device: JsonFields | None, devices: Mapping[str, JsonFields]) -> str:
    """Return the id of a device's area, or of its parent device's area, or an empty string."""
    if device is None:
        return ""
    parent = devices.get(device.spare_text("parent_device_id") or "")
    inherited = parent.spare_text("area_id") if parent else None
    return device.spare_text("area_id") or inherited or ""


def _set(fields: JsonFields, name: str) -> tuple[str, ...]:
    """Return the aliases of an area or a floor. Sort them, because they arrive in any order."""
    aliases = fields.values.get("aliases")
    found = _texts(aliases) if isinstance(aliases, list) else ()
    return tuple(sorted(each for each in found if each != name))[:MAX_ALIASES]


def _texts(texts: Iterable[object], *, longest: int = MAX_NAME_LENGTH) -> tuple[str, ...]:
    """Return the valid texts without duplicates."""
    return tuple(dict.fromkeys(name for each in texts if (name := _name(each, longest=longest))))


def _name(text: object, *, longest: int = MAX_NAME_LENGTH) -> str:
    """Return a text without needless spaces; empty if it is not a string or is too long."""
    if not isinstance(text, str) or len(text) > longest:
        return ""
    name = normal(text.encode("utf-8", "ignore").decode())  # JSON can contain lone surrogates
    return name if len(name) <= longest else ""
