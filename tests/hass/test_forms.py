"""The forms match the package's options: units, ranges and choices."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import pytest
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    Selector,
    SelectSelector,
    TextSelector,
)
from probatio import Invalid, Optional, Schema

from custom_components.wyoming_bridge.bridge import PROVIDERS, Endpointing, ProviderName, options_of
from custom_components.wyoming_bridge.forms import (
    cleaned,
    form_values,
    service_fields,
    setting_placeholders,
    stored_data,
)
from entity_forms import form_of
from wyoming_bridge.providers.elevenlabs.settings import MODELS
from wyoming_bridge.providers.openai.service import MODELS as OPENAI_MODELS

FORMS = [*ProviderName, None]
"""Each service, and a remote bridge (None)."""

ENDPOINT = dict(options_of(Endpointing))
DEFAULTS = {each.name: each.default for each in fields(Endpointing)}


STORED = {"name", "language", "override", "recognition", "end_of_speech", "bias", "limits"}
"""The keys that the stored data of an entity can have."""


def fields_of(provider: ProviderName | None) -> dict[Any, Selector[Any]]:
    """Return the fields of an entity's form, from all sections."""
    shown: dict[Any, Selector[Any]] = {}
    for key, field in form_of(provider).items():
        shown |= field.schema.schema if isinstance(field, section) else {key: field}
    return shown


def endpoint_of(provider: ProviderName | None) -> set[str]:
    """Return the settings for the end of speech that have an effect with a provider."""
    return set(ENDPOINT) - ({"speculate_ms"} if provider is ProviderName.SCRIPTIX else set())


def defaults_of(provider: ProviderName | None, names: Iterable[str]) -> dict[str, Any]:
    """Return the values of the named fields if the user does not fill them in."""
    wanted = set(names)
    chosen = {key: field for key, field in fields_of(provider).items() if str(key) in wanted}
    assert {str(key) for key in chosen} == wanted
    values: dict[str, Any] = Schema(chosen)({})
    return values


@pytest.mark.parametrize("provider", FORMS)
def test_each_setting_of_the_end_of_speech_is_in_the_form_with_its_default(
    provider: ProviderName | None,
) -> None:
    used = endpoint_of(provider)

    assert defaults_of(provider, used) == {name: DEFAULTS[name] for name in used}


def test_whether_commands_end_early_is_on_or_off() -> None:
    assert isinstance(fields_of(None)["commands_end_early"], BooleanSelector)


@pytest.mark.parametrize("provider", ProviderName)
def test_repair_is_off_unless_the_user_chooses_it(provider: ProviderName) -> None:
    assert defaults_of(provider, ["repair"]) == {"repair": "off"}
    assert fields_of(provider)["repair"].config["options"] == ["off", "careful", "on"]


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, each in ENDPOINT.items()
        if not each.choices and not isinstance(DEFAULTS[name], bool)
    ],
)
def test_a_number_has_the_declared_unit_and_range(name: str) -> None:
    field = fields_of(None)[name]
    declared = ENDPOINT[name]

    assert isinstance(field, NumberSelector)
    assert (field.config["min"], field.config["max"]) == (declared.minimum, declared.maximum)
    assert field.config.get("unit_of_measurement", "") == declared.unit
    assert field.config["step"] == (1 if isinstance(DEFAULTS[name], int) else "any")


def test_a_number_without_a_maximum_has_one_that_json_can_hold() -> None:
    field = fields_of(ProviderName.RESON8)["bias_strength"]
    declared = dict(options_of(PROVIDERS[ProviderName.RESON8].settings))["bias_strength"]

    assert field.config["min"] == declared.minimum
    assert declared.maximum is None
    assert field(1e6) == 1e6
    with pytest.raises(Invalid):
        field(2e19)


def test_a_range_includes_its_limits_and_nothing_beyond() -> None:
    field = fields_of(None)["silence_ms"]
    declared = ENDPOINT["silence_ms"]

    assert field(declared.minimum) == declared.minimum
    assert field(declared.maximum) == declared.maximum
    with pytest.raises(Invalid, match="too small"):
        field(declared.minimum - 1)
    with pytest.raises(Invalid, match="too large"):
        field(declared.maximum + 1)


@pytest.mark.parametrize(
    ("provider", "choices"),
    [
        (ProviderName.ELEVENLABS, ["race", "provider", "client"]),
        (ProviderName.RESON8, ["race", "client"]),
        (ProviderName.SCRIPTIX, ["race", "client"]),
        (None, ["race", "provider", "client"]),
    ],
)
def test_the_service_is_offered_as_the_source_only_if_it_can_end_utterances(
    provider: ProviderName | None, choices: list[str]
) -> None:
    field = fields_of(provider)["source"]

    assert field.config["options"] == choices
    assert field.config["translation_key"] == "source"


@pytest.mark.parametrize("provider", ProviderName)
def test_the_offered_settings_of_a_service_are_declared_and_have_its_defaults(
    provider: ProviderName,
) -> None:
    settings = PROVIDERS[provider].settings
    names = PROVIDERS[provider].form_fields

    assert set(names) <= {name for name, _ in options_of(settings)}
    assert settings(**defaults_of(provider, names)) == settings()


@pytest.mark.parametrize(
    ("provider", "name", "kind", "choices"),
    [
        (ProviderName.ELEVENLABS, "model", SelectSelector, list(MODELS)),
        (ProviderName.ELEVENLABS, "no_verbatim", BooleanSelector, None),
        (ProviderName.RESON8, "custom_model_id", TextSelector, None),
        (ProviderName.RESON8, "bias_strength", NumberSelector, None),
        (ProviderName.RESON8, "filler_mode", SelectSelector, ["clean", "natural", "verbatim"]),
        (ProviderName.SCRIPTIX, "type", SelectSelector, ["fast", "quality"]),
    ],
)
def test_a_setting_has_the_field_of_its_type(
    provider: ProviderName, name: str, kind: type, choices: list[str] | None
) -> None:
    field = fields_of(provider)[name]

    assert type(field) is kind
    assert field.config.get("options") == choices


def test_a_list_offers_the_declared_choices_or_accepts_any_text() -> None:
    languages = PROVIDERS[ProviderName.ELEVENLABS].capabilities.languages
    free = fields_of(ProviderName.ELEVENLABS)["secondary_languages"]
    assert free.config["options"] == list(languages)
    closed = fields_of(ProviderName.RESON8)["secondary_languages"]

    assert (free.config["multiple"], free.config["custom_value"]) == (True, True)
    assert (closed.config["multiple"], closed.config["custom_value"]) == (True, False)
    declared = dict(options_of(PROVIDERS[ProviderName.RESON8].settings))["secondary_languages"]
    assert closed.config["options"] == list(declared.choices)


@pytest.mark.parametrize("provider", ProviderName)
def test_an_account_has_a_password_field_for_its_token_and_the_languages_of_the_service(
    provider: ProviderName,
) -> None:
    form = service_fields(provider)

    assert form["token"].config["type"] == "password"
    assert form["language"].config["languages"] == list(PROVIDERS[provider].capabilities.languages)
    own = PROVIDERS[provider].account_fields
    assert own or form["advanced"].options == {"collapsed": True}
    assert set(own) <= set(map(str, form))


def test_a_server_of_the_user_has_its_address_and_model_at_the_top_and_needs_no_token() -> None:
    form = service_fields(ProviderName.OPENAI)

    assert [str(key) for key in form] == ["url", "model", "token", "language"]
    assert all(isinstance(key, Optional) for key in form)
    assert isinstance(form["url"], TextSelector)


def test_the_models_of_openai_are_a_list_with_free_entry() -> None:
    model = service_fields(ProviderName.OPENAI)["model"]

    assert model.config["options"] == list(OPENAI_MODELS)
    assert (model.config["multiple"], model.config["custom_value"]) == (False, True)


@pytest.mark.parametrize(
    ("provider", "sections"),
    [
        (ProviderName.ELEVENLABS, ["model", "end_of_speech", "bias", "advanced"]),
        (ProviderName.RESON8, ["custom_model_id", "end_of_speech", "bias", "advanced"]),
        (ProviderName.SCRIPTIX, ["type", "end_of_speech", "advanced"]),
        (None, ["end_of_speech", "bias"]),
    ],
)
def test_an_entity_shows_its_model_and_the_sections_that_its_service_supports(
    provider: ProviderName | None, sections: list[str]
) -> None:
    form = form_of(provider)

    assert [str(key) for key in form] == ["name", "language", *sections]
    folded = [field for field in form.values() if isinstance(field, section)]
    assert len(folded) == len({"end_of_speech", "bias", "advanced"} & set(sections))
    assert all(field.options == {"collapsed": True} for field in folded)


@pytest.mark.parametrize("provider", FORMS)
def test_the_section_of_the_end_of_speech_has_the_few_settings_that_people_change(
    provider: ProviderName | None,
) -> None:
    shown = form_of(provider)["end_of_speech"].schema.schema

    if provider:
        assert list(map(str, shown)) == ["source", "silence_ms", "commands_end_early"]
    else:  # for a remote bridge: the switch, and all settings that it can override
        assert list(map(str, shown)) == ["override", *ENDPOINT]


@pytest.mark.parametrize("provider", FORMS)
def test_stored_data_survives_the_form(provider: ProviderName | None) -> None:
    form = form_of(provider, fallbacks=[{"value": "id", "label": "Hall"}])
    sections = {str(key): {} for key, field in form.items() if isinstance(field, section)}
    data = stored_data(Schema(form)({"name": "Kitchen", "language": "nl", **sections}))

    assert stored_data(form_values(data, provider)) == data
    assert set(data) <= STORED
    assert set(data["end_of_speech"]) == endpoint_of(provider)
    assert "advanced" not in data


def test_settings_of_another_release_are_not_in_the_form() -> None:
    assert form_values({"end_of_speech": {"later": 1}, "later": {"more": 2}}, None) == {}


def test_help_texts_get_the_declared_ranges_and_defaults() -> None:
    shown = setting_placeholders(ProviderName.ELEVENLABS)

    assert shown["silence_ms_range"] == "100\N{EN DASH}5000 ms"
    assert shown["silence_ms_default"] == "600 ms"
    assert shown["speech_threshold_range"] == "0.1\N{EN DASH}0.9"
    assert shown["model_default"] == "scribe_v2_realtime"


def test_values_are_stored_without_empty_ones_and_with_integers() -> None:
    given = {
        "name": " Kitchen ",
        "language": "",
        "absent": None,
        "off": False,
        "terms": [],
        "some": ["a"],
        "whole": 700.0,
        "part": 0.5,
        "none": 0.0,
        "inner": {"whole": 3.0, "empty": " "},
        "nothing": {"empty": "", "inner": {}},
    }

    kept = cleaned(given)

    assert kept == {
        "name": "Kitchen",
        "off": False,
        "some": ["a"],
        "whole": 700,
        "part": 0.5,
        "none": 0,
        "inner": {"whole": 3},
    }
    assert [type(kept[name]) for name in ("whole", "none", "part")] == [int, int, float]
