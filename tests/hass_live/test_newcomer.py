"""A newcomer has an empty Home Assistant, the release zip and docs/install.md, and no internet.

With WYOMING_BRIDGE_PICTURES=1, the test also takes the screenshots in docs/images/home-assistant/.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from accounts import DOMAIN, entity_ids
from browser import Person, browsing
from hass_client import items, mapping, text
from install_page import InstallPage
from live_hass import LiveHass
from programs import FRONTEND, OFFLINE, Program, free_port, run_bridge
from releases import unpack_release
from rooms import OFFICE, House, add_area, add_light, carry_out
from words import LANGUAGES

PAGE = InstallPage()

ASSISTANT = "Computer"

LONGEST_S = 300
"""The page promises a few minutes. On a shared machine with two cores, the test takes 27 s."""


@pytest.fixture(scope="module")
def release(folder: Path) -> Path:
    """Unpack the release zip, and return the folder of the integration."""
    return unpack_release(folder)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_newcomer_follows_the_page_and_lights_obey_a_recorded_command(
    browser: str,
    release: Path,
    tmp_path: Path,
    language: str,
    record_property: Callable[[str, object], None],
) -> None:
    began = time.monotonic()
    port = free_port()
    bridge = bridge_of_the_page(tmp_path, port)
    empty = LiveHass(
        tmp_path / "config",
        integration=release,
        language=language,
        has_owner=False,
        env={"PYTHONPATH": os.pathsep.join((OFFLINE, *FRONTEND))},
    )
    async with bridge, empty as hass, browsing(browser, language) as person:
        await person.create_account(hass.url)
        await hass.log_in()
        lights = await two_lights(hass)
        await add_the_bridge(person, port)
        await add_an_assistant(person, await name_of_the_entity(hass))

        await carry_out(hass, lights, await pipeline(hass), OFFICE)

        took_s = time.monotonic() - began
        record_property("from an empty Home Assistant to lights that obey", f"{took_s:.0f} s")
        assert took_s < LONGEST_S
        assert hass.warnings(about=f"custom_components.{DOMAIN}") == []
    assert "offline:" not in hass.log() + bridge.text()


def bridge_of_the_page(folder: Path, port: int) -> Program:
    """Return a bridge with the command of ``docs/install.md``, but with a loopback address."""
    name, action, *arguments = PAGE.bridge_command()
    assert (name, action) == ("wyoming-bridge", "run")
    _, port_of_the_page = PAGE.address("[Python]")
    place = arguments.index(f"tcp://0.0.0.0:{port_of_the_page}")
    arguments[place] = f"tcp://127.0.0.1:{port}"
    path = f"{OFFLINE}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    return run_bridge(folder, *arguments, env={"PYTHONPATH": path})


async def two_lights(hass: LiveHass) -> House:
    """Create the lights that a home has before it has a voice assistant."""
    office = await add_area(hass, "Office")
    return {name: await add_light(hass, name, office) for name in OFFICE.changes}


async def add_the_bridge(person: Person, port: int) -> None:
    say, ours, named = person.words.home_assistant, person.words.ours, PAGE.named
    host, _ = PAGE.address("[Python]")
    await person.go_to(say(named("Devices & services")))
    await person.press(say(named("Add integration")))
    await person.search_integration("Wyoming Bridge")
    await person.sees("Wyoming Bridge")
    await person.picture("install-1-integration")
    await person.click(named("Wyoming Bridge"))
    await person.click(ours(named("Remote bridge")))
    await person.fill_in(ours("Host"), host)
    await person.picture("install-2-bridge")  # shows the default port, as docs/install.md does
    await person.fill_in(ours("Port"), str(port))
    await person.press(say(named("Submit"), within="config_flow"))
    await person.sees(say(named("Skip and finish")))
    await person.picture("install-3-added")
    await person.press(say(named("Skip and finish")))


async def add_an_assistant(person: Person, entity: str) -> None:
    say, named = person.words.home_assistant, PAGE.named
    await person.go_to(say(named("Voice assistants")))
    await person.press(say(named("Add assistant")))
    await person.fill_in(say("Name"), ASSISTANT)
    assert named("English")
    await person.pick(say("Language"), await person.name_of("en"))
    await person.choose(say(named("Speech-to-text")), entity)
    await person.picture("install-4-assistant")
    await person.press(say(named("Create")))
    await person.sees(ASSISTANT)


async def name_of_the_entity(hass: LiveHass) -> str:
    """Return the name that Home Assistant shows for the bridge's only entity."""
    (entry,) = await hass.client.entries(DOMAIN)
    (entity,) = await entity_ids(hass, entry.entry_id, "stt")
    return text(mapping((await hass.client.state(entity))["attributes"]), "friendly_name")


async def pipeline(hass: LiveHass) -> str:
    """Return the ID of the assistant that the person has added."""
    listed = mapping(await hass.client.command("assist_pipeline/pipeline/list"))
    (added,) = [each for each in items(listed["pipelines"]) if each["name"] == ASSISTANT]
    return text(added, "id")
