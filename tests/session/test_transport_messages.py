"""An open websocket: messages in both directions, and the close of each side."""

import asyncio

import pytest
from websockets.asyncio.server import ServerConnection

from patience import PATIENCE_S
from transports import RawServer, StartWebsocketServer, echo, open_at
from wyoming_bridge.session import TransportClosed
from wyoming_bridge.working import WORKING_PONG


async def test_messages_go_both_ways_as_text_and_binary(
    websocket_server: StartWebsocketServer,
) -> None:
    transport = await open_at(await websocket_server(echo))
    await transport.send("text")
    await transport.send(b"binary")
    assert [await transport.receive(), await transport.receive()] == ["text", b"binary"]
    await transport.close()
    await transport.close()
    with pytest.raises(TransportClosed):
        await transport.send("too late")


async def test_a_message_with_room_is_sent_without_waiting(
    websocket_server: StartWebsocketServer,
) -> None:
    transport = await open_at(await websocket_server(echo))
    assert transport.has_room
    transport.send_now("text")
    transport.send_now(b"binary")
    await transport.send("waited")
    received = [await transport.receive() for _ in range(3)]
    assert received == ["text", b"binary", "waited"]
    await transport.close()
    assert not transport.has_room


async def test_a_ping_follows_the_messages_and_its_answer_is_noted(
    websocket_server: StartWebsocketServer,
) -> None:
    transport = await open_at(await websocket_server(echo))
    assert transport.last_pong_at is None
    before = asyncio.get_running_loop().time()
    transport.send_now("text", b"binary", ping=True)
    assert [await transport.receive(), await transport.receive()] == ["text", b"binary"]
    await transport.ping()  # answered after the ping before it

    assert transport.last_pong_at is not None
    assert transport.last_pong_at >= before
    await transport.close()
    transport.ping_now()


async def test_a_pong_that_answers_no_ping_does_not_count(
    websocket_server: StartWebsocketServer,
) -> None:
    async def pong(connection: ServerConnection) -> None:
        await connection.pong(b"unasked")
        await connection.send("after it")

    transport = await open_at(await websocket_server(pong))
    assert await transport.receive() == "after it"
    assert (transport.last_pong_at, transport.last_working_at) == (None, None)
    await transport.close()


async def test_a_pong_that_says_that_the_service_works_is_noted(
    websocket_server: StartWebsocketServer,
) -> None:
    async def pong(connection: ServerConnection) -> None:
        await connection.pong(WORKING_PONG)
        await connection.send("after it")

    before = asyncio.get_running_loop().time()
    transport = await open_at(await websocket_server(pong))

    assert await transport.receive() == "after it"

    assert transport.last_pong_at is None
    assert transport.last_working_at is not None
    assert transport.last_working_at >= before


async def test_there_is_no_room_while_the_server_does_not_read(raw: RawServer) -> None:
    raw.answer_upgrade_only()
    raw.reading.clear()
    transport = await open_at(raw.url)
    for _ in range(100):
        if transport.has_room:
            transport.send_now(bytes(1 << 20))
    assert not transport.has_room
    await transport.close()


async def test_there_is_no_room_after_the_connection_broke(
    websocket_server: StartWebsocketServer,
) -> None:
    async def abort(connection: ServerConnection) -> None:
        connection.transport.abort()

    transport = await open_at(await websocket_server(abort))
    with pytest.raises(TransportClosed):
        await transport.receive()
    assert not transport.has_room
    await transport.close()


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1011, "broken"), (4001, "ours")])
async def test_a_close_has_the_code_and_the_reason_of_the_server(
    websocket_server: StartWebsocketServer, code: int, reason: str
) -> None:
    async def close(connection: ServerConnection) -> None:
        await connection.send("last words")
        await connection.close(code, reason)

    transport = await open_at(await websocket_server(close))
    assert await transport.receive() == "last words"
    with pytest.raises(TransportClosed) as raised:
        await transport.receive()
    assert (raised.value.code, raised.value.reason) == (code, reason)
    await transport.close()


async def test_a_connection_that_broke_has_no_code(websocket_server: StartWebsocketServer) -> None:
    async def abort(connection: ServerConnection) -> None:
        connection.transport.abort()

    transport = await open_at(await websocket_server(abort))
    with pytest.raises(TransportClosed) as raised:
        await transport.receive()
    assert raised.value.code is None
    await transport.close()


async def test_a_cancelled_receive_loses_no_message(
    websocket_server: StartWebsocketServer,
) -> None:
    transport = await open_at(await websocket_server(echo))
    waiting = asyncio.create_task(transport.receive())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    await transport.send("kept")
    assert await transport.receive() == "kept"
    await transport.close()


async def test_the_server_sees_a_normal_close(
    websocket_server: StartWebsocketServer,
) -> None:
    seen = asyncio.get_running_loop().create_future()

    async def until_closed(connection: ServerConnection) -> None:
        await connection.wait_closed()
        seen.set_result(connection.close_code)

    transport = await open_at(await websocket_server(until_closed))
    await transport.close()
    async with asyncio.timeout(PATIENCE_S):
        assert await seen == 1000


async def test_cancelling_an_unanswered_close_closes_the_connection(raw: RawServer) -> None:
    raw.answer_upgrade_only()
    transport = await open_at(raw.url)
    closing = asyncio.create_task(transport.close())
    async with asyncio.timeout(PATIENCE_S):
        await raw.got_data.wait()
        closing.cancel()
        await asyncio.wait([closing])
        await raw.left.wait()
    assert closing.cancelled()


async def test_closing_is_bounded_even_if_the_server_stops_reading(
    raw: RawServer,
) -> None:
    raw.answer_upgrade_only()
    raw.reading.clear()
    transport = await open_at(raw.url)
    sending = asyncio.create_task(transport.send(bytes(32 << 20)))
    await asyncio.sleep(0)
    sending.cancel()
    await asyncio.wait([sending])
    async with asyncio.timeout(PATIENCE_S):
        await transport.close()
    with pytest.raises(TransportClosed):
        await transport.receive()
