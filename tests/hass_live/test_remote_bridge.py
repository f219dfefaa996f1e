"""The integration with a remote bridge that requires an access token."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accounts import DOMAIN, Account, created_account, open_form, say, state_of
from assist import SPOKEN_TEXT
from hass_client import Json, items, mapping, text
from live_hass import LiveHass
from programs import LocalServer, Program, bridge, free_port
from wyoming_bridge.endpointing import Endpointing
from wyoming_bridge.options import options_of


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
async def remote(folder: Path, recogniser: LocalServer, port: int) -> AsyncIterator[Program]:
    """Start a bridge with two profiles."""
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
    """Add the second profile of the bridge manually."""
    form = await open_form(hass.client, "bridge")
    address = {"host": "127.0.0.1", "port": port}
    refused = await hass.client.answer(form, **address, token="wrong")
    assert refused.errors == {"token": "token_wrong"}
    choice = await hass.client.answer(refused, **address, token="let-me-in")
    assert (choice.step_id, choice.fields) == ("profile", ("profile",))
    return await created_account(hass, await hass.client.answer(choice, profile="garage"))


async def test_a_command_is_understood_while_the_microphone_is_still_open(
    hass: LiveHass, account: Account
) -> None:
    run = await say(hass, account)

    assert run.text == SPOKEN_TEXT
    assert run.kinds == ["run-start", "stt-start", "stt-end", "run-end"]


def shown_if(name: str, *values: object) -> Json:
    return {"field": name, "operator": "in", "value": [*values]}


async def test_settings_are_shown_only_if_they_do_something(
    hass: LiveHass, account: Account
) -> None:
    flow = await hass.client.post(
        "/api/config/config_entries/subentries/flow", {"handler": [account.entry_id, "stt"]}
    )

    fields = {text(each, "name"): each for each in items(mapping(flow)["data_schema"])}
    switch, *others = items(mapping(fields["end_of_speech"])["schema"])
    assert text(switch, "name") == "override"
    assert {text(each, "name"): each["visible"] for each in others} == {
        name: [
            shown_if("override", True),
            *(shown_if(other, *values) for other, values in option.used_if.items()),
        ]
        for name, option in options_of(Endpointing)
    }


async def test_the_entity_is_unavailable_while_the_bridge_is_stopped(
    hass: LiveHass, account: Account, remote: Program
) -> None:
    await remote.stop()
    lost = await say(hass, account)
    await state_of(hass, account, available=False)

    await remote.start()
    found = await say(hass, account)
    await state_of(hass, account, available=True)

    assert lost.error == "stt-stream-failed"
    assert found.text == SPOKEN_TEXT
    (warning,) = hass.warnings(about=f"custom_components.{DOMAIN}")
    assert "127.0.0.1" in warning
    # One line, either from the command or from Home Assistant's query, which it makes every 30 s.
    assert len(re.findall("is available again|data recovered", hass.log())) == 1
