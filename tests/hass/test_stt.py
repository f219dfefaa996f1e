"""The speech-to-text entity where all is well."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Self

import pytest
from homeassistant.components import stt
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import KINDS, account, engine, hear, set_up, spoken
from custom_components.wyoming_bridge import stt as our_stt
from listening import AttentiveEngine
from servers import Server, StartServer
from speaking import COMMAND, SOUND, WORDS, Microphone, silence, words_of

WHO_LISTENS_IN_VAIN = {"client": True, "race": False, "provider": False}


@dataclass(frozen=True)
class Partial:
    """As Home Assistant has it since 2026.11."""

    text: str
    speaker_id: str | None = None


@pytest.mark.parametrize("kind", KINDS)
async def test_each_service_transcribes_to_the_end_of_the_audio(
    kind: str, hass: HomeAssistant, accounts: Mapping[str, MockConfigEntry]
) -> None:
    await set_up(hass, accounts[kind])
    microphone = Microphone()

    result = await hear(hass, microphone.stream())

    assert result == stt.SpeechResult(WORDS, stt.SpeechResultState.SUCCESS)
    assert microphone.over


@pytest.mark.parametrize("kind", KINDS)
async def test_the_text_is_there_before_the_audio_has_ended(
    kind: str, hass: HomeAssistant, accounts: Mapping[str, MockConfigEntry]
) -> None:
    await set_up(hass, accounts[kind])
    microphone = Microphone(COMMAND, ends=False)

    result = await hear(hass, microphone.stream())

    assert result.text.split()[:5] == words_of(COMMAND).split()[:5]
    assert not microphone.over
    assert microphone.closed


@pytest.mark.parametrize("pcm", [b"", silence(1)])
async def test_who_says_nothing_has_said_nothing(
    pcm: bytes, hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server))

    result = await hear(hass, Microphone(pcm).stream())

    assert result == stt.SpeechResult("", stt.SpeechResultState.SUCCESS)


class ReplayBuffer:
    """Audio that nobody has to close."""

    def __init__(self) -> None:
        self._left = [SOUND]

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()


async def test_what_cannot_be_closed_is_heard_too(hass: HomeAssistant, server: Server) -> None:
    await set_up(hass, account(server))

    assert (await hear(hass, ReplayBuffer())).text == WORDS


async def test_three_may_speak_at_once(hass: HomeAssistant, server: Server) -> None:
    await set_up(hass, account(server))
    halves = [SOUND, SOUND[::-1], SOUND[16000:]]
    microphones = [Microphone(pcm, ends=False) for pcm in halves]
    runs = [asyncio.create_task(hear(hass, each.stream())) for each in microphones]
    await asyncio.gather(*(each.all_said.wait() for each in microphones))

    for each in microphones:
        each.end()
    results = await asyncio.gather(*runs)

    assert [result.text for result in results] == [words_of(pcm) for pcm in halves]


async def test_whoever_does_not_wait_for_the_text_leaves_nothing_behind(
    hass: HomeAssistant, start_server: StartServer
) -> None:
    ears = AttentiveEngine()
    await set_up(hass, account(await start_server(engine=ears)))
    microphone = Microphone(ends=False)
    run = hass.async_create_task(hear(hass, microphone.stream()))
    assert await ears.was_heard()

    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert microphone.closed
    assert not microphone.over
    assert await ears.was_left()


async def test_without_partial_results_only_the_whole_text_is_given(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server))

    updates = engine(hass).async_process_audio_stream_with_progress(spoken(), Microphone().stream())

    assert [each async for each in updates] == [
        stt.SpeechResult(WORDS, stt.SpeechResultState.SUCCESS)
    ]


async def test_partial_results_grow_to_the_whole_text(
    hass: HomeAssistant, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(our_stt, "_PARTIAL", Partial)
    await set_up(hass, account(server))

    updates = engine(hass).async_process_audio_stream_with_progress(spoken(), Microphone().stream())
    *partials, result = [each async for each in updates]

    assert result == stt.SpeechResult(WORDS, stt.SpeechResultState.SUCCESS)
    assert partials
    assert all(WORDS.startswith(each.text) for each in partials)


async def test_partial_results_end_with_the_one_who_reads_them(
    hass: HomeAssistant, start_server: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(our_stt, "_PARTIAL", Partial)
    ears = AttentiveEngine()
    await set_up(hass, account(await start_server(engine=ears)))
    microphone = Microphone(ends=False)

    updates = engine(hass).async_process_audio_stream_with_progress(spoken(), microphone.stream())
    async with aclosing(updates):
        first = await anext(updates)

    assert isinstance(first, Partial)
    assert microphone.closed
    assert await ears.was_left()


async def test_languages_are_there_with_and_without_regions(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server, "scriptix"))

    languages = engine(hass).supported_languages

    assert {"nl", "nl-NL", "nl-BE", "en", "en-GB", "de", "fr"} <= set(languages)
    assert "es" not in languages


async def test_a_language_with_a_region_is_spoken(hass: HomeAssistant, server: Server) -> None:
    await set_up(hass, account(server, "scriptix"))

    assert (await hear(hass, language="nl-NL")).text == WORDS


async def test_a_fixed_language_is_the_only_one(hass: HomeAssistant, server: Server) -> None:
    await set_up(hass, account(server, language="nl"))

    assert {language.split("-")[0] for language in engine(hass).supported_languages} == {"nl"}
    assert (await hear(hass, language="nl-BE")).text == WORDS


@pytest.mark.parametrize(("who", "external"), WHO_LISTENS_IN_VAIN.items())
async def test_home_assistant_listens_for_the_end_only_where_nobody_else_does(
    who: str, *, external: bool, hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server, "elevenlabs", end_of_speech={"source": who}))

    processing = engine(hass).audio_processing

    assert processing.requires_external_vad is external
    assert not processing.prefers_auto_gain_enabled
    assert not processing.prefers_noise_reduction_enabled


async def test_assist_finds_what_it_sends_among_what_is_taken(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server))

    assert engine(hass).check_metadata(spoken())
    assert engine(hass).check_metadata(spoken("de-AT"))
    assert not engine(hass).check_metadata(spoken("tlh"))
