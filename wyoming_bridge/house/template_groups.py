"""Groups of templates, and the names of the house to put into them."""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .expansion import count_texts, parsed
from .house import House
from .language_templates import Templates
from .parts import HouseEntity, names_of

__all__ = ["Group", "groups_of", "own_groups"]

_log = logging.getLogger(__name__)

_MAX_OWN_EXPANSIONS: Final = 2_000
"""The most texts that one of the user's own sentences may stand for, if ``{name}`` is counted as a
single name."""

_LIST: Final = re.compile(r"\{([^}:]+)")
"""Matches a list in a template, such as ``{area}``, and captures its name."""

_QUESTIONS: Final = ("HassGet", "HassClimateGet")
"""The prefixes of the intents that change nothing in the house."""

_GUARDED_DOMAINS: Final = frozenset({"lock", "alarm_control_panel"})
_GUARDED_CLASSES: Final = frozenset({"garage", "gate", "door"})
_OPENING_DOMAINS: Final = frozenset(
    {"cover", "switch", "input_boolean", "button", "input_button", "script", "scene"}
)
"""The domains of entities that may open an entrance although nothing but their name shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Templates of one intent, and the names to put into them."""

    intent: str
    templates: tuple[str, ...]
    names: tuple[str, ...] | None
    """What ``{name}`` stands for. With None, only the texts without a name are made."""
    guarded: bool
    """Whether a wrong repair could open something: the names are those of locks, alarms and
    entrances, or the texts are the user's own and name no entity, so they could do anything."""


def groups_of(house: House, templates: Templates) -> Iterator[Group]:
    """Yield the groups of templates that the house has names for."""
    domains = {each.domain for each in house.entities}
    for intent, blocks in templates.groups.items():
        for block in blocks:
            sentences = tuple(block["sentences"])
            if not domains.issuperset(block.get("needs", ())):
                continue
            if "domains" not in block:
                yield Group(intent=intent, templates=sentences, names=None, guarded=False)
                continue
            named = [each for each in house.entities if each.domain in block["domains"]]
            if not intent.startswith(_QUESTIONS):
                yield from _by_guard(named, templates.entrances, intent=intent, sentences=sentences)
            elif names := names_of(named):
                yield Group(intent=intent, templates=sentences, names=names, guarded=False)


def _by_guard(
    entities: Sequence[HouseEntity],
    entrances: Sequence[str],
    *,
    intent: str,
    sentences: tuple[str, ...],
) -> Iterator[Group]:
    """Yield a group for the guarded entities, and then one for the others.

    A text that both groups have is kept only in the first one. So a lock stays guarded even if a
    lamp has the same name.
    """
    for guarded in (True, False):
        names = names_of(each for each in entities if _is_guarded(each, entrances) == guarded)
        if names:
            yield Group(intent=intent, templates=sentences, names=names, guarded=guarded)


def _is_guarded(entity: HouseEntity, entrances: Sequence[str]) -> bool:
    """Return whether an entity is a lock, an alarm or an entrance.

    A garage door is often a switch or a button, and a file may state no device class.
    """
    if entity.domain in _GUARDED_DOMAINS:
        return True
    if entity.domain == "cover" and entity.device_class is not None:
        return entity.device_class in _GUARDED_CLASSES
    return entity.domain in _OPENING_DOMAINS and any(
        _names_entrance(name, entrances) for name in (entity.name, *entity.aliases)
    )


def _names_entrance(name: str, entrances: Sequence[str]) -> bool:
    """Return whether a name has a word that means an entrance, or a compound that ends in one."""
    endings = tuple(each.removeprefix("-") for each in entrances if each.startswith("-"))
    return any(
        word in entrances or word.endswith(endings) for word in re.findall(r"\w+", name.casefold())
    )


def own_groups(
    house: House,
    lists: Mapping[str, Sequence[str]],
    entrances: Sequence[str],
    *,
    room: int,
) -> Iterator[Group]:
    """Yield groups of the user's own sentences that can be expanded to texts.

    A sentence with a rule or a permutation is left out, and so is one with a list other than the
    names of the house. A sentence that stands for too many texts is left out too, because these
    would take the place of other commands. ``room`` is how many texts all of these sentences
    together may stand for.

    A text without the name of an entity is guarded, because it may open a door. ``entrances`` are
    those of the house's language.
    """
    usable: list[str] = []
    with_names: list[str] = []
    too_many: list[tuple[int, str]] = []
    counts = {"area": len(lists["area"]), "floor": len(lists["floor"]), "name": 1}
    named_groups = _by_guard(house.entities, entrances, intent="", sentences=())
    names = sum(len(group.names or ()) for group in named_groups)
    for text in house.sentences:
        if {"<", ";"}.intersection(text):
            continue
        expression = parsed(text)
        lists_used = set(_LIST.findall(text))
        if not lists_used <= counts.keys():
            continue
        count = count_texts(expression, {**counts, "name": names}, {})
        if count_texts(expression, counts, {}) > _MAX_OWN_EXPANSIONS or count > room:
            too_many.append((count, text))
            continue
        room -= count
        usable.append(text)
        if "name" in lists_used:
            with_names.append(text)
    if too_many:  # logged in one line, because there may be hundreds
        _log.warning(
            "a sentence of the house stands for %d texts, so it is not used to repair "
            "transcripts: %s%s",
            too_many[0][0],
            too_many[0][1][:100],
            f" (and {len(too_many) - 1} others)" if len(too_many) > 1 else "",
        )
    if usable:
        yield Group(intent="", templates=tuple(usable), names=None, guarded=True)
    if with_names:
        yield from _by_guard(house.entities, entrances, intent="", sentences=tuple(with_names))
