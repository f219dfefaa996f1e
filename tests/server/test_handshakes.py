"""How many TLS handshakes are handled in one turn of the event loop, on real sockets."""

import asyncio
import itertools
import socket
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from certificates import self_signed
from patience import PATIENCE_S
from wyoming_bridge.server.acceptor import Acceptor
from wyoming_bridge.server.certificate import ServerCertificate
from wyoming_bridge.server.entrance import PreparingEntrance
from wyoming_bridge.server.handshakes import HandshakePacer
from wyoming_bridge.server.newcomer import Newcomer

CLIENTS = 12
HELLO_S = 0.002


class Turns:
    """Counts the turns of the event loop, and notes in which turns something happened."""

    def __init__(self) -> None:
        self.noted: Counter[int] = Counter()
        self._loop = asyncio.get_running_loop()
        self._turn = 0
        self._next = self._loop.call_soon(self._count)

    def _count(self) -> None:
        self._turn += 1
        self._next = self._loop.call_soon(self._count)

    def note(self) -> None:
        self.noted[self._turn] += 1

    def stop(self) -> None:
        self._next.cancel()

    async def pass_by(self, turns: int) -> None:
        until = self._turn + turns
        while self._turn < until:  # noqa: ASYNC110 - each sleep is one turn
            await asyncio.sleep(0)


class Hellos:
    """Notes the turn of each hello. By its clock, time passes only while hellos are handled."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.now = 0.0

    def handle(self, *_arguments: object) -> None:
        self.turns.note()
        self.now += HELLO_S


class Listener(Newcomer, asyncio.Protocol):
    """A client of the bridge. It notes each turn in which it receives something."""

    def __init__(self, note: Callable[[], None]) -> None:
        self._note = note

    def data_received(self, data: bytes) -> None:
        self._note()


@pytest.fixture
async def turns() -> AsyncIterator[Turns]:
    counting = Turns()
    yield counting
    counting.stop()


@pytest.fixture
def certificate(tmp_path: Path) -> ServerCertificate:
    return ServerCertificate(*self_signed(tmp_path))


@pytest.fixture
def trust(certificate: ServerCertificate) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=certificate.pem)


@asynccontextmanager
async def accepting(
    certificate: ServerCertificate,
    new_client: Callable[[], Newcomer],
    *,
    sockets: int = 1,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[list[tuple[str, int]]]:
    """Accept encrypted connections at several addresses with one entrance."""
    entrance = PreparingEntrance(
        balancers=None,
        certificate=certificate,
        refuse=lambda _host, _why: None,
        handshakes=HandshakePacer(clock=clock),
    )
    async with AsyncExitStack() as stack:
        addresses = []
        for _ in range(sockets):
            sock = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            sock.setblocking(False)
            addresses.append(sock.getsockname())
            acceptor = Acceptor(
                sock, new_client=new_client, wait_s=lambda: 0, per_turn=CLIENTS, entrance=entrance
            )
            stack.push_async_callback(acceptor.stop)
        yield addresses


def hello(trust: ssl.SSLContext) -> bytes:
    outgoing = ssl.MemoryBIO()
    client = trust.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="service.invalid")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize("sockets", [1, 2])
@pytest.mark.parametrize("sent_before", [0, 1, 100])
async def test_hellos_that_arrive_all_at_once_are_handled_in_many_turns(
    sockets: int,
    sent_before: int,
    turns: Turns,
    certificate: ServerCertificate,
    trust: ssl.SSLContext,
) -> None:
    hellos = Hellos(turns)
    certificate.context().sni_callback = hellos.handle
    whole = hello(trust)
    first, rest = whole[:sent_before], whole[sent_before:]
    pairs = []
    accepted = accepting(certificate, Newcomer, sockets=sockets, clock=lambda: hellos.now)
    async with accepted as addresses:
        for number in range(CLIENTS):
            pairs.append(await asyncio.open_connection(*addresses[number % sockets]))
            pairs[-1][1].write(first)
        await turns.pass_by(10 * CLIENTS)
        assert not turns.noted
        for _, writer in pairs:
            writer.write(rest)
        async with asyncio.timeout(PATIENCE_S):
            for reader, _ in pairs:
                assert await reader.read(1) == b"\x16"  # a record of the handshake
        for _, writer in pairs:
            writer.close()

    assert turns.noted.total() == CLIENTS
    assert max(turns.noted.values()) <= 2


async def test_after_the_handshake_a_client_is_read_at_once(
    turns: Turns, certificate: ServerCertificate, trust: ssl.SSLContext
) -> None:
    """With a clock that advances by 1 s at each call, the pacer allows one read per turn."""
    writers = []
    clock = itertools.count().__next__
    async with accepting(certificate, lambda: Listener(turns.note), clock=clock) as (address,):
        for _ in range(CLIENTS):
            _, writer = await asyncio.open_connection(
                *address, ssl=trust, server_hostname="service.invalid"
            )
            writers.append(writer)
        await turns.pass_by(10)
        for writer in writers:
            writer.write(b"audio")
        async with asyncio.timeout(PATIENCE_S):
            while turns.noted.total() < CLIENTS:  # noqa: ASYNC110 - each sleep is one turn
                await asyncio.sleep(0)
        for writer in writers:
            writer.close()
        await turns.pass_by(10)  # until the acceptor has closed its connections

    assert max(turns.noted.values()) > 1
