"""A user sets the integration up in a browser.

WYOMING_BRIDGE_PICTURES=1 takes the screenshots of the docs again: in docs/images/home-assistant/.
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accounts import DOMAIN, entity_ids
from browser import Person, person_at
from chromium import find_browser
from hass_client import items, mapping
from live_hass import LiveHass
from programs import LocalServer

TOKEN = "the-right-token"

REFUSED = (
    "The service does not accept the API key or token "
    "(auth_error: You must be authenticated to use this endpoint.)"
)
"""The error of a wrong key, with the answer of the emulated service."""

ENTITY = "ElevenLabs Scribe STT"
"""The name of the account's first entity."""

HELP = (
    "A lower value gives faster answers, a higher value gives you more time to think. "
    "100\N{EN DASH}5000 ms, 600 ms by default."
)

CONTRADICTION = (
    "“Silence before an early request” (700 ms) must be shorter than "
    "“Silence that ends an utterance” (600 ms)"
)

NEAR_PX = 40
"""An error this close above a field belongs to the field, which is 56 pixels high."""


@pytest.fixture(scope="module")
async def server(folder: Path) -> AsyncIterator[LocalServer]:
    """Start a local server that emulates ElevenLabs and accepts one token."""
    async with LocalServer(folder, engine="scripted", tokens=[TOKEN]) as playing:
        yield playing


@pytest.fixture(scope="module")
async def browser() -> str:
    """Return the path of a Chromium."""
    return await find_browser()


@pytest.fixture(scope="module")
async def person(browser: str, hass: LiveHass) -> AsyncIterator[Person]:
    """Open a browser with a user who is logged in."""
    async with person_at(browser, hass.url) as user:
        yield user


async def test_a_user_adds_an_account_and_uses_its_entity_in_an_assistant(
    person: Person, hass: LiveHass, server: LocalServer
) -> None:
    await choose_elevenlabs(person)
    await fill_in_the_account(person, server)
    entity = await find_the_entity(person, hass)
    await look_at_its_settings(person)
    await add_an_assistant(person)

    found = mapping(await hass.client.command("assist_pipeline/pipeline/list"))
    (assistant,) = [each for each in items(found["pipelines"]) if each["name"] == "Kitchen"]
    assert assistant["stt_engine"] == entity
    assert str(assistant["stt_language"]).startswith("en")


async def choose_elevenlabs(person: Person) -> None:
    await person.go_to("Devices & services")
    await person.press("Add integration")
    await person.search("Search for a brand name", "Wyoming Bridge")
    await person.click("Wyoming Bridge")
    await person.sees("Select a speech-to-text provider")
    for option in (
        "ElevenLabs Scribe",
        "Reson8",
        "Scriptix",
        "Local realtime server",
        "Remote bridge",
    ):
        await person.sees(option)
    await person.picture("1-providers")
    await person.click("ElevenLabs Scribe")


async def fill_in_the_account(person: Person, server: LocalServer) -> None:
    await person.fill_in("API key", "a-wrong-token")
    await person.pick("Language", "English")
    await person.picture("2-account")
    await person.press("Custom server")
    await person.fill_in("Address", server.url("elevenlabs"))
    await person.press("Submit")
    await person.sees(REFUSED)
    assert 0 < await person.gap_above("API key", REFUSED) < NEAR_PX

    await person.fill_in("API key", TOKEN)
    await person.press("Submit")
    await person.press("Skip and finish")


async def find_the_entity(person: Person, hass: LiveHass) -> str:
    await person.go_to("Devices & services")
    await person.click("Wyoming Bridge")
    await person.sees("Speech-to-text")
    await person.picture("3-created")
    await person.follow(re.compile(r"^\d+ entities$"))
    await person.sees_row(ENTITY, "Wyoming Bridge")

    (entry,) = await hass.client.entries(DOMAIN)
    assert (entry.title, entry.state) == ("ElevenLabs Scribe", "loaded")
    (entity,) = await entity_ids(hass, entry.entry_id, "stt")
    return entity


async def look_at_its_settings(person: Person) -> None:
    await person.go_to("Devices & services")
    await person.click("Wyoming Bridge")
    await person.press("Reconfigure speech-to-text")
    await person.sees("Reconfigure speech-to-text of ElevenLabs Scribe")
    for part in ("End of speech", "Names and terms", "Advanced settings"):
        await person.sees(part)
    await person.press("End of speech")
    await person.sees("Silence that ends an utterance*")
    await person.sees(HELP)
    await person.picture("4-entity-settings", height=930)

    await person.press("Advanced settings")
    await person.fill_in("Silence before an early request*", "700")
    await person.press("Submit")
    await person.sees(CONTRADICTION)
    await person.press("Advanced settings")
    await person.fill_in("Silence before an early request*", "200")
    await person.press("Submit")
    await person.sees("Reconfiguration was successful")
    await person.press("Close")


async def add_an_assistant(person: Person) -> None:
    await person.go_to("Voice assistants")
    await person.press("Add assistant")
    await person.fill_in("Name", "Kitchen")
    await person.choose("Speech-to-text", ENTITY)
    await person.picture("5-pipeline")
    await person.press("Create")
    await person.sees("Kitchen")
