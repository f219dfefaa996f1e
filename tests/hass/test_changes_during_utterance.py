"""An account or an entity is reloaded, disabled or removed while a person speaks to it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import pytest
from homeassistant.components import stt
from homeassistant.config_entries import ConfigEntry, ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import KINDS, account, reauth_flows, set_up, transcribe
from custom_components.wyoming_bridge.bridge import ConnectError
from microphones import WORDS, Microphone
from servers import Server
from wyoming_bridge.local.faults import Fault, FaultKind

ERROR: Final = stt.SpeechResult(None, stt.SpeechResultState.ERROR)

Change = Callable[[HomeAssistant, ConfigEntry], Awaitable[object]]


async def reload(hass: HomeAssistant, entry: ConfigEntry) -> None:
    await hass.config_entries.async_reload(entry.entry_id)


async def disable(hass: HomeAssistant, entry: ConfigEntry) -> None:
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)


async def remove(hass: HomeAssistant, entry: ConfigEntry) -> None:
    await hass.config_entries.async_remove(entry.entry_id)


async def remove_entity(hass: HomeAssistant, entry: ConfigEntry) -> None:
    hass.config_entries.async_remove_subentry(entry, "kitchen")


CHANGES: Final = (reload, disable, remove, remove_entity)


def problems(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines in which Home Assistant logs exceptions that nothing has handled."""
    return [each.getMessage() for each in caplog.records if each.name == "homeassistant"]


async def transcribe_during(
    change: Change, hass: HomeAssistant, entry: ConfigEntry
) -> stt.SpeechResult:
    """Return the result of an utterance. The change happens before the end of its audio."""
    microphone = Microphone(ends=False)
    speaking = asyncio.create_task(transcribe(hass, microphone.stream()))
    await microphone.all_read.wait()
    await change(hass, entry)
    await hass.async_block_till_done()
    microphone.end()
    return await speaking


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
async def test_the_utterance_is_transcribed_whole(
    kind: str,
    change: Change,
    *,
    hass: HomeAssistant,
    accounts: Mapping[str, MockConfigEntry],
    caplog: pytest.LogCaptureFixture,
) -> None:
    await set_up(hass, accounts[kind])
    result = await transcribe_during(change, hass, accounts[kind])

    assert result.text == WORDS
    assert problems(caplog) == []


@pytest.mark.parametrize("change", CHANGES)
async def test_an_utterance_without_a_result_leaves_no_exception(
    change: Change, hass: HomeAssistant, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    entry = account(server, "elevenlabs")
    await set_up(hass, entry)
    server.inject(Fault(kind=FaultKind.ERROR, at="flush", code="invalid_request"))
    result = await transcribe_during(change, hass, entry)

    assert result == ERROR
    assert problems(caplog) == []


@pytest.mark.parametrize("change", [disable, remove, remove_entity])
@pytest.mark.parametrize("fault", ["quota_exceeded", "auth_error"])
async def test_what_was_removed_has_no_issue_and_asks_for_no_token(
    fault: str,
    change: Change,
    *,
    hass: HomeAssistant,
    server: Server,
    issue_registry: ir.IssueRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = account(server, "elevenlabs")
    await set_up(hass, entry)
    server.inject(Fault(kind=FaultKind.ERROR, at="flush", code=fault))
    result = await transcribe_during(change, hass, entry)

    assert result == ERROR
    assert not issue_registry.issues
    assert not reauth_flows(hass)
    assert problems(caplog) == []


async def test_an_entity_can_be_removed_while_its_account_is_checked(
    hass: HomeAssistant,
    server: Server,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    coordinator = entry.runtime_data

    async def check() -> None:
        await asyncio.sleep(0)
        await remove_entity(hass, entry)

    monkeypatch.setattr(coordinator, "async_request_refresh", check)
    error = ConnectError("the connection was refused", provider="reson8")
    coordinator.outcomes.failed("kitchen", error, utterance_id="1")
    await hass.async_block_till_done()

    assert not entry.subentries
    assert problems(caplog) == []
