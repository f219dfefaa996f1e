"""Fields of forms that are built from the package's options: unit, range and choices."""

from collections.abc import Iterable
from dataclasses import MISSING, fields
from typing import Any, Final

import probatio as vol
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)

from .bridge import Option, options_of
from .sections import Fields

_LARGEST: Final = 1_000_000
"""The maximum of numbers that declare no maximum. It keeps out infinity, which JSON cannot hold."""


def option_fields(owner: type, names: Iterable[str], *, without: Iterable[str] = ()) -> Fields:
    """Return the fields for the named options of a class, with their defaults.

    ``without`` are choices that the fields do not offer.
    """
    options = dict(options_of(owner))
    defaults = {each.name: each.default for each in fields(owner)}
    form: Fields = {}
    for name in names:
        default = defaults[name]
        field = option_field(name, options[name], default=default, without=without)
        if default in {None, MISSING} or default == ():
            form[vol.Optional(name)] = field
        else:
            form[vol.Required(name, default=default)] = field
    return form


def option_field(
    name: str, option: Option, *, default: object, without: Iterable[str] = ()
) -> Selector[Any]:
    """Return the field for an option. Its type depends on the choices, the default and the unit.

    ``without`` are choices that the field does not offer.
    """
    left_out = set(without)
    if isinstance(default, tuple) or option.suggestions:
        offered = option.choices or option.suggestions
        config = SelectSelectorConfig(
            options=[each for each in offered if each not in left_out],
            multiple=isinstance(default, tuple),
            custom_value=not option.choices,
            mode=SelectSelectorMode.DROPDOWN,
        )
        return SelectSelector(config)
    if option.choices:
        return choice_field(name, [each for each in option.choices if each not in left_out])
    if isinstance(default, bool):
        return BooleanSelector()
    if isinstance(default, str) or option.unit == "characters":
        return TextSelector()
    return _number(option, step=1 if isinstance(default, int) else "any")


def choice_field(name: str, choices: Iterable[str]) -> SelectSelector:
    """Return a list of choices, whose texts are in the translations under ``name``."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[str(each) for each in choices],
            translation_key=name,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


def _number(option: Option, *, step: Any) -> NumberSelector:
    # Options without a minimum are durations, probabilities and weights, which are never negative.
    config = NumberSelectorConfig(
        min=option.minimum or 0,
        max=option.maximum or _LARGEST,
        step=step,
        mode=NumberSelectorMode.BOX,
    )
    if option.unit:
        config["unit_of_measurement"] = option.unit
    return NumberSelector(config)
