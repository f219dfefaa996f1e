"""The forms match the package's options: units, ranges and choices."""

from dataclasses import fields
from typing import Any

import pytest
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    Selector,
    SelectSelector,
    TextSelector,
)
from probatio import Invalid, Optional, Schema

from custom_components.wyoming_bridge.bridge import PROVIDERS, Endpointing, ProviderName, options_of
from custom_components.wyoming_bridge.forms import cleaned, entity_fields, service_fields

FORMS = [*ProviderName, None]
"""Each service, and a remote bridge (None)."""

ENDPOINT = dict(options_of(Endpointing))
DEFAULTS = {each.name: each.default for each in fields(Endpointing)}


def section_of(provider: ProviderName | None, name: str) -> dict[Any, Selector[Any]]:
    shown: dict[Any, Selector[Any]] = entity_fields(provider, languages=["nl"])[name].schema.schema
    return shown


@pytest.mark.parametrize("provider", FORMS)
def test_each_setting_of_the_end_of_speech_is_in_the_form_with_its_default(
    provider: ProviderName | None,
) -> None:
    shown = section_of(provider, "end_of_speech")

    assert [str(key) for key in shown] == list(ENDPOINT)
    assert Schema(shown)({}) == DEFAULTS


def test_whether_commands_end_early_is_on_or_off() -> None:
    assert isinstance(section_of(None, "end_of_speech")["commands_end_early"], BooleanSelector)


@pytest.mark.parametrize("provider", ProviderName)
def test_repair_is_off_unless_the_user_chooses_it(provider: ProviderName) -> None:
    shown = section_of(provider, "limits")

    assert Schema(shown)({})["repair"] == "off"
    assert shown["repair"].config["options"] == ["off", "careful", "on"]


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, each in ENDPOINT.items()
        if not each.choices and not isinstance(DEFAULTS[name], bool)
    ],
)
def test_a_number_has_the_declared_unit_and_range(name: str) -> None:
    field = section_of(None, "end_of_speech")[name]
    declared = ENDPOINT[name]

    assert isinstance(field, NumberSelector)
    assert (field.config["min"], field.config["max"]) == (declared.minimum, declared.maximum)
    assert field.config.get("unit_of_measurement", "") == declared.unit
    assert field.config["step"] == (1 if isinstance(DEFAULTS[name], int) else "any")


def test_a_number_without_a_maximum_has_one_that_json_can_hold() -> None:
    field = section_of(ProviderName.RESON8, "recognition")["bias_strength"]
    declared = dict(options_of(PROVIDERS[ProviderName.RESON8].settings))["bias_strength"]

    assert field.config["min"] == declared.minimum
    assert declared.maximum is None
    assert field(1e6) == 1e6
    with pytest.raises(Invalid):
        field(2e19)


def test_a_range_includes_its_limits_and_nothing_beyond() -> None:
    field = section_of(None, "end_of_speech")["silence_ms"]
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
    field = section_of(provider, "end_of_speech")["source"]

    assert field.config["options"] == choices
    assert field.config["translation_key"] == "source"


@pytest.mark.parametrize("provider", ProviderName)
def test_the_offered_settings_of_a_service_are_declared_and_have_its_defaults(
    provider: ProviderName,
) -> None:
    settings = PROVIDERS[provider].settings

    shown = section_of(provider, "recognition")

    assert [str(key) for key in shown] == list(PROVIDERS[provider].form_fields)
    assert set(PROVIDERS[provider].form_fields) <= {name for name, _ in options_of(settings)}
    assert settings(**Schema(shown)({})) == settings()


@pytest.mark.parametrize(
    ("provider", "name", "kind", "choices"),
    [
        (ProviderName.ELEVENLABS, "model", TextSelector, None),
        (ProviderName.ELEVENLABS, "secondary_languages", SelectSelector, []),
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
    field = section_of(provider, "recognition")[name]

    assert type(field) is kind
    assert field.config.get("options") == choices


def test_a_list_offers_the_declared_choices_or_accepts_any_text() -> None:
    free = section_of(ProviderName.ELEVENLABS, "recognition")["secondary_languages"]
    closed = section_of(ProviderName.RESON8, "recognition")["secondary_languages"]

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


@pytest.mark.parametrize(
    ("provider", "sections"),
    [
        (ProviderName.ELEVENLABS, ["recognition", "end_of_speech", "bias", "limits"]),
        (ProviderName.RESON8, ["recognition", "end_of_speech", "bias", "limits"]),
        (ProviderName.SCRIPTIX, ["recognition", "end_of_speech", "limits"]),
        (None, ["end_of_speech", "bias"]),
    ],
)
def test_an_entity_has_the_sections_that_its_service_supports(
    provider: ProviderName | None, sections: list[str]
) -> None:
    form = entity_fields(provider, languages=["nl"])

    assert [str(key) for key in form] == ["name", "language", *sections]
    assert all(form[name].options == {"collapsed": True} for name in sections)


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
