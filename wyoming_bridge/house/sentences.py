"""The commands of a house that can replace a transcript.

They are made from the templates of the house's language, in the folder ``templates``. The templates
have hassil's syntax, and are grouped by the intent that Home Assistant understands. ``{name}``
stands for the names of the entities in a group's ``domains``. The group is used only if the house
has all domains in its ``needs``. ``lists`` are alternatives, ``numbers`` are ranges, and ``rules``
are parts that several templates share. ``opposites`` are pairs of words: one word in place of the
other reverses a command. ``particles`` are fixed words that can complete a verb at the end of a
command, such as "auf" in "schließe die Tür auf".
"""

import importlib.resources
import logging
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Final

import yaml

from .house import House, HouseEntity, names_of
from .libraries import family_of, load
from .phones import Phones
from .texts import Texts
from .words import Words

if TYPE_CHECKING:
    from hassil.expression import Expression

__all__ = [
    "LANGUAGES",
    "MAX_SENTENCES",
    "Group",
    "Sentences",
    "Templates",
    "expand",
    "groups_of",
    "parsed",
    "particles_of",
]

_log = logging.getLogger(__name__)

LANGUAGES: Final = frozenset({"en", "nl", "de", "fr"})
"""The languages that have templates."""

MAX_SENTENCES: Final = 150_000
"""The most commands that are made for a house. They take 12 MB, and a match takes about 0.1 s. A
house of 141 names has 70,000. If a house would have more than this limit, fewer numbers are used,
and then fewer names."""

_COARSER: Final = (1, 5, 10, 25)
"""The steps that are tried in turn until a house has few enough commands. Only the multiples of a
step are taken from a range of numbers."""

MAX_OWN_EXPANSIONS: Final = 2_000
"""The most texts that one of the user's own sentences may stand for, if ``{name}`` is counted as a
single name."""

_LEAST_OWN: Final = MAX_SENTENCES // 10
"""How many texts all of the user's own sentences together may stand for, even if the other commands
of the house leave less room. Then the other commands lose at most a seventh of their names."""

_LIST: Final = re.compile(r"\{([^}:]+)")
"""Matches a list in a template, such as ``{area}``, and captures its name."""

_QUESTIONS: Final = ("HassGet", "HassClimateGet")
"""The prefixes of the intents that change nothing in the house."""

_GUARDED_DOMAINS: Final = frozenset({"lock", "alarm_control_panel"})
_GUARDED_CLASSES: Final = frozenset({"garage", "gate", "door"})


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


@dataclass(frozen=True, slots=True)
class Templates:
    """The templates of a language, as they are in its file."""

    groups: Mapping[str, Sequence[Mapping[str, list[str]]]]
    lists: Mapping[str, Sequence[str]]
    numbers: Mapping[str, Sequence[int]]
    rules: Mapping[str, str]
    opposites: Sequence[Sequence[str]]
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
            values["particles"],
        )


def particles_of(language: str) -> frozenset[str] | None:
    """Return the particles of a language; None if the language has no templates."""
    if family_of(language) not in LANGUAGES:
        return None
    return frozenset(Templates.of(family_of(language)).particles)


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
                yield from _by_guard(named, intent=intent, templates=sentences)
            elif names := names_of(named):
                yield Group(intent=intent, templates=sentences, names=names, guarded=False)


def _by_guard(
    entities: Sequence[HouseEntity], *, intent: str, templates: tuple[str, ...]
) -> Iterator[Group]:
    """Yield a group for the guarded entities, and then one for the others.

    A text that both groups have is kept only in the first one. So a lock stays guarded even if a
    lamp has the same name.
    """
    for guarded in (True, False):
        names = names_of(each for each in entities if _is_guarded(each) == guarded)
        if names:
            yield Group(intent=intent, templates=templates, names=names, guarded=guarded)


def _is_guarded(entity: HouseEntity) -> bool:
    return entity.domain in _GUARDED_DOMAINS or (
        entity.domain == "cover" and entity.device_class in _GUARDED_CLASSES
    )


class Sentences:
    """The commands of a house, their beginnings, and the sounds of both."""

    def __init__(self, house: House, *, words: Words, phones: Phones) -> None:
        templates = Templates.of(house.language)
        self.opposites = [tuple(map(words.of, pair)) for pair in templates.opposites]
        lists = _lists(house, templates)
        groups = [*groups_of(house, templates)]
        rules = {name: parsed(text) for name, text in templates.rules.items()}
        step, share, count = _fitting(groups, lists, templates, rules)
        if own := [*_own(house, lists, room=max(_LEAST_OWN, MAX_SENTENCES - count))]:
            groups += own
            step, share, _ = _fitting(groups, lists, templates, rules)
        self.is_shortened = (step, share) != (1, 1.0)
        """Whether commands were left out, because the house has too many."""

        self._texts = Texts()
        self._starts: list[int] = []
        self._guarded: list[bool] = []
        self.sounds: list[str] = []
        """The sounds of each command, for a library that compares texts."""

        begun: dict[str, None] = {}
        known: set[int] = set()  # the hashes of the texts, which themselves would take 10 MB
        for group in groups:
            self._starts.append(len(self.sounds))
            self._guarded.append(group.guarded)
            values = _values(lists, templates, step=step)
            values["name"] = group.names or ()
            for name in ("name", "area", "floor"):
                values[name] = values[name][: max(1, int(len(values[name]) * share))]
            for template in group.templates:
                for text in expand(parsed(template), values, rules):
                    spoken = words.of(text)
                    if len(known) >= MAX_SENTENCES:
                        break
                    if not spoken or hash(spoken) in known:
                        continue
                    known.add(hash(spoken))
                    self._texts.append(" ".join(text.split()))
                    self.sounds.append(phones.of(spoken))
                    begun.update(_beginnings(spoken, begun))
        self.beginnings = Texts(each for each in begun if hash(each) not in known)
        """The beginnings of the commands, in lower-case words. None is a command itself."""
        self.sounds_of_beginnings = [phones.of(each) for each in begun if hash(each) not in known]

    def __len__(self) -> int:
        return len(self.sounds)

    def text(self, index: int) -> str:
        """Return a command as the house writes it, with numbers in digits."""
        return self._texts[index]

    def is_guarded(self, index: int) -> bool:
        """Return whether a wrong repair to the command could open something."""
        return self._guarded[bisect_right(self._starts, index) - 1]


def _beginnings(words: str, known: Mapping[str, None]) -> Iterator[tuple[str, None]]:
    """Yield all words but the last one, all but the last two, and so on, until a text is known.

    If a text is known, all shorter ones are known too.
    """
    beginning, _, _ = words.rpartition(" ")
    while beginning and beginning not in known:
        yield beginning, None
        beginning, _, _ = beginning.rpartition(" ")


def _own(house: House, lists: Mapping[str, Sequence[str]], *, room: int) -> Iterator[Group]:
    """Yield groups of the user's own sentences that can be expanded to texts.

    A sentence with a rule or a permutation is left out, and so is one with a list other than the
    names of the house. A sentence that stands for too many texts is left out too, because these
    would take the place of other commands. ``room`` is how many texts all of these sentences
    together may stand for.

    A text without the name of an entity is guarded, because it may open a door.
    """
    usable: list[str] = []
    with_names: list[str] = []
    counts = {"area": len(lists["area"]), "floor": len(lists["floor"]), "name": 1}
    named_groups = _by_guard(house.entities, intent="", templates=())
    names = sum(len(group.names or ()) for group in named_groups)
    for text in house.sentences:
        if {"<", ";"}.intersection(text):
            continue
        expression = parsed(text)
        lists_used = set(_LIST.findall(text))
        if not lists_used <= counts.keys():
            continue
        count = _count(expression, {**counts, "name": names}, {})
        if _count(expression, counts, {}) > MAX_OWN_EXPANSIONS or count > room:
            _log.warning(
                "a sentence of the house stands for %d texts, so it is not used to repair "
                "transcripts: %s",
                count,
                text[:100],
            )
            continue
        room -= count
        usable.append(text)
        if "name" in lists_used:
            with_names.append(text)
    if usable:
        yield Group(intent="", templates=tuple(usable), names=None, guarded=True)
    if with_names:
        yield from _by_guard(house.entities, intent="", templates=tuple(with_names))


def _lists(house: House, templates: Templates) -> dict[str, Sequence[str]]:
    return {**templates.lists, "area": names_of(house.areas), "floor": names_of(house.floors)}


def _values(
    lists: Mapping[str, Sequence[str]], templates: Templates, *, step: int
) -> dict[str, Sequence[str]]:
    values = dict(lists)
    for name, (first, last, *by) in templates.numbers.items():
        every = max(step, by[0] if by else 1)
        values[name] = [str(each) for each in range(first, last + 1) if each % every == 0] or [
            str(first)
        ]
    return values


def _fitting(
    groups: Sequence[Group],
    lists: Mapping[str, Sequence[str]],
    templates: Templates,
    rules: Mapping[str, "Expression"],
) -> tuple[int, float, int]:
    """Return the step for ranges of numbers, and the share of the names, that commands use.

    Both are chosen so that there are at most ``MAX_SENTENCES`` commands. A share of 1 stands for
    all names. Also return the number of commands with this step and all names.
    """
    count = 0
    for step in _COARSER:
        values = _values(lists, templates, step=step)
        counts = {name: len(each) for name, each in values.items()}
        count = sum(
            _count(parsed(template), {**counts, "name": len(group.names or ())}, rules)
            for group in groups
            for template in group.templates
        )
        if count <= MAX_SENTENCES:
            return step, 1.0, count
    # The factor 0.95 is needed because commands without names do not become fewer.
    return _COARSER[-1], 0.95 * MAX_SENTENCES / count, count


def parsed(template: str) -> "Expression":
    """Return a template as hassil parses it."""
    load("hassil")
    from hassil.parse_expression import parse_sentence

    return parse_sentence(template).expression


def _count(
    expression: "Expression", counts: Mapping[str, int], rules: Mapping[str, "Expression"]
) -> int:
    from hassil.expression import Alternative, ListReference, RuleReference
    from hassil.expression import Sequence as Parts

    if isinstance(expression, Alternative):
        return sum(_count(each, counts, rules) for each in expression.items)
    if isinstance(expression, Parts):
        total = 1
        for each in expression.items:
            total *= _count(each, counts, rules)
        return total
    if isinstance(expression, ListReference):
        return counts[expression.list_name]
    if isinstance(expression, RuleReference):
        return _count(rules[expression.rule_name], counts, rules)
    return 1


def expand(
    expression: "Expression",
    values: Mapping[str, Sequence[str]],
    rules: Mapping[str, "Expression"],
) -> Iterator[str]:
    """Yield all texts of a parsed template. Their white space is not normalised.

    hassil's own sampler takes three times as long, and normalises each part of each text.
    """
    from hassil.expression import (
        Alternative,
        ListReference,
        RuleReference,
        TextChunk,
    )
    from hassil.expression import (
        Sequence as Parts,
    )

    if isinstance(expression, TextChunk):
        yield expression.original_text
    elif isinstance(expression, Alternative):
        for each in expression.items:
            yield from expand(each, values, rules)
    elif isinstance(expression, Parts):
        parts = [list(expand(each, values, rules)) for each in expression.items]
        yield from map("".join, product(*parts))
    elif isinstance(expression, ListReference):
        yield from values[expression.list_name]
    elif isinstance(expression, RuleReference):
        yield from expand(rules[expression.rule_name], values, rules)
    else:
        raise ValueError('permutations, such as "(a;b)", are not supported')  # noqa: TRY004 - the text is wrong, not its type
