"""Audio from URLs: Scriptix' stream mode, and the library's own decoder."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from crafted import flac
from encoded import encoded
from patience import PATIENCE_S
from serving import Serve, serving_each
from wyoming_bridge.app.backends import Backends
from wyoming_bridge.config import LocalBackend, Profile
from wyoming_bridge.errors import (
    AuthenticationError,
    BridgeError,
    BudgetError,
    RequestError,
    ServiceRequestError,
)
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engines.pocketsphinx.engine import PocketsphinxEngine
from wyoming_bridge.local.engines.scripted import ScriptedEngine
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.providers.scriptix import ScriptixSettings
from wyoming_bridge.providers.scriptix.behaviour import ScriptixBehaviour
from wyoming_bridge.transcriber import Limits, Result, Revision

TOKEN = "a token/with ?everything"
SAS = "sv=2026&sig=very%2Fsecret"


class Web:
    """A web server with files, redirects and errors."""

    def __init__(self) -> None:
        self.url = ""
        self.files: dict[str, bytes] = {}
        self.queries: list[str] = []
        self.released = asyncio.Event()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.queries.append(request.rel_url.raw_query_string)
        match request.path:
            case "/forbidden" | "/failing":
                return web.Response(status=403 if request.path == "/forbidden" else 500)
            case "/page":
                return web.Response(text="<html>" + "hello " * 5000, content_type="text/html")
            case "/inside":
                return web.Response(status=302, headers={"Location": "http://10.0.0.1/x.mp3"})
            case "/silence":
                return await self._pour(request, encoded(bytes(960_000), "mp3", "libmp3lame"))
            case path if path in self.files:
                return web.Response(body=self.files[path])
            case _:
                return web.Response(status=404)

    async def _pour(self, request: web.Request, data: bytes) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(data)
        await self.released.wait()
        return response


@pytest.fixture
async def pages() -> AsyncIterator[Web]:
    pages = Web()
    app = web.Application()
    app.router.add_get("/{path:.*}", pages.serve)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    pages.url = f"http://{host}:{port}"
    yield pages
    pages.released.set()
    await runner.cleanup()


def streaming_server(
    *, engine: ScriptedEngine | PocketsphinxEngine | None = None, **behaviour: object
) -> LocalServer:
    behaviour = {"allow_private_addresses": True, "stream_pace": "fast", **behaviour}
    return LocalServer(
        engine=engine or ScriptedEngine(),
        tokens=frozenset({TOKEN.replace(" ", "")}),
        behaviour=Behaviour(**behaviour),
    )


@pytest.fixture
async def start() -> AsyncIterator[Serve]:
    async with serving_each(streaming_server) as start:
        yield start


def profile_of(server: LocalServer, **limits: float) -> Profile:
    settings = ScriptixSettings(url=f"{server.url}/scriptix", token=TOKEN.replace(" ", ""))
    return Profile(name="stream", backend=settings, limits=Limits(**limits))


async def follow(server: LocalServer, url: str) -> list[Revision | Result]:
    profile = profile_of(server)
    async with Backends([profile]) as backends, asyncio.timeout(PATIENCE_S):
        return [update async for update in backends.follow(url, profile=profile)]


async def test_the_service_fetches_and_transcribes_a_recording(
    start: Serve, pages: Web, sample
) -> None:
    pages.files["/clip.mp3"] = encoded(sample("something"), "mp3", "libmp3lame")
    server = await start(engine=PocketsphinxEngine())

    *revisions, result = await follow(server, f"{pages.url}/clip.mp3?{SAS}")

    assert isinstance(result, Result)
    assert result.text == "go somewhere and do something"
    assert result.complete
    assert len(revisions) > 3
    assert pages.queries == [SAS]


async def test_a_playlist_is_transcribed_from_start_to_end(
    start: Serve, pages: Web, sample
) -> None:
    pcm = sample("something")
    half = len(pcm) // 4 * 2
    pages.files["/1.aac"] = encoded(pcm[:half], "adts", "aac")
    pages.files["/2.aac"] = encoded(pcm[half:], "adts", "aac")
    pages.files["/list.m3u8"] = (
        b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.5,\n1.aac\n#EXTINF:1.5,\n2.aac\n"
        b"#EXT-X-ENDLIST\n"
    )
    server = await start(engine=PocketsphinxEngine())

    *_, result = await follow(server, f"{pages.url}/list.m3u8")

    assert "somewhere" in result.text
    assert "something" in result.text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/nothing", "Invalid Stream: Stream URL invalid, expired, or inaccessible"),
        ("/failing", "Invalid Stream: Stream URL invalid, expired, or inaccessible"),
        ("/forbidden", "Authentication Required: Stream requires authentication"),
        ("/page", "Unsupported Format: Stream format not supported by server"),
    ],
)
async def test_an_unavailable_stream_has_the_services_error_text(
    start: Serve, pages: Web, path: str, text: str
) -> None:
    server = await start()

    with pytest.raises(ServiceRequestError) as caught:
        await follow(server, f"{pages.url}{path}?{SAS}")

    assert text in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["ftp://example.com/x.mp3", "nonsense", "http://user:pw@h/x.mp3"])
async def test_an_invalid_url_is_an_invalid_stream(start: Serve, url: str) -> None:
    server = await start()

    with pytest.raises(ServiceRequestError, match="Invalid Stream: Stream URL invalid"):
        await follow(server, url)


@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.1:{port}/clip.mp3",
        "http://127.1:{port}/x",
        "http://0x7f000001:{port}/x",
        "http://[::ffff:127.0.0.1]:{port}/x",
        "http://localhost:{port}/x",
        "http://\uff11\uff12\uff17.0.0.1:{port}/x",
        "http://127\u30020\u30020\u30021:{port}/x",
    ],
)
async def test_the_server_requests_nothing_from_this_machine_unless_it_is_allowed(
    start: Serve, pages: Web, place: str
) -> None:
    server = await start(allow_private_addresses=False)

    with pytest.raises(ServiceRequestError, match="Invalid Stream"):
        await follow(server, place.format(port=pages.url.rpartition(":")[2]))

    assert pages.queries == []


async def test_a_stream_that_claims_20_hz_is_an_unsupported_format(
    start: Serve, pages: Web
) -> None:
    pages.files["/x.flac"] = flac(rate_hz=20, frames=4000)
    server = await start()

    with pytest.raises(ServiceRequestError, match="Unsupported Format"):
        await follow(server, f"{pages.url}/x.flac")


async def test_endless_silence_ends_the_stream_with_an_error(start: Serve, pages: Web) -> None:
    server = await start(services=(ScriptixBehaviour(stream_silence_s=5),))

    with pytest.raises(ServiceRequestError, match="Invalid Stream: no speech in 5 seconds"):
        await follow(server, f"{pages.url}/silence")


async def test_closing_the_generator_ends_the_stream(start: Serve, pages: Web) -> None:
    pages.files["/clip.mp3"] = encoded(bytes([5, 1]) * 160_000, "mp3", "libmp3lame")
    server = await start(stream_pace="realtime")
    profile = profile_of(server)

    async with Backends([profile]) as backends, asyncio.timeout(PATIENCE_S):
        updates = backends.follow(f"{pages.url}/clip.mp3", profile=profile)
        first = await anext(updates)
        await updates.aclose()

    assert isinstance(first, Revision)


async def test_a_wrong_token_is_an_error_before_any_fetch(start: Serve, pages: Web) -> None:
    server = await start()
    settings = ScriptixSettings(url=f"{server.url}/scriptix", token="wrong")
    profile = Profile(name="stream", backend=settings)

    async with Backends([profile]) as backends, asyncio.timeout(PATIENCE_S):
        with pytest.raises(BridgeError) as caught:
            [u async for u in backends.follow(f"{pages.url}/clip.mp3", profile=profile)]

    assert caught.value.code == "auth_failed"
    assert pages.queries == []


async def test_the_words_of_a_stream_count_towards_the_daily_limit_which_ends_it(
    start: Serve, pages: Web, tmp_path: Path
) -> None:
    pages.files["/clip.mp3"] = encoded(bytes([5, 1]) * 160_000, "mp3", "libmp3lame")  # 10 s
    server = await start()
    profile = replace(profile_of(server), max_seconds_per_day=15)

    async with Backends([profile], state=tmp_path) as backends, asyncio.timeout(PATIENCE_S):
        budget = backends.usage.budget("stream")
        (*_, result) = [u async for u in backends.follow(f"{pages.url}/clip.mp3", profile=profile)]
        first_s = budget.spent_s
        for _ in range(2):
            with pytest.raises(BudgetError, match="the limit is 15 s"):
                [u async for u in backends.follow(f"{pages.url}/clip.mp3", profile=profile)]

    assert isinstance(result, Result)
    assert first_s == pytest.approx(10, abs=0.5)
    assert 15 <= budget.spent_s <= 20.5
    assert len(pages.queries) == 2, "the third stream did not begin"


async def test_a_stream_does_not_begin_during_the_pause_after_a_wrong_token(
    start: Serve, pages: Web
) -> None:
    server = await start()
    settings = ScriptixSettings(url=f"{server.url}/scriptix", token="wrong")
    profile = Profile(name="stream", backend=settings)

    async with Backends([profile]) as backends, asyncio.timeout(PATIENCE_S):
        for text in ("is not valid$", "is tried again in"):
            with pytest.raises(AuthenticationError, match=text):
                [u async for u in backends.follow(f"{pages.url}/clip.mp3", profile=profile)]


async def test_follow_is_refused_for_a_service_that_cannot_fetch_urls() -> None:
    remote = Profile(name="r", backend=Reson8Settings(token="t"))
    local = Profile(name="l", backend=LocalBackend(engine="scripted", protocol="scriptix"))

    async with Backends([remote, local]) as backends:
        assert not backends.can_fetch(remote)
        assert backends.can_fetch(local)
        with pytest.raises(RequestError, match="cannot fetch audio from an address itself"):
            [u async for u in backends.follow("http://example.com/x.mp3", profile=remote)]
