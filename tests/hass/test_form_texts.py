"""Each field and choice of the forms has a text, and each text has its field."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector

from custom_components.wyoming_bridge.bridge import (
    PROVIDERS,
    Endpointing,
    ProviderName,
    options_of,
)
from custom_components.wyoming_bridge.form_placeholders import (
    TERM_LIMITS,
    account_placeholders,
    setting_placeholders,
)
from entity_forms import form_of
from flows import provider_form
from texts import ENGLISH, FLOW, SUBENTRY, placeholders, texts_in, texts_of

PROVIDER_FORMS = [*PROVIDERS, "local", "bridge"]
FALLBACK = SelectOptionDict(value="id", label="Another")


def fields_in(form: Mapping[Any, Any]) -> dict[str, set[str]]:
    """Return the names of a form's fields by section."""
    plain = {str(key) for key, field in form.items() if not isinstance(field, section)}
    folded = {
        str(key): set(map(str, field.schema.schema))
        for key, field in form.items()
        if isinstance(field, section)
    }
    return {"": plain} | folded


def fields_with_text(step: Mapping[str, Any], what: str = "data") -> dict[str, set[str]]:
    """Return the names of the fields that have a text, by section."""
    folded = {name: set(each[what]) for name, each in step.get("sections", {}).items()}
    return {"": set(step.get(what, {}))} | folded


def joined(forms: Iterable[Mapping[str, set[str]]]) -> dict[str, set[str]]:
    together: dict[str, set[str]] = {}
    for form in forms:
        for name, keys in form.items():
            together[name] = together.get(name, set()) | keys
    return together


def entity_forms() -> list[dict[Any, Any]]:
    return [form_of(provider, fallbacks=[FALLBACK]) for provider in (*ProviderName, None)]


def choices_in(form: Mapping[Any, Any]) -> Iterator[tuple[str, set[str]]]:
    for field in form.values():
        if isinstance(field, section):
            yield from choices_in(field.schema.schema)
        elif isinstance(field, SelectSelector) and "translation_key" in field.config:
            yield field.config["translation_key"], set(map(str, field.config["options"]))


@pytest.mark.parametrize("flow", [FLOW, SUBENTRY], ids=["account", "entity"])
def test_each_field_has_a_name_and_a_description(flow: dict[str, Any]) -> None:
    for step in flow["step"].values():
        assert fields_with_text(step) == fields_with_text(step, "data_description")


async def test_the_forms_of_accounts_and_their_texts_have_the_same_fields(
    hass: HomeAssistant,
) -> None:
    forms = {
        str(name): fields_in((await provider_form(hass, name))["data_schema"].schema)
        for name in PROVIDER_FORMS
    }
    again = joined(forms.values())
    again[""] -= {"language"}  # not a setting of the account: it is for the first entity
    # A new account has no token that could be removed, and no entities that could fail.
    again[""] |= {"remove_token", "save_anyway"}

    for form in forms.values():
        form[""] |= {"name"}  # for a second account of a provider
    assert {name: fields_with_text(FLOW["step"][name]) for name in forms} == forms
    assert fields_with_text(FLOW["step"]["reconfigure"]) == again
    menu = FLOW["step"]["user"]
    assert list(menu["menu_options"]) == list(menu["menu_option_descriptions"]) == list(forms)


def test_the_forms_of_entities_and_their_texts_have_the_same_fields() -> None:
    forms = joined(fields_in(form) for form in entity_forms())
    # These fields exist only for entities of a remote bridge.
    forms[""] |= {"profile", "save_anyway"}
    forms["end_of_speech"] |= {"override"}

    assert fields_with_text(SUBENTRY["step"]["user"]) == forms
    assert fields_with_text(SUBENTRY["step"]["reconfigure"]) == forms


async def test_each_choice_has_a_text(hass: HomeAssistant) -> None:
    local = (await provider_form(hass, "local"))["data_schema"].schema
    choices: dict[str, set[str]] = {}
    for form in (local, *entity_forms()):
        for key, options in choices_in(form):
            choices[key] = choices.get(key, set()) | options

    assert {
        key: set(each["options"]) for key, each in ENGLISH["selector"].items() if "options" in each
    } == choices


def test_the_texts_of_settings_have_their_declared_ranges_and_defaults() -> None:
    known = {
        f"{{{name}}}"
        for provider in (*ProviderName, None)
        for name in setting_placeholders(provider)
    }
    used = {
        name
        for step in SUBENTRY["step"].values()
        for _, text in texts_of(step)
        for name in placeholders(text)
    }
    numbers = {
        name
        for name, each in options_of(Endpointing)
        if each.minimum is not None and each.maximum is not None
    }

    assert used - known - {f"{{{name}}}" for name in TERM_LIMITS} == {
        *("{account}", "{profile}", "{fallback}")
    }
    assert {f"{{{name}_{what}}}" for name in numbers for what in ("range", "default")} <= used


@pytest.mark.parametrize("provider", ProviderName)
def test_the_form_of_a_service_links_to_its_keys(provider: ProviderName) -> None:
    assert "({key_url})" in FLOW["step"][provider]["description"]
    assert account_placeholders(provider)["key_url"].startswith("https://")
    assert account_placeholders("local") == account_placeholders("bridge") == {}


def test_help_texts_get_the_declared_ranges_and_defaults() -> None:
    shown = setting_placeholders(ProviderName.ELEVENLABS)

    assert shown["silence_ms_range"] == "100\N{EN DASH}5000 ms"
    assert shown["silence_ms_default"] == "600 ms"
    assert shown["speech_threshold_range"] == "0.1\N{EN DASH}0.9"
    assert shown["model_default"] == "scribe_v2_realtime"


@pytest.mark.parametrize("language", ["en", "nl", "de", "fr"])
def test_the_menu_of_providers_names_no_command(language: str) -> None:
    """A user who has the app or the container has never typed a command."""
    described = {
        key: text for key, text in texts_in(language).items() if "menu_option_descriptions" in key
    }

    assert len(described) >= len(PROVIDER_FORMS)
    assert [text for text in described.values() if "wyoming-bridge" in text] == []
