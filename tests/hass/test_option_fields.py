"""A field of a form matches the option that it is made from: unit, range and choices."""

from dataclasses import fields

import pytest
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    SelectSelector,
    TextSelector,
)
from probatio import Invalid

from custom_components.wyoming_bridge.bridge import PROVIDERS, Endpointing, ProviderName, options_of
from entity_forms import fields_of
from wyoming_bridge.providers.elevenlabs.settings import MODELS

ENDPOINT = dict(options_of(Endpointing))
DEFAULTS = {each.name: each.default for each in fields(Endpointing)}


def test_whether_commands_end_early_is_on_or_off() -> None:
    assert isinstance(fields_of(None)["commands_end_early"], BooleanSelector)


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
