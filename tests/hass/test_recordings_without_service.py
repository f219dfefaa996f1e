"""Recordings can be listed, exported and deleted while the service of their entity is down."""

from pathlib import Path

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import DOMAIN, KITCHEN, account, set_up
from microphones import WORDS
from recorders import call, record
from servers import Server


@pytest.fixture
async def entry(hass: HomeAssistant, server: Server) -> MockConfigEntry:
    """Set up an account with one recording."""
    entry = account(server)
    await set_up(hass, entry)
    await record(hass, entry)
    return entry


@pytest.fixture(params=["unavailable", "not loaded", "disabled"])
async def without_service(
    hass: HomeAssistant, entry: MockConfigEntry, server: Server, request: pytest.FixtureRequest
) -> None:
    """Stop the service, so that the entity cannot transcribe."""
    if request.param == "disabled":
        er.async_get(hass).async_update_entity(KITCHEN, disabled_by=er.RegistryEntryDisabler.USER)
    await server.pause()
    if request.param == "unavailable":
        await entry.runtime_data.async_refresh()
    else:
        await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_RETRY
    await hass.async_block_till_done()
    state = hass.states.get(KITCHEN)
    assert state is None or state.state == "unavailable"


@pytest.mark.usefixtures("without_service")
async def test_recordings_are_listed_and_exported_and_deleted(
    hass: HomeAssistant, folder: Path
) -> None:
    listed = await call(hass, "list_recordings")
    exported = await call(hass, "export_recording", folder=str(folder))
    deleted = await call(hass, "delete_recordings")

    (recording,) = listed["recordings"]
    assert (recording["text"], recording["utterance_id"]) == (WORDS, exported["utterance_id"])
    assert await hass.async_add_executor_job(Path(exported["file"]).is_file)
    assert deleted == {"deleted": 1}
    assert (await call(hass, "list_recordings"))["recordings"] == []


async def test_an_area_or_all_entities_can_be_the_target(
    hass: HomeAssistant, entry: MockConfigEntry, server: Server
) -> None:
    await server.pause()
    await entry.runtime_data.async_refresh()
    area = ar.async_get(hass).async_create("Kitchen")
    registered = er.async_get(hass).async_get(KITCHEN)
    assert registered is not None
    assert registered.device_id is not None
    dr.async_get(hass).async_update_device(registered.device_id, area_id=area.id)

    for target in ({"area_id": area.id}, {"entity_id": "all"}):
        responses = await hass.services.async_call(
            DOMAIN, "list_recordings", target=target, blocking=True, return_response=True
        )
        assert responses is not None
        assert list(responses) == [KITCHEN]


@pytest.mark.parametrize("entity_id", ["switch.kitchen_record_utterances", "stt.other", "none"])
async def test_a_target_without_an_entity_of_the_integration_is_refused(
    entity_id: str, hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await call(hass, "list_recordings", entity_id)

    assert refused.value.translation_key == "no_entities"
