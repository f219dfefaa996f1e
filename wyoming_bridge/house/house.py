"""The names of a house, as a value."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from .data import (
    MAX_ALIASES,
    MAX_AREAS,
    MAX_CHARACTERS,
    MAX_ENTITIES,
    MAX_FLOORS,
    MAX_SENTENCE_LENGTH,
    MAX_SENTENCES,
    MAX_SKIP_WORDS,
    Fields,
)
from .parts import Area, Floor, HouseEntity, names_of

__all__ = ["House", "SentencesError"]

_DEFAULT_LANGUAGE: Final = "en"

_WORD: Final = re.compile(r"\w+")


class SentencesError(ValueError):
    """Some of the user's own sentences are not hassil templates. The message names the first."""

    def __init__(self, message: str, *, sentences: tuple[str, ...]) -> None:
        super().__init__(message)
        self.sentences = sentences
        """The sentences that are not templates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A house whose commands can be recognised. Two equal houses have the same commands."""

    entities: tuple[HouseEntity, ...] = ()
    areas: tuple[Area, ...] = ()
    floors: tuple[Floor, ...] = ()
    language: str = _DEFAULT_LANGUAGE
    """The language of the commands, ISO 639-1 with or without a region."""
    sentences: tuple[str, ...] = ()
    """The user's own sentences and triggers, as hassil templates."""
    skip_words: tuple[str, ...] = ()
    """The user's own words that add nothing to a command, such as "kindly"."""

    @classmethod
    def from_data(cls, values: object) -> "House":
        """Return the house that the plain values of YAML or JSON describe.

        Everything but ``name`` and ``domain`` may be left out::

            language: en
            floors:
              - {name: Ground floor, aliases: [downstairs]}
            areas:
              - {name: Living room, aliases: [lounge], floor: Ground floor}
              - {name: Kitchen}
            entities:
              - {name: Floor lamp, domain: light, area: Living room, aliases: [big lamp]}
              - {name: Garage door, domain: cover, device_class: garage}
            sentences:
              - "(make|brew) [some] coffee"
            skip_words: [kindly]

        Raises:
            ValueError: A value is not allowed. The message names its key, such as
                ``entities[3].domain``.
        """
        fields = Fields(
            values,
            path="",
            allowed=("language", "floors", "areas", "entities", "sentences", "skip_words"),
        )
        floors = fields.items("floors", _floor, most=MAX_FLOORS)
        floor_names = {each.name.casefold(): each.name for each in floors}
        areas = fields.items(
            "areas", lambda value, path: _area(value, path, floor_names), most=MAX_AREAS
        )
        area_names = {each.name.casefold(): each.name for each in areas}
        house = cls(
            entities=fields.items(
                "entities", lambda value, path: _entity(value, path, area_names), most=MAX_ENTITIES
            ),
            areas=areas,
            floors=floors,
            language=fields.language("language", default=_DEFAULT_LANGUAGE),
            sentences=fields.texts("sentences", most=MAX_SENTENCES, longest=MAX_SENTENCE_LENGTH),
            skip_words=fields.texts("skip_words", most=MAX_SKIP_WORDS),
        )
        names = names_of((*house.floors, *house.areas, *house.entities))
        _check_size(names, what="names and aliases")
        _check_size(house.sentences, what="sentences")
        return house

    def to_data(self) -> dict[str, object]:
        """Return the plain values that `from_data` reads, without empty ones."""
        return _filled(
            language=self.language,
            floors=[_filled(name=each.name, aliases=each.aliases) for each in self.floors],
            areas=[
                _filled(name=each.name, aliases=each.aliases, floor=each.floor)
                for each in self.areas
            ],
            entities=[
                _filled(
                    name=each.name,
                    domain=each.domain,
                    aliases=each.aliases,
                    area=each.area,
                    device_class=each.device_class,
                )
                for each in self.entities
            ],
            sentences=self.sentences,
            skip_words=self.skip_words,
        )

    @property
    def is_empty(self) -> bool:
        """Whether the house has neither names nor sentences."""
        return not (self.entities or self.areas or self.floors or self.sentences)

    def with_texts(self, change: Callable[[str], str]) -> "House":
        """Return the house with each name, alias and sentence replaced by ``change(text)``."""

        def changed(texts: Iterable[str]) -> tuple[str, ...]:
            return tuple(change(text) for text in texts)

        def or_none(text: str | None) -> str | None:
            return None if text is None else change(text)

        return replace(
            self,
            entities=tuple(
                replace(
                    each,
                    name=change(each.name),
                    aliases=changed(each.aliases),
                    area=or_none(each.area),
                )
                for each in self.entities
            ),
            areas=tuple(
                replace(
                    each,
                    name=change(each.name),
                    aliases=changed(each.aliases),
                    floor=or_none(each.floor),
                )
                for each in self.areas
            ),
            floors=tuple(
                replace(each, name=change(each.name), aliases=changed(each.aliases))
                for each in self.floors
            ),
            sentences=changed(self.sentences),
            skip_words=changed(self.skip_words),
        )

    def terms(self) -> tuple[str, ...]:
        """Return all names and aliases, each once, to bias a recogniser.

        Floors come first, then areas, then entities.
        """
        names = names_of((*self.floors, *self.areas, *self.entities))
        return tuple(name for name in names if name)

    def entities_in(self, text: str) -> tuple[str, ...]:
        """Return the names of the entities that a text names, by their names or by aliases."""
        words = _words(text)
        return tuple(
            each.name
            for each in self.entities
            if any(_is_in(words, name) for name in (each.name, *each.aliases))
        )


def _words(text: str) -> str:
    """Return the words of a text in lower case, with a space on both sides of each."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


@lru_cache(maxsize=10_000)  # the same names are looked for in each text
def _words_of_name(name: str) -> str:
    return _words(name)


def _is_in(words: str, name: str) -> bool:
    """Return whether a text, of which ``words`` are the words, contains all words of a name."""
    looked_for = _words_of_name(name)
    return not looked_for.isspace() and looked_for in words


def _check_size(texts: Iterable[str], *, what: str) -> None:
    size = sum(map(len, texts))
    if size > MAX_CHARACTERS:
        raise ValueError(
            f"all {what} together must have at most {MAX_CHARACTERS} characters, got {size}"
        )


def _floor(value: object, path: str) -> Floor:
    fields = Fields(value, path=path, allowed=("name", "aliases"))
    return Floor(name=fields.text("name"), aliases=fields.texts("aliases", most=MAX_ALIASES))


def _area(value: object, path: str, floors: Mapping[str, str]) -> Area:
    fields = Fields(value, path=path, allowed=("name", "aliases", "floor"))
    return Area(
        name=fields.text("name"),
        aliases=fields.texts("aliases", most=MAX_ALIASES),
        floor=fields.one_of("floor", floors, of="floors"),
    )


def _entity(value: object, path: str, areas: Mapping[str, str]) -> HouseEntity:
    fields = Fields(value, path=path, allowed=("name", "domain", "aliases", "area", "device_class"))
    return HouseEntity(
        name=fields.text("name"),
        domain=fields.word("domain"),
        aliases=fields.texts("aliases", most=MAX_ALIASES),
        area=fields.one_of("area", areas, of="areas"),
        device_class=fields.optional_word("device_class"),
    )


def _filled(**values: object) -> dict[str, object]:
    """Return the values that are not empty. Tuples become lists, because JSON has no tuples."""
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in values.items()
        if value
    }
