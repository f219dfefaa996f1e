"""Clients that connect at once to a bridge on real sockets, and strangers that stay silent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Never

import pytest

from certificates import self_signed
from patience import PATIENCE_S
from proving import try_token
from wyoming_bridge.access import Access, Balancers
from wyoming_bridge.config import Address, Config, LocalBackend, Profile
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.server import Listener, Program, WyomingService
from wyoming_bridge.server.certificate import ServerCertificate
from wyoming_bridge.server.connection import Connection
from wyoming_bridge.server.places import Places

HERE = "127.0.0.1"
OFFLINE = Profile(name="p", backend=LocalBackend(engine="scripted"), endpointing=RECORDING)
TOKEN = Access(token="t0k3n", trust_loopback=False)
REQUEST = b'{"type": "wyoming-bridge-access", "data": {"version": 1, "nonce": "%s"}}\n' % (
    b"a" * 64
)

Start = Callable[..., Awaitable[tuple[str, int]]]


@pytest.fixture
def start(start_bridge) -> Start:
    async def start(access: Access | None = None) -> tuple[str, int]:
        return await start_bridge(
            Config(
                listen=Address(host=HERE, port=0), profiles=(OFFLINE,), access=access or Access()
            )
        )

    return start


@pytest.fixture
async def with_few_places() -> AsyncIterator[Callable[..., Awaitable[WyomingService]]]:
    """Return a function that starts a bridge with 64 places, where a stranger is soon old."""
    services: list[WyomingService] = []

    def not_expected(*_: object) -> Never:
        raise AssertionError("a stranger has no utterance")

    program = Program(
        name="p",
        description="",
        languages=("en",),
        endpointing=RECORDING,
        audio_timeout_s=PATIENCE_S,
        new_utterance=not_expected,
    )

    async def start(**settings: object) -> WyomingService:
        places: Places[Connection] = Places(clients=64, stranger_s=PATIENCE_S, old_stranger_s=0.1)
        listener = Listener(host=HERE, port=0, programs=(program,))
        services.append(WyomingService([listener], version="1", places=places, **settings))
        return services[-1]

    yield start
    for service in services:
        await service.stop()


@asynccontextmanager
async def crowd(
    count: int, place: tuple[str, int], *, say: bytes = b""
) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Keep connections open that send ``say`` and then nothing."""
    async with AsyncExitStack() as stack:
        readers = []
        for _ in range(count):
            reader, writer = await asyncio.open_connection(*place)
            stack.callback(writer.close)
            writer.write(say)
            readers.append(reader)
        yield readers


async def asked_at_once(
    count: int, place: tuple[str, int], wyoming_client, *, token: str | None = None
) -> list[str]:
    """Return the types of the answers to clients that connect at once, and ask 300 ms later.

    They ask what the bridge is. Many utterances at once would take longer than a stranger may take
    on a busy machine.
    """
    all_connected = asyncio.Barrier(count)

    async def ask() -> str:
        async with wyoming_client(*place) as client:
            await all_connected.wait()
            await asyncio.sleep(0.3)  # each client is slow to send its first event
            if token:
                await try_token(client, token)
            await client.write("describe")
            answer = await client.raw.read_event()
            return str(answer and answer.type)

    return await asyncio.gather(*(ask() for _ in range(count)))


@pytest.mark.parametrize("access", [Access(), TOKEN])
async def test_200_slow_clients_that_connect_at_once_are_all_answered(
    access: Access, start: Start, wyoming_client
) -> None:
    place = await start(access)

    assert await asked_at_once(200, place, wyoming_client, token=access.token) == ["info"] * 200


async def test_silent_strangers_leave_room_for_a_house_at_once(
    start: Start, wyoming_client
) -> None:
    place = await start()
    async with crowd(300, place):
        assert await asked_at_once(100, place, wyoming_client) == ["info"] * 100


@pytest.mark.parametrize("entrance", ["open", "token", "tls", "balancer"])
async def test_old_strangers_hold_a_small_share_of_the_places(
    entrance: str, with_few_places, tmp_path: Path
) -> None:
    settings, say = {
        "open": ({}, b'{"type": "descr'),
        "token": ({"access": TOKEN}, REQUEST),
        "tls": ({"certificate": ServerCertificate(*self_signed(tmp_path))}, b"\x16\x03\x01\x02"),
        "balancer": ({"balancers": Balancers(networks=(HERE,))}, b"PROXY "),
    }[entrance]
    service = await with_few_places(**settings)
    (bound,) = await service.start()

    async with crowd(40, (HERE, bound.port), say=say) as strangers, asyncio.timeout(PATIENCE_S):
        for reader in strangers[:32]:
            await reader.read()
        assert service.clients()["stranger"] == 8
        assert not any(reader.at_eof() for reader in strangers[32:])

    assert service.refusals()["silent"] == 32


async def test_an_old_stranger_is_told_why_it_lost_its_place(with_few_places) -> None:
    service = await with_few_places()
    (bound,) = await service.start()

    async with crowd(9, (HERE, bound.port)) as strangers, asyncio.timeout(PATIENCE_S):
        answer = await strangers[0].read()

    assert (
        b"no allowed event was received within 10 s (2 s while many clients are silent)" in answer
    )
