"""The event entity that shows transcripts as they grow."""

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import async_capture_events

from accounts import account, set_up, set_up_enabled, transcribe
from microphones import WORDS
from servers import Server

TRANSCRIPT = "event.kitchen_transcript"


def updates(
    changes: list[Event[EventStateChangedData]],
) -> list[tuple[str, str | None, str | None]]:
    """Return kind, text and code of each event."""
    states = [
        change.data["new_state"] for change in changes if change.data["entity_id"] == TRANSCRIPT
    ]
    return [
        (each.attributes["event_type"], each.attributes.get("text"), each.attributes.get("code"))
        for each in states
    ]


async def test_it_is_disabled_by_default(
    hass: HomeAssistant, server: Server, entity_registry: er.EntityRegistry
) -> None:
    await set_up(hass, account(server))

    assert entity_registry.async_get(TRANSCRIPT).disabled
    assert hass.states.get(TRANSCRIPT) is None


async def test_it_shows_partials_and_the_final(hass: HomeAssistant, server: Server) -> None:
    await set_up_enabled(hass, account(server))
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)

    await transcribe(hass)

    *partials, final = updates(changes)
    assert final == ("final", WORDS, None)
    assert {kind for kind, _, _ in partials} == {"partial"}
    assert all(WORDS.startswith(text) for _, text, _ in partials)


async def test_it_shows_the_code_of_an_error(hass: HomeAssistant, server: Server) -> None:
    await set_up_enabled(hass, account(server))
    await server.pause()
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)

    await transcribe(hass)

    assert updates(changes)[-1] == ("error", "", "cannot_connect")


async def test_the_text_is_not_recorded(hass: HomeAssistant, server: Server) -> None:
    await set_up_enabled(hass, account(server))
    await transcribe(hass)

    state = hass.states.get(TRANSCRIPT)

    assert state.attributes["text"] == WORDS
    assert "text" in state.state_info["unrecorded_attributes"]
