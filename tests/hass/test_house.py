"""What the bridge learns about the house with an utterance, and how that changes the transcript.

It learns the names of entities and areas, and the sentences of the user.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import account, bridge_account, set_up, set_up_enabled, transcribe
from bridges import Bridge
from custom_components.wyoming_bridge.bridge import Area, Floor, House, HouseEntity, RepairMode
from custom_components.wyoming_bridge.bridge.house import Completeness
from custom_components.wyoming_bridge.bridge.house.language import HouseLanguage
from custom_components.wyoming_bridge.conversation_agent import async_understands
from custom_components.wyoming_bridge.house import HOUSE
from custom_sentences import add_custom_sentences, write_custom_sentences
from patience import PATIENCE_S
from recordings import transcribe_recording
from saying_engine import SayingEngine
from servers import TOKEN, StartServer
from wyoming_bridge.config import Profile
from wyoming_bridge.providers.reson8 import Reson8Settings

LAMP = "light.lamp"

REPAIRED = {"limits": {"repair": "on"}}


@pytest.fixture
def home(
    hass: HomeAssistant,
    floor_registry: fr.FloorRegistry,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """Add a floor, two areas, a renamed lamp, a garage door and an entity that is not exposed."""
    lights = MockConfigEntry(domain="lights")
    lights.add_to_hass(hass)
    floor = floor_registry.async_create("Ground floor", aliases={"downstairs"})
    living = area_registry.async_create(
        "Living room", aliases={"lounge", "den"}, floor_id=floor.floor_id
    )
    area_registry.async_create("Cellar")
    device = device_registry.async_get_or_create(
        config_entry_id=lights.entry_id, identifiers={("lights", "1")}, name="Lantern"
    )
    device_registry.async_update_device(device.id, area_id=living.id)
    lamp = entity_registry.async_get_or_create(
        "light",
        "lights",
        "1",
        config_entry=lights,
        device_id=device.id,
        has_entity_name=True,
        original_name="Bulb",
        suggested_object_id="lamp",
    )
    entity_registry.async_update_entity(
        lamp.entity_id, name="Standing light", aliases=[er.COMPUTED_NAME, "Sunny"]
    )
    hass.states.async_set(LAMP, "off", {"friendly_name": "Standing light"})
    hass.states.async_set(
        "cover.gate", "closed", {"friendly_name": "Garage door", "device_class": "garage"}
    )
    hass.states.async_set("light.secret", "off", {"friendly_name": "Secret light"})
    async_expose_entity(hass, "conversation", "light.secret", False)


@pytest.fixture
async def loaded(hass: HomeAssistant, home: None, start_server: StartServer) -> None:
    """Set up an account whose engine always hears "hello", and which repairs transcripts."""
    await set_up(hass, account(await start_server(engine=SayingEngine("hello")), **REPAIRED))


def house(hass: HomeAssistant, language: str | None = None) -> House:
    return hass.data[HOUSE].async_house(language)


async def settled_house(hass: HomeAssistant) -> House:
    """Return the house after the custom sentences were read."""
    house(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    return house(hass)


async def repaired(hass: HomeAssistant, text: str) -> str:
    """Transcribe until the result differs from ``text``, and return the result.

    Building the commands of the house takes a moment. Until then, nothing is repaired.
    """
    async with asyncio.timeout(PATIENCE_S):
        while (found := (await transcribe(hass)).text) == text:
            pass
    return str(found)


async def add_trigger(hass: HomeAssistant, *sentences: str) -> None:
    """Add an automation that fires an event when one of the sentences is said."""
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "alias": "Coffee",
                "triggers": {"trigger": "conversation", "command": list(sentences)},
                "actions": {"event": "coffee"},
            }
        },
    )
    await hass.async_block_till_done()


async def test_the_house_has_all_exposed_entities_with_the_names_that_the_user_gave(
    hass: HomeAssistant, loaded: None
) -> None:
    found = house(hass)

    assert found == House(
        entities=(
            HouseEntity(name="Garage door", domain="cover", device_class="garage"),
            HouseEntity(
                name="Standing light",
                domain="light",
                aliases=("Sunny",),
                area="Living room",
            ),
        ),
        areas=(
            Area(name="Living room", aliases=("den", "lounge"), floor="Ground floor"),
            Area(name="Cellar"),
        ),
        floors=(Floor(name="Ground floor", aliases=("downstairs",)),),
        language="en",
    )


async def test_the_house_is_collected_once_until_something_changes(
    hass: HomeAssistant, loaded: None, area_registry: ar.AreaRegistry
) -> None:
    first = house(hass)
    hass.states.async_set(LAMP, "on", {"friendly_name": "Standing light"})
    await hass.async_block_till_done()
    assert house(hass) is first

    area_registry.async_create("Pantry")
    await hass.async_block_till_done()

    assert Area(name="Pantry") in house(hass).areas


@pytest.mark.parametrize(
    ("language", "expected"), [(None, "en"), ("nl", "nl"), ("de-CH", "de-CH"), ("?", "en")]
)
async def test_the_commands_are_in_the_language_that_is_spoken(
    hass: HomeAssistant, loaded: None, language: str | None, expected: str
) -> None:
    assert house(hass, language).language == expected


async def test_the_house_has_the_sentences_of_automations_and_forgets_removed_ones(
    hass: HomeAssistant, loaded: None
) -> None:
    await add_trigger(hass, "(make|brew) [some] coffee", "make <drink>")

    with_sentences = house(hass)
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)

    assert with_sentences.sentences == ("(make|brew) [some] coffee",)
    assert house(hass).sentences == ()


async def test_the_house_has_custom_sentences_once_they_are_loaded(
    hass: HomeAssistant, loaded: None
) -> None:
    await add_custom_sentences(hass, "good night", "bring <thing>")

    assert (await settled_house(hass)).sentences == ("good night",)


async def test_the_house_has_the_rules_the_lists_and_the_skip_words_of_custom_sentences(
    hass: HomeAssistant, loaded: None, caplog: pytest.LogCaptureFixture
) -> None:
    await write_custom_sentences(
        hass,
        """\
language: en
intents:
  OwnIntent:
    data:
      - sentences: ["<brew> [the] {drink}", "(unclosed", "fire up [the] {name}"]
      - sentences: ["pour <local>"]
        expansion_rules: {local: "(a|one) {drink}"}
lists: {drink: {values: [coffee, tea]}}
expansion_rules: {brew: "(make|brew)"}
skip_words: [mister bridge]
""",
    )
    found = await settled_house(hass)
    language = HouseLanguage(found)

    assert language.completeness("brew the") is Completeness.UNFINISHED
    for text in ("brew the tea", "mister bridge make coffee", "pour one tea", "fire up sunny"):
        assert language.completeness(text) is Completeness.COMPLETE
    assert found.skip_words == ("mister bridge",)
    assert await settled_house(hass) is found  # read again, and unchanged
    warnings = [each for each in caplog.messages if each.startswith("Custom sentences that are")]
    assert len(warnings) == 1
    assert ": 1. The first problem: '(unclosed' is not a hassil template" in warnings[0]


async def test_reloaded_custom_sentences_are_noticed(hass: HomeAssistant, loaded: None) -> None:
    assert (await settled_house(hass)).sentences == ()
    await add_custom_sentences(hass, "good night")

    assert (await settled_house(hass)).sentences == ("good night",)


@pytest.mark.parametrize("broken", ["[unclosed", "- no mapping"])
async def test_custom_sentences_that_cannot_be_read_leave_the_house_without_them(
    hass: HomeAssistant, loaded: None, broken: str
) -> None:
    await write_custom_sentences(hass, broken)

    found = await settled_house(hass)

    assert (found.sentences, len(found.entities)) == ((), 2)


@pytest.mark.parametrize("text", ["turn on sunny", "Turn on the Standing light."])
async def test_the_agent_understands_commands_for_exposed_entities(
    hass: HomeAssistant, loaded: None, text: str
) -> None:
    assert await async_understands(text, hass=hass, language="en")


@pytest.mark.parametrize(
    "text",
    [
        "how are you today",
        "turn on the secret light",
        "turn on the standing lite",
        "turn on the",
        "",
    ],
)
async def test_the_agent_does_not_understand_what_is_almost_a_command(
    hass: HomeAssistant, loaded: None, text: str
) -> None:
    assert not await async_understands(text, hass=hass, language="en")


async def test_the_agent_understands_triggers_and_custom_sentences_and_carries_out_nothing(
    hass: HomeAssistant, loaded: None
) -> None:
    await add_trigger(hass, "make coffee")
    await add_custom_sentences(hass, "good night")
    ran: list[Any] = []
    hass.bus.async_listen("coffee", ran.append)

    for text in ("make coffee", "good night", "turn on sunny"):
        assert await async_understands(text, hass=hass, language="en")
    await hass.async_block_till_done()

    assert ran == []
    assert hass.states.get(LAMP).state == "off"


@pytest.mark.parametrize("language", ["tlh", "?"])
async def test_the_agent_understands_nothing_in_a_language_that_it_does_not_know(
    hass: HomeAssistant, loaded: None, language: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert not await async_understands("turn on sunny", hass=hass, language=language)
    assert [each for each in caplog.records if each.levelname == "WARNING"] == []


async def test_a_question_does_not_change_the_answer_to_the_command(
    hass: HomeAssistant, loaded: None
) -> None:
    async def answer(text: str) -> Any:
        process = {"text": text, "language": "en"}
        response = await hass.services.async_call(
            "conversation", "process", process, blocking=True, return_response=True
        )
        return response["response"]["speech"]["plain"]["speech"]

    await async_understands("turn on the secret light", hass=hass, language="en")

    assert "exposed" in await answer("turn on the secret light")


async def test_a_misheard_command_is_repaired_and_what_was_heard_is_kept(
    hass: HomeAssistant, home: None, start_server: StartServer, folder: Path
) -> None:
    server = await start_server(engine=SayingEngine("Turn on the standing lite."))
    await set_up_enabled(hass, account(server, **REPAIRED))

    text = await repaired(hass, "Turn on the standing lite")
    response = await transcribe_recording(hass, source=str(folder / "hello.wav"))

    assert text == "turn on the Standing light"
    shown = hass.states.get("event.kitchen_transcript").attributes
    for each in (shown, response):
        assert each["text"] == text
        assert each["said"] == "Turn on the standing lite."
        assert each["repair"].startswith("sounds like a command")
        assert each["completeness"] in {"complete", "extendable"}
    unrecorded = hass.states.get("event.kitchen_transcript").state_info["unrecorded_attributes"]
    assert {"text", "said"} <= unrecorded


async def test_a_text_stays_if_the_agent_understands_it(
    hass: HomeAssistant, home: None, start_server: StartServer
) -> None:
    text = "turn on the standing lite"
    await set_up(hass, account(await start_server(engine=SayingEngine(text)), **REPAIRED))
    assert await repaired(hass, text) == "turn on the Standing light"
    await add_trigger(hass, text)

    assert (await transcribe(hass)).text == text


async def test_by_default_nothing_is_repaired(
    hass: HomeAssistant, home: None, start_server: StartServer
) -> None:
    text = "turn on the standing lite"
    await set_up(hass, account(await start_server(engine=SayingEngine(text))))

    assert (await transcribe(hass)).text == text


async def test_the_agent_is_not_asked_if_nothing_uses_the_house(
    hass: HomeAssistant, home: None, start_server: StartServer
) -> None:
    server = await start_server(engine=SayingEngine("turn on sunny"))
    unused = {"end_of_speech": {"commands_end_early": False}}
    await set_up_enabled(hass, account(server, **unused))

    assert (await transcribe(hass)).text == "turn on sunny"

    assert "completeness" not in hass.states.get("event.kitchen_transcript").attributes


@pytest.mark.usefixtures("_no_house_is_built_yet")
async def test_without_the_library_everything_else_works(
    hass: HomeAssistant,
    home: None,
    start_server: StartServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)
    text = "turn on the standing lite"
    await set_up(hass, account(await start_server(engine=SayingEngine(text)), **REPAIRED))

    texts = [(await transcribe(hass)).text for _ in range(2)]

    assert texts == [text, text]
    warnings = [each.message for each in caplog.records if each.levelname == "WARNING"]
    assert len([each for each in warnings if "rapidfuzz" in each]) == 1


async def test_a_remote_bridge_gets_the_house_and_repairs_if_its_profile_says_so(
    hass: HomeAssistant, home: None, start_server: StartServer, bridge: Bridge
) -> None:
    server = await start_server(engine=SayingEngine("turn on the standing lite"))
    backend = Reson8Settings(token=TOKEN, url=f"{server.url}/reson8", plain_ws_hosts=("127.0.0.1",))
    bridge.profiles["offline"] = Profile(name="offline", backend=backend, repair=RepairMode.ON)
    await bridge.restart()
    await set_up(hass, bridge_account(bridge))

    assert await repaired(hass, "turn on the standing lite") == "turn on the Standing light"
