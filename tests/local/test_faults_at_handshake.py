"""Faults before the upgrade is answered, with a client of each service."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage

from callers import (
    DELAY_S,
    ERROR_TEXT,
    Service,
    another_works,
    fault_at,
    say_all,
    until_the_word,
)
from patience import PATIENCE_S
from wyoming_bridge.local.faults import Fault, FaultKind, FaultPoint
from wyoming_bridge.local.service import LocalServer

Upgrade = Callable[[Fault], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@pytest.fixture
async def upgrade(failing: LocalServer, service: Service) -> AsyncIterator[Upgrade]:
    """Return a function that sets a fault of the server, and requests an upgrade over TCP."""
    writers = []

    async def request_upgrade(fault: Fault) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        failing.fault = fault
        host, port = failing.url.removeprefix("ws://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writers.append(writer)
        writer.write(
            f"GET {service.path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        return reader, writer

    yield request_upgrade
    for writer in writers:
        writer.transport.abort()


async def all_of(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        return await reader.read()


@pytest.mark.parametrize(
    ("kind", "status"), [(FaultKind.REFUSE, b"503"), (FaultKind.ERROR, b"500")]
)
async def test_an_upgrade_is_refused_with_a_status(
    kind: FaultKind, status: bytes, upgrade: Upgrade, failing: LocalServer, service: Service
) -> None:
    reader, writer = await upgrade(fault_at(FaultPoint.HANDSHAKE, kind))
    head = await reader.readuntil(b"\r\n\r\n")
    writer.write_eof()
    body = await all_of(reader)

    assert head.startswith(b"HTTP/1.1 " + status)
    assert ERROR_TEXT.encode() in body
    assert await another_works(failing, service)


async def test_a_refused_upgrade_has_the_configured_code(upgrade: Upgrade) -> None:
    fault = Fault(kind=FaultKind.ERROR, at=FaultPoint.HANDSHAKE, code="QUOTA")
    reader, writer = await upgrade(fault)
    await reader.readuntil(b"\r\n\r\n")
    writer.write_eof()

    assert json.loads(await all_of(reader)) == {"code": "QUOTA", "message": ERROR_TEXT}


@pytest.mark.parametrize("kind", [FaultKind.CLOSE, FaultKind.HANG_UP])
async def test_a_close_fault_ends_the_connection_without_an_answer(
    kind: FaultKind, upgrade: Upgrade, failing: LocalServer, service: Service
) -> None:
    reader, _ = await upgrade(fault_at(FaultPoint.HANDSHAKE, kind))

    assert await all_of(reader) == b""
    assert await another_works(failing, service)


async def test_a_reset_fault_answers_an_upgrade_with_a_reset(
    upgrade: Upgrade, failing: LocalServer, service: Service
) -> None:
    reader, _ = await upgrade(fault_at(FaultPoint.HANDSHAKE, FaultKind.RESET))

    with pytest.raises(ConnectionResetError):
        await all_of(reader)
    assert await another_works(failing, service)


async def test_a_rubbish_fault_answers_an_upgrade_with_bytes_that_are_not_http(
    upgrade: Upgrade, failing: LocalServer, service: Service
) -> None:
    reader, _ = await upgrade(fault_at(FaultPoint.HANDSHAKE, FaultKind.RUBBISH, times=2))

    assert not (await all_of(reader)).startswith(b"HTTP")
    with pytest.raises(InvalidMessage):
        await connect(failing.url + service.path)
    assert await another_works(failing, service)


@pytest.mark.parametrize("kind", [FaultKind.HALF_OPEN, FaultKind.SILENT])
async def test_an_unanswered_upgrade_ends_when_the_client_disconnects(
    kind: FaultKind, upgrade: Upgrade, failing: LocalServer, service: Service
) -> None:
    reader, writer = await upgrade(fault_at(FaultPoint.HANDSHAKE, kind))
    assert await another_works(failing, service)
    assert not reader.at_eof()
    writer.write_eof()

    assert await all_of(reader) == b""  # the server has closed the connection


async def test_a_slow_fault_delays_the_upgrade_and_all_messages(
    failing: LocalServer, service: Service
) -> None:
    failing.fault = Fault(kind=FaultKind.SLOW, at=FaultPoint.HANDSHAKE, delay_s=DELAY_S)
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with connect(failing.url + service.path) as socket:
        opened = loop.time()
        await say_all(socket, service)
        await until_the_word(socket)

    assert opened - began >= DELAY_S
    assert loop.time() - opened >= DELAY_S


async def test_a_delayed_upgrade_ends_when_the_client_disconnects(
    upgrade: Upgrade, failing: LocalServer, service: Service
) -> None:
    fault = Fault(kind=FaultKind.SLOW, at=FaultPoint.HANDSHAKE, delay_s=600, times=1)
    reader, writer = await upgrade(fault)
    assert await another_works(failing, service)  # so the first request has used the fault
    writer.write_eof()

    assert await all_of(reader) == b""


@pytest.mark.parametrize(
    ("kind", "point"),
    [
        (FaultKind.HALF_OPEN, FaultPoint.HANDSHAKE),
        (FaultKind.SILENT, FaultPoint.HANDSHAKE),
        (FaultKind.HALF_OPEN, FaultPoint.OPEN),
    ],
)
async def test_a_server_that_stops_closes_connections_that_wait(
    kind: FaultKind, point: FaultPoint, upgrade: Upgrade, failing: LocalServer, service: Service
) -> None:
    before = asyncio.all_tasks()
    reader, _ = await upgrade(fault_at(point, kind))
    assert await another_works(failing, service)
    async with asyncio.timeout(PATIENCE_S / 2):
        await failing.stop()
    said = await all_of(reader)

    assert said == b"" or said.endswith(b"\r\n\r\n")  # no frame after the HTTP headers
    assert {task.get_name() for task in asyncio.all_tasks() - before} == set()
