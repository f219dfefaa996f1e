"""Who stands in for an entity, and what becomes of it when nobody does any more."""

import pytest
from homeassistant.components import stt
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import DOMAIN, KITCHEN, account, add_entity, hear, reauth_flows, set_up
from reading import told
from servers import Server, StartServer
from speaking import WORDS

ERROR = stt.SpeechResult(None, stt.SpeechResultState.ERROR)

HALL = {"fallback": ["hall"]}
ATTIC = {"fallback": ["attic"]}
"""There is none: it was removed, or its account was."""


@pytest.fixture
async def hall(hass: HomeAssistant, start_server: StartServer) -> MockConfigEntry:
    """Another account that works, on a server of its own. Its entity may stand in."""
    hall = account(await start_server(), "scriptix", name="Hall")
    await set_up(hass, hall)
    return hall


@pytest.mark.usefixtures("hall")
async def test_another_account_stands_in_and_a_token_is_asked_for_nevertheless(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server, limits=HALL)
    await set_up(hass, entry)
    server.token = "an0ther"
    await server.restart()

    result = await hear(hass)

    assert result.text == WORDS
    assert reauth_flows(hass) == [entry.entry_id]


@pytest.mark.usefixtures("hall")
@pytest.mark.parametrize("fallback", [["hall"], ["attic", "hall"]], ids=["first", "next"])
async def test_while_another_account_stands_in_the_entity_is_there(
    fallback: list[str], hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server, limits={"fallback": fallback}))
    await server.go()

    result = await hear(hass)

    assert result.text == WORDS
    assert hass.states.get(KITCHEN).state != STATE_UNAVAILABLE


async def test_a_fallback_that_is_not_loaded_is_passed_over(
    hass: HomeAssistant, server: Server, hall: MockConfigEntry
) -> None:
    await set_up(hass, account(server, limits=HALL))
    await hass.config_entries.async_unload(hall.entry_id)

    assert (await hear(hass)).text == WORDS
    await server.go()
    assert await hear(hass) == ERROR
    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE


async def test_an_entity_is_there_again_with_who_stands_in_for_it(
    hass: HomeAssistant, server: Server, hall: MockConfigEntry
) -> None:
    await set_up(hass, account(server, limits=HALL))
    await hass.config_entries.async_unload(hall.entry_id)
    await server.go()
    await hear(hass)

    await hass.config_entries.async_setup(hall.entry_id)
    await hass.async_block_till_done()

    assert hass.states.get(KITCHEN).state != STATE_UNAVAILABLE
    assert (await hear(hass)).text == WORDS


@pytest.mark.parametrize(("language", "heard"), [("nl", True), ("cy", False)])
async def test_who_stands_in_listens_in_the_language_that_is_fixed_and_in_no_other(
    language: str, hass: HomeAssistant, server: Server, start_server: StartServer, *, heard: bool
) -> None:
    hall = account(await start_server(), "reson8", name="Hall")  # which knows no Welsh
    kitchen = account(server, "elevenlabs", language=language, limits=HALL)
    await set_up(hass, hall, kitchen)
    await server.go()

    result = await hear(hass)

    assert result == (stt.SpeechResult(WORDS, stt.SpeechResultState.SUCCESS) if heard else ERROR)


async def test_a_fallback_that_was_removed_does_the_account_no_harm(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server, limits=ATTIC)
    await set_up(hass, entry)
    await add_entity(hass, entry, "Hall")

    results = [await hear(hass, entity_id=each) for each in (KITCHEN, "stt.hall")]

    assert entry.state is ConfigEntryState.LOADED
    assert [each.text for each in results] == [WORDS, WORDS]
    assert not entry.runtime_data.usage.errors


async def test_without_another_the_entity_goes_with_its_service(
    hass: HomeAssistant, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    await set_up(hass, account(server, limits=ATTIC))
    caplog.clear()
    await server.go()

    result = await hear(hass)

    assert result == ERROR
    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE
    assert told(caplog) == ["ERROR"]


async def test_without_another_a_service_that_is_not_there_is_tried_again(
    hass: HomeAssistant, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    await server.go()
    entry = account(server, limits=ATTIC)

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "cannot_connect"
    assert not told(caplog)  # nobody stands in


async def test_without_another_a_wrong_token_is_an_error(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server, token="wr0ng", limits=ATTIC)

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert reauth_flows(hass) == [entry.entry_id]


async def test_an_entity_goes_with_the_last_that_stood_in_for_it(
    hass: HomeAssistant, server: Server, hall: MockConfigEntry
) -> None:
    await set_up(hass, account(server, limits=HALL))
    await server.go()
    await hear(hass)
    while_it_stands_in = hass.states.get(KITCHEN).state

    await hass.config_entries.async_remove(hall.entry_id)
    await hass.async_block_till_done()

    assert while_it_stands_in != STATE_UNAVAILABLE
    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE


async def test_that_a_fallback_is_gone_is_told_until_another_is_chosen(
    hass: HomeAssistant, server: Server, issue_registry: ir.IssueRegistry
) -> None:
    entry = account(server, limits=ATTIC)
    await set_up(hass, entry)
    issues = set(issue_registry.issues)

    hass.config_entries.async_update_subentry(entry, entry.subentries["kitchen"], data={})
    await hass.async_block_till_done()

    assert issues == {(DOMAIN, "fallback_gone_kitchen")}
    assert not issue_registry.issues
