"""Bridges that are discovered on the network."""

import asyncio
from typing import Any

from homeassistant.config_entries import (
    SOURCE_IGNORE,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from announcements import ID, announced
from bridges import ACCESS_TOKEN, StartBridge
from flows import ABORT, CREATED, DOMAIN, FORM, add_account, submit
from servers import TOKEN, Server

GONE = {"provider": "bridge", "host": "192.0.2.1", "port": 10300}


def known(hass: HomeAssistant, **values: Any) -> MockConfigEntry:
    entry = MockConfigEntry(domain=DOMAIN, **{"data": GONE, "unique_id": ID, **values})
    entry.add_to_hass(hass)
    return entry


async def test_a_discovered_bridge_is_added_after_confirmation(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge("kitchen", bridge_id=ID)

    question = await announced(hass, bridge.port)

    assert (question["type"], question["step_id"]) == (FORM, "discovered")
    assert question["description_placeholders"]["name"] == "Attic"
    assert question["description_placeholders"]["host"] == "127.0.0.1"
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": "Attic"}
    result = await submit(hass, question, {})
    await hass.async_block_till_done()
    assert (result["type"], result["title"]) == (CREATED, "Attic")
    account = result["result"]
    assert account.data == {"provider": "bridge", "host": "127.0.0.1", "port": bridge.port}
    assert (account.unique_id, account.state) == (ID, ConfigEntryState.LOADED)
    assert hass.states.async_entity_ids("stt") == ["stt.attic_kitchen"]


async def test_the_user_selects_one_of_several_profiles_of_a_discovered_bridge(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge("kitchen", "hall")

    question = await submit(hass, await announced(hass, bridge.port), {})

    assert question["step_id"] == "profile"
    result = await submit(hass, question, {"profile": "hall"})
    await hass.async_block_till_done()
    assert [each.title for each in result["result"].subentries.values()] == ["Attic hall"]


async def test_a_discovered_bridge_can_require_a_token(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN)

    again = await submit(hass, await announced(hass, bridge.port), {})

    assert (again["step_id"], again["errors"]) == ("discovered", {"token": "token_missing"})
    result = await submit(hass, again, {"token": ACCESS_TOKEN})
    assert result["type"] is CREATED
    assert result["result"].data["token"] == ACCESS_TOKEN
    await hass.async_block_till_done()


async def test_a_device_that_forwards_the_connection_is_not_added_as_the_bridge(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN)

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while block := await reader.read(4096):
            writer.write(block)
        writer.close()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_bridge, to_bridge = await asyncio.open_connection(bridge.host, bridge.port)
        await asyncio.gather(copy(reader, to_bridge), copy(from_bridge, writer))

    async with await asyncio.start_server(forward, "127.0.0.1", 0) as device:
        question = await announced(hass, device.sockets[0].getsockname()[1])
        again = await submit(hass, question, {"token": ACCESS_TOKEN})

    assert (again["step_id"], again["errors"]) == ("discovered", {"base": "bridge_is_forwarded"})
    assert hass.config_entries.async_entries(DOMAIN) == []


async def test_the_error_of_a_stopped_bridge_is_shown_above_the_form(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    question = await announced(hass, bridge.port)
    await bridge.pause()

    again = await submit(hass, question, {})

    assert again["errors"] == {"base": "no_bridge_listens"}
    assert again["description_placeholders"]["place"].startswith("tcp://127.0.0.1:")
    await bridge.start()
    assert (await submit(hass, again, {}))["type"] is CREATED
    await hass.async_block_till_done()


async def test_a_discovered_bridge_that_was_added_manually_is_recognised(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(bridge_id=ID)
    await add_account(hass, "bridge", {"host": bridge.host, "port": bridge.port})

    result = await announced(hass, bridge.port)

    assert (result["type"], result["reason"]) == (ABORT, "already_configured")
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert entry.unique_id == ID  # so that a later change of the bridge's address is noticed


async def test_the_question_about_a_bridge_disappears_when_it_is_added_manually(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(bridge_id=ID)
    await announced(hass, bridge.port)

    await add_account(hass, "bridge", {"host": "localhost", "port": bridge.port})

    assert hass.config_entries.flow.async_progress() == []
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_a_bridge_that_is_announced_with_a_wrong_id_is_not_added_twice(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    question = await announced(hass, bridge.port)
    assert question["type"] is FORM
    await add_account(hass, "bridge", {"host": "localhost", "port": bridge.port})

    result = await submit(hass, question, {})

    assert (result["type"], result["reason"]) == (ABORT, "already_configured")


async def test_a_bridge_that_is_discovered_again_has_one_flow(hass: HomeAssistant) -> None:
    await announced(hass, 10300)

    again = await announced(hass, 10301)

    assert (again["type"], again["reason"]) == (ABORT, "already_in_progress")


async def test_an_ignored_bridge_has_no_flow(hass: HomeAssistant) -> None:
    known(hass, source=SOURCE_IGNORE, data={})

    result = await announced(hass, 10300)

    assert (result["type"], result["reason"]) == (ABORT, "already_configured")


async def test_another_ignored_bridge_does_not_matter(hass: HomeAssistant) -> None:
    known(hass, source=SOURCE_IGNORE, data={}, unique_id="another")

    assert (await announced(hass, 10300))["type"] is FORM


async def test_an_announcement_without_a_port_is_rejected(hass: HomeAssistant) -> None:
    result = await announced(hass, None)

    assert (result["type"], result["reason"]) == (ABORT, "wrong_server")


async def test_a_bridge_that_is_announced_without_an_id_is_asked_for_it(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()

    result = await submit(hass, await announced(hass, bridge.port, properties={}), {})
    await hass.async_block_till_done()

    assert result["result"].unique_id == bridge.id  # from the bridge: the announcement has none
    again = await announced(hass, bridge.port, properties={})
    assert (again["type"], again["reason"]) == (ABORT, "already_configured")


async def test_an_account_of_a_service_is_not_taken_for_the_bridge(
    hass: HomeAssistant, server: Server, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    await add_account(hass, "local", {"url": server.url, "protocol": "reson8", "token": TOKEN})

    assert (await announced(hass, bridge.port))["type"] is FORM
