"""A user sets the integration up in a browser, in each language of the pictures.

With WYOMING_BRIDGE_PICTURES=1, the test also takes the screenshots in docs/images/home-assistant/.
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accounts import DOMAIN, entity_ids
from browser import Person, person_at
from hass_client import Json, items, mapping, text
from live_hass import LiveHass
from programs import LocalServer
from words import LANGUAGES

TOKEN = "the-right-token"

REFUSAL = "auth_error: You must be authenticated to use this endpoint."
"""The answer of the emulated service to a wrong key."""

MODELS = ("gpt-live-transcribe", "gpt-transcribe", "gpt-realtime-whisper")
"""The models that the form for OpenAI-compatible servers lists."""

ENTITY = "ElevenLabs Scribe STT"
"""The name of the account's first entity."""

HELP = (
    "A lower value gives faster answers, and a higher value gives you more time to think. "
    "{silence_ms_range}, {silence_ms_default} by default."
)

RANGE = "100\N{EN DASH}5000 ms"

CONTRADICTION = (
    "“Silence before an early request” ({value} ms) must be shorter than "
    "“Silence that ends an utterance” ({limit} ms)"
)

NEAR_PX = 40
"""The largest distance of an error text above its field. A field is 56 pixels high."""


@pytest.fixture(scope="module")
async def server(folder: Path) -> AsyncIterator[LocalServer]:
    """Start a local server that emulates ElevenLabs and accepts one token."""
    async with LocalServer(folder, engine="scripted", tokens=[TOKEN]) as playing:
        yield playing


@pytest.fixture(params=LANGUAGES)
async def person(
    browser: str, hass: LiveHass, request: pytest.FixtureRequest
) -> AsyncIterator[Person]:
    """Open a browser with a user who is logged in. Afterwards, remove what the user has added."""
    async with person_at(browser, hass.url, request.param) as user:
        yield user
    for entry in await hass.client.entries(DOMAIN):
        await hass.client.remove_entry(entry.entry_id)
    for assistant in await kitchens(hass):
        await hass.client.command(
            "assist_pipeline/pipeline/delete", pipeline_id=text(assistant, "id")
        )


async def kitchens(hass: LiveHass) -> list[Json]:
    """Return the assistants that the user has added."""
    found = mapping(await hass.client.command("assist_pipeline/pipeline/list"))
    return [each for each in items(found["pipelines"]) if each["name"] == "Kitchen"]


async def test_a_user_adds_an_account_and_uses_its_entity_in_an_assistant(
    person: Person, hass: LiveHass, server: LocalServer
) -> None:
    await open_the_list_of_providers(person)
    await person.picture("1-providers")
    await person.click("ElevenLabs Scribe")
    await fill_in_the_account(person, server)
    entity = await find_the_entity(person, hass)
    await look_at_its_settings(person)
    await add_an_assistant(person)

    (assistant,) = await kitchens(hass)
    assert assistant["stt_engine"] == entity
    assert str(assistant["stt_language"]).startswith("en")


async def test_the_form_of_an_openai_compatible_server_lists_models(person: Person) -> None:
    ours = person.words.ours
    await open_the_list_of_providers(person)
    await person.click(ours("OpenAI-compatible server"))
    await person.open_list(ours("Model"))
    for model in MODELS:
        await person.sees(model)
    await person.picture("2-account-openai")


async def open_the_list_of_providers(person: Person) -> None:
    say, ours = person.words.home_assistant, person.words.ours
    await person.go_to(say("Devices & services"))
    await person.press(say("Add integration"))
    await person.search_integration("Wyoming Bridge")
    await person.click("Wyoming Bridge")
    await person.sees(ours("Select a speech-to-text provider"))
    for option in (
        "ElevenLabs Scribe",
        "OpenAI-compatible server",
        "Reson8",
        "Scriptix",
        "Local realtime server",
        "Remote bridge",
    ):
        await person.sees(ours(option))


async def fill_in_the_account(person: Person, server: LocalServer) -> None:
    say, ours = person.words.home_assistant, person.words.ours
    key = ours("API key")
    refused = ours("The service does not accept the API key or token ({answer})", answer=REFUSAL)
    await person.fill_in(key, "a-wrong-token")
    await person.pick(ours("Language"), await person.name_of("en"))
    await person.picture("2-account")
    await person.press(ours("Custom server"))
    await person.fill_in(ours("Address"), server.url("elevenlabs"))
    await person.press(say("Submit", within="config_flow"))
    await person.sees(refused)
    assert 0 < await person.gap_above(key, refused) < NEAR_PX

    await person.fill_in(ours("Address"), server.url("elevenlabs"))  # its section is still open
    await person.fill_in(key, TOKEN)
    await person.press(say("Submit", within="config_flow"))
    await person.press(say("Skip and finish"))


async def find_the_entity(person: Person, hass: LiveHass) -> str:
    say, ours = person.words.home_assistant, person.words.ours
    await person.go_to(say("Devices & services"))
    await person.click("Wyoming Bridge")
    await person.sees(ours("Speech-to-text"))
    await person.picture("3-created")
    some_entities = say("{count} entities", count=r"\d+")
    await person.follow(re.compile(f"^{some_entities}$"))
    await person.sees_row(ENTITY, "Wyoming Bridge")

    (entry,) = await hass.client.entries(DOMAIN)
    assert (entry.title, entry.state) == ("ElevenLabs Scribe", "loaded")
    (entity,) = await entity_ids(hass, entry.entry_id, "stt")
    return entity


async def look_at_its_settings(person: Person) -> None:
    say, ours = person.words.home_assistant, person.words.ours
    silence = ours("Silence that ends an utterance")
    before = ours("Silence before an early request")
    await person.go_to(say("Devices & services"))
    await person.click("Wyoming Bridge")
    await person.press(ours("Reconfigure speech-to-text"))
    await person.sees(ours("Reconfigure speech-to-text of {account}", account="ElevenLabs Scribe"))
    for part in ("End of speech", "Names and terms", "Advanced settings"):
        await person.sees(ours(part))
    await person.press(ours("End of speech"))
    await person.sees(f"{silence}*")
    await person.sees(ours(HELP, silence_ms_range=RANGE, silence_ms_default="600 ms"))
    await person.picture("4-entity-settings", height=930)
    await settings_without_effect_are_hidden(person)

    await person.press(ours("Advanced settings"))
    await person.fill_in(before, "700")
    await person.press(say("Submit", within="config_flow"))
    await person.sees(ours(CONTRADICTION, value="700", limit="600"))
    assert await person.has_in_view(ours(CONTRADICTION, value="700", limit="600"))
    await person.press(ours("Advanced settings"))
    await person.fill_in(before, "200")
    await person.press(say("Submit", within="config_flow"))
    await person.sees(say("Reconfiguration was successful"))
    await person.press(say("Close", within="config_flow"))


async def settings_without_effect_are_hidden(person: Person) -> None:
    ours = person.words.ours
    source, silence = ours("What ends an utterance"), ours("Silence that ends an utterance")
    await person.choose(source, ours("Home Assistant or the satellite"))
    await person.misses(f"{silence}*")
    await person.choose(source, ours("Wyoming Bridge or the service, whichever is first"))
    await person.sees(f"{silence}*")


async def add_an_assistant(person: Person) -> None:
    say = person.words.home_assistant
    await person.go_to(say("Voice assistants"))
    await person.press(say("Add assistant"))
    await person.fill_in(say("Name"), "Kitchen")
    await person.choose(say("Speech-to-text"), ENTITY)
    await person.picture("5-pipeline")
    await person.press(say("Create"))
    await person.sees("Kitchen")
