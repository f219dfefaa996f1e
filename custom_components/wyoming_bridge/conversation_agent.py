"""Asks Home Assistant's default conversation agent what it understands. Nothing is carried out.

The default agent knows the built-in sentences, the user's custom sentences and the sentence
triggers. Source, in Home Assistant 2026.11.0: ``components/conversation/default_agent.py``.
"""

from typing import Final

from homeassistant.components.conversation import ConversationInput
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.components.conversation.const import METADATA_CUSTOM_SENTENCE
from homeassistant.components.conversation.default_agent import DefaultAgent
from homeassistant.core import Context, HomeAssistant
from homeassistant.util.language import matches

from .const import DOMAIN, LOGGER

_ASKING_DEVICE: Final = DOMAIN
"""The ID of a device that does not exist. The agent caches its answers by text and device.
``async_understands`` matches a text more strictly than the agent matches a command, so a command
must not get an answer that was cached for ``async_understands``."""


async def async_understands(text: str, *, hass: HomeAssistant, language: str) -> bool:
    """Return whether a text matches one of the default agent's sentences.

    A text does not match if it contains a name that the agent does not know, or the name of an
    entity that is not exposed to Assist.
    """
    agent = _agent(hass, language)
    if agent is None:
        return False
    question = ConversationInput(
        text=text,
        context=Context(),
        conversation_id=None,
        device_id=_ASKING_DEVICE,
        satellite_id=None,
        language=language,
        agent_id=agent.entity_id,
    )
    try:
        if await agent.async_recognize_sentence_trigger(question):
            return True
        found = await agent.async_recognize_intent(question, strict_intents_only=True)
    except Exception:  # noqa: BLE001 - an error of the agent must not fail the utterance
        LOGGER.warning("The conversation agent failed to match a text", exc_info=True)
        return False
    return found is not None and not found.unmatched_entities


async def async_custom_sentences(hass: HomeAssistant, language: str) -> tuple[str, ...]:
    """Return the user's custom sentences in a language, as hassil templates.

    They are in the folder ``custom_sentences`` and under ``conversation`` in the configuration.
    """
    agent = _agent(hass, language)
    try:
        loaded = await agent.async_get_or_load_intents(language) if agent else None
    except Exception:  # noqa: BLE001 - the house is useful without the custom sentences
        LOGGER.warning("The custom sentences cannot be read", exc_info=True)
        return ()
    if loaded is None:
        return ()
    return tuple(
        text
        for each in loaded.intents.intents.values()
        for block in each.data
        if (block.metadata or {}).get(METADATA_CUSTOM_SENTENCE)
        for text in block.sentence_texts
    )


def _agent(hass: HomeAssistant, language: str) -> DefaultAgent | None:
    """Return the default agent; None if the agent does not support the language.

    For a language that it does not support, the agent would log a warning at each question.
    """
    agent = get_agent_manager(hass).default_agent
    return agent if agent and matches(language, agent.supported_languages) else None
