"""The form of an entity has the settings that its service supports, with their defaults."""

from dataclasses import fields

import pytest
from homeassistant.data_entry_flow import section

from custom_components.wyoming_bridge.bridge import PROVIDERS, Endpointing, ProviderName, options_of
from entity_forms import FORMS, defaults_of, endpoint_of, fields_of, form_of

ENDPOINT = dict(options_of(Endpointing))
DEFAULTS = {each.name: each.default for each in fields(Endpointing)}


@pytest.mark.parametrize("provider", FORMS)
def test_each_setting_of_the_end_of_speech_is_in_the_form_with_its_default(
    provider: ProviderName | None,
) -> None:
    used = endpoint_of(provider)

    assert defaults_of(provider, used) == {name: DEFAULTS[name] for name in used}


@pytest.mark.parametrize("provider", ProviderName)
def test_repair_is_off_unless_the_user_chooses_it(provider: ProviderName) -> None:
    assert defaults_of(provider, ["repair"]) == {"repair": "off"}
    assert fields_of(provider)["repair"].config["options"] == ["off", "careful", "on"]


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
def test_the_section_of_the_end_of_speech_has_what_people_change(
    provider: ProviderName | None,
) -> None:
    shown = form_of(provider)["end_of_speech"].schema.schema

    if provider:
        assert list(map(str, shown)) == ["source", "silence_ms", "commands_end_early"]
    else:  # for a remote bridge: the switch, and all settings that it can override
        assert list(map(str, shown)) == ["override", *ENDPOINT]
