"""Bridges that the Supervisor runs and tells of."""

from homeassistant.config_entries import SOURCE_HASSIO, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from pytest_homeassistant_custom_component.common import MockConfigEntry

from bridges import ACCESS_TOKEN, StartBridge
from flows import ABORT, CREATED, DOMAIN, FORM, answered

ID = "0123456789abcdef"


async def supervised(hass: HomeAssistant, port: int, **config: object) -> ConfigFlowResult:
    """What happens when the Supervisor tells of a bridge."""
    found = HassioServiceInfo(
        config={"host": "127.0.0.1", "port": port, **config},
        name="Bridge add-on",
        slug="bridge",
        uuid=ID,
    )
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_HASSIO}, data=found
    )


async def test_the_supervisor_gives_the_token_with_the_bridge(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge("kitchen", token=ACCESS_TOKEN)

    question = await supervised(hass, bridge.port, token=ACCESS_TOKEN)

    assert (question["type"], question["step_id"]) == (FORM, "discovered")
    assert question["description_placeholders"]["name"] == "Bridge add-on"
    result = await answered(hass, question, {})
    await hass.async_block_till_done()
    assert (result["type"], result["title"]) == (CREATED, "Bridge add-on")
    assert result["result"].data == {
        "provider": "bridge",
        "host": "127.0.0.1",
        "port": bridge.port,
        "token": ACCESS_TOKEN,
    }
    assert result["result"].unique_id == ID


async def test_the_supervisors_bridge_gets_its_new_token(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN)
    stale = {"provider": "bridge", "host": bridge.host, "port": bridge.port, "token": "old"}
    account = MockConfigEntry(domain=DOMAIN, data=stale, unique_id=ID)
    account.add_to_hass(hass)

    result = await supervised(hass, bridge.port, token=ACCESS_TOKEN)

    assert (result["type"], result["reason"]) == (ABORT, "already_configured")
    assert account.data == {**stale, "token": ACCESS_TOKEN}


async def test_the_supervisors_bridge_may_need_no_token(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()

    result = await answered(hass, await supervised(hass, bridge.port), {})

    assert result["type"] is CREATED
    assert "token" not in result["result"].data
    await hass.async_block_till_done()
