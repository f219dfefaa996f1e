"""Adding a bridge on the network by its address."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from bridges import ACCESS_TOKEN, Bridge, StartBridge
from flows import ABORT, CREATED, FORM, added, answered, chosen, suggested
from strangers import OTHER_PROTOCOL, OTHER_WYOMING, Strangers


def form_of(bridge: Bridge, **values: object) -> dict[str, Any]:
    return {"host": bridge.host, "port": float(bridge.port), **values}  # a form has no integers


def at(port: int) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port}


async def test_a_bridge_with_one_profile_is_added_without_a_question(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge("kitchen")
    form = await chosen(hass, "bridge")
    assert (form["type"], form["step_id"]) == (FORM, "bridge")

    result = await answered(hass, form, form_of(bridge))
    await hass.async_block_till_done()

    assert (result["type"], result["title"]) == (CREATED, "Wyoming Bridge")
    account = result["result"]
    assert account.data == {"provider": "bridge", "host": "127.0.0.1", "port": bridge.port}
    assert type(account.data["port"]) is int
    (subentry,) = account.subentries.values()
    assert (subentry.title, subentry.data) == ("kitchen", {"profile": "kitchen"})
    assert account.state is ConfigEntryState.LOADED
    assert hass.states.async_entity_ids("stt") == ["stt.kitchen"]


async def test_of_several_profiles_one_is_chosen(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge("kitchen", "hall")

    question = await answered(hass, await chosen(hass, "bridge"), form_of(bridge))

    assert (question["type"], question["step_id"]) == (FORM, "profile")
    (field,) = question["data_schema"].schema
    assert field.default() == "kitchen"
    assert question["data_schema"].schema[field].config["options"] == ["kitchen", "hall"]
    result = await answered(hass, question, {"profile": "hall"})
    await hass.async_block_till_done()
    (subentry,) = result["result"].subentries.values()
    assert (subentry.title, subentry.data) == ("hall", {"profile": "hall"})


@pytest.mark.parametrize("token", [{}, {"token": "wr0ng"}], ids=["missing", "wrong"])
async def test_a_bridge_that_wants_a_token_says_so_at_its_field(
    token: Mapping[str, str], hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN)
    form = form_of(bridge, **token)

    again = await answered(hass, await chosen(hass, "bridge"), form)

    assert again["errors"] == {"token": "access_denied"}
    assert "token" in again["description_placeholders"]["error"]
    assert suggested(again) == form
    result = await answered(hass, again, form_of(bridge, token=f" {ACCESS_TOKEN} "))
    assert result["type"] is CREATED
    assert result["result"].data["token"] == ACCESS_TOKEN
    await hass.async_block_till_done()


@pytest.mark.parametrize("said", [OTHER_WYOMING, OTHER_PROTOCOL], ids=["wyoming", "ssh"])
async def test_a_server_that_is_no_bridge_is_told_at_the_host(
    said: bytes, hass: HomeAssistant, start_bridge: StartBridge, strangers: Strangers
) -> None:
    bridge = await start_bridge()
    form = at(await strangers.who_says(said))

    again = await answered(hass, await chosen(hass, "bridge"), form)

    assert again["errors"] == {"host": "wrong_server"}
    assert (await answered(hass, again, form_of(bridge)))["type"] is CREATED
    await hass.async_block_till_done()


async def test_nobody_there_and_nobody_answering_are_told_apart(
    hass: HomeAssistant, start_bridge: StartBridge, strangers: Strangers
) -> None:
    bridge = await start_bridge()
    first, second = await chosen(hass, "bridge"), await chosen(hass, "bridge")

    silent, nobody = await asyncio.gather(
        answered(hass, first, at(await strangers.who_says(b""))),
        answered(hass, second, at(strangers.nobody())),
    )

    assert silent["errors"] == {"host": "timeout"}
    assert nobody["errors"] == {"host": "cannot_connect"}
    assert (await answered(hass, nobody, form_of(bridge)))["type"] is CREATED
    await hass.async_block_till_done()


async def test_a_bridge_is_added_once_whatever_the_token(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    await added(hass, "bridge", form_of(bridge))

    twice = await answered(hass, await chosen(hass, "bridge"), form_of(bridge, token="another"))

    assert (twice["type"], twice["reason"]) == (ABORT, "already_configured")
