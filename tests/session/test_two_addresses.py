"""If the first address of a name does not answer, the second is used."""

import asyncio
import gc

import pytest
from websockets.asyncio.server import serve

from new_objects import only_new_objects
from ports import free_port
from proxying import FIRST, SECOND, TWO_ADDRESSES, black_hole, http_proxy, with_two_addresses
from transports import QUIET, RawServer, echo, open_at
from wyoming_bridge.errors import ConnectError
from wyoming_bridge.providers.contract import HttpRequest
from wyoming_bridge.session import WebsocketConnector


def request(url: str) -> HttpRequest:
    return HttpRequest(method="GET", url=url, shown_url=url)


@with_two_addresses
async def test_a_websocket_is_opened_at_the_address_that_answers() -> None:
    async with serve(echo, SECOND, 0, logger=QUIET) as server:
        port = server.sockets[0].getsockname()[1]
        with black_hole(FIRST, port):
            transport = await open_at(f"ws://{TWO_ADDRESSES}:{port}")
            await transport.send("hello")
            assert await transport.receive() == "hello"
            await transport.close()


@with_two_addresses
async def test_a_request_is_sent_to_the_address_that_answers() -> None:
    service = RawServer()
    service.answer_http("200 OK", body="ready")
    async with await asyncio.start_server(service.take, SECOND, 0) as server:
        port = server.sockets[0].getsockname()[1]
        with black_hole(FIRST, port):
            url = f"http://{TWO_ADDRESSES}:{port}/status"
            answer = await WebsocketConnector().ask(request(url), provider="test")

    assert answer.body == "ready"
    await service.stop()


@with_two_addresses
async def test_a_proxy_is_connected_to_at_the_address_that_answers() -> None:
    with pytest.MonkeyPatch.context() as environment:
        async with http_proxy() as proxy, serve(echo, SECOND, 0, logger=QUIET) as server:
            proxy.target = server.sockets[0].getsockname()[:2]
            environment.setenv("ALL_PROXY", f"http://{TWO_ADDRESSES}:{proxy.port}")
            with black_hole(FIRST, proxy.port):
                transport = await open_at("ws://service.invalid")
                await transport.close()

    assert proxy.asked == ["CONNECT service.invalid:80 HTTP/1.1"]


@with_two_addresses
async def test_two_addresses_that_refuse_are_reported_as_one_reason() -> None:
    port = free_port()
    with pytest.raises(ConnectError, match=f"{TWO_ADDRESSES}:{port} refuses connections$"):
        await open_at(f"ws://{TWO_ADDRESSES}:{port}")
    with pytest.raises(ConnectError, match=f"{TWO_ADDRESSES}:{port} refuses connections$"):
        await WebsocketConnector().ask(
            request(f"http://{TWO_ADDRESSES}:{port}/status"), provider="test"
        )


@with_two_addresses
async def test_no_socket_remains_whenever_connecting_is_cancelled() -> None:
    """If a socket remained, the garbage collector would cause a warning, which fails a test."""
    service = RawServer()
    url = f"{TWO_ADDRESSES}:{free_port()}"
    with only_new_objects():
        async with await asyncio.start_server(service.take, SECOND, int(url.rpartition(":")[2])):
            for steps in range(24):
                for connecting in (
                    asyncio.create_task(open_at(f"ws://{url}")),
                    asyncio.create_task(
                        WebsocketConnector().ask(request(f"http://{url}/status"), provider="test")
                    ),
                ):
                    for _ in range(steps):
                        await asyncio.sleep(0)
                    connecting.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await connecting
            gc.collect()
    await service.stop()
