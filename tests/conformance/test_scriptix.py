"""Scriptix' realtime pages, sentence by sentence, against the local server."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from encoded import encoded
from wyoming_bridge.errors import BridgeError
from wyoming_bridge.events import Final, SessionEvent, StateChanged
from wyoming_bridge.local.engine import EngineResult
from wyoming_bridge.local.engines import ScriptedEngine, scripted_words
from wyoming_bridge.local.engines.scripted import ScriptedVoice
from wyoming_bridge.local.faults import Fault, FaultKind
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.registry import new_client
from wyoming_bridge.providers.scriptix import ScriptixSettings
from wyoming_bridge.providers.scriptix.behaviour import ScriptixBehaviour
from wyoming_bridge.session import RealtimeSession, WebsocketConnector

OVERVIEW = "Scriptix, Real-time Streaming API"
CONNECTION = "Scriptix, WebSocket Connection"
START = "Scriptix, Start a connection"
KEY = "the-right-key"
SPEECH = bytes([5, 1]) * 16000
WORDS = scripted_words(SPEECH)
LISTENING = {"state": "listening"}


@pytest.fixture
async def server(serve) -> AsyncIterator[LocalServer]:
    return await serve(allow_private_addresses=True, stream_pace="fast")


@pytest.fixture
async def clip() -> AsyncIterator[str]:
    """The address of a recording; what else is below it is not there."""

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


def microphone(server: LocalServer, **query: str) -> str:
    asked = {"token": KEY, "type": "fast", "language": "en"} | query
    return f"{server.url}/v2/realtime?" + "&".join(f"{n}={v}" for n, v in asked.items())


def stream(server: LocalServer, url: str, token: str = KEY) -> str:
    return f"{server.url}/v2/client/{token}?url={url}&language=en&type=fast"


async def request(server: LocalServer, method: str, path: str) -> dict:
    url = f"{server.url.replace('ws:', 'http:')}{path}"
    async with (
        aiohttp.ClientSession(headers={"x-zoom-s2t-key": KEY}) as http,
        http.request(method, url) as answer,
    ):
        return dict(await answer.json())


@pytest.mark.promise(OVERVIEW, "Initialize Session: POST /api/v4/realtime/initialize")
async def test_a_service_that_is_there_is_ready_when_it_is_initialised(
    server: LocalServer,
) -> None:
    body = await request(server, "POST", "/api/v4/realtime/initialize")

    assert (body["status"], body["ready"]) == ("ready", True)
    assert body["endpoint"] == f"{server.url}/v2/realtime"


@pytest.mark.promise(OVERVIEW, "Check Status: GET /api/v4/realtime/status")
async def test_a_service_that_is_down_says_so_and_starts_when_it_is_initialised(serve) -> None:
    server = await serve(scriptix=ScriptixBehaviour(start_s=600))
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
    dial, server: LocalServer, query: dict
) -> None:
    async with dial(microphone(server, **query)) as wire:
        await wire.send(action="start")
        assert await wire.text() == '{"state":"listening"}'


@pytest.mark.promise(START, "type: Model type: fast (default) or quality; not required")
async def test_the_type_need_not_be_said(dial, server: LocalServer) -> None:
    async with dial(f"{server.url}/v2/realtime?token={KEY}") as wire:
        await wire.send(action="start")
        assert await wire.next() == LISTENING


@pytest.mark.promise(START, "Server-side WebSocket clients can optionally use headers instead")
@pytest.mark.parametrize("name", ["x-zoom-s2t-key", "x-api-key", "api-key"])
async def test_each_header_may_carry_the_token(dial, server: LocalServer, name: str) -> None:
    async with dial(f"{server.url}/v2/realtime", additional_headers={name: KEY}) as wire:
        await wire.send(action="start")
        assert await wire.next() == LISTENING


@pytest.mark.promise(CONNECTION, 'Loading State: {"state": "loading"}')
async def test_a_model_that_loads_says_so_first(dial, serve) -> None:
    server = await serve(scriptix=ScriptixBehaviour(loading_s=0.05))

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
    server = await serve(scriptix=ScriptixBehaviour(connect_timeout_s=0.1))

    async with dial(microphone(server)) as wire:
        (said,) = await wire.rest()

    assert ScriptixBehaviour().connect_timeout_s == 15
    assert said == {"error": "Connection Timeout: Server unable to connect within 0.1 seconds"}


@pytest.mark.promise(CONNECTION, "Send raw audio data as binary directly through the WebSocket.")
@pytest.mark.promise(OVERVIEW, "Partial results may change as more audio is processed")
@pytest.mark.promise(
    OVERVIEW, "The WebSocket uses JSON messages for control and transcription results"
)
@pytest.mark.promise(START, "The first results sent after receiving audio data are partials.")
@pytest.mark.promise(START, "The text grows incrementally with each update")
@pytest.mark.promise(START, "is_final: Always false for partial results")
@pytest.mark.promise(START, "stability: Confidence score between 0 and 1")
async def test_partials_grow_and_say_how_stable_they_are(dial, server: LocalServer) -> None:
    async with dial(microphone(server)) as wire:
        await wire.send(action="start")
        await wire.until(state="listening")
        await wire.audio(SPEECH)
        partials = [await wire.next() for _ in WORDS]

    texts = [" ".join(WORDS[: number + 1]) for number in range(len(WORDS))]
    assert [each["text"] for each in partials] == texts
    assert all(each["is_final"] is False for each in partials)
    assert all(0 <= each["stability"] <= 1 for each in partials)
    assert all(isinstance(each["offset_ms"], int) for each in partials)


@pytest.mark.promise(START, "No results are sent during silence.")
async def test_silence_brings_no_results(dial, server: LocalServer) -> None:
    async with dial(microphone(server)) as wire:
        await wire.send(action="start")
        await wire.until(state="listening")
        await wire.audio(bytes(64_000))
        await wire.send(action="stop")
        assert await wire.rest() == [{"state": "stopped"}]

    assert wire.closed_with == 1000


@pytest.mark.promise(OVERVIEW, "Final results are confirmed and won't change")
@pytest.mark.promise(OVERVIEW, "Words in final results include timing information and confidence")
@pytest.mark.promise(CONNECTION, "Words array format: [word, start_ms, end_ms, confidence]")
@pytest.mark.promise(START, "is_final: Always true for final results")
@pytest.mark.promise(CONNECTION, "1000 Normal closure")
async def test_a_final_has_words_with_times_and_confidence(dial, server: LocalServer) -> None:
    async with dial(microphone(server)) as wire:
        await wire.send(action="start")
        await wire.until(state="listening")
        await wire.audio(SPEECH)
        await wire.send(action="stop")
        *_, final, stopped = await wire.rest()

    assert (final["text"], final["is_final"]) == (" ".join(WORDS), True)
    assert final["words"][:2] == [[f" {WORDS[0]}", 0, 200, 1.0], [f" {WORDS[1]}", 200, 400, 1.0]]
    assert stopped == {"state": "stopped"}
    assert wire.closed_with == 1000


class AttentiveEngine(ScriptedEngine):
    """Knows who speaks."""

    async def open(self, *, bias_terms: Sequence[str] = ()) -> "AttentiveVoice":
        return AttentiveVoice(await super().open(bias_terms=bias_terms))


class AttentiveVoice:
    def __init__(self, voice: ScriptedVoice) -> None:
        self._voice = voice
        self.feed, self.flush, self.close = voice.feed, voice.flush, voice.close

    async def results(self) -> AsyncIterator[EngineResult]:
        async for result in self._voice.results():
            known = isinstance(result, Final)
            yield replace(result, speaker="Speaker 1") if known else result


@pytest.mark.promise(OVERVIEW, "Speaker information is optional and only included when available")
@pytest.mark.parametrize(
    ("engine", "speaker"), [(ScriptedEngine, None), (AttentiveEngine, "Speaker 1")]
)
async def test_a_speaker_is_named_when_the_engine_knows_one(
    dial, engine: type[ScriptedEngine], speaker: str | None
) -> None:
    server = LocalServer(engine=engine())
    await server.start()
    async with dial(f"{server.url}/v2/realtime") as wire:
        await wire.send(action="start")
        await wire.until(state="listening")
        await wire.audio(SPEECH)
        await wire.send(action="stop")
        final = await wire.until(is_final=True)
    await server.stop()

    assert final.get("speaker") == speaker
    assert ("speaker" in final) is (speaker is not None)


@pytest.mark.promise(START, "Finals are emitted after approximately 15 words")
@pytest.mark.promise(START, "offset_ms: Position in audio stream; new segment starts")
async def test_a_final_comes_after_about_15_words_and_a_new_segment_starts(
    dial, server: LocalServer
) -> None:
    async with dial(microphone(server)) as wire:
        await wire.send(action="start")
        await wire.until(state="listening")
        messages = []
        for _ in range(5 * len(WORDS)):
            await wire.audio(SPEECH[:6400])  # a word, then what it is heard as
            messages.append(await wire.next())
    finals = [each for each in messages if each["is_final"]]
    final = finals[0]
    following = messages[messages.index(final) + 1]

    assert 15 <= len(final["text"].split()) <= 17
    assert final["offset_ms"] == 0
    assert following["offset_ms"] > 2500
    assert len(following["text"].split()) < 5


@pytest.mark.promise(START, "or after 30 seconds of accumulated audio")
async def test_a_final_comes_after_30_seconds(dial, server: LocalServer) -> None:
    async with dial(microphone(server)) as wire:
        await wire.send(action="start")
        await wire.until(state="listening")
        await wire.audio(SPEECH[:6400] + bytes(32 * 30_000))
        final = await wire.until(is_final=True)

    assert final["text"] == WORDS[0]


@pytest.mark.promise(CONNECTION, "Missing Token: Configuration requires authentication token")
async def test_a_missing_token_is_said(dial, server: LocalServer) -> None:
    async with dial(f"{server.url}/v2/realtime?type=fast") as wire:
        (said,) = await wire.rest()

    assert said == {"error": "Missing Token: Configuration requires authentication token"}


@pytest.mark.promise(CONNECTION, "Missing Stream URL: Stream mode requires streamUrl parameter")
async def test_a_missing_stream_url_is_said(dial, server: LocalServer) -> None:
    async with dial(f"{server.url}/v2/client/{KEY}?language=en&type=fast") as wire:
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
async def test_what_is_wrong_with_a_stream_is_said(
    dial, server: LocalServer, clip: str, path: str, said: str
) -> None:
    async with dial(stream(server, f"{clip}{path}")) as wire:
        messages = await wire.rest()

    assert messages[-1]["error"].startswith(said)


@pytest.mark.promise(CONNECTION, "CORS Restrictions: Stream doesn't allow cross-origin requests")
async def test_a_page_that_is_not_allowed_is_told_so(dial, serve) -> None:
    server = await serve(scriptix=ScriptixBehaviour(allowed_origins=("https://ours.example",)))

    async with dial(microphone(server), origin="https://theirs.example") as wire:
        (said,) = await wire.rest()
    async with dial(microphone(server), origin="https://ours.example") as wire:
        await wire.send(action="start")
        assert await wire.next() == LISTENING

    assert said["error"].startswith("CORS Restrictions: ")


@pytest.mark.promise(CONNECTION, 'Error Messages: {"error": "error description"}')
async def test_an_engine_that_fails_is_an_error_message(dial, server: LocalServer) -> None:
    server.fault = Fault(kind=FaultKind.ERROR)

    async with dial(microphone(server)) as wire:
        assert await wire.rest() == [{"error": "told to fail"}]


@pytest.mark.promise(OVERVIEW, "Stream: Server fetches from URL (MP3/M3U8, Azure Blob)")
@pytest.mark.promise(CONNECTION, "The server fetches and processes audio from the stream URL.")
@pytest.mark.promise(CONNECTION, "Supported: Direct MP3/M3U8 file URLs, Azure Blob Storage URLs")
@pytest.mark.promise(OVERVIEW, "listening: Ready to receive audio (for stream mode)")
@pytest.mark.parametrize(
    "path", ["/clip.mp3", "/list.m3u8", "/blob/signed.mp3%3Fsig%3Ds%252B/%253D"]
)
async def test_a_stream_is_fetched_and_heard_to_its_end(
    dial, server: LocalServer, clip: str, path: str
) -> None:
    async with dial(stream(server, f"{clip}{path}")) as wire:
        first, *_, final, last = await wire.rest()

    assert (first, last) == (LISTENING, {"state": "stopped"})
    assert final["is_final"] is True
    assert final["text"]


@pytest.mark.promise(CONNECTION, "stream mode: connect using /v2/client/{token}")
async def test_a_wrong_token_in_the_path_is_said(dial, server: LocalServer, clip: str) -> None:
    async with dial(stream(server, f"{clip}/clip.mp3", token="wrong")) as wire:
        (said,) = await wire.rest()

    assert "token" in said["error"]


@pytest.mark.promise(OVERVIEW, "disconnected, connecting, loading, listening, connected, error")
@pytest.mark.promise(OVERVIEW, "The WebSocket connection automatically handles state transitions")
async def test_our_client_goes_through_the_states(server: LocalServer) -> None:
    async def states(token: str) -> list[str]:
        events: list[SessionEvent] = []
        settings = ScriptixSettings(url=server.url, token=token)
        session = RealtimeSession(
            client=new_client(settings),
            connector=WebsocketConnector(),
            provider="scriptix",
            on_event=events.append,
        )
        session.send_audio(SPEECH)
        before = session.state
        session.finish()
        await session.run()
        return [before, *(each.state for each in events if isinstance(each, StateChanged))]

    assert await states(KEY) == [
        "disconnected",
        "connecting",
        "loading",
        "listening",
        "finishing",
        "closed",
    ]
    assert (await states("wrong"))[-1] == "error"


@pytest.mark.promise(OVERVIEW, "connected: Actively transcribing")
async def test_a_first_result_is_what_connected_means(server: LocalServer) -> None:
    connected: list[str] = []
    session: RealtimeSession | None = None

    def on_event(event: SessionEvent) -> None:
        if isinstance(event, StateChanged):
            connected.append(event.state)
            if event.state == "connected" and session:
                session.finish()

    session = RealtimeSession(
        client=new_client(ScriptixSettings(url=server.url, token=KEY)),
        connector=WebsocketConnector(),
        provider="scriptix",
        on_event=on_event,
    )
    session.send_audio(SPEECH)
    await session.run()

    assert connected[2:4] == ["listening", "connected"]


@pytest.mark.promise(CONNECTION, "1006 Abnormal closure - connection failed before establishment")
async def test_a_service_that_cannot_be_reached_is_an_error_of_ours(free_port: int) -> None:
    failures: list[BridgeError] = []
    settings = ScriptixSettings(url=f"ws://127.0.0.1:{free_port}", token=KEY)
    session = RealtimeSession(
        client=new_client(settings),
        connector=WebsocketConnector(),
        provider="scriptix",
        on_event=lambda event: failures.append(getattr(event, "error", None)),
    )
    await session.run()

    assert failures[-1].code == "cannot_connect"
