"""The statements of Scriptix' documentation of realtime transcription about starting a service."""

import aiohttp
import pytest

from scriptix_pages import LISTENING, microphone
from serving import KEY
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.scriptix.behaviour import ScriptixBehaviour

OVERVIEW = "Scriptix, Real-time Streaming API"
CONNECTION = "Scriptix, WebSocket Connection"
START = "Scriptix, Start a connection"


async def request(server: LocalServer, method: str, path: str) -> dict:
    url = f"{server.url.replace('ws:', 'http:')}{path}"
    async with (
        aiohttp.ClientSession(headers={"x-zoom-s2t-key": KEY}) as http,
        http.request(method, url) as answer,
    ):
        return dict(await answer.json())


@pytest.mark.promise(OVERVIEW, "Initialize Session: POST /api/v4/realtime/initialize")
async def test_a_running_service_is_ready_when_it_is_initialised(
    scriptix: LocalServer,
) -> None:
    body = await request(scriptix, "POST", "/api/v4/realtime/initialize")

    assert (body["status"], body["ready"]) == ("ready", True)
    assert body["endpoint"] == f"{scriptix.url}/v2/realtime"


@pytest.mark.promise(OVERVIEW, "Check Status: GET /api/v4/realtime/status")
async def test_a_scaled_down_service_starts_when_it_is_initialised(serve) -> None:
    server = await serve(services=(ScriptixBehaviour(start_s=600),))
    before = await request(server, "GET", "/api/v4/realtime/status")
    await request(server, "POST", "/api/v4/realtime/initialize")
    after = await request(server, "GET", "/api/v4/realtime/status")

    assert (before["status"], after["status"]) == ("scaled_down", "starting")


@pytest.mark.promise(CONNECTION, "/v2/realtime?token={token}&type={modelType}&language={language}")
@pytest.mark.promise(
    START, "Browsers cannot use custom headers, so the token parameter is required"
)
@pytest.mark.promise(START, "/v2/realtime?token=your-api-token&language=en&type=fast")
@pytest.mark.promise(CONNECTION, "After establishing the connection, send a start command")
@pytest.mark.promise(CONNECTION, 'Listening State: {"state": "listening"}')
@pytest.mark.parametrize("query", [{}, {"type": "quality"}, {"language": "nl"}])
async def test_the_address_for_microphones_listens_after_start(
    dial, scriptix: LocalServer, query: dict
) -> None:
    async with dial(microphone(scriptix, **query)) as wire:
        await wire.send(action="start")
        assert await wire.text() == '{"state":"listening"}'


@pytest.mark.promise(START, "type: Model type: fast (default) or quality; not required")
async def test_the_type_is_optional(dial, scriptix: LocalServer) -> None:
    async with dial(f"{scriptix.url}/v2/realtime?token={KEY}") as wire:
        await wire.send(action="start")
        assert await wire.next() == LISTENING


@pytest.mark.promise(START, "Server-side WebSocket clients can optionally use headers instead")
@pytest.mark.parametrize("name", ["x-zoom-s2t-key", "x-api-key", "api-key"])
async def test_each_header_may_contain_the_token(dial, scriptix: LocalServer, name: str) -> None:
    async with dial(f"{scriptix.url}/v2/realtime", additional_headers={name: KEY}) as wire:
        await wire.send(action="start")
        assert await wire.next() == LISTENING


@pytest.mark.promise(CONNECTION, "Missing Token: Configuration requires authentication token")
async def test_a_missing_token_is_an_error(dial, scriptix: LocalServer) -> None:
    async with dial(f"{scriptix.url}/v2/realtime?type=fast") as wire:
        (said,) = await wire.rest()

    assert said == {"error": "Missing Token: Configuration requires authentication token"}


@pytest.mark.promise(CONNECTION, "CORS Restrictions: Stream doesn't allow cross-origin requests")
async def test_a_web_page_that_is_not_allowed_gets_an_error(dial, serve) -> None:
    server = await serve(services=(ScriptixBehaviour(allowed_origins=("https://ours.example",)),))

    async with dial(microphone(server), origin="https://theirs.example") as wire:
        (said,) = await wire.rest()
    async with dial(microphone(server), origin="https://ours.example") as wire:
        await wire.send(action="start")
        assert await wire.next() == LISTENING

    assert said["error"].startswith("CORS Restrictions: ")


@pytest.mark.promise(CONNECTION, 'Loading State: {"state": "loading"}')
async def test_a_loading_model_is_reported_before_listening(dial, serve) -> None:
    server = await serve(services=(ScriptixBehaviour(loading_s=0.05),))

    async with dial(microphone(server)) as wire:
        await wire.send(action="start")
        assert [await wire.next(), await wire.next()] == [{"state": "loading"}, LISTENING]


@pytest.mark.promise(OVERVIEW, "15-second connection timeout")
@pytest.mark.promise(OVERVIEW, "Connection timeout is set to 15 seconds")
@pytest.mark.promise(CONNECTION, "it will be closed with a timeout error")
@pytest.mark.promise(CONNECTION, "Connection Timeout: Server unable to connect within 15 seconds")
async def test_a_connection_that_is_not_established_is_closed_with_a_timeout_error(
    dial, serve
) -> None:
    server = await serve(services=(ScriptixBehaviour(connect_timeout_s=0.1),))

    async with dial(microphone(server)) as wire:
        (said,) = await wire.rest()

    assert ScriptixBehaviour().connect_timeout_s == 15
    assert said == {"error": "Connection Timeout: Server unable to connect within 0.1 seconds"}
