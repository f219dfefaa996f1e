"""Our integration, and a bridge elsewhere on the network that wants an access token."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accounts import DOMAIN, Account, account_of, open_form, say, state_of
from assist import SAID
from live_hass import LiveHass
from programs import LocalServer, Program, bridge, free_port


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
async def remote(folder: Path, recogniser: LocalServer, port: int) -> AsyncIterator[Program]:
    """A bridge with two profiles."""
    config = f"""\
listen: tcp://127.0.0.1:{port}
access_token: let-me-in
trust_loopback: false
profiles:
  kitchen: {{provider: reson8, url: "{recogniser.url("reson8")}", token: token-0}}
  garage: {{provider: elevenlabs, url: "{recogniser.url("elevenlabs")}", token: token-1}}
"""
    async with bridge(folder, config=config) as program:
        yield program


@pytest.fixture(scope="module")
async def account(hass: LiveHass, remote: Program, port: int) -> Account:
    """The bridge's second profile, added by hand."""
    form = await open_form(hass.client, "bridge")
    place = {"host": "127.0.0.1", "port": port}
    refused = await hass.client.answer(form, **place, token="wrong")
    assert refused.errors == {"token": "access_denied"}
    choice = await hass.client.answer(refused, **place, token="let-me-in")
    assert (choice.step_id, choice.fields) == ("profile", ("profile",))
    return await account_of(hass, await hass.client.answer(choice, profile="garage"))


async def test_a_command_is_understood_while_the_microphone_is_still_open(
    hass: LiveHass, account: Account
) -> None:
    run = await say(hass, account)

    assert run.text == SAID
    assert not run.audio_ended
    assert run.kinds == ["run-start", "stt-start", "stt-end", "run-end"]


async def test_while_the_bridge_is_away_its_entity_is_too(
    hass: LiveHass, account: Account, remote: Program
) -> None:
    await remote.stop()
    lost = await say(hass, account)
    await state_of(hass, account, available=False)

    await remote.start()
    found = await say(hass, account)
    await state_of(hass, account, available=True)

    assert lost.error == "stt-stream-failed"
    assert found.text == SAID
    (away,) = hass.warnings(about=f"custom_components.{DOMAIN}")
    assert "127.0.0.1" in away
    assert len([line for line in hass.log().splitlines() if "is available again" in line]) == 1
