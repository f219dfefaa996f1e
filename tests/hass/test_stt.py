"""The speech-to-text entity, without failures."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Self

import pytest
from homeassistant.components import stt
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from accounts import KINDS, account, bridge_account, engine, metadata, set_up, transcribe
from bridges import Bridge
from custom_components.wyoming_bridge import stt as our_stt
from microphones import COMMAND, SOUND, WORDS, Microphone, silence, words_of
from recording_engine import RecordingEngine
from servers import TOKEN, Server, StartServer, without_index
from wyoming_bridge.config import Profile
from wyoming_bridge.providers.reson8 import Reson8Settings

NEEDS_EXTERNAL_VAD = {"client": True, "race": False, "provider": False}


@dataclass(frozen=True)
class Partial:
    """Stands in for Home Assistant's ``PartialSpeechResult``, which is new in 2026.11."""

    text: str
    speaker_id: str | None = None


@pytest.mark.parametrize("kind", KINDS)
async def test_each_service_transcribes_all_audio(
    kind: str, hass: HomeAssistant, accounts: Mapping[str, MockConfigEntry]
) -> None:
    await set_up(hass, accounts[kind])
    microphone = Microphone()

    result = await transcribe(hass, microphone.stream())

    assert result == stt.SpeechResult(WORDS, stt.SpeechResultState.SUCCESS)
    assert microphone.exhausted


@pytest.mark.parametrize("kind", KINDS)
async def test_the_text_is_returned_before_the_audio_ends(
    kind: str, hass: HomeAssistant, accounts: Mapping[str, MockConfigEntry]
) -> None:
    await set_up(hass, accounts[kind])
    microphone = Microphone(COMMAND, ends=False)

    result = await transcribe(hass, microphone.stream())

    assert result.text.split()[:5] == words_of(COMMAND).split()[:5]
    assert not microphone.exhausted
    assert microphone.closed


@pytest.mark.parametrize("pcm", [b"", silence(1)])
async def test_silence_gives_an_empty_text(pcm: bytes, hass: HomeAssistant, server: Server) -> None:
    await set_up(hass, account(server))

    result = await transcribe(hass, Microphone(pcm).stream())

    assert result == stt.SpeechResult("", stt.SpeechResultState.SUCCESS)


class UnclosableStream:
    """A stream of audio without a method to close it."""

    def __init__(self) -> None:
        self._left = [SOUND]

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()


async def test_a_stream_that_cannot_be_closed_is_transcribed(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server))

    assert (await transcribe(hass, UnclosableStream())).text == WORDS


async def test_three_utterances_at_the_same_time(hass: HomeAssistant, server: Server) -> None:
    await set_up(hass, account(server))
    halves = [SOUND, SOUND[::-1], SOUND[16000:]]
    microphones = [Microphone(pcm, ends=False) for pcm in halves]
    runs = [asyncio.create_task(transcribe(hass, each.stream())) for each in microphones]
    await asyncio.gather(*(each.all_read.wait() for each in microphones))

    for each in microphones:
        each.end()
    results = await asyncio.gather(*runs)

    assert [result.text for result in results] == [words_of(pcm) for pcm in halves]


async def test_a_cancelled_utterance_closes_the_stream_and_the_session(
    hass: HomeAssistant, start_server: StartServer
) -> None:
    recorder = RecordingEngine()
    await set_up(hass, account(await start_server(engine=recorder)))
    microphone = Microphone(ends=False)
    run = hass.async_create_task(transcribe(hass, microphone.stream()))
    assert await recorder.was_heard()

    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert microphone.closed
    assert not microphone.exhausted
    assert await recorder.was_left()


async def test_without_support_for_partial_results_only_the_result_is_returned(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server))

    updates = engine(hass).async_process_audio_stream_with_progress(
        metadata(), Microphone().stream()
    )

    assert [each async for each in updates] == [
        stt.SpeechResult(WORDS, stt.SpeechResultState.SUCCESS)
    ]


async def test_partial_results_grow_to_the_result(
    hass: HomeAssistant, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(our_stt, "_PARTIAL", Partial)
    await set_up(hass, account(server))

    updates = engine(hass).async_process_audio_stream_with_progress(
        metadata(), Microphone().stream()
    )
    *partials, result = [each async for each in updates]

    assert result == stt.SpeechResult(WORDS, stt.SpeechResultState.SUCCESS)
    assert partials
    assert all(WORDS.startswith(each.text) for each in partials)


@pytest.mark.parametrize("kind", ["reson8", "bridge"])
async def test_partial_results_name_the_speaker_if_the_service_does(
    kind: str,
    *,
    hass: HomeAssistant,
    server: Server,
    bridge: Bridge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(our_stt, "_PARTIAL", Partial)
    settings = Reson8Settings(token=TOKEN, url=f"{server.url}/reson8", diarize=True)
    bridge.profiles["offline"] = Profile(name="offline", backend=settings)
    await bridge.restart()
    direct = account(server, "reson8", recognition={"diarize": True})
    await set_up(hass, direct if kind == "reson8" else bridge_account(bridge))

    updates = engine(hass).async_process_audio_stream_with_progress(
        metadata(), Microphone(COMMAND).stream()
    )
    *partials, result = [each async for each in updates]

    last = {each.speaker_id: each.text for each in partials}
    assert set(last) == {None, "0"}
    assert result.text.startswith(last["0"])
    assert last["0"]


async def test_closing_the_partial_results_closes_the_stream_and_the_session(
    hass: HomeAssistant, start_server: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(our_stt, "_PARTIAL", Partial)
    recorder = RecordingEngine()
    await set_up(hass, account(await start_server(engine=recorder)))
    microphone = Microphone(ends=False)

    updates = engine(hass).async_process_audio_stream_with_progress(metadata(), microphone.stream())
    async with aclosing(updates):
        first = await anext(updates)

    assert isinstance(first, Partial)
    assert microphone.closed
    assert await recorder.was_left()


async def test_languages_are_listed_with_and_without_regions(
    hass: HomeAssistant, server: Server, aioclient_mock: AiohttpClientMocker
) -> None:
    without_index(aioclient_mock, server)
    await set_up(hass, account(server, "scriptix"))

    languages = engine(hass).supported_languages

    assert {"nl", "nl-NL", "nl-BE", "en", "en-GB", "de", "fr"} <= set(languages)
    assert "es" not in languages


async def test_a_language_with_a_region_is_accepted(hass: HomeAssistant, server: Server) -> None:
    await set_up(hass, account(server, "scriptix"))

    assert (await transcribe(hass, language="nl-NL")).text == WORDS


@pytest.mark.parametrize("assistant", ["nl-BE", "es-419", "hy", "zh-Hant"])
async def test_an_entity_with_its_own_language_works_in_every_assistant(
    assistant: str, hass: HomeAssistant, server: Server
) -> None:
    # Scriptix supports Dutch, but not the other three languages of the assistants.
    await set_up(hass, account(server, "scriptix", language="nl"))

    assert engine(hass).check_metadata(metadata(assistant))
    assert (await transcribe(hass, language=assistant)).text == WORDS


@pytest.mark.parametrize(("source", "external"), NEEDS_EXTERNAL_VAD.items())
async def test_home_assistants_vad_is_needed_only_for_the_source_client(
    source: str, *, external: bool, hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server, "elevenlabs", end_of_speech={"source": source}))

    processing = engine(hass).audio_processing

    assert processing.requires_external_vad is external
    assert not processing.prefers_auto_gain_enabled
    assert not processing.prefers_noise_reduction_enabled


async def test_the_metadata_of_assist_is_accepted(
    hass: HomeAssistant, server: Server, aioclient_mock: AiohttpClientMocker
) -> None:
    without_index(aioclient_mock, server)
    await set_up(hass, account(server))

    assert engine(hass).check_metadata(metadata())
    assert engine(hass).check_metadata(metadata("de-AT"))
    assert not engine(hass).check_metadata(metadata("tlh"))
