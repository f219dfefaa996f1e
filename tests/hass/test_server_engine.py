"""The user's own server is started with another engine while Home Assistant runs."""

from homeassistant.components import stt
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from accounts import DOMAIN, KITCHEN, account, set_up
from clock import advance_time
from servers import JapaneseEngine, Server, StartServer


def languages(hass: HomeAssistant) -> list[str]:
    entity = stt.async_get_speech_to_text_entity(hass, KITCHEN)
    assert entity
    return entity.supported_languages


async def test_an_entity_has_the_languages_of_the_new_engine_after_five_minutes(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server, "local", protocol="elevenlabs"))
    before = languages(hass)
    server.engine = JapaneseEngine()
    await server.restart()

    await advance_time(hass, minutes=5, seconds=1)

    assert "en" in before
    assert "ja" not in before
    assert languages(hass) == ["ja"]


async def test_a_server_that_does_not_answer_keeps_its_languages(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server, "local", protocol="elevenlabs"))
    before = languages(hass)
    await server.pause()

    await advance_time(hass, minutes=5, seconds=1)

    assert languages(hass) == before


async def test_a_fallback_that_does_not_know_the_language_any_more_is_an_issue(
    hass: HomeAssistant,
    server: Server,
    start_server: StartServer,
    issue_registry: ir.IssueRegistry,
) -> None:
    other = await start_server()
    hall = account(other, "local", protocol="elevenlabs", name="Hall")
    kitchen = account(server, language="en", limits={"fallback": ["hall"]})
    await set_up(hass, hall, kitchen)
    before = set(issue_registry.issues)
    other.engine = JapaneseEngine()
    await other.restart()

    await advance_time(hass, minutes=5, seconds=1)

    assert before == set()
    assert set(issue_registry.issues) == {(DOMAIN, "fallback_unsuitable_kitchen")}
