"""The form of an entity: the fields of its settings, in sections."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import Any, Final

import probatio as vol
from homeassistant.const import CONF_LANGUAGE, CONF_NAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    LanguageSelector,
    LanguageSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)

from .bridge import (
    PROVIDERS,
    BridgeProfile,
    Capabilities,
    Endpointing,
    EndpointSource,
    ProfileCapabilities,
    ProviderName,
    RepairMode,
    SessionStarted,
    TextStyle,
    options_of,
)
from .conditional_fields import conditional_fields
from .const import (
    CONF_DAILY_LIMIT,
    CONF_FALLBACK,
    CONF_HOME_NAMES,
    CONF_OTHER_LANGUAGES,
    CONF_OVERRIDE,
    CONF_REPAIR,
    CONF_TERMS,
    CONF_TEXT,
    SECTION_ADVANCED,
    SECTION_BIAS,
    SECTION_ENDPOINT,
    SECTION_RECOGNITION,
)
from .entity_data import form_section, form_values
from .option_fields import choice_field, option_fields
from .sections import Fields, collapsed_section, field_names
from .speech_service import UNKNOWN_SERVER
from .stored_choices import with_stored_choices

_DAY_S: Final = 24 * 60 * 60

_USED_BY_LOCAL_SERVERS: Final = {CONF_OTHER_LANGUAGES, "bias_strength"}
"""The settings of services that have an effect at a local realtime server. The others choose a
model of the service, for example, or what the service may store."""

_BIAS: Final[Fields] = {
    vol.Optional(CONF_TERMS): SelectSelector(
        SelectSelectorConfig(options=[], multiple=True, custom_value=True)
    ),
    vol.Required(CONF_HOME_NAMES, default=False): BooleanSelector(),
}


def entity_fields(
    provider: ProviderName,
    *,
    languages: Sequence[str],
    fallbacks: Iterable[SelectOptionDict] = (),
    repair: RepairMode = RepairMode.OFF,
    server: SessionStarted = UNKNOWN_SERVER,
    stored: Mapping[str, Any] = MappingProxyType({}),
    local: bool = False,
) -> Fields:
    """Return the form for one entity of a service.

    ``languages`` are those that the account knows. ``repair`` is the default of the repair setting.
    ``server`` is what the account's server reported about itself. Settings that have no effect at
    this server are not in the form. ``stored`` is the present data of the entity, whose values the
    form offers even if the account does not know them any more. ``local`` is whether the account is
    a local realtime server, whose engines ignore most of the settings of the service.
    """
    hidden = set(server.unused_settings)
    offers_others = len(languages) > 1
    if not offers_others and CONF_OTHER_LANGUAGES not in stored.get(SECTION_RECOGNITION, {}):
        hidden.add(CONF_OTHER_LANGUAGES)  # no other language can be chosen
    row = PROVIDERS[provider]
    if local:
        hidden |= set(row.form_fields) - _USED_BY_LOCAL_SERVERS
    recognition = option_fields(
        row.settings,
        (name for name in row.form_fields if name not in hidden),
        without=set(row.capabilities.languages).difference(languages),
    )
    capabilities = server.capabilities or row.capabilities
    bias = _BIAS if capabilities.bias_terms else {}
    settings = {
        **_limits(list(fallbacks), repair),
        **recognition,
        **_endpoint_fields(capabilities, stored, provider),
        **bias,
    }
    form = _in_sections(settings, provider, languages)
    return with_stored_choices(form, form_values(stored, provider))


def bridge_entity_fields(
    can: ProfileCapabilities, *, stored: Mapping[str, Any], languages: Iterable[str]
) -> Fields:
    """Return the form for one entity of a remote bridge, without the field of its profile.

    Settings that have no effect with the profile's capabilities are not in the form. The settings
    for the end of speech apply only if they override those of the bridge. So the first field of
    their section is the switch for the override. While it is off, it hides the others. ``stored``
    is the present data of the entity.
    """
    form: Fields = {
        vol.Required(CONF_OVERRIDE, default=False): BooleanSelector(),
        **_endpoint_fields(can, stored, None, switch=CONF_OVERRIDE),
        **(_BIAS if can.bias_terms else {}),
    }
    return _in_sections(form, None, languages)


def _in_sections(
    settings: Fields, provider: ProviderName | None, languages: Iterable[str]
) -> Fields:
    form: Fields = {vol.Required(CONF_NAME): TextSelector(), **language_field(languages)}
    folded: dict[str, Fields] = {}
    for key, field in settings.items():
        name = form_section(str(key), provider)
        if name is None:
            form[key] = field
        else:
            folded.setdefault(name, {})[key] = field
    for name in (SECTION_ENDPOINT, SECTION_BIAS, SECTION_ADVANCED):
        if name in folded:
            form[vol.Required(name)] = collapsed_section(folded[name])
    return form


def _endpoint_fields(
    can: Capabilities | ProfileCapabilities,
    stored: Mapping[str, Any],
    provider: ProviderName | None,
    *,
    switch: str | None = None,
) -> Fields:
    """Return the fields of the settings for the end of speech that have an effect.

    Some of them have an effect only with certain values of others, and all of them only while
    ``switch`` is on, if there is one. ``stored`` is the present data of the entity.
    """
    used = {
        name: option
        for name, option in options_of(Endpointing)
        if not option.needs or getattr(can, option.needs)
    }
    # Do not offer the service as the endpoint source if it cannot find the end of speech.
    without = () if can.server_vad else (EndpointSource.PROVIDER,)
    needs_switch = {switch: (True,)} if switch else {}
    return conditional_fields(
        option_fields(Endpointing, used, without=without),
        {name: {**needs_switch, **option.used_if} for name, option in used.items()},
        values={
            **{each.name: each.default for each in fields(Endpointing)},
            CONF_OVERRIDE: stored.get(CONF_OVERRIDE, False),
            **stored.get(SECTION_ENDPOINT, {}),
        },
        section_of=lambda name: form_section(name, provider),
    )


def _limits(fallbacks: list[SelectOptionDict], repair: RepairMode) -> Fields:
    form: Fields = {
        vol.Required(CONF_TEXT, default=TextStyle.COMMANDS.value): choice_field(
            CONF_TEXT, TextStyle
        ),
        vol.Required(CONF_REPAIR, default=repair.value): choice_field(CONF_REPAIR, RepairMode),
        vol.Optional(CONF_DAILY_LIMIT): NumberSelector(
            NumberSelectorConfig(
                min=0, max=_DAY_S, step=1, unit_of_measurement="s", mode=NumberSelectorMode.BOX
            )
        ),
    }
    if fallbacks:
        form[vol.Optional(CONF_FALLBACK)] = SelectSelector(
            SelectSelectorConfig(options=fallbacks, multiple=True)
        )
    return form


def language_field(languages: Iterable[str]) -> Fields:
    """Return the field for the spoken language; if empty, the pipeline's language is used."""
    config = LanguageSelectorConfig(languages=list(languages))
    return {vol.Optional(CONF_LANGUAGE): LanguageSelector(config)}


def offers_more(form: Fields, *, than: Fields) -> bool:
    """Return whether the form of an entity has fields or languages that another one has not."""
    if field_names(form) - field_names(than):
        return True
    key = vol.Optional(CONF_LANGUAGE)
    languages = [set(each[key].config["languages"]) for each in (form, than)]
    return bool(languages[0] - languages[1])


def profile_selector(
    profiles: Iterable[BridgeProfile], *, mode: SelectSelectorMode = SelectSelectorMode.LIST
) -> SelectSelector:
    """Return the field in which the user selects one of a bridge's profiles."""
    return SelectSelector(SelectSelectorConfig(options=[each.name for each in profiles], mode=mode))
