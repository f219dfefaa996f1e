"""Recorded speech in real time, from the Wyoming library's client to the offline recogniser."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from wyoming.asr import Transcribe
from wyoming.client import AsyncTcpClient
from wyoming.info import Describe, Info

from patience import PATIENCE_S
from wyoming_bridge.config import Address, Config, LocalBackend, Profile
from wyoming_bridge.endpointing import RECORDING, Endpointing
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName
from wyoming_bridge.transcriber import Limits

pytestmark = pytest.mark.once

PROTOCOLS = tuple(name.value for name in ProviderName)
ANY_PORT = Address(host="127.0.0.1", port=0)


def profiles(engine: str) -> tuple[Profile, ...]:
    return tuple(
        Profile(
            name=protocol,
            backend=LocalBackend(engine=engine, protocol=protocol),
            limits=Limits(final_s=PATIENCE_S),
            # The detector finds no speech in the test audio for the scripted engine.
            endpointing=RECORDING if engine == "scripted" else Endpointing(),
        )
        for protocol in PROTOCOLS
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_the_first_words_arrive_before_the_end_of_the_audio(
    protocol: str, sample: Callable[[str], bytes], start_bridge, speak
) -> None:
    place = await start_bridge(Config(listen=ANY_PORT, profiles=profiles("pocketsphinx")))
    pcm = sample("something")

    received = await speak(
        place,
        pcm,
        transcribe=Transcribe(name=protocol, context={"wyoming_bridge": {"partials": True}}),
        realtime=True,
    )

    assert received.answer.data["text"] == "go somewhere and do something"
    details = received.answer.data["context"]["wyoming_bridge"]
    assert details["profile"] == protocol
    spoken = ["go", "somewhere", "and", "do", "something"]
    has_words = PROVIDERS[ProviderName(protocol)].capabilities.word_times
    assert [word["text"] for word in details["words"] if word["kind"] == "word"] == (
        spoken if has_words else []
    )
    partials = received.of_type("transcript-partial")
    early = [
        event.data["text"]
        for event, sent in zip(received.events, received.sent_bytes, strict=True)
        if event.type == "transcript-partial" and sent < len(pcm)
    ]
    assert any(text.startswith("go some") for text in early)  # the last word may be unfinished
    assert len(partials) >= len(early)
    assert "".join(e.data["text"] for e in received.of_type("transcript-chunk")) == (
        "go somewhere and do something"
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_moonshine_writes_while_the_speaker_speaks_and_knows_no_words_times(
    protocol: str, sample: Callable[[str], bytes], start_bridge, speak
) -> None:
    place = await start_bridge(Config(listen=ANY_PORT, profiles=profiles("moonshine")))
    pcm = sample("something")

    received = await speak(
        place,
        pcm,
        transcribe=Transcribe(name=protocol, context={"wyoming_bridge": {"partials": True}}),
        realtime=True,
    )

    assert received.answer.data["text"] == "Go somewhere and do something."
    assert received.answer.data["context"]["wyoming_bridge"].get("words", []) == []
    early = [
        event.data["text"]
        for event, sent in zip(received.events, received.sent_bytes, strict=True)
        if event.type == "transcript-partial" and sent < len(pcm)
    ]
    assert any(text.startswith("Go some") for text in early)


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_ten_simultaneous_utterances_do_not_mix(protocol: str, start_bridge, speak) -> None:
    place = await start_bridge(Config(listen=ANY_PORT, profiles=profiles("scripted")))
    voices = [bytes([voice, 1]) * 3200 * (5 + voice) for voice in range(10)]

    answers = await asyncio.gather(
        *(speak(place, pcm, transcribe=Transcribe(name=protocol)) for pcm in voices)
    )

    assert [received.answer.data["text"] for received in answers] == [
        " ".join(scripted_words(pcm)) for pcm in voices
    ]


async def test_several_utterances_on_one_connection_are_answered_in_turn(
    start_bridge, wyoming_client
) -> None:
    host, port = await start_bridge(Config(listen=ANY_PORT, profiles=profiles("scripted")))
    voices = [bytes([voice, 2]) * 16000 for voice in range(3)]

    async with wyoming_client(host, port) as client:
        for pcm in voices:  # all utterances are sent before the first answer
            await client.say(pcm)
        texts = [(await client.answer()).data["text"] for _ in voices]

    assert texts == [" ".join(scripted_words(pcm)) for pcm in voices]


async def test_describe_offers_each_profile_with_the_default_first(start_bridge) -> None:
    host, port = await start_bridge(Config(listen=ANY_PORT, profiles=profiles("scripted")))

    async with AsyncTcpClient(host, port, read_timeout=PATIENCE_S) as client:
        await client.write_event(Describe().event())
        event = await client.read_event()

    assert event is not None
    info = Info.from_event(event)
    assert [program.name for program in info.asr] == list(PROTOCOLS)
    assert all(program.installed and program.models[0].installed for program in info.asr)
    assert {"en", "en-US"} <= set(info.asr[0].models[0].languages)
    assert not info.asr[0].prefers_auto_gain_enabled
    assert not info.asr[0].prefers_noise_reduction_enabled


async def test_a_profile_with_its_own_address_answers_there(
    free_port: int, start_bridge, speak
) -> None:
    first, second, *others = profiles("scripted")
    place = Address(host="127.0.0.1", port=free_port)
    own = replace(second, listen=place)
    common = await start_bridge(Config(listen=ANY_PORT, profiles=(first, own, *others)))
    pcm = bytes([8, 1]) * 16000

    answers = [(await speak(at, pcm)).answer for at in (common, (place.host, place.port))]

    assert [a.data["text"] for a in answers] == [" ".join(scripted_words(pcm))] * 2
    heard_by = [answer.data["context"]["wyoming_bridge"]["profile"] for answer in answers]
    assert heard_by == [first.name, own.name]
