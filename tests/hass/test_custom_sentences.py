"""When the integration reads the user's custom sentences."""

from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from accounts import account, set_up, transcribe
from custom_components.wyoming_bridge.conversation_agent import CustomSentencesReader
from custom_components.wyoming_bridge.house import HOUSE
from custom_sentences import add_custom_sentences
from saying_engine import SayingEngine
from servers import StartServer


@pytest.fixture
async def conversation(hass: HomeAssistant) -> None:
    """Set up the default conversation agent."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})


async def test_custom_sentences_are_read_once_until_they_are_reloaded(
    hass: HomeAssistant, conversation: None
) -> None:
    reader = CustomSentencesReader(hass)
    await add_custom_sentences(hass, "good night")

    first = await reader.async_read("en")

    assert first.sentences == ("good night",)
    assert await reader.async_read("en") is first
    await add_custom_sentences(hass, "good morning")
    assert (await reader.async_read("en")).sentences == ("good morning",)


@pytest.mark.parametrize(
    ("settings", "sentences"),
    [
        ({}, ("good night",)),
        ({"commands_end_early": False}, ()),
    ],
)
async def test_custom_sentences_are_read_only_for_an_entity_that_uses_the_house(
    hass: HomeAssistant,
    conversation: None,
    start_server: StartServer,
    settings: dict[str, Any],
    sentences: tuple[str, ...],
) -> None:
    await add_custom_sentences(hass, "good night")
    server = await start_server(engine=SayingEngine("hello"))
    await set_up(hass, account(server, end_of_speech=settings))

    await transcribe(hass)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert hass.data[HOUSE].house().sentences == sentences
