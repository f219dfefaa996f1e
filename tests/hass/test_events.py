"""Transcripts as they grow, as an event entity."""

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import async_capture_events

from accounts import account, hear, set_up, set_up_enabled
from servers import Server
from speaking import WORDS

TRANSCRIPT = "event.kitchen_transcript"


def news(changes: list[Event[EventStateChangedData]]) -> list[tuple[str, str | None, str | None]]:
    """Kind, text and code of what the entity told."""
    states = [
        change.data["new_state"] for change in changes if change.data["entity_id"] == TRANSCRIPT
    ]
    return [
        (each.attributes["event_type"], each.attributes.get("text"), each.attributes.get("code"))
        for each in states
    ]


async def test_it_is_disabled_at_first(
    hass: HomeAssistant, server: Server, entity_registry: er.EntityRegistry
) -> None:
    await set_up(hass, account(server))

    assert entity_registry.async_get(TRANSCRIPT).disabled
    assert hass.states.get(TRANSCRIPT) is None


async def test_the_transcript_is_told_as_it_grows_and_when_it_is_whole(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up_enabled(hass, account(server))
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)

    await hear(hass)

    *partials, final = news(changes)
    assert final == ("final", WORDS, None)
    assert {kind for kind, _, _ in partials} == {"partial"}
    assert all(WORDS.startswith(text) for _, text, _ in partials)


async def test_that_there_is_none_is_told_with_the_reason(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up_enabled(hass, account(server))
    await server.go()
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)

    await hear(hass)

    assert news(changes)[-1] == ("error", "", "cannot_connect")


async def test_what_people_say_is_not_recorded(hass: HomeAssistant, server: Server) -> None:
    await set_up_enabled(hass, account(server))
    await hear(hass)

    state = hass.states.get(TRANSCRIPT)

    assert state.attributes["text"] == WORDS
    assert "text" in state.state_info["unrecorded_attributes"]
