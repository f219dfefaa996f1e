"""A changed account is tried with the settings of its entities before it is stored."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, ConfigSubentry
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry, start_reauth_flow

from accounts import account, bridge_account, set_up
from bridges import ACCESS_TOKEN, StartBridge
from entity_forms import default_values
from entity_forms import reconfigure_form as entity_form
from entity_forms import submit as submit_entity
from flows import FORM, expect_abort, submit, suggested
from recording_engine import RecordingEngine
from servers import JapaneseEngine, Server, StartServer
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.providers.reson8.behaviour import Reson8Behaviour

NEW = "another-t0ken"


def with_model(name: str) -> dict[str, Any]:
    """Return the data of an entity that uses a custom model."""
    return {"recognition": {"custom_model_id": name}}


async def add_entities(
    hass: HomeAssistant, entry: MockConfigEntry, entities: Mapping[str, Mapping[str, Any]]
) -> None:
    """Add an account with more entities, by their titles, and set it up."""
    entry.add_to_hass(hass)
    for title, data in entities.items():
        added = ConfigSubentry(
            data=MappingProxyType(dict(data)),
            subentry_type="stt",
            title=title,
            unique_id=None,
        )
        hass.config_entries.async_add_subentry(entry, added)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


@pytest.fixture
def engine() -> RecordingEngine:
    """Return an engine that counts the sessions."""
    return RecordingEngine()


@pytest.fixture
async def without_attic(start_server: StartServer, engine: RecordingEngine) -> Server:
    """Start a server whose account may use the model ``kitchen``, but not the model ``attic``."""
    models = Reson8Behaviour(models={"kitchen": ("extractor hood",)})
    server = await start_server(behaviour=Behaviour(services=(models,)), engine=engine)
    server.token = NEW
    await server.restart()
    return server


async def new_token_form(
    hass: HomeAssistant, server: Server, entities: Mapping[str, Mapping[str, Any]]
) -> tuple[MockConfigEntry, ConfigFlowResult]:
    """Add an account with an old token, and open the form that asks for a new one."""
    entry = account(server, token="0ld")
    await add_entities(hass, entry, entities)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    (form,) = hass.config_entries.flow.async_progress()
    return entry, form


async def test_a_new_token_that_may_not_use_a_model_is_reported_with_the_entity(
    hass: HomeAssistant, without_attic: Server
) -> None:
    entities = {"Hall": with_model("kitchen"), "Attic": with_model("attic"), "Roof": {}}
    entry, form = await new_token_form(hass, without_attic, entities)

    again = await submit(hass, form, {"token": NEW})

    assert (again["type"], again["step_id"]) == (FORM, "reauth_confirm")
    assert again["errors"] == {"base": "session_refused"}
    assert "available: kitchen" in again["description_placeholders"]["answer"]
    assert again["description_placeholders"]["entity"] == "Attic"
    assert suggested(again) == {"token": NEW}
    assert entry.data["token"] == "0ld"


async def test_a_new_token_can_be_saved_although_an_entity_fails_and_the_entity_changed_later(
    hass: HomeAssistant, without_attic: Server
) -> None:
    entry, form = await new_token_form(hass, without_attic, {"Attic": with_model("attic")})
    again = await submit(hass, form, {"token": NEW})

    result = await submit(hass, again, {"token": NEW, "save_anyway": True})

    await expect_abort(hass, result, "reauth_successful")
    assert (entry.data["token"], entry.state) == (NEW, ConfigEntryState.LOADED)
    assert "save_anyway" not in entry.data
    attic = next(each for each in entry.subentries.values() if each.title == "Attic")
    form = await entity_form(hass, entry, attic.subentry_id)
    values = {**default_values("Attic"), **with_model("kitchen")}
    assert (await submit_entity(hass, form, values))["reason"] == "reconfigure_successful"


async def test_a_token_that_is_refused_is_not_saved_anyway(
    hass: HomeAssistant, without_attic: Server
) -> None:
    entry, form = await new_token_form(hass, without_attic, {"Attic": with_model("attic")})
    again = await submit(hass, form, {"token": NEW})

    refused = await submit(hass, again, {"token": "wr0ng", "save_anyway": True})

    assert refused["errors"] == {"token": "token_refused"}
    assert entry.data["token"] == "0ld"
    result = await submit(hass, refused, {"token": NEW, "save_anyway": True})
    await expect_abort(hass, result, "reauth_successful")


async def test_the_same_settings_are_tried_only_once(
    hass: HomeAssistant, without_attic: Server, engine: RecordingEngine
) -> None:
    entities = {
        "Bath": {"end_of_speech": {"silence_ms": 500}},
        "Hall": with_model("kitchen"),
        "Cellar": {**with_model("kitchen"), "bias": {"terms": ["lamp"]}},
        "Office": {"language": "en"},
        "Attic": with_model("attic"),
        "Roof": with_model("attic"),
    }
    _, form = await new_token_form(hass, without_attic, entities)
    before = len(engine.terms)

    again = await submit(hass, form, {"token": NEW})

    assert again["description_placeholders"]["entity"] == "Attic, Roof"
    # The account itself, the model "kitchen" and the language. No session with "attic" begins.
    assert len(engine.terms) - before == 3


async def test_an_account_is_reconfigured_only_if_its_entities_work(
    hass: HomeAssistant, server: Server, start_server: StartServer
) -> None:
    entry = account(server)
    await add_entities(hass, entry, {"Office": {"language": "en"}})
    before = dict(entry.data)
    japanese = await start_server(engine=JapaneseEngine())
    values = {"advanced": {"url": f"{japanese.url}/elevenlabs"}}
    hass.config_entries.async_update_entry(entry, data={**before, "provider": "elevenlabs"})
    await hass.async_block_till_done()
    form = await hass.config_entries.flow.async_init(
        entry.domain, context={"source": "reconfigure", "entry_id": entry.entry_id}
    )

    again = await submit(hass, form, values)
    stored = entry.data["url"]
    result = await submit(hass, again, {**values, "save_anyway": True})

    assert again["errors"] == {"base": "language_unknown"}
    assert (
        again["description_placeholders"].items() >= {"languages": "ja", "entity": "Office"}.items()
    )
    assert stored == before["url"]
    await expect_abort(hass, result, "reconfigure_successful")
    assert entry.data["url"] == f"{japanese.url}/elevenlabs"


async def test_an_entity_with_an_invalid_setting_is_named(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server, end_of_speech={"silence_ms": 5})
    await set_up(hass, entry)
    form = await start_reauth_flow(hass, entry)

    again = await submit(hass, form, {"token": server.token})

    assert again["errors"] == {"base": "invalid_setting_silence_ms"}
    assert again["description_placeholders"]["entity"] == "Kitchen"


@pytest.mark.parametrize("source", ["reauth", "reconfigure"])
async def test_a_bridge_without_the_profile_of_an_entity_is_reported_with_the_entity(
    source: str, hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge("kitchen", token=ACCESS_TOKEN)
    entry = bridge_account(bridge, token=ACCESS_TOKEN, profile="kitchen")
    await add_entities(hass, entry, {"Attic": {"profile": "attic"}})
    form = await hass.config_entries.flow.async_init(
        entry.domain, context={"source": source, "entry_id": entry.entry_id}, data=entry.data
    )
    place = {"host": bridge.host, "port": bridge.port}
    values = {"token": ACCESS_TOKEN, **(place if source == "reconfigure" else {})}

    again = await submit(hass, form, values)
    result = await submit(hass, again, {**values, "save_anyway": True})

    assert again["errors"] == {"base": "no_such_profile"}
    assert (
        again["description_placeholders"].items()
        >= {
            "name": "attic",
            "available": "kitchen",
            "entity": "Attic",
        }.items()
    )
    await expect_abort(hass, result, f"{source}_successful")


async def test_an_entity_that_does_not_fit_the_changed_account_can_be_corrected(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server, "openai", recognition={"prompt": "Commands."})
    await add_entities(hass, entry, {"Hall": {}})
    form = await hass.config_entries.flow.async_init(
        entry.domain, context={"source": "reconfigure", "entry_id": entry.entry_id}
    )
    values = {"url": f"{server.url}/openai", "model": "gpt-realtime-whisper"}
    again = await submit(hass, form, values)
    await submit(hass, again, {**values, "save_anyway": True})
    await hass.async_block_till_done()
    state = entry.state

    wrong = await submit_entity(
        hass,
        await entity_form(hass, entry, "kitchen"),
        {**default_values(), "recognition": {"prompt": "Commands."}},
    )
    right = await submit_entity(hass, wrong, default_values())

    assert state is ConfigEntryState.LOADED
    assert (wrong["type"], wrong["errors"]) == (FORM, {"advanced": "invalid_setting_prompt"})
    assert right["reason"] == "reconfigure_successful"
    assert not entry.runtime_data.service.invalid
