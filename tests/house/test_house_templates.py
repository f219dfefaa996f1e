"""Home Assistant understands each command that may replace a transcript."""

import random
from collections.abc import Iterator

import pytest

from houses import house_in, understood
from wyoming_bridge.house.expansion import expand, parsed
from wyoming_bridge.house.language_templates import LANGUAGES, Templates
from wyoming_bridge.house.template_groups import groups_of

pytestmark = pytest.mark.once

SAMPLES = 5
"""How many texts of each template are tested. All texts of one house would take hours."""


def commands(language: str) -> Iterator[tuple[str, str, str | None]]:
    """Yield an intent, a command for it, and the name that Home Assistant must find in it."""
    house = house_in(language)
    templates = Templates.of(language)
    rules = {name: parsed(text) for name, text in templates.rules.items()}
    chance = random.Random(5)  # noqa: S311 - it only chooses samples
    for group in groups_of(house, templates):
        for template in group.templates:
            for _ in range(SAMPLES):
                values = {
                    "name": [chance.choice(group.names or ("",))],
                    "area": [chance.choice(house.areas).name],
                    "floor": [chance.choice(house.floors).name],
                }
                values |= {key: [chance.choice(each)] for key, each in templates.lists.items()}
                values |= {
                    key: [str(chance.randrange(first, last + 1, *by))]
                    for key, (first, last, *by) in templates.numbers.items()
                }
                text = chance.choice(list(expand(parsed(template), values, rules)))
                has_name = group.names and "{name}" in template
                name = values["name"][0] if has_name else None
                yield group.intent, " ".join(text.split()), name


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_home_assistant_understands_each_command(language: str) -> None:
    house = house_in(language)
    wrong = {
        f"{intent}: {text}: {list(understood(text, house))}"
        for intent, text, name in set(commands(language))
        if not any(
            found == intent and (name is None or slots.get("name") == name)
            for found, slots in understood(text, house)
        )
    }
    assert sorted(wrong) == []
