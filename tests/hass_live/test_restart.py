"""Home Assistant is restarted, stopped or killed while a person speaks to it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress

import pytest
from aiohttp import WSMessageTypeError

from accounts import DOMAIN, Account, add_account, say, service_form, state_of
from assist import SPOKEN_TEXT, in_real_time, sample, speak
from live_hass import LiveHass
from patience import PATIENCE_S
from programs import LocalServer

_RESTART_CODE = 100
"""The exit code with which Home Assistant asks to be started again."""

_SPOKEN_BYTES = 32_000
"""One second of the command, after which Home Assistant is interrupted."""


async def restart_action(hass: LiveHass) -> None:
    """Let Home Assistant restart itself, as its own menu does."""
    with suppress(WSMessageTypeError):  # it closes the connection before it answers
        await hass.client.command("call_service", domain="homeassistant", service="restart")
    assert await hass.ended() == _RESTART_CODE


@pytest.fixture(scope="module")
async def account(hass: LiveHass, recogniser: LocalServer) -> Account:
    """Add an account, and let Home Assistant store it and its pipeline, as it does when it stops.

    Otherwise Home Assistant stores a new pipeline some seconds later.
    """
    answers = service_form("reson8", recogniser, token="token-0")
    account = await add_account(hass, "reson8", **answers)
    await hass.restart()
    return account


@pytest.mark.parametrize(
    "interrupt",
    [restart_action, LiveHass.terminate, LiveHass.kill],
    ids=["restarted", "stopped", "killed"],
)
async def test_an_utterance_works_after_home_assistant_ended_during_another(
    interrupt: Callable[[LiveHass], Awaitable[None]], hass: LiveHass, account: Account
) -> None:
    under_way = asyncio.Event()
    logged = len(hass.warnings(about=f"custom_components.{DOMAIN}"))

    async def interrupted() -> AsyncGenerator[bytes]:
        second = sample("something")[:_SPOKEN_BYTES]
        async for chunk in in_real_time(second):
            yield chunk
        under_way.set()
        async for chunk in in_real_time(second * 20):  # so the command does not end before
            yield chunk

    speaking = asyncio.create_task(speak(hass.client, account.pipeline, interrupted()))
    async with asyncio.timeout(PATIENCE_S):
        await under_way.wait()
    await interrupt(hass)
    (lost,) = await asyncio.gather(speaking, return_exceptions=True)
    await hass.start_again()

    assert isinstance(lost, ExceptionGroup)  # the connection ended, and there is no text
    await state_of(hass, account, available=True)
    assert (await say(hass, account)).text == SPOKEN_TEXT
    (entry,) = await hass.client.entries(DOMAIN)
    assert entry.state == "loaded"
    assert len(hass.warnings(about=f"custom_components.{DOMAIN}")) == logged
    assert hass.unwanted() == []
