"""A form offers the stored values of an entity, even if its server does not know them any more."""

from collections.abc import Mapping
from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntry, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import LanguageSelector, Selector, SelectSelector

from accounts import account, bridge_account, set_up
from bridges import Bridge
from custom_components.wyoming_bridge.bridge import ProviderName
from custom_components.wyoming_bridge.entity_data import form_section, stored_data
from custom_components.wyoming_bridge.sections import field_names
from entity_forms import FORMS, add_form, fields_of, reconfigure_form, submit
from flows import ABORT, FORM, local_account, suggested
from servers import Server

NAME = {"name": "Pantry"}


def gone(field: Selector[Any]) -> str | list[str]:
    """Return a value that no field offers. It has the form of a language code."""
    return ["zz"] if field.config.get("multiple") else "zz"


def is_named(name: str, errors: Mapping[str, str]) -> bool:
    """Return whether the errors of a form are about a setting, at its field or section."""
    places = {name, form_section(name, None), form_section(name, ProviderName.RESON8)} - {None}
    return any(each in errors and (each == name or errors[each].endswith(name)) for each in places)


SELECTS = [
    *(
        (provider, str(key), gone(field))
        for provider in FORMS
        for key, field in fields_of(provider).items()
        if isinstance(field, SelectSelector | LanguageSelector)
    ),
    (ProviderName.RESON8, "fallback", ["zz"]),
    (None, "profile", "zz"),
]
"""Each list of choices in the forms of entities, with the service that has it."""


async def stored(hass: HomeAssistant, server: Server, **data: object) -> ConfigEntry:
    """Set up an account of a server that knows only English, whose entity has this data."""
    entry = account(server, "reson8", **data)
    await set_up(hass, entry)
    return entry


def advanced(form: SubentryFlowResult) -> dict[Any, Any]:
    assert form["data_schema"]
    fields: dict[Any, Any] = form["data_schema"].schema["advanced"].schema.schema
    return fields


async def test_other_languages_are_not_offered_if_the_engine_knows_only_one(
    hass: HomeAssistant, server: Server
) -> None:
    form = await add_form(hass, await local_account(hass, server))

    assert form["data_schema"]
    assert "secondary_languages" not in field_names(form["data_schema"].schema)


async def test_other_languages_that_the_engine_does_not_know_are_named_until_they_are_removed(
    hass: HomeAssistant, server: Server
) -> None:
    entry = await stored(hass, server, recognition={"secondary_languages": ["nl", "en"]})
    form = await reconfigure_form(hass, entry, "kitchen")
    kept = {"secondary_languages": ["nl", "en"], "diarize": True}

    again = await submit(hass, form, {**NAME, "recognition": kept})
    done = await submit(hass, again, {**NAME, "recognition": {**kept, "secondary_languages": []}})

    assert advanced(form)["secondary_languages"].config["options"] == ["en", "nl"]
    assert (again["type"], again["errors"]) == (FORM, {"advanced": "other_language_unknown"})
    texts = again["description_placeholders"]
    assert texts
    assert (texts["wrong"], texts["languages"]) == ("nl", "en")
    assert done["reason"] == "reconfigure_successful"
    assert entry.subentries["kitchen"].data["recognition"] == {"diarize": True}


async def test_a_language_that_the_engine_does_not_know_is_an_error_at_its_field(
    hass: HomeAssistant, server: Server
) -> None:
    entry = await stored(hass, server, language="nl")
    form = await reconfigure_form(hass, entry, "kitchen")
    values = {**NAME, "language": "nl", "recognition": {"diarize": True}}

    again = await submit(hass, form, values)
    done = await submit(hass, again, {**values, "language": "en"})

    assert (again["type"], again["errors"]) == (FORM, {"language": "language_unknown"})
    assert done["reason"] == "reconfigure_successful"


@pytest.mark.parametrize(
    "data", [{"language": "nl"}, {"recognition": {"secondary_languages": ["nl"], "diarize": False}}]
)
async def test_an_entity_with_a_language_that_the_engine_does_not_know_can_be_renamed(
    data: dict[str, Any], hass: HomeAssistant, server: Server
) -> None:
    entry = await stored(hass, server, **data)

    done = await submit(hass, await reconfigure_form(hass, entry, "kitchen"), {**NAME, **data})

    assert done["type"] is ABORT
    assert entry.subentries["kitchen"].title == "Pantry"


async def test_a_profile_that_the_bridge_no_longer_has_is_an_error_at_its_field(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    entry = bridge_account(bridge, profile="attic")
    await set_up(hass, entry)
    form = await reconfigure_form(hass, entry, "kitchen")

    again = await submit(hass, form, {**NAME, "profile": "attic"})
    done = await submit(hass, again, {**NAME, "profile": "offline"})

    assert (again["type"], again["errors"]) == (FORM, {"profile": "no_such_profile"})
    assert done["reason"] == "reconfigure_successful"


async def test_a_service_that_can_no_longer_end_an_utterance_is_named(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    data: dict[str, Any] = {"override": True, "end_of_speech": {"source": "provider"}}
    entry = bridge_account(bridge, **data)
    await set_up(hass, entry)
    form = await reconfigure_form(hass, entry, "kitchen")

    again = await submit(hass, form, {**NAME, "profile": "offline", **data})

    assert (again["type"], again["errors"]) == (FORM, {"end_of_speech": "service_ends_nothing"})


@pytest.mark.parametrize(("provider", "name", "value"), SELECTS)
async def test_a_stored_choice_that_is_gone_prevents_no_other_change_or_the_form_names_it(
    provider: ProviderName | None,
    name: str,
    value: object,
    *,
    hass: HomeAssistant,
    server: Server,
    bridge: Bridge,
) -> None:
    stored = stored_data({name: value, "override": True} if provider is None else {name: value})
    entry = account(server, provider, **stored) if provider else bridge_account(bridge, **stored)
    await set_up(hass, entry)
    form = await reconfigure_form(hass, entry, "kitchen")

    done = await submit(hass, form, {**suggested(form), **NAME})

    assert done["type"] is ABORT or is_named(name, done["errors"] or {})
