"""A client proves that it knows the access token, never sends it, and asks the bridge for proof."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from wyoming.event import Event, async_read_event, async_write_event

from offline import MONO, OFFLINE, WORDS, microphone
from patience import PATIENCE_S
from proving import OTHER_NONCE, bridge_proof
from wyoming_bridge import (
    Access,
    AccessError,
    Address,
    BridgeError,
    Config,
    ConnectError,
    NotListedError,
    Result,
    UnprovenError,
    describe,
    transcribe,
    verify,
)
from wyoming_bridge.client.connection import BridgeConnection
from wyoming_bridge.client.proof import prove
from wyoming_bridge.errors import ProtocolViolationError

TOKEN = "r1ght-t0k3n"
WRONG = "wr0ng-t0k3n"
ACCESS = "wyoming-bridge-access"
NONCE_OF_BRIDGE = {"version": 1, "nonce": OTHER_NONCE}
DENIED = {
    "text": "this bridge requires an access token, and none was sent",
    "code": "access_denied",
}

Place = tuple[str, int]


@pytest.fixture
async def guarded(start_bridge) -> Place:
    return await start_bridge(config(Access(token=TOKEN, trust_loopback=False)))


def config(access: Access) -> Config:
    return Config(listen=Address(host="127.0.0.1", port=0), profiles=(OFFLINE,), access=access)


async def transcribed(place: Place, token: str | None) -> Result:
    host, port = place
    updates = transcribe(microphone(), source=MONO, host=host, port=port, token=token)
    *_, result = [update async for update in updates]
    assert isinstance(result, Result)
    return result


@dataclass
class Stranger:
    """A server that does not know the token.

    It answers each ``wyoming-bridge-access`` with the next of ``answers``, and records all events.
    """

    answers: list[tuple[str, Mapping[str, object]]]
    port: int = 0
    received: list[Event] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)


StartStranger = Callable[..., Awaitable[Stranger]]


@pytest.fixture
async def start_stranger() -> AsyncIterator[StartStranger]:
    """Return a function that starts a server in place of a bridge."""
    servers: list[asyncio.Server] = []

    async def start(*answers: tuple[str, Mapping[str, object]]) -> Stranger:
        stranger = Stranger(answers=list(answers))

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                while event := await async_read_event(reader):
                    stranger.received.append(event)
                    stranger.raw += json.dumps(event.data).encode() + (event.payload or b"")
                    if event.type == ACCESS and stranger.answers:
                        kind, data = stranger.answers.pop(0)
                        await async_write_event(Event(type=kind, data=dict(data)), writer)
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        servers.append(server)
        stranger.port = server.sockets[0].getsockname()[1]
        return stranger

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


async def test_with_the_right_token_the_bridge_transcribes(guarded: Place) -> None:
    assert (await transcribed(guarded, TOKEN)).text == WORDS


@pytest.mark.parametrize(
    ("token", "message"), [(None, "none was sent"), (WRONG, "the access token is wrong")]
)
async def test_with_a_missing_or_wrong_token_the_error_says_which(
    token: str | None, message: str, guarded: Place
) -> None:
    with pytest.raises(AccessError, match=message):
        await transcribed(guarded, token)


async def test_a_listed_client_with_a_wrong_token_gets_an_error_too(start_bridge) -> None:
    place = await start_bridge(config(Access(token=TOKEN)))

    with pytest.raises(AccessError, match="the access token is wrong"):
        await transcribed(place, WRONG)
    assert (await transcribed(place, TOKEN)).text == WORDS
    assert (await transcribed(place, None)).text == WORDS


async def test_a_bridge_without_a_token_gets_no_audio_from_a_client_that_has_one(
    start_bridge,
) -> None:
    place = await start_bridge(config(Access()))

    with pytest.raises(UnprovenError, match="the bridge has no access token"):
        await transcribed(place, TOKEN)


async def test_a_bridge_with_an_allow_list_reports_that_the_address_is_not_listed(
    start_bridge,
) -> None:
    place = await start_bridge(config(Access(allow=("192.0.2.1",), trust_loopback=False)))

    with pytest.raises(NotListedError):
        await transcribed(place, TOKEN)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([("error", DENIED)], "is of an older version, which wants the access token in clear"),
        ([(ACCESS, {"version": 1, "token": False})], "the bridge has no access token"),
        ([(ACCESS, {})], "nonce of wyoming-bridge-access must be 64"),
        ([(ACCESS, NONCE_OF_BRIDGE), (ACCESS, {})], "proof of wyoming-bridge-access must be 64"),
        (
            [
                (ACCESS, NONCE_OF_BRIDGE),
                (ACCESS, {"proof": OTHER_NONCE, "host": "127.0.0.1", "port": 1}),
            ],
            "the bridge's proof that it knows the access token is wrong",
        ),
    ],
)
async def test_a_server_that_does_not_prove_the_token_gets_neither_token_nor_audio(
    answers: list[tuple[str, Mapping[str, object]]], message: str, start_stranger: StartStranger
) -> None:
    stranger = await start_stranger(*answers)

    with pytest.raises(UnprovenError, match=message) as caught:
        await transcribed(("127.0.0.1", stranger.port), TOKEN)

    assert {event.type for event in stranger.received} == {ACCESS}
    assert TOKEN.encode() not in stranger.raw
    assert TOKEN not in caught.value.with_advice


@pytest.mark.parametrize("kind", ["pong", "info", "transcript"])
async def test_a_server_that_ignores_the_nonce_gets_nothing_more(
    kind: str, start_stranger: StartStranger
) -> None:
    stranger = await start_stranger((kind, {"text": "turn off the alarm"}))
    reader, writer = await asyncio.open_connection("127.0.0.1", stranger.port)
    bridge = BridgeConnection(reader, writer, uri=f"tcp://127.0.0.1:{stranger.port}")

    with pytest.raises(UnprovenError, match="an older bridge, a bridge without a token, or"):
        await prove(bridge, TOKEN, nonce_timeout_s=0.1)
    await bridge.close()

    assert [event.type for event in stranger.received] == [ACCESS]
    assert sorted(stranger.received[0].data) == ["nonce", "version"]


@pytest.mark.parametrize("after", [0, 1])
async def test_an_error_of_the_bridge_is_raised(after: int, start_stranger: StartStranger) -> None:
    error = {"text": "max 256 concurrent clients reached", "code": "invalid_request"}
    stranger = await start_stranger(*[(ACCESS, NONCE_OF_BRIDGE)] * after, ("error", error))

    with pytest.raises(BridgeError, match="max 256 concurrent clients reached") as caught:
        await describe(host="127.0.0.1", port=stranger.port, token=TOKEN)

    assert caught.value.code == "invalid_request"


@pytest.mark.parametrize(
    ("answer", "kind", "match"),
    [
        (b"", ConnectError, "closed the connection without an answer"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", ProtocolViolationError, "is not a Wyoming server"),
    ],
)
async def test_a_server_that_is_not_a_bridge_is_an_error_that_says_so(
    answer: bytes, kind: type[BridgeError], match: str
) -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(leave, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(kind, match=match):
            await describe(host="127.0.0.1", port=port, token=TOKEN)


async def test_a_bridge_at_its_own_address_is_verified(guarded: Place) -> None:
    host, port = guarded

    known = (await describe(host=host, port=port, token=TOKEN)).id

    assert known
    await verify(host=host, port=port, token=TOKEN, bridge_id=known)
    with pytest.raises(AccessError, match="is wrong"):
        await verify(host=host, port=port, token=WRONG, bridge_id=known)


async def test_another_bridge_with_the_same_token_does_not_pass_for_the_bridge(
    guarded: Place,
) -> None:
    host, port = guarded

    with pytest.raises(UnprovenError, match="is not the expected one"):
        await verify(host=host, port=port, token=TOKEN, bridge_id="0" * 32)


async def test_a_relay_to_the_real_bridge_does_not_pass_for_the_bridge(
    guarded: Place,
) -> None:
    """The proof is valid, but it contains the address of the bridge, not that of the relay.

    ``verify`` compares the addresses, because any device on the network can announce a bridge.
    ``transcribe`` does not compare them, because the user has entered the address.
    """

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while block := await reader.read(4096):
                writer.write(block)
        writer.close()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_bridge = await asyncio.open_connection(*guarded)
        await asyncio.gather(copy(reader, to_bridge[1]), copy(to_bridge[0], writer))

    async with await asyncio.start_server(forward, "127.0.0.1", 0) as relay:
        place = ("127.0.0.1", relay.sockets[0].getsockname()[1])
        with pytest.raises(UnprovenError, match="forwards the connection to a bridge at another"):
            await verify(host=place[0], port=place[1], token=TOKEN, bridge_id="0" * 32)
        assert (await transcribed(place, TOKEN)).text == WORDS


async def test_a_relay_gets_no_access_by_the_proof_of_a_client_that_follows_an_announcement(
    guarded: Place,
) -> None:
    answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while block := await reader.read(4096):
            writer.write(block)

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_bridge, to_bridge = await asyncio.open_connection(*guarded)
        answering = asyncio.create_task(copy(from_bridge, writer))
        await copy(reader, to_bridge)  # until the client leaves
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)
        writer.close()
        to_bridge.write(b'{"type": "describe"}\n')
        answered.set_result(await from_bridge.readline())
        to_bridge.close()

    async with await asyncio.start_server(forward, "127.0.0.1", 0) as relay:
        port = relay.sockets[0].getsockname()[1]
        with pytest.raises(UnprovenError, match="forwards the connection to a bridge at another"):
            await verify(host="127.0.0.1", port=port, token=TOKEN, bridge_id="0" * 32)
        async with asyncio.timeout(PATIENCE_S):
            assert b'"error"' in await answered


async def test_a_relay_cannot_change_the_address_in_the_proof(
    start_stranger: StartStranger,
) -> None:
    stranger = await start_stranger((ACCESS, NONCE_OF_BRIDGE))
    proof = bridge_proof(TOKEN, "00" * 32, OTHER_NONCE, "127.0.0.2", 10300)
    stranger.answers.append((ACCESS, {"proof": proof, "host": "127.0.0.1", "port": stranger.port}))

    with pytest.raises(UnprovenError, match="is wrong"):
        await verify(host="127.0.0.1", port=stranger.port, token=TOKEN, bridge_id="0" * 32)


async def test_no_log_line_of_client_or_bridge_holds_the_token(
    guarded: Place, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with asyncio.timeout(PATIENCE_S):
            await transcribed(guarded, TOKEN)
            with pytest.raises(AccessError) as caught:
                await transcribed(guarded, WRONG)

    assert caplog.text
    assert TOKEN not in caplog.text
    assert WRONG not in caplog.text + caught.value.with_advice + repr(caught.value)
