"""The queries of the app to a real Home Assistant, and the forms that the app's messages start.

There is no Supervisor in these tests. ``discovered`` starts the form that Home Assistant would show
for a message of the Supervisor.
"""

import json
from uuid import uuid4

import pytest
from homeassistant.config_entries import SOURCE_HASSIO, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from bridges import ACCESS_TOKEN, StartBridge
from flows import CREATED, DOMAIN, FORM, submit
from wyoming_bridge.home.announcing import AnnouncedBridge
from wyoming_bridge.home.discovery_query import OWN_INTEGRATION, DiscoveryQuery, Form, WhatHomeHas

SLUG = "0a1b2c3d_wyoming_bridge"
MESSAGE = "0123456789abcdef0123456789abcdef"


def bridge_at(port: int, *, token: str | None = None) -> AnnouncedBridge:
    return AnnouncedBridge(host="127.0.0.1", port=port, id=uuid4().hex, token=token)


async def discovered(
    hass: HomeAssistant, integration: str, config: dict[str, object]
) -> ConfigFlowResult:
    """Start the form that Home Assistant shows for a message of the Supervisor."""
    info = HassioServiceInfo(config=config, name="Wyoming Bridge", slug=SLUG, uuid=MESSAGE)
    return await hass.config_entries.flow.async_init(
        integration, context={"source": SOURCE_HASSIO}, data=info
    )


async def asked(
    hass_ws_client: WebSocketGenerator, *, integration: str = OWN_INTEGRATION
) -> WhatHomeHas:
    """Send the app's queries to Home Assistant, with ``integration`` in place of our own."""
    query = DiscoveryQuery(token="the client of this test logs in itself")
    query.receive('{"type": "auth_ok"}')
    client = await hass_ws_client()
    for message in query.messages_to_send():
        await client.send_json(json.loads(message.replace(OWN_INTEGRATION, integration)))
    while query.answer is None:
        query.receive(json.dumps(await client.receive_json()))
    return query.answer


@pytest.fixture(autouse=True)
async def _api(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "config", {})


async def test_the_form_of_home_assistants_wyoming_integration_is_recognised_and_can_be_closed(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, hass_client: ClientSessionGenerator
) -> None:
    form = await discovered(hass, "wyoming", bridge_at(10300).for_core)

    home = await asked(hass_ws_client)
    browser = await hass_client()
    answer = await browser.delete(f"/api/config/config_entries/flow/{form['flow_id']}")

    assert (form["type"], form["step_id"]) == (FORM, "hassio_confirm")
    assert home == WhatHomeHas(
        own_integration=True, forms=(Form(id=form["flow_id"], app=SLUG, message=MESSAGE),)
    )
    assert answer.status == 200
    assert (await asked(hass_ws_client)).forms == ()


async def test_an_integration_that_is_not_installed_is_not_reported(
    hass_ws_client: WebSocketGenerator,
) -> None:
    assert (await asked(hass_ws_client, integration="not_installed")).own_integration is False


async def test_the_message_for_the_integration_sets_up_the_bridge(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN)
    content = bridge_at(bridge.port, token=ACCESS_TOKEN).for_own

    result = await submit(hass, await discovered(hass, DOMAIN, content), {})
    await hass.async_block_till_done()

    assert result["type"] is CREATED
    assert result["result"].data["token"] == ACCESS_TOKEN


async def test_the_message_for_home_assistants_wyoming_integration_sets_up_the_bridge(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    form = await discovered(hass, "wyoming", bridge_at(bridge.port).for_core)

    result = await submit(hass, form, {})
    await hass.async_block_till_done()

    assert result["type"] is CREATED
    assert result["result"].data == {"host": "127.0.0.1", "port": bridge.port}
    assert len(hass.states.async_entity_ids("stt")) == 1
