"""The templates of the languages in which transcripts can be repaired.

The folder ``templates`` has a file for each language. The templates have hassil's syntax, and are
grouped by the intent that Home Assistant understands. ``{name}`` stands for the names of the
entities in a group's ``domains``. The group is used only if the house has all domains in its
``needs``. ``lists`` are alternatives, ``numbers`` are ranges, and ``rules`` are parts that several
templates share. ``opposites`` are pairs of words: one word in place of the other reverses a
command. ``negations`` are words whose removal would reverse a text, such as "not" and "except", and
``openings`` are words with which a question or a report begins. ``entrances`` are words in the
names of doors, gates, locks and alarms, and ``-tür`` stands for every compound that ends in "tür".
``particles`` are fixed words that can complete a verb at the end of a command, such as "auf" in
"schließe die Tür auf".
"""

import importlib.resources
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import yaml

from .libraries import family_of

__all__ = ["LANGUAGES", "Templates", "particles_of"]

LANGUAGES: Final = frozenset({"en", "nl", "de", "fr"})
"""The languages that have templates."""


@dataclass(frozen=True, slots=True)
class Templates:
    """The templates of a language, as they are in its file."""

    groups: Mapping[str, Sequence[Mapping[str, list[str]]]]
    lists: Mapping[str, Sequence[str]]
    numbers: Mapping[str, Sequence[int]]
    rules: Mapping[str, str]
    opposites: Sequence[Sequence[str]]
    negations: Sequence[str]
    openings: Sequence[str]
    entrances: Sequence[str]
    particles: Sequence[str]

    @classmethod
    @cache
    def of(cls, language: str) -> "Templates":
        """Read the templates of one of `LANGUAGES`."""
        folder = importlib.resources.files(__package__).joinpath("templates")
        text = folder.joinpath(f"{family_of(language)}.yaml").read_text(encoding="utf-8")
        values = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe
        return cls(
            values["intents"],
            values["lists"],
            values["numbers"],
            values["rules"],
            values["opposites"],
            values["negations"],
            values["openings"],
            values["entrances"],
            values["particles"],
        )


def particles_of(language: str) -> frozenset[str] | None:
    """Return the particles of a language; None if the language has no templates."""
    if family_of(language) not in LANGUAGES:
        return None
    return frozenset(Templates.of(family_of(language)).particles)
