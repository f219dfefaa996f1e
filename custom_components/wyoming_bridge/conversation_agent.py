"""Asks Home Assistant's default conversation agent what it understands. Nothing is carried out.

The default agent knows the built-in sentences, the user's custom sentences and the sentence
triggers. Source, in Home Assistant 2026.11.0: ``components/conversation/default_agent.py``.
"""

from dataclasses import dataclass
from typing import Final
from weakref import ref

from hassil.intents import Intents
from homeassistant.components.conversation import ConversationInput
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.components.conversation.const import METADATA_CUSTOM_SENTENCE
from homeassistant.components.conversation.default_agent import DefaultAgent
from homeassistant.core import Context, HomeAssistant
from homeassistant.util.language import matches

from .bridge import own_skip_words, self_contained
from .const import DOMAIN, LOGGER

_MAX_CHARACTERS: Final = 60_000
"""The most characters of all custom sentences together. A remote bridge gets them with each
utterance, and a house of more than 160 KiB is not sent."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomSentences:
    """What a user has written in the folder ``custom_sentences`` for one language."""

    sentences: tuple[str, ...] = ()
    """Hassil templates. The rules and lists that they use are written into them."""
    skip_words: tuple[str, ...] = ()
    """The user's words that add nothing to a command, such as "please"."""
    problems: tuple[str, ...] = ()
    """Why sentences are left out, one text per sentence."""


class CustomSentencesReader:
    """Reads the user's custom sentences, once for each time that Home Assistant loads them.

    It takes about 50 ms to write the rules and lists into 500 sentences. That is too long to do it
    for each utterance.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._read: dict[str, tuple[ref[Intents], CustomSentences]] = {}
        """What was read, by language, with the object from which it was read.

        After the user has reloaded the sentences, Home Assistant has a new object.
        """

    async def async_read(self, language: str) -> CustomSentences:
        """Return the user's custom sentences in a language.

        They are in the folder ``custom_sentences`` and under ``conversation`` in the configuration.
        Home Assistant has parsed the files. A sentence that the house cannot use is left out.
        """
        agent = _agent(self._hass, language)
        try:
            loaded = await agent.async_get_or_load_intents(language) if agent else None
        except Exception:  # noqa: BLE001 - the house is useful without the custom sentences
            LOGGER.warning("The custom sentences cannot be read", exc_info=True)
            return CustomSentences()
        if loaded is None:
            return CustomSentences()
        intents = loaded.intents
        if language in self._read and self._read[language][0]() is intents:
            return self._read[language][1]
        found = await self._hass.async_add_executor_job(_self_contained, intents, language)
        self._read[language] = ref(intents), found
        return found


def _self_contained(intents: Intents, language: str) -> CustomSentences:
    found: list[str] = []
    problems: list[str] = []
    for intent in intents.intents.values():
        for block in intent.data:
            if not (block.metadata or {}).get(METADATA_CUSTOM_SENTENCE):
                continue
            rules = {**intents.expansion_rules, **block.expansion_rules}
            lists = {**intents.slot_lists, **block.slot_lists}
            for text in block.sentence_texts:
                try:
                    found.append(self_contained(text, rules=rules, lists=lists))
                except ValueError as error:
                    problems.append(str(error))
    while sum(map(len, found)) > _MAX_CHARACTERS:
        problems.append(f"{found.pop()!r}: all sentences together are too long")
    return CustomSentences(
        sentences=tuple(found),
        skip_words=own_skip_words(intents.skip_words, language=language),
        problems=tuple(problems),
    )


def _agent(hass: HomeAssistant, language: str) -> DefaultAgent | None:
    """Return the default agent; None if the agent does not support the language.

    For a language that it does not support, the agent would log a warning at each question.
    """
    agent = get_agent_manager(hass).default_agent
    return agent if agent and matches(language, agent.supported_languages) else None
