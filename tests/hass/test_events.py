"""The event entity that shows transcripts as they grow."""

import asyncio

import pytest
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
from pytest_homeassistant_custom_component.common import async_capture_events

from accounts import account, set_up, set_up_enabled, transcribe
from custom_components.wyoming_bridge import partial_pacer
from examples_of_docs import PAGE, example_after
from microphones import SOUND, WORDS, Microphone, words_of
from patience import PATIENCE_S
from recorders import turn
from servers import Server

TRANSCRIPT = "event.kitchen_transcript"
OTHER = SOUND[::-1]


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


async def test_partials_wait_until_their_interval_is_over(
    hass: HomeAssistant, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up_enabled(hass, account(server))
    shown = []

    for interval_s in (0.0, 10 * PATIENCE_S):
        monkeypatch.setattr(partial_pacer, "INTERVAL_S", interval_s)
        changes = async_capture_events(hass, EVENT_STATE_CHANGED)
        await transcribe(hass)
        *partials, final = updates(changes)
        assert final == ("final", WORDS, None)
        shown.append(len(partials))

    assert shown[0] > 1
    assert shown[1] == 1


async def test_it_shows_the_code_of_an_error(hass: HomeAssistant, server: Server) -> None:
    await set_up_enabled(hass, account(server))
    await server.pause()
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)

    await transcribe(hass)

    assert updates(changes)[-1] == ("error", "", "cannot_connect")


async def test_two_utterances_at_once_have_their_own_ids(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up_enabled(hass, account(server))
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)

    await asyncio.gather(
        transcribe(hass, Microphone(SOUND).stream()), transcribe(hass, Microphone(OTHER).stream())
    )

    heard: dict[str, list[str]] = {}
    for change in changes:
        if change.data["entity_id"] == TRANSCRIPT:
            attributes = change.data["new_state"].attributes
            heard.setdefault(attributes["utterance_id"], []).append(attributes["text"])
    assert {texts[-1] for texts in heard.values()} == {WORDS, words_of(OTHER)}
    assert all(texts[-1].startswith(text) for texts in heard.values() for text in texts)


async def test_attributes_that_differ_between_utterances_are_not_in_the_database(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up_enabled(hass, account(server))
    await transcribe(hass)

    state = hass.states.get(TRANSCRIPT)

    assert state.attributes["text"] == WORDS
    recorded = set(state.attributes) - set(state.state_info["unrecorded_attributes"])
    assert recorded <= {"event_type", "event_types", "language", "completeness", "friendly_name"}


@pytest.mark.parametrize("is_recorded", [False, True])
async def test_the_card_of_the_documentation_shows_what_is_said_and_whether_it_is_recorded(
    hass: HomeAssistant, server: Server, *, is_recorded: bool
) -> None:
    card = parse_yaml(example_after(PAGE, "add a Markdown card"))
    content = card["content"].replace("elevenlabs_scribe_stt", "kitchen")
    await set_up_enabled(hass, account(server))
    await turn(hass, "on" if is_recorded else "off")
    shown: list[str] = []

    def show(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == TRANSCRIPT:
            shown.append(Template(content, hass).async_render(parse_result=False))

    hass.bus.async_listen(EVENT_STATE_CHANGED, callback(show))
    await transcribe(hass)
    await server.pause()
    await transcribe(hass)

    assert card["type"] == "markdown"
    assert all(("What you say is recorded" in each) is is_recorded for each in shown)
    partial, *_, final, failed = (each.strip().splitlines()[-1] for each in shown)
    assert partial.startswith(f"*{WORDS.split()[0]}")
    assert partial.endswith(" …*")
    assert final == f"**{WORDS}**"
    assert failed == "That did not work (cannot_connect)."


async def test_the_card_of_the_documentation_shows_a_repair_and_silence(
    hass: HomeAssistant,
) -> None:
    card = parse_yaml(example_after(PAGE, "add a Markdown card"))
    entity_id = "event.elevenlabs_scribe_stt_transcript"

    def render(**attributes: str) -> list[str]:
        hass.states.async_set(entity_id, "now", {"event_type": "final", **attributes})
        text = Template(card["content"], hass).async_render(parse_result=False)
        return [line for line in text.splitlines() if line.strip()]

    assert render(text="") == ["**(no words)**"]
    assert render(text="turn off lights", said="Tern of lights.") == [
        "**turn off lights**",
        "(heard: Tern of lights.)",
    ]


async def test_the_caption_of_the_documentation_shows_one_utterance_at_a_time(
    hass: HomeAssistant,
) -> None:
    example = example_after(PAGE, "shows one utterance until its end")
    assert await async_setup_component(hass, "template", parse_yaml(example))
    await hass.async_block_till_done()
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)

    for utterance_id, kind, text in (
        ("a", "partial", "turn"),
        ("b", "partial", "good"),
        ("a", "final", "turn on"),
        ("b", "final", "good day"),
    ):
        event = {"utterance_id": utterance_id, "event_type": kind, "text": text}
        hass.states.async_set("event.elevenlabs_scribe_stt_transcript", text, event)
        await hass.async_block_till_done()

    shown = [
        (each.data["new_state"].state, each.data["new_state"].attributes["over"])
        for each in changes
        if each.data["entity_id"] == "sensor.caption"
    ]
    assert shown == [("turn", False), ("turn on", True), ("good day", True)]
