"""Failures of the speech-to-text entity, and how they are reported."""

import re

import pytest
from homeassistant.components import stt
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import (
    DOMAIN,
    KITCHEN,
    SERVICES,
    account,
    add_entity,
    engine,
    metadata,
    reauth_flows,
    set_up,
    transcribe,
)
from clock import advance_time
from logs import logged_levels
from microphones import WORDS, Microphone, broken_microphone
from servers import Server
from wyoming_bridge.local.faults import Fault, FaultKind

HALL = "stt.hall"
ERROR = stt.SpeechResult(None, stt.SpeechResultState.ERROR)


@pytest.fixture
async def stopped(hass: HomeAssistant, server: Server, caplog: pytest.LogCaptureFixture) -> Server:
    """Set up an account, clear the log, and stop the service. The account has not noticed yet."""
    await set_up(hass, account(server))
    caplog.clear()
    await server.pause()
    return server


@pytest.mark.usefixtures("stopped")
async def test_an_utterance_fails_while_the_service_is_stopped(hass: HomeAssistant) -> None:
    microphone = Microphone()

    result = await transcribe(hass, microphone.stream())

    assert result == ERROR
    assert microphone.closed
    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE


@pytest.mark.usefixtures("stopped")
async def test_with_partial_results_an_utterance_fails_in_the_same_way(hass: HomeAssistant) -> None:
    updates = engine(hass).async_process_audio_stream_with_progress(
        metadata(), Microphone().stream()
    )

    assert [each async for each in updates] == [ERROR]


async def test_the_entity_is_available_again_with_the_service(
    hass: HomeAssistant, stopped: Server, caplog: pytest.LogCaptureFixture
) -> None:
    await transcribe(hass)
    await advance_time(hass, minutes=1, seconds=1)
    await transcribe(hass)
    while_stopped = logged_levels(caplog), hass.states.get(KITCHEN).state

    await stopped.start()
    await advance_time(hass, minutes=2, seconds=2)

    assert while_stopped == (["ERROR"], STATE_UNAVAILABLE)
    assert hass.states.get(KITCHEN).state != STATE_UNAVAILABLE
    assert logged_levels(caplog) == ["ERROR", "INFO"]


async def test_a_successful_utterance_makes_the_entity_available_again(
    hass: HomeAssistant, stopped: Server, caplog: pytest.LogCaptureFixture
) -> None:
    await transcribe(hass)
    await stopped.start()

    assert (await transcribe(hass)).text == WORDS

    assert hass.states.get(KITCHEN).state != STATE_UNAVAILABLE
    assert logged_levels(caplog) == ["ERROR", "INFO"]


async def test_each_outage_is_logged(
    hass: HomeAssistant, stopped: Server, caplog: pytest.LogCaptureFixture
) -> None:
    await transcribe(hass)
    await stopped.start()
    await advance_time(hass, minutes=1, seconds=1)
    await stopped.pause()

    await transcribe(hass)

    assert logged_levels(caplog) == ["ERROR", "INFO", "ERROR"]
    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE


@pytest.mark.usefixtures("stopped")
async def test_an_available_service_is_not_polled(hass: HomeAssistant) -> None:
    await advance_time(hass, hours=1)

    assert hass.states.get(KITCHEN).state != STATE_UNAVAILABLE


@pytest.mark.parametrize("service", SERVICES)
async def test_a_revoked_token_starts_a_reauthentication(
    service: str, hass: HomeAssistant, server: Server
) -> None:
    entry = account(server, service)
    await set_up(hass, entry)
    server.token = "an0ther"
    await server.restart()

    results = [await transcribe(hass), await transcribe(hass)]

    assert results == [ERROR, ERROR]
    assert reauth_flows(hass) == [entry.entry_id]


@pytest.mark.parametrize(
    ("code", "issue"),
    [
        ("quota_exceeded", "quota"),
        ("unaccepted_terms", "terms"),
        ("invalid_request", "refused"),
    ],
)
async def test_an_issue_is_shown_until_an_utterance_succeeds(
    code: str,
    issue: str,
    hass: HomeAssistant,
    server: Server,
    issue_registry: ir.IssueRegistry,
) -> None:
    entry = account(server, "elevenlabs")
    await set_up(hass, entry)
    server.inject(Fault(kind=FaultKind.ERROR, after_audio_ms=0, code=code))
    result = await transcribe(hass)
    server.inject(None)
    await hass.config_entries.async_reload(entry.entry_id)  # must not delete the issue
    shown = issue_registry.async_get_issue(DOMAIN, f"{issue}_kitchen")
    recovered = await transcribe(hass)

    assert (result, recovered.text) == (ERROR, WORDS)
    assert shown.is_persistent
    assert shown.translation_placeholders["entity"] == "Kitchen"
    assert not issue_registry.issues


@pytest.fixture
async def refused(hass: HomeAssistant, server: Server) -> MockConfigEntry:
    """Add an account whose first entity has an issue, and whose second entity works."""
    entry = account(server, "elevenlabs")
    await set_up(hass, entry)
    await add_entity(hass, entry, "Hall")
    server.inject(Fault(kind=FaultKind.ERROR, after_audio_ms=0, code="invalid_request"))
    assert await transcribe(hass) == ERROR
    server.inject(None)
    return entry


@pytest.mark.usefixtures("refused")
async def test_an_issue_of_one_entity_does_not_end_with_an_utterance_of_another(
    hass: HomeAssistant, issue_registry: ir.IssueRegistry
) -> None:
    assert (await transcribe(hass, entity_id=HALL)).text == WORDS

    assert set(issue_registry.issues) == {(DOMAIN, "refused_kitchen")}


async def test_an_issue_has_the_present_names_of_the_account_and_the_entity(
    hass: HomeAssistant, refused: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    kitchen = refused.subentries["kitchen"]
    hass.config_entries.async_update_subentry(refused, kitchen, title="Pantry")
    await hass.async_block_till_done()
    hass.config_entries.async_update_entry(refused, title="Work")
    await hass.async_block_till_done()

    (issue,) = issue_registry.issues.values()
    shown = issue.translation_placeholders
    assert (shown["account"], shown["entity"]) == ("Work", "Pantry")
    assert shown["answer"].startswith("invalid_request")
    assert issue.is_persistent


async def test_an_issue_ends_when_its_entity_is_removed(
    hass: HomeAssistant, refused: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    hass.config_entries.async_remove_subentry(refused, "kitchen")
    await hass.async_block_till_done()

    assert not issue_registry.issues
    assert (await transcribe(hass, entity_id=HALL)).text == WORDS


async def test_an_issue_ends_when_its_account_is_removed(
    hass: HomeAssistant, refused: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    await hass.config_entries.async_remove(refused.entry_id)

    assert not issue_registry.issues


async def test_an_issue_ends_when_its_account_is_disabled(
    hass: HomeAssistant, refused: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    await hass.config_entries.async_set_disabled_by(refused.entry_id, ConfigEntryDisabler.USER)

    assert not issue_registry.issues


async def test_an_issue_ends_when_an_account_that_is_not_loaded_is_disabled(
    hass: HomeAssistant, refused: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    refused.mock_state(hass, ConfigEntryState.SETUP_RETRY)
    await hass.config_entries.async_set_disabled_by(refused.entry_id, ConfigEntryDisabler.USER)

    assert not issue_registry.issues


async def test_a_reached_daily_limit_is_logged_once_and_is_not_a_problem(
    hass: HomeAssistant,
    server: Server,
    issue_registry: ir.IssueRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = account(server, limits={"max_seconds_per_day": 1})
    await set_up(hass, entry)
    caplog.clear()

    results = [(await transcribe(hass)).text, await transcribe(hass), await transcribe(hass)]

    assert results == [WORDS, ERROR, ERROR]
    assert not issue_registry.issues
    assert not entry.runtime_data.usage["kitchen"].errors
    assert logged_levels(caplog) == ["INFO"]
    assert re.search(r"Kitchen, utterance \w{8}: reson8: 1 s of audio were sent", caplog.text)


async def test_after_the_limit_is_raised_the_entity_transcribes_again(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server, limits={"max_seconds_per_day": 1})
    await set_up(hass, entry)
    await transcribe(hass)
    assert await transcribe(hass) == ERROR

    hass.config_entries.async_update_subentry(entry, entry.subentries["kitchen"], data={})
    await hass.async_block_till_done()

    assert (await transcribe(hass)).text == WORDS


@pytest.mark.parametrize("service", SERVICES)
async def test_an_entity_with_a_revoked_token_is_unavailable(
    service: str, hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server, service))
    server.token = "an0ther"
    await server.restart()

    assert await transcribe(hass) == ERROR

    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE


async def test_a_broken_microphone_is_not_counted_as_an_error_of_the_service(
    hass: HomeAssistant, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    caplog.clear()

    with pytest.raises(LookupError, match="unplugged"):
        await transcribe(hass, broken_microphone())

    assert not logged_levels(caplog)
    assert not entry.runtime_data.usage["kitchen"].errors
    assert (await transcribe(hass)).text == WORDS


async def test_an_utterance_continues_after_a_broken_connection(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server))
    server.inject(Fault(kind=FaultKind.RESET, after_audio_ms=300, times=1))

    assert (await transcribe(hass)).text == WORDS
