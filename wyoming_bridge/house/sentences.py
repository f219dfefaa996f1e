"""The commands of a house that can replace a transcript.

They are made from the templates of the house's language and from the user's own sentences.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from .expansion import count_texts, expand, parsed
from .house import House
from .language_templates import Templates
from .parts import names_of
from .phones import Phones
from .template_groups import Group, groups_of, own_groups
from .texts import Texts
from .words import Words

if TYPE_CHECKING:
    from hassil.expression import Expression

__all__ = ["MAX_SENTENCES", "Sentences", "UnwantedError"]

MAX_SENTENCES: Final = 150_000
"""The most commands that are made for a house. With short names they take 12 MB, and a match takes
about 0.1 s. A house of 141 names has 70,000. If a house would have more than this limit, fewer
numbers are used, and then fewer names."""

_USUAL_NAME_LENGTH: Final = 20
"""If the names of a house are longer on average, fewer commands are made, so that all of them
together take no more memory. Names of 90 characters would make them take 400 MB."""

_COARSER: Final = (1, 5, 10, 25)
"""The steps that are tried in turn until a house has few enough commands. Only the multiples of a
step are taken from a range of numbers."""

_LEAST_OWN: Final = MAX_SENTENCES // 10
"""How many texts all of the user's own sentences together may stand for, even if the other commands
of the house leave less room. Then the other commands lose at most a seventh of their names."""


class UnwantedError(Exception):
    """The commands of a house are no longer wanted, so they were not made."""


class Sentences:
    """The commands of a house, their beginnings, and the sounds of both."""

    def __init__(
        self,
        house: House,
        *,
        words: Words,
        phones: Phones,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """Make the commands of a house.

        Raises:
            UnwantedError: ``is_wanted`` has returned False.
        """
        templates = Templates.of(house.language)
        lists = _lists(house, templates)
        groups = [*groups_of(house, templates)]
        rules = {name: parsed(text) for name, text in templates.rules.items()}
        most = _most_sentences(house)
        step, share, count = _fitting(groups, lists, templates, rules, most=most)
        room = max(_LEAST_OWN, most - count)
        if own := [*own_groups(house, lists, templates.entrances, room=room)]:
            groups += own
            step, share, _ = _fitting(groups, lists, templates, rules, most=most)
        self.is_shortened = (step, share) != (1, 1.0)
        """Whether commands were left out, because the house has too many."""

        self._words = words
        self._names = _names_with_digits(house)
        self._texts = Texts()
        self._starts: list[int] = []
        self._guarded: list[bool] = []
        self._own: list[bool] = []
        self.sounds: list[str] = []
        """The sounds of each command, for a library that compares texts."""

        begun: dict[str, None] = {}
        known: set[int] = set()  # the hashes of the texts, which themselves would take 10 MB
        for group in groups:
            self._starts.append(len(self.sounds))
            self._guarded.append(group.guarded)
            self._own.append(not group.intent)
            values = _values(lists, templates, step=step)
            values["name"] = group.names or ()
            for name in ("name", "area", "floor"):
                values[name] = values[name][: max(1, int(len(values[name]) * share))]
            for template in group.templates:
                for text in expand(parsed(template), values, rules):
                    if not is_wanted():
                        raise UnwantedError
                    spoken = words.of(text)
                    if len(known) >= most:
                        break
                    if not spoken or hash(spoken) in known:
                        continue
                    known.add(hash(spoken))
                    self._texts.append(" ".join(text.split()))
                    self.sounds.append(phones.of(spoken))
                    if len(begun) < most:  # long names have many beginnings
                        begun.update(_beginnings(spoken, begun))
        self.beginnings = Texts(each for each in begun if hash(each) not in known)
        """The beginnings of the commands, in lower-case words. None is a command itself."""
        self.sounds_of_beginnings = [phones.of(each) for each in begun if hash(each) not in known]

    def __len__(self) -> int:
        return len(self.sounds)

    def text(self, index: int) -> str:
        """Return a command as the house writes it, with numbers in digits."""
        return self._texts[index]

    def spelled(self, index: int) -> str:
        """Return a command with its numbers in words, except those that must stay digits.

        These are the numbers in names and in the user's own sentences, because Home Assistant does
        not recognise "lamp two" as "Lamp 2".
        """
        text = self.text(index)
        if self._own[self._group(index)]:
            return text
        if self._names is None:
            return self._words.spelled(text)
        parts = self._names.split(text)  # every second part is a name
        return "".join(part if i % 2 else self._words.spelled(part) for i, part in enumerate(parts))

    def is_guarded(self, index: int) -> bool:
        """Return whether a wrong repair to the command could open something."""
        return self._guarded[self._group(index)]

    def _group(self, index: int) -> int:
        return bisect_right(self._starts, index) - 1


def _names_with_digits(house: House) -> re.Pattern[str] | None:
    """Return a pattern that captures the names that contain digits; None if there are none."""
    kinds = (house.entities, house.areas, house.floors)
    names = {name for kind in kinds for name in names_of(kind) if re.search(r"\d", name)}
    longest_first = sorted(names, key=len, reverse=True)
    if not names:
        return None
    return re.compile(rf"(?<!\w)({'|'.join(map(re.escape, longest_first))})(?!\w)")


def _beginnings(words: str, known: Mapping[str, None]) -> Iterator[tuple[str, None]]:
    """Yield all words but the last one, all but the last two, and so on, until a text is known.

    If a text is known, all shorter ones are known too.
    """
    beginning, _, _ = words.rpartition(" ")
    while beginning and beginning not in known:
        yield beginning, None
        beginning, _, _ = beginning.rpartition(" ")


def _most_sentences(house: House) -> int:
    """Return how many commands are made: ``MAX_SENTENCES``, or fewer if the names are long."""
    kinds = [names_of(kind) for kind in (house.entities, house.areas, house.floors)]
    longest = max((sum(map(len, names)) / len(names) for names in kinds if names), default=0)
    return int(MAX_SENTENCES * _USUAL_NAME_LENGTH / max(_USUAL_NAME_LENGTH, longest))


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
    *,
    most: int,
) -> tuple[int, float, int]:
    """Return the step for ranges of numbers, and the share of the names, that commands use.

    Both are chosen so that there are at most ``most`` commands. A share of 1 stands for all
    names. Also return the number of commands with this step and all names.
    """
    count = 0
    for step in _COARSER:
        values = _values(lists, templates, step=step)
        counts = {name: len(each) for name, each in values.items()}
        count = sum(
            count_texts(parsed(template), {**counts, "name": len(group.names or ())}, rules)
            for group in groups
            for template in group.templates
        )
        if count <= most:
            return step, 1.0, count
    # The factor 0.95 is needed because commands without names do not become fewer.
    return _COARSER[-1], 0.95 * most / count, count
