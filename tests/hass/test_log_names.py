"""The names in the log: those that users see, never internal IDs."""

import logging
from pathlib import Path

import pytest
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import HomeAssistant

from accounts import account, bridge_account, set_up, transcribe
from bridges import Bridge
from microphones import WORDS
from servers import Server, StartServer

IDS = ("01jkitchen", "01jhall")


@pytest.fixture
def lamps(hass: HomeAssistant) -> None:
    """Expose 60 lamps. That is more names than ElevenLabs accepts."""
    for number in range(60):
        hass.states.async_set(f"light.l{number}", "on", {"friendly_name": f"Lamp {number}"})
        async_expose_entity(hass, "conversation", f"light.l{number}", True)


@pytest.mark.usefixtures("lamps")
async def test_the_lines_about_an_utterance_name_the_entities_and_one_id(
    hass: HomeAssistant,
    server: Server,
    start_server: StartServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hall = account(await start_server(), "scriptix", name="Hall", subentry_id="01jhall")
    kitchen = account(
        server,
        "elevenlabs",
        subentry_id="01jkitchen",
        limits={"fallback": ["01jhall"]},
        bias={"home_names": True},
    )
    await set_up(hass, hall, kitchen)
    await server.pause()

    with caplog.at_level(logging.INFO):
        assert (await transcribe(hass)).text == WORDS

    assert "profile Kitchen: left out 10 of 60 terms" in caplog.text
    lines = [line for line in caplog.messages if line.startswith("profile Kitchen, utterance ")]
    assert len({line.split(":")[0] for line in lines}) == 1
    assert lines[-1].endswith("trying profile Hall too")
    assert not [line for line in caplog.messages if any(each in line for each in IDS)]


async def test_a_damaged_usage_names_the_entity(
    hass: HomeAssistant, bridge: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    usage = hass.config.path(".storage", "wyoming_bridge", "audio-sent.json")
    await hass.async_add_executor_job(_write, usage, '{"01jkitchen": {"day": "soon"}}')

    await set_up(hass, bridge_account(bridge, subentry_id="01jkitchen"))

    assert "is damaged; the usage of Kitchen starts at zero" in caplog.text


def _write(path: str, text: str) -> None:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
