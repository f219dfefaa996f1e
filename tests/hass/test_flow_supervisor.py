"""Bridges that the Supervisor runs and announces."""

import pytest
from homeassistant.config_entries import SOURCE_HASSIO, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from pytest_homeassistant_custom_component.common import MockConfigEntry

from announcements import announced
from bridges import ACCESS_TOKEN, StartBridge
from flows import ABORT, CREATED, DOMAIN, FORM, add_account, submit

ID = "0123456789abcdef0123456789abcdef"
UUID = "fedcba9876543210fedcba9876543210"


async def supervisor_flow(hass: HomeAssistant, port: int, **config: object) -> ConfigFlowResult:
    """Start the flow of a bridge that the Supervisor announces."""
    found = HassioServiceInfo(
        config={"host": "127.0.0.1", "port": port, **config},
        name="Bridge add-on",
        slug="bridge",
        uuid=UUID,
    )
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_HASSIO}, data=found
    )


async def test_the_supervisor_provides_the_token_of_the_bridge(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge("kitchen", token=ACCESS_TOKEN, bridge_id=ID)

    question = await supervisor_flow(hass, bridge.port, token=ACCESS_TOKEN)

    assert (question["type"], question["step_id"]) == (FORM, "discovered")
    assert question["description_placeholders"]["name"] == "Bridge add-on"
    result = await submit(hass, question, {})
    await hass.async_block_till_done()
    assert (result["type"], result["title"]) == (CREATED, "Bridge add-on")
    assert result["result"].data == {
        "provider": "bridge",
        "host": "127.0.0.1",
        "port": bridge.port,
        "token": ACCESS_TOKEN,
    }
    assert result["result"].unique_id == ID


async def test_a_new_token_of_the_supervisor_is_stored(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN, bridge_id=ID)
    stale = {"provider": "bridge", "host": bridge.host, "port": bridge.port, "token": "old"}
    account = MockConfigEntry(domain=DOMAIN, data=stale, unique_id=ID)
    account.add_to_hass(hass)

    result = await supervisor_flow(hass, bridge.port, token=ACCESS_TOKEN)

    assert (result["type"], result["reason"]) == (ABORT, "already_configured")
    assert account.data == {**stale, "token": ACCESS_TOKEN}


async def test_a_bridge_of_the_supervisor_may_have_no_token(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()

    result = await submit(hass, await supervisor_flow(hass, bridge.port), {})

    assert result["type"] is CREATED
    assert "token" not in result["result"].data
    await hass.async_block_till_done()


async def test_the_account_gets_the_id_that_the_bridge_reports(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()

    result = await submit(hass, await supervisor_flow(hass, bridge.port), {})
    await hass.async_block_till_done()

    assert result["result"].unique_id == bridge.id


async def test_a_bridge_that_was_added_manually_gets_the_token_of_the_supervisor(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    account = await add_account(hass, "bridge", {"host": "localhost", "port": bridge.port})
    bridge.token = ACCESS_TOKEN
    await bridge.restart()

    result = await supervisor_flow(hass, bridge.port, token=ACCESS_TOKEN)
    await hass.async_block_till_done()

    assert (result["type"], result["reason"]) == (ABORT, "already_configured")
    assert account.data["token"] == ACCESS_TOKEN
    assert account.unique_id == bridge.id


async def test_a_bridge_that_does_not_answer_yet_is_recognised_by_its_address(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    account = await add_account(hass, "bridge", {"host": bridge.host, "port": bridge.port})
    await bridge.pause()

    result = await supervisor_flow(hass, bridge.port, token=ACCESS_TOKEN)

    assert (result["type"], result["reason"]) == (ABORT, "already_configured")
    assert account.data["token"] == ACCESS_TOKEN
    assert account.unique_id == bridge.id


async def test_the_bridge_of_the_supervisor_and_its_announcement_are_one_entry(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(bridge_id=ID)
    await submit(hass, await supervisor_flow(hass, bridge.port, id=ID), {})
    await hass.async_block_till_done()

    result = await announced(hass, bridge.port)

    assert (result["type"], result["reason"]) == (ABORT, "already_configured")
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"host": "127.0.0.1"},
        {"port": 10300},
        {"host": " ", "port": 10300},
        {"host": "a", "port": "x"},
    ],
)
async def test_a_message_without_an_address_is_rejected(
    config: dict[str, object], hass: HomeAssistant
) -> None:
    found = HassioServiceInfo(config=config, name="Bridge", slug="bridge", uuid=UUID)

    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_HASSIO}, data=found
    )

    assert (result["type"], result["reason"]) == (ABORT, "wrong_server")
