"""The forms against the package's declarations: units, ranges and choices exist once."""

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
from probatio import Invalid, Schema

from custom_components.wyoming_bridge.bridge import PROVIDERS, Endpointing, ProviderName, options_of
from custom_components.wyoming_bridge.forms import cleaned, entity_fields, service_fields

EVERYBODY = [*ProviderName, None]
"""Each service, and (None) a bridge elsewhere."""

ENDPOINT = dict(options_of(Endpointing))
DEFAULTS = {each.name: each.default for each in fields(Endpointing)}


def section_of(provider: ProviderName | None, name: str) -> dict[Any, Selector[Any]]:
    shown: dict[Any, Selector[Any]] = entity_fields(provider, languages=["nl"])[name].schema.schema
    return shown


@pytest.mark.parametrize("provider", EVERYBODY)
def test_every_setting_of_the_endpoint_is_in_the_form_with_its_default(
    provider: ProviderName | None,
) -> None:
    shown = section_of(provider, "end_of_speech")

    assert [str(key) for key in shown] == list(ENDPOINT)
    assert Schema(shown)({}) == DEFAULTS


@pytest.mark.parametrize("name", [name for name, each in ENDPOINT.items() if not each.choices])
def test_a_number_of_the_endpoint_has_the_unit_and_the_range_that_are_declared(name: str) -> None:
    field = section_of(None, "end_of_speech")[name]
    declared = ENDPOINT[name]

    assert isinstance(field, NumberSelector)
    assert (field.config["min"], field.config["max"]) == (declared.minimum, declared.maximum)
    assert field.config.get("unit_of_measurement", "") == declared.unit
    assert field.config["step"] == (1 if isinstance(DEFAULTS[name], int) else "any")


def test_a_strength_ends_where_no_number_could_be_stored() -> None:
    field = section_of(ProviderName.RESON8, "recognition")["bias_strength"]
    declared = dict(options_of(PROVIDERS[ProviderName.RESON8].settings))["bias_strength"]

    assert field.config["min"] == declared.minimum
    assert declared.maximum is None
    assert field(1e6) == 1e6
    with pytest.raises(Invalid):
        field(2e19)


def test_the_ends_of_a_range_are_possible_and_what_lies_beyond_is_not() -> None:
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
def test_the_service_may_end_an_utterance_only_where_it_can(
    provider: ProviderName | None, choices: list[str]
) -> None:
    field = section_of(provider, "end_of_speech")["source"]

    assert field.config["options"] == choices
    assert field.config["translation_key"] == "source"


@pytest.mark.parametrize("provider", ProviderName)
def test_what_is_offered_of_a_services_settings_is_declared_and_untouched_changes_nothing(
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


def test_a_list_takes_what_is_declared_or_whatever_is_written() -> None:
    free = section_of(ProviderName.ELEVENLABS, "recognition")["secondary_languages"]
    closed = section_of(ProviderName.RESON8, "recognition")["secondary_languages"]

    assert (free.config["multiple"], free.config["custom_value"]) == (True, True)
    assert (closed.config["multiple"], closed.config["custom_value"]) == (True, False)
    declared = dict(options_of(PROVIDERS[ProviderName.RESON8].settings))["secondary_languages"]
    assert closed.config["options"] == list(declared.choices)


@pytest.mark.parametrize("provider", ProviderName)
def test_an_account_asks_for_its_token_as_a_password_and_for_a_language_of_the_service(
    provider: ProviderName,
) -> None:
    form = service_fields(provider)

    assert form["token"].config["type"] == "password"
    assert form["language"].config["languages"] == list(PROVIDERS[provider].capabilities.languages)
    assert form["advanced"].options == {"collapsed": True}


@pytest.mark.parametrize(
    ("provider", "sections"),
    [
        (ProviderName.ELEVENLABS, ["recognition", "end_of_speech", "bias", "limits"]),
        (ProviderName.RESON8, ["recognition", "end_of_speech", "bias", "limits"]),
        (ProviderName.SCRIPTIX, ["recognition", "end_of_speech", "limits"]),
        (None, ["end_of_speech", "bias"]),
    ],
)
def test_an_entity_has_the_sections_that_its_service_can_use(
    provider: ProviderName | None, sections: list[str]
) -> None:
    form = entity_fields(provider, languages=["nl"])

    assert [str(key) for key in form] == ["name", "language", *sections]
    assert all(form[name].options == {"collapsed": True} for name in sections)


def test_what_a_form_gave_is_stored_without_what_is_empty_and_with_whole_numbers() -> None:
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
