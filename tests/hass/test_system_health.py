"""The system health information of the integration."""

import asyncio
from typing import Any

from aiohttp import ClientError
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import get_system_health_info
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from accounts import DOMAIN, account, set_up, transcribe
from servers import Server, StartServer, without_index
from wyoming_bridge.version import VERSION


async def health(hass: HomeAssistant) -> dict[str, Any]:
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    found = await get_system_health_info(hass, DOMAIN)
    return {name: await each if asyncio.iscoroutine(each) else each for name, each in found.items()}


async def test_it_shows_which_services_can_be_reached(
    hass: HomeAssistant, server: Server, aioclient_mock: AiohttpClientMocker
) -> None:
    aioclient_mock.get("https://api.elevenlabs.io", text="hello")
    aioclient_mock.get("https://api.reson8.dev", exc=ClientError)
    without_index(aioclient_mock, server)
    entries = account(server, "elevenlabs"), account(server, name="Hall")
    await set_up(hass, *entries)
    for each in entries:  # from now on, they look like accounts of the services themselves
        data = {name: value for name, value in each.data.items() if name != "url"}
        object.__setattr__(each, "data", data)

    assert await health(hass) == {
        "version": VERSION,
        "accounts": 2,
        "available": 2,
        "can_reach_elevenlabs": "ok",
        "can_reach_reson8": {"type": "failed", "error": "unreachable"},
    }


async def test_no_service_is_contacted_if_all_accounts_use_own_servers(
    hass: HomeAssistant, server: Server, aioclient_mock: AiohttpClientMocker
) -> None:
    without_index(aioclient_mock, server)
    local = account(server, "local", name="Hall", protocol="reson8")
    await set_up(hass, account(server, "elevenlabs"), local)
    aioclient_mock.clear_requests()

    found = await health(hass)

    assert found == {"version": VERSION, "accounts": 2, "available": 2}
    assert aioclient_mock.call_count == 0


async def test_it_shows_how_many_accounts_are_available(
    hass: HomeAssistant, start_server: StartServer, aioclient_mock: AiohttpClientMocker
) -> None:
    aioclient_mock.get("https://api.reson8.dev", text="hello")
    stopped, running = await start_server(), await start_server()
    without_index(aioclient_mock, stopped, running)
    await set_up(hass, account(stopped), account(running, name="Hall"))
    await stopped.pause()
    await transcribe(hass)

    found = await health(hass)

    assert (found["accounts"], found["available"]) == (2, 1)
