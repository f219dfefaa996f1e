"""Clients that take too many places, or too much time or memory, of a bridge on real sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
from wyoming.event import Event

from patience import PATIENCE_S
from wyoming_bridge.access import Access
from wyoming_bridge.app.backends import Backends
from wyoming_bridge.config import LocalBackend, Profile
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.server import Listener, Program, WyomingService
from wyoming_bridge.server.connection import Connection
from wyoming_bridge.server.places import Places
from wyoming_bridge.server.wire import encode_event

SPEECH = bytes([9, 3]) * 16000
WORDS = " ".join(scripted_words(SPEECH))
PROFILE = Profile(name="p", backend=LocalBackend(engine="scripted"), endpointing=RECORDING)
CHUNK = {"rate": 16000, "width": 2, "channels": 1}


@pytest.fixture
def services() -> list[WyomingService]:
    """The bridges of the test, which ``crowded`` fills."""
    return []


@pytest.fixture
async def crowded(services: list[WyomingService]) -> AsyncIterator[Callable[..., object]]:
    """Return a function that starts a bridge with the places and time limits that a test needs."""
    async with Backends([PROFILE]) as backends:

        async def start(
            *,
            clients: int = 4,
            stranger_s: float = PATIENCE_S,
            idle_s: float = PATIENCE_S,
            audio_timeout_s: float = PATIENCE_S,
            late_s: float = PATIENCE_S,
            access: Access | None = None,
        ) -> tuple[str, int]:
            program = Program(
                name="p",
                description="",
                languages=("en",),
                endpointing=RECORDING,
                audio_timeout_s=audio_timeout_s,
                new_utterance=lambda source, options: backends.new_utterance(
                    PROFILE, source, options
                ),
            )
            places: Places[Connection] = Places(
                clients=clients,
                stranger_s=stranger_s,
                idle_s=idle_s,
                late_s=late_s,
            )
            service = WyomingService(
                [Listener(host="127.0.0.1", port=0, programs=(program,))],
                version="1",
                access=access,
                places=places,
            )
            (bound,) = await service.start()
            services.append(service)
            return "127.0.0.1", bound.port

        yield start
        for service in services:
            await service.stop()


def refused(services: list[WyomingService]) -> dict[str, int]:
    """Return the counts of refused clients that are not zero."""
    (service,) = services
    return {reason: count for reason, count in service.refusals().items() if count}


async def ended(reader: asyncio.StreamReader) -> bytes:
    """Return all bytes up to the end of a connection."""
    async with asyncio.timeout(PATIENCE_S):
        return await reader.read()


async def to_the_end(client) -> AsyncIterator[Event]:
    while event := await client.raw.read_event():
        yield event


async def test_a_crowd_of_strangers_keeps_no_client_out(crowded, wyoming_client) -> None:
    address = await crowded()
    crowd = [await asyncio.open_connection(*address) for _ in range(40)]

    async with wyoming_client(*address) as client:
        await client.say(SPEECH)
        answer = await client.answer()

    assert answer.data["text"] == WORDS
    assert await ended(crowd[0][0]) == b""
    for _, writer in crowd:
        writer.close()


async def test_an_utterance_keeps_its_place_in_a_flood_of_strangers(
    crowded, wyoming_client
) -> None:
    address = await crowded()
    async with wyoming_client(*address) as client:
        await client.say(SPEECH[:16000], stop=False)
        await client.write("ping")
        await client.read("pong")
        crowd = [await asyncio.open_connection(*address) for _ in range(40)]
        await client.chunk(SPEECH[16000:])
        await client.write("audio-stop")
        answer = await client.answer()
    for _, writer in crowd:
        writer.close()

    assert answer.data["text"] == WORDS


async def test_a_stranger_that_sends_nothing_gets_an_error_and_is_disconnected(
    crowded, services
) -> None:
    reader, writer = await asyncio.open_connection(*await crowded(stranger_s=0.05))
    writer.write(b'{"type": "audio-')

    received = await ended(reader)
    writer.close()

    assert b"no allowed event was received" in received
    assert refused(services) == {"silent": 1}


async def test_a_client_without_the_token_stays_a_stranger(
    crowded, services, wyoming_client
) -> None:
    access = Access(token="t0k3n", trust_loopback=False)
    address = await crowded(stranger_s=0.2, access=access)

    async with wyoming_client(*address) as client:
        await client.write("describe")
        events = [event async for event in to_the_end(client)]

    assert [event.type for event in events[:-1]] == ["error"] * (len(events) - 1)
    assert "no allowed event was received" in events[-1].data["text"]
    assert refused(services) == {"access": len(events) - 1, "silent": 1}


async def test_a_stranger_cannot_send_as_much_as_a_known_client(crowded, wyoming_client) -> None:
    address = await crowded()
    names = ["n" * 1000] * 100
    async with wyoming_client(*address) as client:
        await client.write("transcribe", transcript_names=names)
        refused = await client.answer()
    async with wyoming_client(*address) as client:
        await client.write("ping")
        await client.write("transcribe", transcript_names=names)
        await client.write("audio-stop")
        answer = await client.answer()

    assert "data_length must be a whole number from 0 to 65536" in refused.data["text"]
    assert answer.type == "transcript"


async def test_a_client_that_is_idle_for_too_long_is_disconnected(crowded, wyoming_client) -> None:
    async with wyoming_client(*await crowded(idle_s=0.2)) as client:
        await client.say(SPEECH)
        answer = await client.answer()
        end = await client.raw.read_event()

    assert answer.data["text"] == WORDS
    assert end is None


async def test_the_longest_idle_client_is_disconnected_for_a_new_one(
    crowded, services, wyoming_client
) -> None:
    address = await crowded(clients=2)
    async with wyoming_client(*address) as first, wyoming_client(*address) as second:
        for client in (first, second):
            await client.write("ping")
            await client.read("pong")
        async with wyoming_client(*address) as third:
            await third.say(SPEECH)
            answer = await third.answer()
            end = await first.raw.read_event()
        await second.write("ping")
        await second.read("pong")

    assert answer.data["text"] == WORDS
    assert end is None
    assert refused(services) == {"displaced": 1}


async def test_a_client_above_the_limit_gets_an_error(crowded, services, wyoming_client) -> None:
    address = await crowded(clients=2)
    async with wyoming_client(*address) as first, wyoming_client(*address) as second:
        for client in (first, second):
            await client.say(SPEECH, stop=False)
            await client.write("ping")
            await client.read("pong")
        async with wyoming_client(*address) as third:
            turned_away = await third.answer()
        await first.write("audio-stop")
        answer = await first.answer()

    assert "max 2 concurrent clients reached" in turned_away.data["text"]
    assert answer.data["text"] == WORDS
    assert refused(services) == {"full": 1}


@pytest.mark.parametrize("audio", [b"", bytes([9, 3]) * 16])
async def test_an_utterance_whose_audio_is_late_makes_room(
    audio: bytes, crowded, services, wyoming_client
) -> None:
    address = await crowded(clients=2, late_s=0.05)
    async with wyoming_client(*address) as first, wyoming_client(*address) as second:
        for client in (first, second):
            await client.write("audio-start", **CHUNK)
            await client.say(audio, stop=False)
            await client.write("ping")
            await client.read("pong")
        await asyncio.sleep(0.1)  # both are late now, however slow the machine is
        async with wyoming_client(*address) as third:
            await third.say(SPEECH)
            answer = await third.answer()
        turned_away = await first.answer()

    assert answer.data["text"] == WORDS
    assert "the bridge needs the connection for another client" in turned_away.data["text"]
    assert refused(services) == {"late": 1}


async def test_an_audio_start_without_audio_is_an_empty_transcript(crowded, wyoming_client) -> None:
    async with wyoming_client(*await crowded(audio_timeout_s=0.05)) as client:
        await client.write("audio-start", **CHUNK)
        answer = await client.answer()
        await client.write("audio-stop")
        await client.write("ping")
        following = await client.raw.read_event()

    assert (answer.type, answer.data["text"]) == ("transcript", "")
    assert following.type == "pong"


@pytest.mark.parametrize("start", [True, False])
async def test_empty_chunks_do_not_count_as_audio(start: bool, crowded, wyoming_client) -> None:  # noqa: FBT001 - a test parameter
    async with wyoming_client(*await crowded(audio_timeout_s=0.2)) as client:
        for _ in range(3 if start else 0):
            await client.write("audio-start", **CHUNK)
        for _ in range(3):
            await client.chunk(b"")
        answer = await client.answer()

    assert (answer.type, answer.data["text"]) == ("transcript", "")


async def test_a_half_closed_connection_is_answered_and_then_closed(
    crowded, wyoming_client
) -> None:
    async with wyoming_client(*await crowded()) as client:
        await client.say(SPEECH)
        await client.raw.write_event(Event(type="describe"))
        client.half_close()
        info = await client.read("info")
        answer = await client.answer()
        end = await client.raw.read_event()

    assert info.data["asr"]
    assert answer.data["text"] == WORDS
    assert end is None


async def test_both_utterances_of_a_half_closed_connection_are_answered(
    crowded, wyoming_client
) -> None:
    async with wyoming_client(*await crowded()) as client:
        await client.say(SPEECH)
        await client.say(SPEECH[:16000])
        client.half_close()
        answers = [(await client.answer()).data["text"] for _ in range(2)]
        end = await client.raw.read_event()

    assert answers == [WORDS, " ".join(scripted_words(SPEECH[:16000]))]
    assert end is None


async def test_a_client_that_stops_sending_during_speech_is_disconnected(
    crowded, wyoming_client
) -> None:
    async with wyoming_client(*await crowded()) as client:
        await client.say(SPEECH, stop=False)
        client.half_close()
        end = await client.raw.read_event()

    assert end is None


async def test_a_long_chunk_is_transcribed_whole(crowded, wyoming_client) -> None:
    recording = bytes([9, 3]) * 400_000
    async with wyoming_client(*await crowded()) as client:
        await client.write("audio-start", **CHUNK)
        await client.chunk(recording)
        await client.write("audio-stop")
        answer = await client.answer()

    assert answer.data["text"] == " ".join(scripted_words(recording))


async def test_a_client_that_floods_takes_turns_with_the_others(crowded, wyoming_client) -> None:
    address = await crowded()
    async with wyoming_client(*address) as flooding, wyoming_client(*address) as bystander:
        flooding.write_bytes(b'{"type": "x"}\n' * 4000 + b'{"type": "ping"}\n')
        await bystander.write("ping")
        await bystander.read("pong")
        await flooding.read("pong")


async def test_info_is_encoded_once(crowded, wyoming_client, monkeypatch) -> None:
    made: list[object] = []

    def watched(kind: str, data: Mapping[str, object]) -> bytes:
        made.append(kind)
        return encode_event(kind, data)

    monkeypatch.setattr("wyoming_bridge.server.service.encode_event", watched)
    address = await crowded()
    async with wyoming_client(*address) as client:
        for _ in range(20):
            await client.raw.write_event(Event(type="describe"))
        infos = [await client.read("info") for _ in range(20)]

    assert all(info.data == infos[0].data for info in infos)
    assert made == ["info"]
