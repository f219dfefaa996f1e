"""``Acceptor``, which accepts the clients of a listening socket only while there are places."""

import asyncio
import errno
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from patience import PATIENCE_S
from virtual_time import in_virtual_time
from wyoming_bridge.server.acceptor import Acceptor, accepted_per_turn
from wyoming_bridge.server.newcomer import Newcomer


class Greeting(Newcomer, asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"hello")
        transport.close()


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        sock.setblocking(False)
        yield sock


async def test_clients_wait_in_the_queue_until_there_is_a_place(listening: socket.socket) -> None:
    is_full = threading.Event()
    is_full.set()
    asked = asyncio.Event()

    def wait_s() -> float:
        asked.set()
        return 0.001 if is_full.is_set() else 0

    made: list[Greeting] = []

    def new_client() -> Greeting:
        made.append(Greeting())
        return made[-1]

    reader, writer = await asyncio.open_connection(*listening.getsockname())
    acceptor = Acceptor(listening, new_client=new_client, wait_s=wait_s, per_turn=1)
    for _ in range(3):
        asked.clear()
        await asyncio.wait_for(asked.wait(), PATIENCE_S)
    assert made == []

    is_full.clear()
    assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b"hello"
    writer.close()
    await acceptor.stop()


async def test_the_wait_counts_the_client_that_was_just_accepted(listening: socket.socket) -> None:
    made: list[Greeting] = []
    waits: list[int] = []

    def new_client() -> Greeting:
        made.append(Greeting())
        return made[-1]

    def wait_s() -> float:
        waits.append(len(made))
        return 0

    pairs = [await asyncio.open_connection(*listening.getsockname()) for _ in range(3)]
    acceptor = Acceptor(listening, new_client=new_client, wait_s=wait_s, per_turn=16)
    for reader, writer in pairs:
        assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b"hello"
        writer.close()
    asked = list(waits)
    await acceptor.stop()

    assert asked == [0, 1, 2, 3]


async def test_no_more_clients_are_accepted_in_one_turn_than_allowed(
    listening: socket.socket,
) -> None:
    turns = 0
    accepted_in: list[int] = []
    loop = asyncio.get_running_loop()

    def count() -> None:
        nonlocal turns
        turns += 1
        loop.call_soon(count)

    def new_client() -> Greeting:
        accepted_in.append(turns)
        return Greeting()

    loop.call_soon(count)
    pairs = [await asyncio.open_connection(*listening.getsockname()) for _ in range(6)]
    acceptor = Acceptor(listening, new_client=new_client, wait_s=lambda: 0, per_turn=2)
    for reader, writer in pairs:
        await asyncio.wait_for(reader.read(), PATIENCE_S)
        writer.close()
    await acceptor.stop()

    assert max(accepted_in.count(turn) for turn in accepted_in) == 2
    assert len(set(accepted_in)) == 3


async def test_a_stopped_acceptor_has_accepted_the_clients_in_its_queue(
    listening: socket.socket,
) -> None:
    reader, writer = await asyncio.open_connection(*listening.getsockname())
    acceptor = Acceptor(listening, new_client=Greeting, wait_s=lambda: 0, per_turn=1)
    await acceptor.stop()  # before it could accept the client

    assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b"hello"
    writer.close()


async def test_a_stopped_acceptor_has_closed_its_socket(listening: socket.socket) -> None:
    address = listening.getsockname()
    acceptor = Acceptor(listening, new_client=Greeting, wait_s=lambda: 0, per_turn=1)
    await acceptor.stop()

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*address)


class StoppedAtAccept(socket.socket):
    """A listening socket that begins to stop its acceptor while a client is accepted."""

    acceptor: Acceptor
    is_empty: asyncio.Event
    stopping: asyncio.Task[None] | None = None

    def accept(self) -> tuple[socket.socket, object]:
        try:
            accepted = super().accept()
        except BlockingIOError:
            self.is_empty.set()
            raise
        self.stopping = asyncio.create_task(self.acceptor.stop())
        return accepted


async def test_a_client_accepted_in_the_turn_of_the_stop_gets_its_connection() -> None:
    with StoppedAtAccept() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        sock.setblocking(False)
        address = sock.getsockname()
        sock.is_empty = asyncio.Event()
        sock.acceptor = Acceptor(sock, new_client=Greeting, wait_s=lambda: 0, per_turn=1)
        async with asyncio.timeout(PATIENCE_S):
            await sock.is_empty.wait()  # the acceptor now waits for a client
            reader, writer = await asyncio.open_connection(*address)
            answer = await reader.read()
            assert sock.stopping is not None
            await sock.stopping
        writer.close()

    assert answer == b"hello"


class WithoutFiles(socket.socket):
    """A listening socket whose first two accepts fail: the process has too many open files."""

    errors = 2

    def accept(self) -> tuple[socket.socket, object]:
        if self.errors:
            self.errors -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


@in_virtual_time
async def test_with_too_many_open_files_the_acceptor_tries_again_each_second() -> None:
    loop = asyncio.get_running_loop()
    reported: list[tuple[float, object]] = []
    loop.set_exception_handler(
        lambda _, context: reported.append((loop.time(), context.get("exception")))
    )
    accepted = asyncio.Event()

    def new_client() -> Greeting:
        accepted.set()
        return Greeting()

    begin = loop.time()
    with ExitStack() as stack:
        sock = stack.enter_context(WithoutFiles())
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        sock.setblocking(False)
        client = stack.enter_context(socket.create_connection(sock.getsockname()))
        acceptor = Acceptor(sock, new_client=new_client, wait_s=lambda: 0, per_turn=1)
        async with asyncio.timeout(PATIENCE_S):
            await accepted.wait()
        await acceptor.stop()
        assert client.recv(9) == b"hello"

    assert [round(at - begin) for at, _ in reported] == [0, 1]
    assert all(isinstance(err, OSError) and err.errno == errno.EMFILE for _, err in reported)


@pytest.mark.parametrize(("strangers", "accepted"), [(1, 1), (8, 2), (63, 15), (128, 16)])
def test_no_more_clients_are_accepted_at_once_than_have_places_until_they_are_read(
    strangers: int, accepted: int
) -> None:
    assert accepted_per_turn(strangers=strangers, is_encrypted=False) == accepted


@pytest.mark.parametrize(("strangers", "accepted"), [(1, 1), (8, 2), (128, 2)])
def test_fewer_encrypted_clients_are_accepted_at_once_because_handshakes_take_time(
    strangers: int, accepted: int
) -> None:
    assert accepted_per_turn(strangers=strangers, is_encrypted=True) == accepted
