"""Setting up, reloading and removing an account."""

import asyncio
import json
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from accounts import (
    DOMAIN,
    KITCHEN,
    SERVICES,
    account,
    add_entity,
    reauth_flows,
    set_up,
    transcribe,
)
from foreign_servers import ForeignServers, Gate
from logs import logged_levels
from microphones import WORDS
from servers import TOKEN, Server, StartServer
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.providers.elevenlabs.behaviour import ElevenLabsBehaviour

HALL = "stt.hall"

NOT_ACCEPTED = Behaviour(services=(ElevenLabsBehaviour(terms_accepted=False),))


def usage_file(hass: HomeAssistant) -> Path:
    return Path(hass.config.path(".storage", DOMAIN, "audio-sent.json"))


async def test_an_account_is_set_up_and_unloaded(hass: HomeAssistant, server: Server) -> None:
    entry = account(server)
    await set_up(hass, entry)
    loaded = entry.state

    assert await hass.config_entries.async_unload(entry.entry_id)

    assert (loaded, entry.state) == (ConfigEntryState.LOADED, ConfigEntryState.NOT_LOADED)
    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE


async def test_an_account_can_be_reloaded(hass: HomeAssistant, server: Server) -> None:
    entry = account(server)
    await set_up(hass, entry)

    assert await hass.config_entries.async_reload(entry.entry_id)

    assert (await transcribe(hass)).text == WORDS


async def test_a_change_of_the_settings_takes_effect_immediately(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)

    hass.config_entries.async_update_subentry(
        entry, entry.subentries["kitchen"], data={"end_of_speech": {"source": "client"}}
    )
    await hass.async_block_till_done()

    assert entry.runtime_data.service.requires_external_vad("kitchen")


async def test_setup_is_retried_while_the_service_is_unavailable(
    hass: HomeAssistant, server: Server
) -> None:
    await server.pause()
    entry = account(server)
    await set_up(hass, entry)
    waiting, reason = entry.state, entry.error_reason_translation_key

    await server.start()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=10))
    await hass.async_block_till_done(wait_background_tasks=True)

    assert (waiting, reason) == (ConfigEntryState.SETUP_RETRY, "connection_refused")
    assert entry.state is ConfigEntryState.LOADED


async def test_accounts_that_are_set_up_at_the_same_time_share_the_usage_file(
    hass: HomeAssistant, server: Server
) -> None:
    entries = [account(server, name=name) for name in ("Kitchen", "Hall", "Attic")]
    for entry in entries:
        entry.add_to_hass(hass)

    await hass.config_entries.async_setup(entries[0].entry_id)  # sets up the others too
    await hass.async_block_till_done()
    for name in ("stt.kitchen", "stt.hall", "stt.attic"):
        await transcribe(hass, entity_id=name)
    await hass.async_stop(force=True)

    assert {entry.state for entry in entries} == {ConfigEntryState.LOADED}
    assert set(json.loads(usage_file(hass).read_text())) == {"kitchen", "hall", "attic"}


async def test_with_a_fallback_the_entities_are_available_without_the_service(
    hass: HomeAssistant, start_server: StartServer, caplog: pytest.LogCaptureFixture
) -> None:
    stopped, running = await start_server(), await start_server()
    await stopped.pause()
    entry = account(stopped, limits={"fallback": ["hall"]})

    await set_up(hass, account(running, name="Hall"), entry)

    assert logged_levels(caplog) == ["WARNING"]
    assert entry.state is ConfigEntryState.LOADED
    assert hass.states.get(KITCHEN).state != STATE_UNAVAILABLE
    assert (await transcribe(hass)).text == WORDS


async def test_with_a_fallback_the_entities_are_available_during_a_reauthentication(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server, token="wr0ng", limits={"fallback": ["hall"]})

    await set_up(hass, account(server, name="Hall"), entry)

    assert entry.state is ConfigEntryState.LOADED
    assert reauth_flows(hass) == [entry.entry_id]
    assert (await transcribe(hass)).text == WORDS


@pytest.mark.parametrize("service", SERVICES)
async def test_a_wrong_token_starts_a_reauthentication(
    hass: HomeAssistant, server: Server, service: str
) -> None:
    entry = account(server, service, token="wr0ng")

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "token_refused"
    assert reauth_flows(hass) == [entry.entry_id]


async def test_setup_is_retried_while_the_usage_cannot_be_stored(
    hass: HomeAssistant, server: Server
) -> None:
    storage = usage_file(hass).parent
    storage.parent.mkdir(parents=True, exist_ok=True)
    storage.touch()  # a file instead of the folder
    entry = account(server)

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    storage.unlink()
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED


async def test_an_invalid_setting_is_named(hass: HomeAssistant, server: Server) -> None:
    entry = account(server, end_of_speech={"silence_ms": 5})

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "invalid_setting_silence_ms"


async def test_entities_that_are_added_or_removed_while_the_service_is_checked_take_effect(
    hass: HomeAssistant,
    server: Server,
    foreign_servers: ForeignServers,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    gate = Gate()
    port = await foreign_servers.start_relay("127.0.0.1", urlsplit(server.url).port, gate=gate)
    url = f"ws://127.0.0.1:{port}/reson8"
    hass.config_entries.async_update_entry(entry, data={**entry.data, "url": url})
    await gate.arrived()  # Home Assistant reloads the account

    adding = asyncio.create_task(add_entity(hass, entry, "Hall"))
    await asyncio.sleep(0)
    hass.config_entries.async_remove_subentry(entry, "kitchen")
    gate.open()
    await adding
    await hass.async_block_till_done()

    assert (await transcribe(hass, entity_id=HALL)).text == WORDS
    assert hass.states.async_entity_ids("stt") == [HALL]
    assert "ERROR" not in logged_levels(caplog)


async def test_an_issue_does_not_prevent_setup(
    hass: HomeAssistant, start_server: StartServer, issue_registry: ir.IssueRegistry
) -> None:
    entry = account(await start_server(behaviour=NOT_ACCEPTED), "elevenlabs")

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    issue = issue_registry.async_get_issue(DOMAIN, f"terms_{entry.entry_id}")
    assert issue.translation_placeholders["account"] == "Kitchen account"


async def test_the_issues_of_an_account_are_deleted_with_it(
    hass: HomeAssistant, start_server: StartServer, issue_registry: ir.IssueRegistry
) -> None:
    entry = account(await start_server(behaviour=NOT_ACCEPTED), "elevenlabs")
    await set_up(hass, entry)
    before = len(issue_registry.issues)

    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()

    assert (before, len(issue_registry.issues)) == (1, 0)


async def test_an_account_that_was_never_set_up_can_be_removed(
    hass: HomeAssistant, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    entry = account(server)
    entry.add_to_hass(hass)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)

    await hass.config_entries.async_remove(entry.entry_id)

    assert not hass.config_entries.async_entries(DOMAIN)
    assert "Error calling" not in caplog.text


async def test_an_account_of_a_newer_version_is_refused(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server, version=2)

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.MIGRATION_ERROR


async def test_settings_of_a_newer_release_are_ignored(hass: HomeAssistant, server: Server) -> None:
    entry = account(
        server,
        minor_version=2,
        recognition={"later": 1},
        end_of_speech={"silence_ms": 700, "later": "x"},
        limits={"later": True},
        later={"option": 1},
    )

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert (await transcribe(hass)).text == WORDS


async def test_no_task_is_left_when_home_assistant_stops(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server))
    names = {task.get_name() for task in asyncio.all_tasks()}

    await hass.async_stop(force=True)

    assert hass.state is CoreState.stopped
    assert "save the usage" in names
    assert names - {task.get_name() for task in asyncio.all_tasks()} >= {"save the usage"}


async def test_the_usage_is_written_when_home_assistant_stops(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server))
    await transcribe(hass)

    await hass.async_stop(force=True)

    written = json.loads(usage_file(hass).read_text())
    assert written["kitchen"] == {"day": date.today().isoformat(), "seconds": 1.0}  # noqa: DTZ011


async def test_the_usage_is_read_after_a_restart(hass: HomeAssistant, server: Server) -> None:
    known = {"kitchen": {"day": date.today().isoformat(), "seconds": 12.5}}  # noqa: DTZ011
    usage_file(hass).parent.mkdir(parents=True, exist_ok=True)
    usage_file(hass).write_text(json.dumps(known))

    await set_up(hass, account(server))

    assert hass.states.get("sensor.kitchen_audio_sent_today").state == "12.5"


@pytest.mark.parametrize(
    ("stored", "setting", "key"),
    [
        (
            {"provider": "local", "protocol": "elevenlabs", "token": TOKEN},
            "url",
            "invalid_setting_url",
        ),
        (
            {"provider": "local", "protocol": "elevenlabs", "token": TOKEN, "url": " "},
            "url",
            "invalid_setting_url",
        ),
        ({"provider": "elevenlabs", "token": TOKEN, "url": ""}, "url", "invalid_setting_url"),
        ({"provider": "local", "url": "ws://127.0.0.1:9"}, "protocol", "invalid_setting_protocol"),
        ({"provider": "bridge", "port": 10300}, "host", "invalid_setting_host"),
        ({"provider": "bridge", "host": "127.0.0.1"}, "port", "invalid_setting_port"),
        ({}, "provider", "invalid_setting"),  # no form has a field for the provider
    ],
)
async def test_an_account_without_a_value_that_it_needs_is_not_set_up(
    stored: dict[str, str], setting: str, key: str, hass: HomeAssistant
) -> None:
    entry = MockConfigEntry(domain="wyoming_bridge", data=stored)

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == key
    assert entry.error_reason_translation_placeholders
    assert entry.error_reason_translation_placeholders["setting"] == setting
