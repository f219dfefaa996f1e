"""What Home Assistant's default conversation agent understands. Nothing is carried out.

The default agent is that of the built-in sentences, the user's custom sentences and the sentence
triggers. Sources, in Home Assistant 2026.11.0: ``components/conversation/default_agent.py``.
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
"""The ID of a device that does not exist. The agent keeps its answers by text and device. Our
question is stricter than a command, so a command must not get our answer."""


async def async_understands(text: str, *, hass: HomeAssistant, language: str) -> bool:
    """Return whether the default agent would carry out a text, by its sentences alone.

    A name that it does not know, or that is not exposed to Assist, does not count as understood.
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
    except Exception:  # noqa: BLE001 - a fault of the agent must not lose the repair of a transcript
        LOGGER.warning("The conversation agent cannot tell what it understands", exc_info=True)
        return False
    return found is not None and not found.unmatched_entities


async def async_custom_sentences(hass: HomeAssistant, language: str) -> tuple[str, ...]:
    """Return the user's custom sentences in a language, as hassil templates.

    They are in the folder ``custom_sentences`` and under ``conversation`` in the configuration.
    """
    agent = _agent(hass, language)
    try:
        loaded = await agent.async_get_or_load_intents(language) if agent else None
    except Exception:  # noqa: BLE001 - a broken file of custom sentences must not lose the house
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
    """Return the default agent if it knows a language; else it would log a warning each time."""
    agent = get_agent_manager(hass).default_agent
    return agent if agent and matches(language, agent.supported_languages) else None
