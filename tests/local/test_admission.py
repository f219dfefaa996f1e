"""Requests that the local server accepts or refuses, on every path, over real sockets."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from io import BytesIO

import aiohttp
import pytest
from websockets.asyncio.client import connect

from callers import ListeningEngine
from patience import PATIENCE_S
from serving import KEY, Serve, serving_each
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.service import LocalServer

SHARED = "/v1/speech-to-text/realtime"

OTHER_REQUESTS = [
    ("GET", "/"),
    ("GET", "/no/such/path"),
    ("OPTIONS", SHARED),
    ("GET", f"/elevenlabs{SHARED}?model_id=scribe_v2_realtime"),
    ("GET", "/v2/client/token?url=http://127.0.0.1/"),
]
FOREIGN = [
    {"Host": "rebound.example"},
    {"Origin": "https://page.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
]
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def new_server(*, tokens: frozenset[str] = frozenset(), **behaviour: object) -> LocalServer:
    return LocalServer(engine=ListeningEngine(), tokens=tokens, behaviour=Behaviour(**behaviour))


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    async with serving_each(new_server) as start:
        yield start


async def answer(
    server: LocalServer, method: str, path: str, headers: dict[str, str]
) -> tuple[int, object, str]:
    """Send a request; return the status, the body and the header ``Server`` of the answer."""
    url = server.url.replace("ws:", "http:") + path
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, url, headers=headers) as response,
    ):
        return response.status, await response.json(), response.headers.get("Server", "")


def service_paths(server: LocalServer) -> list[tuple[str, str]]:
    """Return a request for each path of the services, so that a new path cannot be forgotten."""
    return [(method, re.sub(r"\{\w+\}", "x", path)) for method, path in server.paths]


@pytest.mark.parametrize("foreign", FOREIGN, ids=str)
async def test_a_foreign_host_or_origin_is_refused_on_every_path(
    foreign: dict[str, str], serve: Serve
) -> None:
    server = await serve()
    routes = service_paths(server)
    assert {("GET", "/v1/realtime"), ("POST", "/v1/audio/transcriptions")} <= set(routes)
    for method, path in [*routes, *OTHER_REQUESTS]:
        for headers in (foreign, foreign | UPGRADE):
            status, body, _ = await answer(server, method, path, headers)

            assert (path, status) == (path, 403)
            assert "must be" in json.dumps(body)


async def test_a_whole_url_in_the_request_line_counts_as_the_host(serve: Serve) -> None:
    server = await serve()
    host = server.url.removeprefix("ws://")
    said = await raw(server, f"GET http://rebound.example/ HTTP/1.0\r\nHost: {host}\r\n\r\n")

    assert said.startswith("HTTP/1.0 403 ")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
async def test_a_page_of_the_server_itself_is_accepted(host: str, serve: Serve) -> None:
    server = await serve()
    own = f"{host}:{server.url.rpartition(':')[2]}"
    for headers in ({"Host": own}, {"Host": own, "Origin": f"http://{own}"}):
        status, body, _ = await answer(server, "GET", "/", headers)

        assert status == 200
        assert body["engine"] == "scripted"


async def test_a_configured_host_is_accepted(serve: Serve) -> None:
    server = await serve(hosts=("bridge.example",))
    headers = {"Host": "bridge.example", "Origin": "https://bridge.example"}
    status, _, _ = await answer(server, "GET", "/", headers)

    assert status == 200


@pytest.mark.parametrize("foreign", FOREIGN, ids=str)
async def test_with_tokens_any_host_and_origin_is_accepted(
    foreign: dict[str, str], serve: Serve
) -> None:
    server = await serve(tokens=frozenset({KEY}))
    headers = foreign | {"Authorization": f"ApiKey {KEY}"}
    status, _, _ = await answer(server, "GET", "/v1/custom-model", headers)

    assert status == 200


async def raw(server: LocalServer, request: str) -> str:
    """Send a request, and return all data until the connection ends."""
    host, _, port = server.url.removeprefix("ws://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request.encode())
    try:
        async with asyncio.timeout(PATIENCE_S):
            return (await reader.read()).decode()
    finally:
        writer.close()


HALF = {
    "nothing": "",
    "half a line": "GET /v1/cust",
    "half the headers": "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    "half an upgrade": f"GET {SHARED} HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-",
}


@pytest.mark.parametrize("half", HALF.values(), ids=HALF)
async def test_an_incomplete_request_ends_after_the_time_limit(half: str, serve: Serve) -> None:
    said = await raw(await serve(request_timeout_s=0.1), half)

    assert said.startswith("HTTP/1.1 408 ")


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/v1/auth/token", {"code": "REQUEST_TIMEOUT"}),
        (
            "/elevenlabs/v1/single-use-token/realtime_scribe",
            {"detail": {"status": "request_timeout"}},
        ),
        ("/api/v4/realtime/initialize", {}),
    ],
)
async def test_an_incomplete_body_ends_after_the_time_limit(
    path: str, form: dict[str, object], serve: Serve
) -> None:
    server = await serve(request_timeout_s=0.1)
    host = server.url.removeprefix("ws://")
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9\r\n\r\n"
    said = await raw(server, f"{head}half")
    body = json.loads(said.rpartition("\r\n\r\n")[2])

    assert said.startswith("HTTP/1.1 408 ")
    assert "must be complete within 0.1 s" in said
    assert set(form) <= set(body)


async def test_a_connection_that_sends_headers_slowly_ends(serve: Serve) -> None:
    server = await serve(request_timeout_s=0.1)
    host, _, port = server.url.removeprefix("ws://").rpartition(":")
    loop = asyncio.get_running_loop()
    # A stream of asyncio would lose the answer if a write failed before the answer was read.
    with socket.create_connection((host, int(port))) as client:
        client.setblocking(False)
        await loop.sock_sendall(client, b"GET / HTTP/1.1\r\n")

        async def trickle() -> None:
            with suppress(ConnectionError):
                while True:
                    await loop.sock_sendall(client, b"X-A: b\r\n")
                    await asyncio.sleep(0.01)

        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
            trickling = group.create_task(trickle())
            said = await loop.sock_recv(client, 1000)
            trickling.cancel()

    assert said.startswith(b"HTTP/1.1 408 ")


async def test_a_full_server_refuses_in_the_format_of_the_service(serve: Serve) -> None:
    server = await serve(max_connections=2)
    async with aiohttp.ClientSession() as http:
        sockets = [await http.ws_connect(f"{server.url}/reson8{SHARED}") for _ in range(2)]
        refused = [
            await answer(server, "GET", path, {})
            for path in (f"/reson8{SHARED}", f"/elevenlabs{SHARED}?model_id=m", "/realtime", "/")
        ]
        await sockets[0].close()
        async with asyncio.timeout(PATIENCE_S):
            while (await answer(server, "GET", "/", {}))[0] != 200:
                pass
        await sockets[1].close()

    text = "max 2 concurrent connections reached"
    assert [(status, body) for status, body, _ in refused] == [
        (503, {"code": "SERVICE_UNAVAILABLE", "message": text}),
        (503, {"detail": {"status": "service_unavailable", "message": text}}),
        (503, {"error": text}),
        (503, {"error": text}),
    ]


async def test_a_connection_without_a_request_makes_room_for_a_new_one(serve: Serve) -> None:
    server = await serve(max_connections=3)
    host, _, port = server.url.removeprefix("ws://").rpartition(":")
    idle = [await asyncio.open_connection(host, int(port)) for _ in range(3)]
    status, _, _ = await answer(server, "GET", "/", {})
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises((ConnectionError, EOFError)):
            await idle[0][0].readexactly(1)
    for _, writer in idle:
        writer.close()

    assert status == 200


async def test_no_answer_names_a_version(serve: Serve) -> None:
    server = await serve()
    requests = [*service_paths(server), *OTHER_REQUESTS]
    names = [(await answer(server, method, path, {}))[2] for method, path in requests]
    async with connect(f"{server.url}/reson8{SHARED}") as socket:
        assert socket.response is not None
        names.append(socket.response.headers["Server"])
    broken = await raw(server, "nonsense\r\n\r\n")

    assert set(names) == {"wyoming-bridge"}
    assert broken.startswith("HTTP/1.0 400 ")
    assert "Server: wyoming-bridge\r\n" in broken


@pytest.mark.parametrize(
    ("path", "headers", "body"),
    [
        ("/v1/speech-to-text/none", {"xi-api-key": "k"}, {"detail": ["status", "message"]}),
        ("/v1/none", {"Authorization": "ApiKey k"}, {"code": "NOT_FOUND"}),
        ("/elevenlabs/none", {}, {"detail": ["status", "message"]}),
        ("/reson8/none", {}, {"code": "NOT_FOUND"}),
        ("/scriptix/none", {}, {"error": ""}),
        ("/api/v4/none", {}, {"error": ""}),
        ("/none", {}, {"error": ""}),
    ],
)
async def test_an_unknown_path_has_the_form_of_its_service(
    path: str, headers: dict[str, str], body: dict[str, object], serve: Serve
) -> None:
    status, said, _ = await answer(await serve(), "GET", path, headers)

    assert status == 404
    assert isinstance(said, dict)
    assert set(body) <= set(said)
    assert path in json.dumps(said)


async def test_a_method_that_is_not_allowed_has_the_form_of_its_service(serve: Serve) -> None:
    server = await serve()
    status, body, _ = await answer(server, "DELETE", "/api/v4/realtime/status", {})

    assert status == 405
    assert body == {"error": "the method must be GET,HEAD, got DELETE"}


async def test_a_body_that_is_too_large_or_not_text_is_an_ordinary_error(serve: Serve) -> None:
    server = await serve()
    url = server.url.replace("ws:", "http:") + "/v1/auth/token"
    async with aiohttp.ClientSession() as http:
        async with http.post(url, data=b"\xff\xfe") as response:
            no_text = response.status
        async with http.post(url, data="a", headers={"Content-Type": "a/b; charset=x"}) as response:
            no_charset = response.status
        async with http.post(url, data=BytesIO(bytes(2 << 20))) as response:
            large = response.status, (await response.json())["code"]

    assert (no_text, no_charset) == (200, 200)
    assert large == (413, "PAYLOAD_TOO_LARGE")


async def test_a_path_with_control_characters_is_an_ordinary_error(serve: Serve) -> None:
    status, body, _ = await answer(await serve(), "GET", "/reson8/a%0d%0aX-Evil:%20b", {})

    assert status == 404
    assert body["code"] == "NOT_FOUND"


async def test_a_client_that_never_reads_is_disconnected(serve: Serve) -> None:
    server = await serve(max_connections=1, request_timeout_s=0.1)
    host, _, port = server.url.removeprefix("ws://").rpartition(":")
    _, writer = await asyncio.open_connection(host, int(port), limit=1)
    line = f"GET /no/path/{'x' * 4000} HTTP/1.1\r\nHost: {server.url.removeprefix('ws://')}\r\n\r\n"
    writer.write(line.encode() * 2000)
    async with asyncio.timeout(PATIENCE_S):
        while (await answer(server, "GET", "/", {}))[0] != 200:
            pass
    writer.transport.abort()
