"""A bridge behind a balancer that sends the PROXY header, on real sockets."""

import asyncio
import logging
import struct
from collections.abc import Awaitable, Callable

import pytest
from wyoming.event import async_read_event

from balancing import balancing
from patience import PATIENCE_S
from wyoming_bridge.access import Balancers
from wyoming_bridge.access.proxy_header import LOCAL_HEADER
from wyoming_bridge.app.bridge import BridgeApp
from wyoming_bridge.client import describe
from wyoming_bridge.config import Access, Address, Config, LocalBackend, Profile
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.local.engines.scripted import scripted_words

SPEECH = bytes([9, 3]) * 16000
WORDS = " ".join(scripted_words(SPEECH))
DESCRIBE = b'{"type": "describe"}\n'
LISTED = b"PROXY TCP4 192.0.2.7 192.0.2.1 51234 10300\r\n"
STRANGE = b"PROXY TCP4 198.51.100.9 192.0.2.1 51234 10300\r\n"
LISTED_V6 = b"\r\n\r\n\x00\r\nQUIT\n" + struct.pack(
    "!BBH16s16sHH5s", 0x21, 0x21, 41, bytes(15) + b"\x07", bytes(15) + b"\x01", 1, 2, b"\x20\0\2ab"
)

Start = Callable[..., Awaitable[tuple[str, int]]]


@pytest.fixture
def start(start_bridge) -> Start:
    async def start(
        access: Access | None = None, *, networks: tuple[str, ...] = ("127.0.0.1",)
    ) -> tuple[str, int]:
        offline = Profile(name="offline", backend=LocalBackend(engine="scripted"))
        return await start_bridge(
            Config(
                listen=Address(host="127.0.0.1", port=0),
                profiles=(offline,),
                access=access or Access(),
                balancers=Balancers(networks=networks),
            )
        )

    return start


async def answer(place: tuple[str, int], *sent: bytes) -> str | None:
    """Send bytes. Return the code or the type of the first answer; None if there is none."""
    reader, writer = await asyncio.open_connection(*place)
    try:
        for part in sent:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(PATIENCE_S):
            event = await async_read_event(reader)
    except ConnectionResetError:
        return None
    finally:
        writer.close()
    return str(event.data.get("code", event.type)) if event else None


async def test_a_client_behind_a_balancer_is_transcribed(start: Start, speak) -> None:
    async with balancing(await start(), LISTED_V6) as balancer:
        reply = await speak(balancer, SPEECH)

    assert reply.answer.data["text"] == WORDS


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (LISTED, "info"),
        (LISTED_V6, "info"),
        (STRANGE, "address_not_listed"),
        (b"PROXY UNKNOWN\r\n", "address_not_listed"),
        (LOCAL_HEADER, "info"),
    ],
    ids=["listed", "listed, version 2", "not listed", "unknown", "the balancer itself"],
)
async def test_the_allow_list_has_the_addresses_of_clients_and_not_of_the_balancer(
    header: bytes, expected: str, start: Start
) -> None:
    place = await start(Access(allow=("192.0.2.7", "::7")))

    assert await answer(place, header, DESCRIBE) == expected


async def test_a_header_may_arrive_in_parts_and_together_with_the_first_event(start: Start) -> None:
    place = await start()
    parts = [bytes([each]) for each in LISTED_V6]

    assert await answer(place, LISTED_V6 + DESCRIBE) == "info"
    assert await answer(place, *parts, DESCRIBE) == "info"


async def test_refused_clients_are_logged_with_their_own_address(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    place = await start(Access(allow=("192.0.2.7",)))
    await answer(place, STRANGE, DESCRIBE)

    assert "refused a client at 198.51.100.9" in caplog.text
    assert "127.0.0.1" not in caplog.text


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (DESCRIBE, "does not begin with a PROXY header"),
        (b"PROXY TCP4 house\r\n", "two addresses and two ports"),
        (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff", "at most 4096 bytes, got 65551"),
    ],
)
async def test_a_connection_without_a_valid_header_is_closed_with_one_line(
    sent: bytes, problem: str, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    place = await start()

    assert await answer(place, sent) is None
    (line,) = [each.message for each in caplog.records if "refused" in each.message]
    assert line.startswith("refused a connection from 127.0.0.1: ")
    assert problem in line


async def test_a_connection_that_ends_within_its_header_is_logged(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    place = await start()
    reader, writer = await asyncio.open_connection(*place)
    writer.write(LISTED[:20])
    writer.write_eof()
    async with asyncio.timeout(PATIENCE_S):
        assert await reader.read() == b""
    writer.close()

    assert "closed before the PROXY header was complete" in caplog.text


async def test_a_test_of_the_port_is_not_logged(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    place = await start()
    reader, writer = await asyncio.open_connection(*place)
    writer.write_eof()
    async with asyncio.timeout(PATIENCE_S):
        assert await reader.read() == b""
    writer.close()

    assert "refused" not in caplog.text


async def test_a_header_is_not_believed_unless_a_balancer_sends_it(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    place = await start(networks=("192.0.2.1",))

    assert await answer(place, LISTED, DESCRIBE) is None
    assert "no balancer in proxy_from has this address" in caplog.text


async def test_a_stopping_bridge_does_not_wait_for_headers() -> None:
    app = BridgeApp(
        Config(
            listen=Address(host="127.0.0.1", port=0),
            profiles=(Profile(name="p", backend=LocalBackend(engine="scripted")),),
            balancers=Balancers(),
        )
    )
    (uri, _), *_ = await app.start()
    before = asyncio.all_tasks()
    reader, writer = await asyncio.open_connection("127.0.0.1", Address.parse(uri, key="uri").port)
    writer.write(LISTED[:20])
    await app.drain()
    await app.stop()
    async with asyncio.timeout(PATIENCE_S):
        after = await reader.read()
    writer.close()

    assert after == b""
    assert asyncio.all_tasks() <= before


async def test_a_bridge_behind_a_balancer_answers_our_own_client_directly(start: Start) -> None:
    host, port = await start()
    info = await describe(host=host, port=port, is_behind_balancer=True)

    assert [each.name for each in info.profiles] == ["offline"]


async def test_a_bridge_behind_a_balancer_is_not_announced() -> None:
    app = BridgeApp(Config(balancers=Balancers(), zeroconf=True))

    with pytest.raises(ConfigError, match="zeroconf: cannot be combined with proxy_protocol"):
        await app.start()
