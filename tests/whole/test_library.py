"""The library as a caller uses it, with the same call for a profile and for a bridge."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from emulators import service
from offline import MONO, OFFLINE, SPEECH, WORDS, microphone
from wyoming_bridge import (
    Address,
    Backends,
    Config,
    ConnectError,
    Profile,
    Reson8Settings,
    Result,
    transcribe,
)
from wyoming_bridge.errors import ProtocolViolationError
from wyoming_bridge.testing import FakeConnector


async def broken_microphone() -> AsyncIterator[bytes]:
    yield SPEECH
    raise LookupError("unplugged")


async def test_a_profile_transcribes_in_process() -> None:
    async with Backends([OFFLINE]) as backends:
        updates = [u async for u in backends.transcribe(microphone(), source=MONO, profile=OFFLINE)]

    result = updates[-1]
    assert isinstance(result, Result)
    assert (result.text, result.profile) == (WORDS, "offline")


async def test_a_remote_bridge_gives_the_same_result(start_bridge) -> None:
    listen = Address(host="127.0.0.1", port=0)
    host, port = await start_bridge(Config(listen=listen, profiles=(OFFLINE,)))

    updates = [u async for u in transcribe(microphone(), source=MONO, host=host, port=port)]

    result = updates[-1]
    assert isinstance(result, Result)
    assert (result.text, result.profile, result.provider) == (WORDS, "offline", "local")
    assert " ".join(word.text for word in result.words) == WORDS
    assert result.timing.audio_ms == 1000


async def test_the_caller_gets_the_error_of_a_failing_microphone(start_bridge) -> None:
    listen = Address(host="127.0.0.1", port=0)
    host, port = await start_bridge(Config(listen=listen, profiles=(OFFLINE,)))

    with pytest.raises(LookupError, match="unplugged"):
        [u async for u in transcribe(broken_microphone(), source=MONO, host=host, port=port)]
    async with Backends([OFFLINE]) as backends:
        with pytest.raises(LookupError, match="unplugged"):
            [
                u
                async for u in backends.transcribe(
                    broken_microphone(), source=MONO, profile=OFFLINE
                )
            ]


async def test_backends_can_be_started_again() -> None:
    backends = Backends([OFFLINE])
    for _ in range(2):
        async with backends:
            updates = backends.transcribe(microphone(), source=MONO, profile=OFFLINE)
            *_, result = [update async for update in updates]
            assert result.text == WORDS


async def test_a_caller_can_pass_its_own_connector() -> None:
    remote = Profile(name="remote", backend=Reson8Settings(token="t"))
    connector = FakeConnector(service("reson8", tokens=frozenset({"t"})))

    async with Backends([remote], connector=connector) as backends:
        updates = backends.transcribe(microphone(), source=MONO, profile=remote)
        *_, result = [update async for update in updates]

    assert result.text == WORDS
    assert connector.requests[0].shown_url.startswith("wss://api.reson8.dev/")


async def test_a_missing_bridge_is_a_connect_error(free_port: int) -> None:
    with pytest.raises(ConnectError, match=f"no bridge answers at tcp://127.0.0.1:{free_port}"):
        [u async for u in transcribe(microphone(), source=MONO, host="127.0.0.1", port=free_port)]


@pytest.mark.parametrize(
    "answer",
    [b"[]\n", b'{"x": 1}\n', b'{"type": "transcript"}\n', b'{"type": "error", "data": {}}\n'],
)
async def test_a_server_that_is_not_wyoming_is_a_protocol_violation(answer: bytes) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await reader.read()  # until the client disconnects
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    with pytest.raises(ProtocolViolationError):
        [u async for u in transcribe(microphone(), source=MONO, host="127.0.0.1", port=port)]
    server.close()
    await server.wait_closed()
