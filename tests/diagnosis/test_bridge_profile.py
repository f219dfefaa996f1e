"""One profile of a remote bridge is tried with a second of synthetic voice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from wyoming.event import async_read_event, async_write_event
from wyoming.ping import Ping, Pong

from wyoming_bridge import Address, BridgeApp, Config, LocalBackend, Profile, try_profile
from wyoming_bridge.errors import ConnectError, FinalTimeoutError, RequestError


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    """Start a bridge with one profile, kitchen."""
    kitchen = Profile(name="kitchen", backend=LocalBackend(engine="scripted"))
    listen = Address(host="127.0.0.1", port=0)
    app = BridgeApp(Config(listen=listen, profiles=(kitchen,), state=tmp_path))
    ((uri, _),) = await app.start()
    yield int(uri.rsplit(":", 1)[1])
    await app.stop()


async def test_a_profile_that_transcribes_works(port: int) -> None:
    result = await try_profile("kitchen", host="127.0.0.1", port=port, language="en")

    assert result is not None
    assert (result.profile, result.failures) == ("kitchen", ())


@pytest.mark.parametrize(("name", "language"), [("attic", None), ("kitchen", "nl")])
async def test_a_bridge_without_the_profile_or_its_language_is_an_error(
    name: str, language: str | None, port: int
) -> None:
    with pytest.raises(RequestError):
        await try_profile(name, host="127.0.0.1", port=port, language=language)


async def test_a_bridge_that_has_no_result_in_time_is_an_error() -> None:
    async def only_pong(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while event := await async_read_event(reader):
            if Ping.is_type(event.type):
                await async_write_event(Pong().event(), writer)
        writer.close()

    server = await asyncio.start_server(only_pong, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(
        FinalTimeoutError, match=rf"127\.0\.0\.1:{port} did not answer within 0\.2 s"
    ):
        await try_profile("kitchen", host="127.0.0.1", port=port, timeout_s=0.2)
    server.close()
    await server.wait_closed()


async def test_a_bridge_that_does_not_run_is_an_error() -> None:
    with pytest.raises(ConnectError):
        await try_profile("kitchen", host="127.0.0.1", port=1)
