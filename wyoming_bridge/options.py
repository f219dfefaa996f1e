"""Settings that are declared with their unit, range and explanation.

``option`` declares a field of a settings dataclass. The configuration schema, the documentation and
the error texts are generated from this declaration.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Final, TypeVar

from .errors import ConfigError, ErrorText, did_you_mean, listed

__all__ = [
    "Declared",
    "Option",
    "check_options",
    "mapping_option",
    "not_a_choice",
    "number_of",
    "option",
    "options_of",
    "shown",
]

_MAX_SHOWN: Final = 60
"""The most characters of a value that an error text shows."""

_MAX_CHOICES_AS_WORDS: Final = 12
"""More choices are listed with commas, as in "one of af, ar, az"."""

_KEY: Final = "wyoming_bridge.option"

T = TypeVar("T")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """The declaration of one setting: its meaning and its allowed values."""

    doc: str
    """The meaning, in a few sentences for the user."""
    unit: str = ""
    minimum: float | None = None
    """The smallest allowed number; for a text, the smallest number of characters. If a text must
    not be empty, it must not consist of spaces only either."""
    maximum: float | None = None
    """The largest allowed number; for a text, the largest number of characters."""
    choices: tuple[str, ...] = ()
    """The allowed values; empty if the range alone decides."""
    suggestions: tuple[str, ...] = ()
    """Known values, if other values are allowed too."""
    max_items: int | None = None
    """Largest number of entries in a list."""
    needs: str = ""
    """The name of the capability without which the setting has no effect; empty if it always has
    an effect."""
    used_if: Mapping[str, Sequence[str | bool]] = field(default_factory=dict)
    """Other settings by their names, each with the values that it must have. With any other value,
    this setting has no effect."""

    @property
    def allowed(self) -> str:
        """The allowed values in words; empty if every value of the type is allowed."""
        if self.choices:
            return _one_of(self.choices)
        if self.minimum is None and self.maximum is None:
            return ""
        unit = f" {self.unit}" if self.unit else ""
        if self.maximum is None:
            return f"at least {self.minimum:g}{unit}"
        if self.minimum is None:
            return f"at most {self.maximum:g}{unit}"
        return f"{self.minimum:g} to {self.maximum:g}{unit}"

    def problem(self, value: object) -> str | None:
        """Return what is wrong with a value, as a text; None if it is valid."""
        if isinstance(value, tuple):
            if self.max_items is not None and len(value) > self.max_items:
                return f"must have at most {self.max_items} entries, got {len(value)}"
            return next((text for entry in value if (text := self.problem(entry))), None)
        if self.choices and value is not None and value not in self.choices:
            return not_a_choice(value, self.choices)
        if self.minimum and isinstance(value, str) and value.isspace():
            return f"must not consist of spaces only, got {shown(value)}"
        measure = len(value) if isinstance(value, str) else value
        if isinstance(measure, (int, float)):
            lowest = -math.inf if self.minimum is None else self.minimum
            highest = math.inf if self.maximum is None else self.maximum
            if not lowest <= measure <= highest:  # true for NaN as well
                return f"must be {self.allowed or 'a number'}, got {shown(value)}"
        return None


def not_a_choice(value: object, choices: Sequence[str]) -> str:
    """Return what is wrong with a value that is not one of the allowed texts."""
    return f"must be {_one_of(choices)}, got {shown(value)}{did_you_mean(value, choices)}"


def _one_of(choices: Sequence[str]) -> str:
    if len(choices) <= _MAX_CHOICES_AS_WORDS:
        return " or ".join(choices)
    return f"one of {listed(choices, rest='docs/configuration.md')}"


def shown(value: object) -> str:
    """Return a value for an error text, shortened, with control characters escaped."""
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def option(
    default: T,
    *,
    doc: str,
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
    suggestions: tuple[str, ...] = (),
    max_items: int | None = None,
    needs: str = "",
    used_if: Mapping[str, Sequence[str | bool]] | None = None,
    secret: bool = False,
) -> T:
    """Declare a field of a settings dataclass. The ``repr`` does not show a secret."""
    declared = Option(
        doc=doc,
        unit=unit,
        minimum=minimum,
        maximum=maximum,
        choices=choices,
        suggestions=suggestions,
        max_items=max_items,
        needs=needs,
        used_if=used_if or {},
    )
    # At run time, the result is a ``Field``. The declared type is that of the default, as in the
    # type hints of ``dataclasses.field``.
    return field(default=default, repr=not secret, metadata={_KEY: declared})


def number_of(owner: type, name: str) -> float:
    """Declare a number field with the default and the option of the field ``name`` of ``owner``."""
    source = next(each for each in fields(owner) if each.name == name)
    default: object = source.default
    if not isinstance(default, float):
        raise TypeError(f"{owner.__name__}.{name} must be a float with a default")
    return field(default=default, metadata=source.metadata)


def mapping_option(*, doc: str) -> Mapping[str, V]:
    """Declare a field that maps names to values, empty by default."""
    declared: Mapping[str, V] = field(default_factory=dict, metadata={_KEY: Option(doc=doc)})
    return declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Base class of settings whose ranges are declared. An instance is always valid."""

    def __post_init__(self) -> None:
        """Refuse values that are out of range.

        Raises:
            ConfigError: A value is invalid. The message names the setting and the allowed values.
        """
        check_options(self)


def check_options(values: object) -> None:
    """Refuse values that are out of range.

    Raises:
        ConfigError: A value is invalid. The message names the setting and the allowed values.
    """
    owner: type = type(values)
    defaults = {each.name: each.default for each in fields(owner)}
    for name, declared in options_of(owner):
        value = getattr(values, name)
        if text := declared.problem(value):
            raise ConfigError(f"{name}: {text}")
        # A form accepts fractions, but a remote bridge refuses them in every request.
        if type(defaults[name]) is int and isinstance(value, float) and not value.is_integer():
            raise ConfigError(ErrorText.NOT_A_WHOLE_NUMBER, setting=name, value=f"{value:g}")


def options_of(owner: type) -> Iterator[tuple[str, Option]]:
    """Yield the declared options of a dataclass, in order."""
    for each in fields(owner):
        declared = each.metadata.get(_KEY)
        if isinstance(declared, Option):
            yield each.name, declared
