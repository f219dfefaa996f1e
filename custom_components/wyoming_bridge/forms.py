"""Forms that are built from the package's options, with their units, ranges and choices.

The form of an entity and its stored data group the settings differently: the form by how often
people change a setting, the data by the part of the package that reads it. ``stored_data`` and
``form_values`` convert between the two.
"""

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
    BridgeProfile,
    Capabilities,
    Endpointing,
    EndpointSource,
    Option,
    ProfileCapabilities,
    ProviderName,
    RepairMode,
    SessionStarted,
    TextStyle,
    options_of,
)
from .conditional_fields import HIDES_FIELDS, shown_if_on
from .const import (
    CONF_DAILY_LIMIT,
    CONF_FALLBACK,
    CONF_HOME_NAMES,
    CONF_OVERRIDE,
    CONF_PROFILE,
    CONF_REPAIR,
    CONF_TERMS,
    CONF_TEXT,
    SECTION_ADVANCED,
    SECTION_BIAS,
    SECTION_ENDPOINT,
    SECTION_LIMITS,
    SECTION_RECOGNITION,
)
from .speech_service import UNKNOWN_SERVER

TOKEN: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
ADDRESS: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.TEXT))
CERTIFICATE: Final = TextSelector(TextSelectorConfig(multiline=True))

_DAY_S: Final = 24 * 60 * 60

_LARGEST: Final = 1_000_000
"""The maximum of numbers that declare no maximum. It keeps out infinity, which JSON cannot hold."""

TERM_LIMITS: Final = {
    placeholder: str(limit)
    for name, provider in PROVIDERS.items()
    for placeholder, limit in (
        (f"{name}_terms", provider.capabilities.bias_terms),
        (f"{name}_characters", provider.capabilities.bias_characters),
    )
    if limit
}
"""Placeholders of the help texts: how many terms each service accepts, and how long each may be."""

_COLLAPSED: Final[SectionConfig] = {"collapsed": True}

Schema = dict[vol.Marker, Any]


def language_field(languages: Iterable[str]) -> Schema:
    """Return the field for the spoken language; if empty, the pipeline's language is used."""
    config = LanguageSelectorConfig(languages=list(languages))
    return {vol.Optional(CONF_LANGUAGE): LanguageSelector(config)}


def service_fields(provider: ProviderName) -> Schema:
    """Return the form for an account of a service: token, language and custom server.

    If the provider declares fields of its own, the address of the server is one of them.
    """
    row = PROVIDERS[provider]
    if row.account_fields:
        options = dict(options_of(row.settings))
        return {
            **{
                vol.Optional(name): _selector(name, options[name], "", set())
                for name in row.account_fields
            },
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


def account_placeholders(provider: str) -> dict[str, str]:
    """Return the placeholder of a service's form: the page on which users create a token."""
    return {"key_url": PROVIDERS[ProviderName(provider)].key_url} if provider in PROVIDERS else {}


def entity_fields(
    provider: ProviderName,
    *,
    languages: Iterable[str],
    fallbacks: Iterable[SelectOptionDict] = (),
    repair: RepairMode = RepairMode.OFF,
    server: SessionStarted = UNKNOWN_SERVER,
) -> Schema:
    """Return the form for one entity of a service.

    ``repair`` is the default of the repair setting. ``server`` is what the account's server
    reported about itself. Settings that have no effect at this server are not in the form.
    """
    settings = _settings_fields(provider, list(fallbacks), repair, server)
    return _in_sections(settings, provider, languages)


def bridge_entity_fields(
    can: ProfileCapabilities, *, overrides: bool, languages: Iterable[str]
) -> Schema:
    """Return the form for one entity of a remote bridge, without the field of its profile.

    Settings that have no effect with the profile's capabilities are not in the form. The settings
    for the end of speech apply only if they override those of the bridge. So the first field of
    their section is the switch for the override. While it is off, it hides the others. If Home
    Assistant cannot hide fields, the form has them only if ``overrides`` is true.
    """
    form: Schema = {vol.Required(CONF_OVERRIDE, default=False): BooleanSelector()}
    if HIDES_FIELDS or overrides:
        endpointing = _endpoint_fields(can)
        form |= {shown_if_on(key, CONF_OVERRIDE): field for key, field in endpointing.items()}
    return _in_sections(form | (_BIAS if can.bias_terms else {}), None, languages)


def _in_sections(
    settings: Schema, provider: ProviderName | None, languages: Iterable[str]
) -> Schema:
    form: Schema = {vol.Required(CONF_NAME): TextSelector(), **language_field(languages)}
    folded: dict[str, Schema] = {}
    for key, field in settings.items():
        name = str(key)
        if name in _FIRST:
            form[key] = field
        else:
            folded.setdefault(_section_of(name, provider), {})[key] = field
    for name in (SECTION_ENDPOINT, SECTION_BIAS, SECTION_ADVANCED):
        if name in folded:
            form[vol.Required(name)] = section(vol.Schema(folded[name]), _COLLAPSED)
    return form


def _section_of(name: str, provider: ProviderName | None) -> str:
    """Return the section of the form that shows a setting.

    The endpoint settings of a bridge's entity are in the section of the switch that shows them.
    """
    rest = SECTION_ADVANCED if provider else SECTION_ENDPOINT
    return _SHOWN_IN.get(name, rest)


def _settings_fields(
    provider: ProviderName,
    fallbacks: list[SelectOptionDict],
    repair: RepairMode,
    server: SessionStarted,
) -> Schema:
    """Return the fields of all settings of an entity, without sections."""
    row = PROVIDERS[provider]
    capabilities = server.capabilities or row.capabilities
    endpointing = _endpoint_fields(capabilities)
    own = (name for name in row.form_fields if name not in server.unused_settings)
    bias = _BIAS if capabilities.bias_terms else {}
    recognition = _option_fields(row.settings, own)
    return {**_limits(fallbacks, repair), **recognition, **endpointing, **bias}


def _endpoint_fields(can: Capabilities | ProfileCapabilities) -> Schema:
    """Return the fields of the settings for the end of speech that have an effect."""
    used = (
        name
        for name, option in options_of(Endpointing)
        if not option.needs or getattr(can, option.needs)
    )
    # Do not offer the service as the endpoint source if it cannot find the end of speech.
    without = () if can.server_vad else (EndpointSource.PROVIDER,)
    return _option_fields(Endpointing, used, without=without)


def field_names(form: Mapping[vol.Marker, Any]) -> set[str]:
    """Return the names of a form's fields, without its sections."""
    names: set[str] = set()
    for key, field in form.items():
        names |= field_names(field.schema.schema) if isinstance(field, section) else {str(key)}
    return names


def setting_placeholders(provider: ProviderName | None) -> dict[str, str]:
    """Return the range and the default of each setting, for the help texts of an entity's form.

    The values are written the same in all languages: ``600 ms``, ``100-5000 ms`` with an en dash.
    """
    owners = (Endpointing, PROVIDERS[provider].settings) if provider else (Endpointing,)
    shown: dict[str, str] = {}
    for owner in owners:
        defaults = {each.name: each.default for each in fields(owner)}
        for name, option in options_of(owner):
            unit = f" {option.unit}" if option.unit else ""
            default = defaults[name]
            if isinstance(default, (int, float, str)) and not isinstance(default, bool):
                value = default if isinstance(default, str) else f"{default:g}{unit}"
                shown[f"{name}_default"] = value
            if option.minimum is not None and option.maximum is not None:
                shown[f"{name}_range"] = f"{option.minimum:g}\N{EN DASH}{option.maximum:g}{unit}"
    return shown


def stored_data(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data to store for the values of an entity's form."""
    data: dict[str, Any] = {}
    for name, value in _flat(cleaned(values)).items():
        place = _STORED_IN.get(name)
        (data.setdefault(place, {}) if place else data)[name] = value
    return data


def form_values(data: Mapping[str, Any], provider: ProviderName | None) -> dict[str, Any]:
    """Return the values of an entity's form for its stored data."""
    values: dict[str, Any] = {}
    for name, value in _flat(data).items():
        if name in _FIRST:
            values[name] = value
        elif name in _STORED_IN:  # skip a setting that only another release has
            values.setdefault(_section_of(name, provider), {})[name] = value
    return values


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values without their sections. No two settings have the same name."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= value if isinstance(value, Mapping) else {name: value}
    return flat


def cleaned(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a form, without empty ones and with whole numbers as ``int``."""
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


def _limits(fallbacks: list[SelectOptionDict], repair: RepairMode) -> Schema:
    form: Schema = {
        vol.Required(CONF_TEXT, default=TextStyle.COMMANDS.value): _choice(CONF_TEXT, TextStyle),
        vol.Required(CONF_REPAIR, default=repair.value): _choice(CONF_REPAIR, RepairMode),
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
    """Return the fields for the named options of a class, with their defaults.

    ``without`` are choices that the fields do not offer.
    """
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
    """Return the field for an option. Its type depends on the choices, the default and the unit."""
    if isinstance(default, tuple) or option.suggestions:
        config = SelectSelectorConfig(
            options=list(option.choices or option.suggestions),
            multiple=isinstance(default, tuple),
            custom_value=not option.choices,
            mode=SelectSelectorMode.DROPDOWN,
        )
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
    # Options without a minimum are durations, probabilities and weights, which are never negative.
    config = NumberSelectorConfig(
        min=option.minimum or 0, max=option.maximum or _LARGEST, step=step, mode=_BOX
    )
    if option.unit:
        config["unit_of_measurement"] = option.unit
    return NumberSelector(config)


_FIRST: Final = frozenset(
    {CONF_NAME, CONF_LANGUAGE, CONF_PROFILE, "model", "custom_model_id", "type"}
)
"""The settings that are not in a section of the form."""

_SHOWN_IN: Final = {
    **dict.fromkeys(
        (CONF_OVERRIDE, "source", "silence_ms", "commands_end_early"), SECTION_ENDPOINT
    ),
    **dict.fromkeys(map(str, _BIAS), SECTION_BIAS),
}
"""The section of the form for each setting that people often change; the others are advanced."""

_STORED_IN: Final[Mapping[str, str | None]] = {
    CONF_OVERRIDE: None,
    **{name: SECTION_RECOGNITION for each in PROVIDERS.values() for name in each.form_fields},
    **{name: SECTION_ENDPOINT for name, _ in options_of(Endpointing)},
    **dict.fromkeys(map(str, _BIAS), SECTION_BIAS),
    **dict.fromkeys((CONF_TEXT, CONF_REPAIR, CONF_DAILY_LIMIT, CONF_FALLBACK), SECTION_LIMITS),
}
"""The section of the stored data for each setting; None for a setting outside the sections."""


def profile_selector(
    profiles: Iterable[BridgeProfile], *, mode: SelectSelectorMode = SelectSelectorMode.LIST
) -> SelectSelector:
    """Return the field in which the user selects one of a bridge's profiles."""
    return SelectSelector(SelectSelectorConfig(options=[each.name for each in profiles], mode=mode))
