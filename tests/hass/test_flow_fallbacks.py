"""The fallbacks that the form of an entity offers."""

from collections.abc import Mapping
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from accounts import account as stored_account
from accounts import set_up
from bridges import StartBridge
from entity_forms import add_form, default_values, reconfigure_form, submit
from flows import FORM, add_account, local_account, local_form, suggested
from servers import JapaneseEngine, Server, StartServer, without_index


def fallbacks(form: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the IDs and labels of the fallbacks that a form offers."""
    fields = form["data_schema"].schema["advanced"].schema.schema
    return [(each["value"], each["label"]) for each in fields["fallback"].config["options"]]


async def test_all_other_entities_except_those_of_bridges_are_offered(
    hass: HomeAssistant, server: Server, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    one = await local_account(hass, server)
    other = await local_account(hass, server, "scriptix")
    await add_account(hass, "bridge", {"host": bridge.host, "port": bridge.port})
    (first,), (second,) = one.subentries, other.subentries
    await submit(hass, await add_form(hass, one), default_values())
    *_, kitchen = one.subentries

    of_a_new_one = fallbacks(await add_form(hass, one))
    of_the_first = fallbacks(await reconfigure_form(hass, one, first))

    title, second_title = "Local realtime server", "Local realtime server (127.0.0.1)"
    assert of_a_new_one == [
        (first, f"{title}: {title} STT"),
        (kitchen, f"{title}: Kitchen"),
        (second, f"{second_title}: {second_title} STT"),
    ]
    assert [value for value, _ in of_the_first] == [kitchen, second]


async def test_without_another_entity_no_fallback_is_offered(
    hass: HomeAssistant, server: Server
) -> None:
    account = await local_account(hass, server)
    (only,) = account.subentries

    form = await reconfigure_form(hass, account, only)

    assert "fallback" not in form["data_schema"].schema["advanced"].schema.schema


async def test_a_removed_fallback_is_no_longer_shown(hass: HomeAssistant, server: Server) -> None:
    account, other = (
        await local_account(hass, server),
        await local_account(hass, server, "scriptix"),
    )
    (first,), (second,) = account.subentries, other.subentries
    values = {**default_values(), "limits": {"fallback": [second, first]}}
    await submit(hass, await add_form(hass, account), values)
    *_, kitchen = account.subentries
    await hass.config_entries.async_remove(other.entry_id)
    await hass.async_block_till_done()

    form = await reconfigure_form(hass, account, kitchen)

    assert suggested(form)["advanced"]["fallback"] == [first]
    result = await submit(hass, form, {**default_values(), **suggested(form)})
    assert result["reason"] == "reconfigure_successful"


async def test_a_fallback_that_is_removed_while_the_form_is_open_does_not_break_the_form(
    hass: HomeAssistant, server: Server, start_server: StartServer
) -> None:
    hall = stored_account(await start_server(), "scriptix", name="Hall")
    garage = stored_account(await start_server(), "reson8", name="Garage")
    kitchen = stored_account(server, limits={"fallback": ["hall", "garage"]})
    await set_up(hass, hall, garage, kitchen)
    form = await reconfigure_form(hass, kitchen, "kitchen")
    await hass.config_entries.async_remove(hall.entry_id)
    await hass.async_block_till_done()

    result = await submit(hass, form, {**default_values(), **suggested(form)})

    assert result["reason"] == "reconfigure_successful"


async def test_an_entity_whose_service_knows_no_common_language_is_not_offered(
    hass: HomeAssistant, server: Server, start_server: StartServer
) -> None:
    japanese = await start_server(engine=JapaneseEngine())
    english = await local_account(hass, server)
    await add_account(hass, "local", local_form(japanese.url, protocol="elevenlabs"))
    (first,) = english.subentries

    offered = fallbacks(await add_form(hass, english))

    assert [value for value, _ in offered] == [first]


async def test_a_stored_fallback_that_does_not_know_the_language_prevents_no_other_change(
    hass: HomeAssistant, server: Server, start_server: StartServer
) -> None:
    japanese = await start_server(engine=JapaneseEngine())
    hall = stored_account(japanese, "local", protocol="elevenlabs", name="Hall")
    limits = {"fallback": ["hall"]}
    kitchen = stored_account(server, language="en", limits=limits)
    await set_up(hass, hall, kitchen)
    form = await reconfigure_form(hass, kitchen, "kitchen")
    values = {**default_values("Pantry"), "language": "en", "limits": limits}

    done = await submit(hass, form, values)

    assert [value for value, _ in fallbacks(form)] == ["hall"]
    assert done["reason"] == "reconfigure_successful"
    assert kitchen.subentries["kitchen"].title == "Pantry"


@pytest.mark.parametrize("without_language", ["kitchen", "hall"])
async def test_a_server_that_knows_no_language_of_its_protocol_does_not_rule_out_a_fallback(
    without_language: str, hass: HomeAssistant, server: Server, start_server: StartServer
) -> None:
    japanese = await start_server(engine=JapaneseEngine())
    servers = dict.fromkeys(("kitchen", "hall"), server) | {without_language: japanese}
    limits = {"fallback": ["hall"]}
    hall = stored_account(servers["hall"], "local", protocol="reson8", name="Hall")
    kitchen = stored_account(servers["kitchen"], "local", protocol="reson8", limits=limits)
    await set_up(hass, hall, kitchen)
    form = await reconfigure_form(hass, kitchen, "kitchen")

    done = await submit(hass, form, {**default_values("Pantry"), "limits": limits})

    assert done["reason"] == "reconfigure_successful"


@pytest.mark.parametrize("stored", [{}, {"limits": {"fallback": ["hall"]}}], ids=["new", "stored"])
async def test_a_fallback_must_know_the_language_that_the_form_sets(
    stored: dict[str, Any],
    hass: HomeAssistant,
    server: Server,
    start_server: StartServer,
    aioclient_mock: AiohttpClientMocker,
) -> None:
    without_index(aioclient_mock, server)
    hall = stored_account(await start_server(), "scriptix", name="Hall")
    kitchen = stored_account(server, **stored)
    await set_up(hass, hall, kitchen)
    form = await reconfigure_form(hass, kitchen, "kitchen")
    values = {**default_values(), "limits": {"fallback": ["hall"]}}

    spanish = await submit(hass, form, {**values, "language": "es"})
    english = await submit(hass, spanish, {**values, "language": "en"})

    assert (spanish["type"], spanish["errors"]) == (FORM, {"advanced": "fallback_language_unknown"})
    texts = spanish["description_placeholders"]
    assert texts
    assert (texts["fallback"], texts["languages"]) == ("Hall", "en, nl, fr, de")
    assert english["reason"] == "reconfigure_successful"
