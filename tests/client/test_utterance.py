"""The events that a client sends to a bridge, and the errors that it raises."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from wyoming.asr import Transcript
from wyoming.event import Event, async_read_event, async_write_event
from wyoming.ping import Pong

from wyoming_bridge import AudioFormat, BridgeError, Encoding, Result, transcribe
from wyoming_bridge.errors import ConnectionLostError, ErrorText
from wyoming_bridge.extensions.error import error_of

MONO = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=1)
TEN_MS = 320


async def test_short_chunks_are_sent_together_and_no_audio_is_lost() -> None:
    received: list[Event] = []

    async def serve_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (event := await async_read_event(reader)) and event.type != "audio-stop":
            received.append(event)
        await async_write_event(Transcript(text="the words").event(), writer)
        writer.close()

    async def microphone() -> AsyncIterator[bytes]:
        for number in range(12):
            yield bytes([number]) * TEN_MS

    server = await asyncio.start_server(serve_client, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    updates = transcribe(microphone(), source=MONO, host="127.0.0.1", port=port)
    results = [each async for each in updates if isinstance(each, Result)]
    server.close()
    await server.wait_closed()

    chunks = [event.payload for event in received if event.type == "audio-chunk"]
    assert [len(chunk) for chunk in chunks] == [5 * TEN_MS, 5 * TEN_MS, 2 * TEN_MS]
    assert b"".join(chunks) == b"".join(bytes([number]) * TEN_MS for number in range(12))
    assert results[0].text == "the words"


async def test_a_bridge_that_hangs_is_an_error_while_the_user_speaks() -> None:
    over = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (event := await async_read_event(reader)) and event.type != "ping":
            pass
        await async_write_event(Pong().event(), writer)
        await over.wait()  # from now on, the bridge neither reads nor sends
        writer.transport.abort()

    async def microphone() -> AsyncIterator[bytes]:
        yield bytes(TEN_MS)
        await over.wait()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    updates = transcribe(microphone(), source=MONO, host="127.0.0.1", port=port, silence_s=0.2)
    with pytest.raises(ConnectionLostError, match=r"sent nothing for 0\.2 s"):
        await anext(updates)
    over.set()
    server.close()
    await server.wait_closed()


def all_errors() -> list[type[BridgeError]]:
    found = [BridgeError]
    for each in found:
        found += each.__subclasses__()
    return found


@pytest.mark.parametrize("kind", all_errors())
def test_each_error_of_a_remote_bridge_is_raised_with_its_own_type(kind: type[BridgeError]) -> None:
    error = error_of({"code": kind.code, "text": "it said so"})

    assert error.code == kind.code
    assert error.message == "it said so"


@pytest.mark.parametrize("text", ErrorText)
def test_a_text_of_a_remote_bridge_arrives_with_its_values(text: ErrorText) -> None:
    values = {name: f"the {name}" for name in text.placeholders}
    sent = ConnectionLostError(text, provider=None, retry_after_s=None, **values)

    error = error_of(sent.to_data())

    assert type(error) is ConnectionLostError
    assert (error.text, error.placeholders, error.message) == (text, values, sent.message)


@pytest.mark.parametrize(
    "more",
    [
        {"text_key": "brand_new", "placeholders": {}},
        {"text_key": 7},
        {"text_key": "no_credit"},
        {"text_key": "no_credit", "placeholders": []},
        {"text_key": "no_credit", "placeholders": {"answer": 7}},
        {"placeholders": {"answer": "a"}},
    ],
)
def test_a_text_that_cannot_be_read_leaves_the_english_message(more: dict[str, object]) -> None:
    error = error_of({"code": "quota_exceeded", "text": "it said so", **more})

    assert (error.code, error.message, error.text) == ("quota_exceeded", "it said so", None)
