"""Finds the intent of a text, with Home Assistant's own sentences and the names of a house."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ..errors import ConfigError
from .house import House
from .libraries import intents_of

if TYPE_CHECKING:
    from hassil.intents import TextSlotList

__all__ = ["Intent", "Understanding"]


@dataclass(frozen=True, slots=True)
class Intent:
    """An intent with the values of its slots."""

    name: str
    slots: frozenset[tuple[str, str]]


class Understanding:
    """Recognises the intents of texts in one house with hassil, as Home Assistant's agent does.

    ``area`` is the area of the satellite that hears the commands. Home Assistant needs it for
    commands that name neither an area nor an entity, such as "pause".

    Raises:
        ConfigError: Home Assistant has no sentences in the language.
        DependencyError: A library of the extra ``house`` is not installed.
    """

    def __init__(self, house: House, *, area: str) -> None:
        intents = intents_of(house.language)
        if intents is None:
            raise ConfigError(f"Home Assistant has no sentences in the language {house.language}")
        from hassil.intents import TextSlotList

        self._language = house.language
        self._area = area
        self._intents = intents
        self._lists: Mapping[str, TextSlotList] = {
            "name": TextSlotList.from_tuples(
                [
                    (name, each.name, _context(each.domain, each.device_class))
                    for each in house.entities
                    for name in (each.name, *each.aliases)
                ],
                allow_template=False,
            ),
            "area": _called([each.name for each in house.areas]),
            "floor": _called([each.name for each in house.floors]),
        }

    @cache  # noqa: B019 - the object is needed until the process ends
    def of(self, text: str) -> Intent | None:
        """Return the intent of a text, or None if it is not understood."""
        from hassil import recognize_best

        result = recognize_best(
            text,
            self._intents,
            slot_lists=dict(self._lists),
            intent_context={"area": self._area},
            language=self._language,
            best_slot_name="name",
        )
        if result is None:
            return None
        slots = {(key, _plain(each.value)) for key, each in result.entities.items()}
        return Intent(result.intent.name, frozenset(slots))


def _plain(value: object) -> str:
    """Return a slot's value as text. hassil's value is 50.0 for "50", and 50 for "fifty"."""
    if isinstance(value, int | float):
        return f"{value:g}"
    return str(value).strip()


def _context(domain: str, device_class: str | None) -> dict[str, str]:
    return {"domain": domain} | ({"device_class": device_class} if device_class else {})


def _called(names: list[str]) -> "TextSlotList":
    from hassil.intents import TextSlotList

    return TextSlotList.from_strings(names, allow_template=False)
