"""Audio of any chunk size is sent in batches of 100 ms, and no byte is left at the end.

Home Assistant sends chunks of 10 ms, satellites of 64 ms, and some clients of 500 ms.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions import noise
from utterances import RACE, an_utterance, bounded, say, silence, the_transport, until
from wyoming_bridge.testing import FakeConnector, FakeTransport, ScriptedServer

MS = 32
"""The bytes of a millisecond of audio."""

AUDIO = noise(words=4)[: 768 * MS]


def sizes_ms(transport: FakeTransport) -> list[int]:
    return [len(message) // MS for message in transport.sent if isinstance(message, bytes)]


def audio_of(transport: FakeTransport) -> bytes:
    return b"".join(message for message in transport.sent if isinstance(message, bytes))


async def sent_in_chunks(connector: FakeConnector, sizes: list[int]) -> FakeTransport:
    """Feed audio in chunks of these sizes, and then the rest. Return the transport that got it."""
    async with an_utterance(connector) as utterance, bounded():
        place = 0
        for size in sizes:
            utterance.feed(AUDIO[place : place + size])
            place += size
        utterance.feed(AUDIO[place:])
        utterance.finish()
        await utterance.result()
    return connector.transports[0]


@pytest.mark.parametrize("chunk_ms", [10, 20, 30, 64, 100, 128, 500])
async def test_chunks_are_joined_and_split(chunk_ms: int, connector: FakeConnector) -> None:
    sizes = [chunk_ms * MS] * (768 // chunk_ms)

    transport = await sent_in_chunks(connector, sizes)

    assert sizes_ms(transport) == [100] * 7 + [68]


@given(st.lists(st.integers(1, 9000), max_size=12))
async def test_any_split_of_the_audio_arrives_as_the_same_bytes(sizes: list[int]) -> None:
    transport = await sent_in_chunks(FakeConnector(ScriptedServer.accept), sizes)

    assert audio_of(transport) == AUDIO


async def test_an_incomplete_batch_is_sent_before_a_final_is_requested(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector, endpointing=RACE) as utterance, bounded():
        utterance.feed(AUDIO[: 10 * MS])
        transport = await the_transport(connector)
        say(utterance, AUDIO[10 * MS : 760 * MS], silence(200))
        await until(lambda: len(audio_of(transport)) == 960 * MS)

    assert sizes_ms(transport) == [100] * 9 + [60]


async def test_a_batch_does_not_wait_for_the_next_chunk(connector: FakeConnector) -> None:
    async with an_utterance(connector) as utterance, bounded():
        for _ in range(10):
            utterance.feed(bytes(10 * MS))
        transport = await the_transport(connector)
        await until(lambda: sizes_ms(transport) == [100])
