"""The statements of Scriptix' documentation of realtime transcription about stream mode."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from encoded import encoded
from scriptix_pages import LISTENING, SPEECH
from serving import KEY
from wyoming_bridge.local.service import LocalServer

OVERVIEW = "Scriptix, Real-time Streaming API"
CONNECTION = "Scriptix, WebSocket Connection"


@pytest.fixture
async def clip() -> AsyncIterator[str]:
    """Return the address of a web server with two audio files, a playlist and a page."""

    async def serve(request: web.Request) -> web.Response:
        match request.path:
            case "/clip.mp3":
                return web.Response(body=encoded(SPEECH * 3, "mp3", "libmp3lame"))
            case "/list.m3u8":
                text = "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nclip.mp3\n#EXT-X-ENDLIST\n"
                return web.Response(text=text)
            case "/blob/signed.mp3" if request.query.get("sig") == "s+/=":
                return web.Response(body=encoded(SPEECH * 3, "mp3", "libmp3lame"))
            case "/blob/signed.mp3":
                return web.Response(status=403)
            case "/page":
                return web.Response(text="<html>" * 5000)
            case _:
                return web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{path:.*}", serve)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def stream(server: LocalServer, url: str, token: str = KEY) -> str:
    return f"{server.url}/v2/client/{token}?url={url}&language=en&type=fast"


@pytest.mark.promise(OVERVIEW, "Stream: Server fetches from URL (MP3/M3U8, Azure Blob)")
@pytest.mark.promise(CONNECTION, "The server fetches and processes audio from the stream URL.")
@pytest.mark.promise(CONNECTION, "Supported: Direct MP3/M3U8 file URLs, Azure Blob Storage URLs")
@pytest.mark.promise(OVERVIEW, "listening: Ready to receive audio (for stream mode)")
@pytest.mark.parametrize(
    "path", ["/clip.mp3", "/list.m3u8", "/blob/signed.mp3%3Fsig%3Ds%252B/%253D"]
)
async def test_a_stream_is_fetched_and_transcribed_to_its_end(
    dial, scriptix: LocalServer, clip: str, path: str
) -> None:
    async with dial(stream(scriptix, f"{clip}{path}")) as wire:
        first, *_, final, last = await wire.rest()

    assert (first, last) == (LISTENING, {"state": "stopped"})
    assert final["is_final"] is True
    assert final["text"]


@pytest.mark.promise(CONNECTION, "Missing Stream URL: Stream mode requires streamUrl parameter")
async def test_a_missing_stream_url_is_an_error(dial, scriptix: LocalServer) -> None:
    async with dial(f"{scriptix.url}/v2/client/{KEY}?language=en&type=fast") as wire:
        (said,) = await wire.rest()

    assert said == {"error": "Missing Stream URL: Stream mode requires streamUrl parameter"}


@pytest.mark.promise(CONNECTION, "Invalid Stream: Stream URL invalid, expired, or inaccessible")
@pytest.mark.promise(CONNECTION, "Unsupported Format: Stream format not supported by server")
@pytest.mark.promise(CONNECTION, "Authentication Required: Stream requires authentication")
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/nothing.mp3", "Invalid Stream: Stream URL invalid, expired, or inaccessible"),
        ("/page", "Unsupported Format: Stream format not supported by server"),
        ("/blob/signed.mp3", "Authentication Required: Stream requires authentication"),
    ],
)
async def test_a_problem_of_a_stream_is_an_error(
    dial, scriptix: LocalServer, clip: str, path: str, said: str
) -> None:
    async with dial(stream(scriptix, f"{clip}{path}")) as wire:
        messages = await wire.rest()

    assert messages[-1]["error"].startswith(said)


@pytest.mark.promise(CONNECTION, "stream mode: connect using /v2/client/{token}")
async def test_a_wrong_token_in_the_path_is_an_error(
    dial, scriptix: LocalServer, clip: str
) -> None:
    async with dial(stream(scriptix, f"{clip}/clip.mp3", token="wrong")) as wire:
        (said,) = await wire.rest()

    assert "token" in said["error"]
