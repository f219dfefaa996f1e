"""Forms, built from the package's own options: units, ranges and choices are declared once."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any, Final

import probatio as vol
from homeassistant.const import CONF_LANGUAGE, CONF_NAME, CONF_TOKEN, CONF_URL
from homeassistant.data_entry_flow import SectionConfig, section
from homeassistant.helpers.selector import (
    BooleanSelector,
    LanguageSelector,
    LanguageSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .bridge import (
    PROVIDERS,
    Endpointing,
    EndpointSource,
    Option,
    ProviderName,
    RepairMode,
    TextStyle,
    options_of,
)
from .const import (
    CONF_DAILY_LIMIT,
    CONF_FALLBACK,
    CONF_HOME_NAMES,
    CONF_REPAIR,
    CONF_TERMS,
    CONF_TEXT,
    SECTION_ADVANCED,
    SECTION_BIAS,
    SECTION_ENDPOINT,
    SECTION_LIMITS,
    SECTION_RECOGNITION,
)

TOKEN: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
ADDRESS: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.TEXT))
TEXT: Final = TextSelector()

_DAY_S: Final = 24 * 60 * 60

_LARGEST: Final = 1_000_000
"""The maximum of numbers that declare no maximum, so that JSON can hold every stored number."""

_COLLAPSED: Final[SectionConfig] = {"collapsed": True}

Schema = dict[vol.Marker, Any]


def language_field(languages: Iterable[str]) -> Schema:
    """Return the field for the spoken language; if empty, the pipeline's language is used."""
    config = LanguageSelectorConfig(languages=list(languages))
    return {vol.Optional(CONF_LANGUAGE): LanguageSelector(config)}


def service_fields(provider: ProviderName) -> Schema:
    """Return the form for an account of a service: token, language and custom server.

    A provider with its own fields for an account has the address among them.
    """
    row = PROVIDERS[provider]
    if row.account_fields:
        return {
            **{vol.Optional(name): TEXT for name in row.account_fields},
            vol.Optional(CONF_TOKEN): TOKEN,
            **language_field(row.capabilities.languages),
        }
    return {
        vol.Required(CONF_TOKEN): TOKEN,
        **language_field(row.capabilities.languages),
        vol.Required(SECTION_ADVANCED): section(
            vol.Schema({vol.Optional(CONF_URL): ADDRESS}), _COLLAPSED
        ),
    }


def entity_fields(
    provider: ProviderName | None,
    *,
    languages: Iterable[str],
    fallbacks: Iterable[SelectOptionDict] = (),
) -> Schema:
    """Return the form for one entity of a service, or of a remote bridge (None)."""
    form: Schema = {vol.Required(CONF_NAME): TextSelector(), **language_field(languages)}
    capabilities = PROVIDERS[provider].capabilities if provider else None
    if provider:
        options = _option_fields(PROVIDERS[provider].settings, PROVIDERS[provider].form_fields)
        form[vol.Required(SECTION_RECOGNITION)] = section(vol.Schema(options), _COLLAPSED)
    endpointing = _option_fields(
        Endpointing,
        (name for name, _ in options_of(Endpointing)),
        # A service that cannot end utterances is not offered as the source.
        without=()
        if capabilities is None or capabilities.server_vad
        else (EndpointSource.PROVIDER,),
    )
    form[vol.Required(SECTION_ENDPOINT)] = section(vol.Schema(endpointing), _COLLAPSED)
    if capabilities is None or capabilities.bias_terms:
        form[vol.Required(SECTION_BIAS)] = section(vol.Schema(_BIAS), _COLLAPSED)
    if provider:
        form[vol.Required(SECTION_LIMITS)] = section(
            vol.Schema(_limits(list(fallbacks))), _COLLAPSED
        )
    return form


def cleaned(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a form to store: without empty ones, and integers as ``int``."""
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            if inner := cleaned(value):
                kept[name] = inner
        elif isinstance(value, str):
            if value.strip():
                kept[name] = value.strip()
        elif isinstance(value, float) and value.is_integer():
            kept[name] = int(value)  # number selectors return floats
        elif value is not None and value != []:
            kept[name] = value
    return kept


_BIAS: Final[Schema] = {
    vol.Optional(CONF_TERMS): SelectSelector(
        SelectSelectorConfig(options=[], multiple=True, custom_value=True)
    ),
    vol.Required(CONF_HOME_NAMES, default=False): BooleanSelector(),
}


def _limits(fallbacks: list[SelectOptionDict]) -> Schema:
    form: Schema = {
        vol.Required(CONF_TEXT, default=TextStyle.COMMANDS.value): _choice(CONF_TEXT, TextStyle),
        vol.Required(CONF_REPAIR, default=RepairMode.OFF.value): _choice(CONF_REPAIR, RepairMode),
        vol.Optional(CONF_DAILY_LIMIT): NumberSelector(
            NumberSelectorConfig(min=0, max=_DAY_S, step=1, unit_of_measurement="s", mode=_BOX)
        ),
    }
    if fallbacks:
        form[vol.Optional(CONF_FALLBACK)] = SelectSelector(
            SelectSelectorConfig(options=fallbacks, multiple=True)
        )
    return form


_BOX: Final = NumberSelectorMode.BOX


def _option_fields(owner: type, names: Iterable[str], *, without: Iterable[str] = ()) -> Schema:
    """Return fields for some options of a class, with their defaults."""
    options = dict(options_of(owner))
    defaults = {each.name: each.default for each in fields(owner)}
    form: Schema = {}
    for name in names:
        default = defaults[name]
        selector = _selector(name, options[name], default, set(without))
        if default in {None, MISSING} or default == ():
            form[vol.Optional(name)] = selector
        else:
            form[vol.Required(name, default=default)] = selector
    return form


def _selector(name: str, option: Option, default: object, without: set[str]) -> Selector[Any]:
    """Return the field for an option; the type follows from its default or its unit."""
    if isinstance(default, tuple):
        config = SelectSelectorConfig(options=list(option.choices), multiple=True)
        config["custom_value"] = not option.choices
        return SelectSelector(config)
    if option.choices:
        return _choice(name, [each for each in option.choices if each not in without])
    if isinstance(default, bool):
        return BooleanSelector()
    if isinstance(default, str) or option.unit == "characters":
        return TextSelector()
    return _number(option, step=1 if isinstance(default, int) else "any")


def _choice(name: str, choices: Iterable[str]) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=[str(each) for each in choices],
            translation_key=name,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


def _number(option: Option, *, step: Any) -> NumberSelector:
    # Durations, probabilities and weights are never negative.
    config = NumberSelectorConfig(
        min=option.minimum or 0, max=option.maximum or _LARGEST, step=step, mode=_BOX
    )
    if option.unit:
        config["unit_of_measurement"] = option.unit
    return NumberSelector(config)
