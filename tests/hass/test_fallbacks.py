"""Fallbacks of an entity, and what happens without them."""

import pytest
from homeassistant.components import stt
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import DOMAIN, KITCHEN, account, add_entity, reauth_flows, set_up, transcribe
from clock import advance_time
from logs import logged_levels
from microphones import WORDS
from servers import Server, StartServer

ERROR = stt.SpeechResult(None, stt.SpeechResultState.ERROR)

THREE = ("attic", "hall", "kitchen")

HALL = {"fallback": ["hall"]}
ATTIC = {"fallback": ["attic"]}
"""In most tests the entity ``attic`` does not exist, as if its account had been removed."""


@pytest.fixture
async def hall(hass: HomeAssistant, start_server: StartServer) -> MockConfigEntry:
    """Add a working account on another server, whose entity can be a fallback."""
    hall = account(await start_server(), "scriptix", name="Hall")
    await set_up(hass, hall)
    return hall


@pytest.mark.usefixtures("hall")
async def test_a_fallback_transcribes_and_a_reauthentication_starts_nevertheless(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server, limits=HALL)
    await set_up(hass, entry)
    server.token = "an0ther"
    await server.restart()

    result = await transcribe(hass)

    assert result.text == WORDS
    assert reauth_flows(hass) == [entry.entry_id]


@pytest.mark.usefixtures("hall")
@pytest.mark.parametrize("fallback", [["hall"], ["attic", "hall"]], ids=["first", "next"])
async def test_an_entity_with_a_fallback_stays_available(
    fallback: list[str], hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server, limits={"fallback": fallback}))
    await server.pause()

    result = await transcribe(hass)

    assert result.text == WORDS
    assert hass.states.get(KITCHEN).state != STATE_UNAVAILABLE


async def test_a_fallback_that_is_not_loaded_is_skipped(
    hass: HomeAssistant, server: Server, hall: MockConfigEntry
) -> None:
    await set_up(hass, account(server, limits=HALL))
    await hass.config_entries.async_unload(hall.entry_id)

    assert (await transcribe(hass)).text == WORDS
    await server.pause()
    assert await transcribe(hass) == ERROR
    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE


@pytest.fixture
async def three(hass: HomeAssistant, start_server: StartServer) -> dict[str, Server]:
    """Add accounts on three servers: kitchen falls back on hall, and hall on attic."""
    servers = {}
    for name, limits in (("attic", {}), ("hall", ATTIC), ("kitchen", HALL)):
        servers[name] = await start_server()
        await set_up(hass, account(servers[name], name=name.title(), limits=limits))
    return servers


def available(hass: HomeAssistant) -> list[str]:
    return [each for each in THREE if hass.states.get(f"stt.{each}").state != STATE_UNAVAILABLE]


@pytest.mark.parametrize(
    ("stopped", "expected"),
    [
        (["attic"], ["hall", "kitchen"]),
        (["kitchen"], ["attic", "hall", "kitchen"]),
        (["hall", "kitchen"], ["attic", "hall"]),  # the kitchen does not use the hall's fallback
        (["attic", "hall", "kitchen"], []),
    ],
)
async def test_a_fallback_that_is_down_does_not_keep_an_entity_available(
    stopped: list[str], expected: list[str], hass: HomeAssistant, three: dict[str, Server]
) -> None:
    for name in stopped:
        await three[name].pause()

    results = {each: await transcribe(hass, entity_id=f"stt.{each}") for each in THREE}

    assert [each for each in THREE if results[each] != ERROR] == expected
    assert available(hass) == expected


async def test_one_failed_utterance_shows_all_accounts_that_are_down(
    hass: HomeAssistant, three: dict[str, Server]
) -> None:
    await three["kitchen"].pause()
    await three["hall"].pause()

    assert await transcribe(hass) == ERROR

    assert available(hass) == ["attic", "hall"]


async def test_an_entity_is_available_again_with_its_fallback(
    hass: HomeAssistant, three: dict[str, Server]
) -> None:
    await three["kitchen"].pause()
    await three["hall"].pause()
    await transcribe(hass)
    before = available(hass)
    await three["hall"].start()

    await advance_time(hass, minutes=1, seconds=1)

    assert (before, available(hass)) == (["attic", "hall"], ["attic", "hall", "kitchen"])


async def test_an_entity_is_available_again_when_its_fallback_is_loaded(
    hass: HomeAssistant, server: Server, hall: MockConfigEntry
) -> None:
    await set_up(hass, account(server, limits=HALL))
    await hass.config_entries.async_unload(hall.entry_id)
    await server.pause()
    await transcribe(hass)

    await hass.config_entries.async_setup(hall.entry_id)
    await hass.async_block_till_done()

    assert hass.states.get(KITCHEN).state != STATE_UNAVAILABLE
    assert (await transcribe(hass)).text == WORDS


@pytest.mark.parametrize(("language", "transcribed"), [("nl", True), ("cy", False)])
async def test_a_fallback_uses_only_the_language_of_the_entity(
    language: str,
    hass: HomeAssistant,
    server: Server,
    start_server: StartServer,
    *,
    transcribed: bool,
) -> None:
    hall = account(await start_server(), "reson8", name="Hall")  # does not support Welsh
    kitchen = account(server, "elevenlabs", language=language, limits=HALL)
    await set_up(hass, hall, kitchen)
    await server.pause()

    result = await transcribe(hass)

    assert result == (
        stt.SpeechResult(WORDS, stt.SpeechResultState.SUCCESS) if transcribed else ERROR
    )


async def test_a_removed_fallback_does_not_affect_the_account(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server, limits=ATTIC)
    await set_up(hass, entry)
    await add_entity(hass, entry, "Hall")

    results = [await transcribe(hass, entity_id=each) for each in (KITCHEN, "stt.hall")]

    assert entry.state is ConfigEntryState.LOADED
    assert [each.text for each in results] == [WORDS, WORDS]
    assert not entry.runtime_data.usage["kitchen"].errors


async def test_without_a_fallback_the_entity_is_unavailable_with_its_service(
    hass: HomeAssistant, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    await set_up(hass, account(server, limits=ATTIC))
    caplog.clear()
    await server.pause()

    result = await transcribe(hass)

    assert result == ERROR
    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE
    assert logged_levels(caplog) == ["ERROR"]


async def test_without_a_fallback_setup_is_retried_while_the_service_is_unavailable(
    hass: HomeAssistant, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    await server.pause()
    entry = account(server, limits=ATTIC)

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "connection_refused"
    assert not logged_levels(caplog)  # no warning that says that fallbacks are used


async def test_without_a_fallback_a_wrong_token_is_an_error(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server, token="wr0ng", limits=ATTIC)

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert reauth_flows(hass) == [entry.entry_id]


async def test_an_entity_is_unavailable_when_its_last_fallback_is_removed(
    hass: HomeAssistant, server: Server, hall: MockConfigEntry
) -> None:
    await set_up(hass, account(server, limits=HALL))
    await server.pause()
    await transcribe(hass)
    with_fallback = hass.states.get(KITCHEN).state

    await hass.config_entries.async_remove(hall.entry_id)
    await hass.async_block_till_done()

    assert with_fallback != STATE_UNAVAILABLE
    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE


async def test_a_removed_fallback_is_an_issue_until_the_settings_change(
    hass: HomeAssistant, server: Server, issue_registry: ir.IssueRegistry
) -> None:
    entry = account(server, limits=ATTIC)
    await set_up(hass, entry)
    issues = set(issue_registry.issues)

    hass.config_entries.async_update_subentry(entry, entry.subentries["kitchen"], data={})
    await hass.async_block_till_done()

    assert issues == {(DOMAIN, "fallback_gone_kitchen")}
    assert not issue_registry.issues


@pytest.mark.parametrize(
    ("language", "state"),
    [(None, ConfigEntryState.SETUP_RETRY), ("not a language", ConfigEntryState.SETUP_ERROR)],
)
async def test_a_removed_fallback_is_an_issue_even_if_the_account_cannot_be_loaded(
    language: str | None,
    state: ConfigEntryState,
    *,
    hass: HomeAssistant,
    server: Server,
    issue_registry: ir.IssueRegistry,
) -> None:
    await server.pause()

    entry = account(server, limits=ATTIC, language=language)
    await set_up(hass, entry)

    assert entry.state is state
    assert (DOMAIN, "fallback_gone_kitchen") in issue_registry.issues
