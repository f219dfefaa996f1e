"""Failures of an account in a real Home Assistant, and how it recovers."""

from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest

from accounts import (
    DOMAIN,
    SERVICES,
    Account,
    add_account,
    say,
    service_form,
    state_of,
)
from assist import SPOKEN_TEXT, in_real_time, speak, utterance
from hass_client import Json, mapping, text
from live_hass import LiveHass
from patience import PATIENCE_S
from programs import LocalServer
from waiting import eventually

BROKEN_ONCE = "fault: {kind: reset, after_audio_ms: 1500, times: 1}"
"""A server's fault that happens after 1.5 s of audio. The check of a new account sends only 1 s."""

each_service = pytest.mark.parametrize("service", SERVICES)
one_service = pytest.mark.parametrize("service", ["reson8"])
"""Runs a test with only one service, because the failure looks the same with all of them. The tests
of the package cover each service."""


@pytest.fixture
async def server(folder: Path) -> AsyncIterator[LocalServer]:
    """Start a server that the test may stop."""
    async with LocalServer(folder, engine="pocketsphinx", tokens=["first"]) as server:
        yield server


@pytest.fixture
async def account(hass: LiveHass, server: LocalServer, service: str) -> AsyncIterator[Account]:
    """Add an account of the fixture ``server``. Remove the account after the test."""
    account = await add_account(hass, service, **service_form(service, server, token="first"))
    yield account
    await hass.client.remove_entry(account.entry_id)


@each_service
async def test_the_user_is_asked_for_a_new_token(
    hass: LiveHass, server: LocalServer, account: Account
) -> None:
    assert (await say(hass, account)).text == SPOKEN_TEXT
    await server.stop()
    server.accept("second")
    await server.start()

    refused = await say(hass, account)

    async def asked() -> Json | None:
        return next(iter(await hass.client.flows(DOMAIN)), None)

    flow = await eventually(asked, within_s=PATIENCE_S, what="a reauthentication")
    assert refused.error == "stt-stream-failed"
    assert mapping(flow["context"])["source"] == "reauth"
    assert mapping(flow["context"])["entry_id"] == account.entry_id

    form = await hass.client.resume_flow(text(flow, "flow_id"))
    still_wrong = await hass.client.answer(form, token="third")
    corrected = await hass.client.answer(still_wrong, token="second")

    assert form.fields == ("token",)
    assert still_wrong.errors == {"token": "token_refused"}
    assert (corrected.kind, corrected.reason) == ("abort", "reauth_successful")
    await state_of(hass, account, available=True)
    assert (await say(hass, account)).text == SPOKEN_TEXT
    assert await hass.client.flows(DOMAIN) == []


@one_service
async def test_a_command_works_after_the_server_was_killed_during_another(
    hass: LiveHass, server: LocalServer, account: Account
) -> None:
    pcm = utterance()

    async def cut_off() -> AsyncGenerator[bytes]:
        async for chunk in in_real_time(pcm[:48000]):
            yield chunk
        await server.kill()
        async for chunk in in_real_time(pcm[48000:]):
            yield chunk

    lost = await speak(hass.client, account.pipeline, cut_off())

    assert lost.error == "stt-stream-failed"
    await state_of(hass, account, available=False)
    await server.start()
    assert (await say(hass, account)).text == SPOKEN_TEXT
    await state_of(hass, account, available=True)


@one_service
async def test_a_broken_connection_loses_no_words(
    service: str, hass: LiveHass, folder: Path
) -> None:
    async with LocalServer(
        folder, engine="pocketsphinx", tokens=["first"], behaviour=BROKEN_ONCE
    ) as unreliable:
        answers = service_form(service, unreliable, token="first")
        account = await add_account(hass, service, **answers)
        broken = hass.log().count(f"{service}: the connection broke")

        assert (await say(hass, account)).text == SPOKEN_TEXT
        assert hass.log().count(f"{service}: the connection broke") == broken + 1
        assert await hass.client.flows(DOMAIN) == []
        await hass.client.remove_entry(account.entry_id)


@one_service
async def test_a_failure_is_logged_once(
    hass: LiveHass, server: LocalServer, account: Account
) -> None:
    logged = len(hass.warnings(about=f"custom_components.{DOMAIN}"))
    await server.kill()

    for _ in range(2):
        assert (await say(hass, account)).error == "stt-stream-failed"

    assert len(hass.warnings(about=f"custom_components.{DOMAIN}")) == logged + 1
