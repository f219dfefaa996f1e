"""One request over HTTP, against servers on real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import pytest
from aiohttp import web

from patience import PATIENCE_S
from transports import serving_clients
from wyoming_bridge.errors import ConnectError, ConnectTimeoutError, ProtocolViolationError
from wyoming_bridge.providers.contract import HttpAnswer, HttpRequest
from wyoming_bridge.session import WebsocketConnector

SECRET = "a-secret-token"


class Service:
    """A service that gives the answer that a test sets, and records the requests."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, str, str | None]] = []
        self.bodies: list[str] = []
        self.answer = web.Response()
        self.answers = asyncio.Event()
        self.answers.set()

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append((request.method, request.path, request.headers.get("x-zoom-s2t-key")))
        self.bodies.append(await request.text())
        await self.answers.wait()
        return self.answer


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", service.handle)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    service.url = f"http://{host}:{port}"
    yield service
    service.answers.set()
    await runner.cleanup()


def request(url: str, method: str = "GET") -> HttpRequest:
    return HttpRequest(
        method=method,
        url=f"{url}/status?token={SECRET}",
        shown_url=f"{url}/status",
        headers={"x-zoom-s2t-key": SECRET},
    )


async def ask(url: str, *, method: str = "GET", limit_s: float = PATIENCE_S) -> HttpAnswer:
    connector = WebsocketConnector(open_timeout_s=limit_s)
    return await connector.ask(request(url, method), provider="scriptix")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_answer_has_status_headers_and_body(service: Service, method: str) -> None:
    service.answer = web.json_response({"status": "ready"}, headers={"x-more": "1"})

    answer = await ask(service.url, method=method)

    assert (answer.status, answer.body) == (200, '{"status": "ready"}')
    assert answer.headers["x-more"] == "1"
    assert service.asked == [(method, "/status", SECRET)]


async def test_headers_with_the_same_name_are_joined(service: Service) -> None:
    service.answer = web.Response(status=401)
    for challenge in ("Bearer", 'Basic realm="proxy"'):
        service.answer.headers.add("WWW-Authenticate", challenge)

    answer = await ask(service.url)

    assert answer.headers["www-authenticate"] == 'Bearer, Basic realm="proxy"'


@pytest.mark.parametrize("body", ["", '{"name": "Küche"}'])
async def test_the_body_of_a_request_is_sent(service: Service, body: str) -> None:
    connector = WebsocketConnector(open_timeout_s=PATIENCE_S)
    sent = replace(request(service.url, "POST"), body=body)

    answer = await connector.ask(sent, provider="openai")

    assert answer.status == 200
    assert service.bodies == [body]


@pytest.mark.parametrize("status", [401, 404, 503])
async def test_an_error_status_is_an_answer_too(service: Service, status: int) -> None:
    service.answer = web.Response(status=status, text="no")

    assert await ask(service.url) == HttpAnswer.received(
        status=status, headers=service.answer.headers.items(), body=b"no"
    )


async def test_a_redirect_is_not_followed_with_the_token(service: Service) -> None:
    service.answer = web.Response(status=302, headers={"Location": f"{service.url}/other"})

    answer = await ask(service.url)

    assert answer.status == 302
    assert [path for _, path, _ in service.asked] == ["/status"]


async def test_a_long_answer_is_cut(service: Service) -> None:
    service.answer = web.Response(text="x" * 1_000_000)

    assert len((await ask(service.url)).body) == 64 * 1024


async def test_the_error_of_a_closed_port_has_no_token(free_port: int) -> None:
    with pytest.raises(ConnectError, match=f"127.0.0.1:{free_port} refuses connections") as caught:
        await ask(f"http://127.0.0.1:{free_port}")

    assert SECRET not in str(caught.value)


async def test_a_service_that_never_answers_times_out(service: Service) -> None:
    service.answers.clear()

    with pytest.raises(ConnectTimeoutError, match=r"did not answer within 0\.2 s"):
        await ask(service.url, limit_s=0.2)


async def test_the_error_names_a_server_that_closes_without_an_answer() -> None:
    async with await asyncio.start_server(
        lambda _, writer: writer.close(), "127.0.0.1", 0
    ) as server:
        host, port = server.sockets[0].getsockname()
        with pytest.raises(ConnectError, match=f"{host}:{port} closed the connection$"):
            await ask(f"http://{host}:{port}")


async def test_an_answer_in_pieces_is_put_together(service: Service) -> None:
    service.answer = web.Response(text="x" * 5000)
    service.answer.enable_chunked_encoding()

    assert (await ask(service.url)).body == "x" * 5000


async def test_interim_responses_without_end_are_a_protocol_violation() -> None:
    async def hint(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        with suppress(OSError):
            while True:
                writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100)
                await writer.drain()
        writer.close()

    async with serving_clients(hint) as place:
        with pytest.raises(ProtocolViolationError, match="is not HTTP"):
            await ask(f"http://{place}")


async def test_an_answer_that_is_not_http_is_a_protocol_violation() -> None:
    async def mail_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    async with serving_clients(mail_server) as place:
        with pytest.raises(
            ProtocolViolationError, match=r"the answer of 127\.0\.0\.1:\d+ is not HTTP"
        ):
            await ask(f"http://{place}")


@pytest.mark.parametrize("body", ["", '{"name": "Büro"}', "x" * 300_000])
async def test_a_request_can_have_a_body(service: Service, body: str) -> None:
    sent = replace(request(service.url, "POST"), body=body)

    answer = await WebsocketConnector(open_timeout_s=PATIENCE_S).ask(sent, provider="scriptix")

    assert answer.status == 200
    assert service.bodies == [body]
    assert SECRET not in repr(replace(sent, body=SECRET))
