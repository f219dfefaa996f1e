"""The local server as Reson8, seen from outside: who may come in, its requests, its containers."""

import io
import json
import wave
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import av
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engine import Engine
from wyoming_bridge.local.engines import PocketsphinxEngine, ScriptedEngine, scripted_words
from wyoming_bridge.local.faces import Reson8Face
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.reson8.behaviour import Reson8Behaviour
from wyoming_bridge.providers.reson8.server import Reson8Server
from wyoming_bridge.providers.serving import ServerRequest

SAMPLES = Path(__file__).parents[2] / "samples"
KEY = "the-right-key"
PATH = "/v1/speech-to-text/realtime"
ASKS_FOR_TOKEN = {"authorization": f"ApiKey {KEY}"}
FLUSH = '{"type":"flush_request","id":"abc123"}'
SPEECH = bytes([5, 1]) * 16000
MODELS = {"kitchen": ("extractor hood", "dishwasher", "fan"), "empty": ()}
UNCUT = Reson8Behaviour(models=MODELS, segment_silence_s=0, max_segment_s=0)


def face(behaviour: Reson8Behaviour = UNCUT, *, tokens: Sequence[str] = (KEY,)) -> Reson8Face:
    return Reson8Face(tokens=frozenset(tokens), language="en", behaviour=behaviour)


def upgraded(
    service: Reson8Face,
    headers: Mapping[str, str] | None = None,
    *,
    now: float = 0.0,
    **query: str,
) -> Reson8Server:
    """What an upgrade is answered with, where it is accepted."""
    answer = service.accept(request(headers, **query), now)
    assert isinstance(answer, Reson8Server)
    answer.open(now=now)
    return answer


def refused(
    service: Reson8Face, headers: Mapping[str, str] | None = None, **query: str
) -> HttpAnswer:
    answer = service.accept(request(headers, **query), 0.0)
    assert isinstance(answer, HttpAnswer)
    return answer


def request(
    headers: Mapping[str, str] | None = None, body: str = "", **query: str
) -> ServerRequest:
    return ServerRequest(
        query={name: [value] for name, value in query.items()},
        headers=headers if headers is not None else ASKS_FOR_TOKEN,
        body=body,
    )


def minted(service: Reson8Face, *, now: float = 0.0) -> str:
    answer = service.requests["POST", "/v1/auth/token"](request(), now)
    token = json.loads(answer.body)["access_token"]
    assert isinstance(token, str)
    return token


class TestAccess:
    @pytest.mark.parametrize(
        "headers",
        [
            {"authorization": f"ApiKey {KEY}"},
            {"authorization": f"apikey  {KEY} "},
            {"authorization": f"Bearer {KEY}"},
            {"sec-websocket-protocol": f"bearer, {KEY}"},
            {"sec-websocket-protocol": f" bearer ,{KEY}"},
        ],
    )
    def test_a_configured_token_is_taken_in_each_place(self, headers: dict[str, str]) -> None:
        asked = "sec-websocket-protocol" in headers
        assert upgraded(face(), headers).subprotocol == ("bearer" if asked else None)

    def test_an_access_token_is_good_as_often_as_it_lasts(self) -> None:
        service = face()
        token = minted(service)
        for now in (1.0, 599.0):
            upgraded(service, {"authorization": f"Bearer {token}"}, now=now)
            offered = upgraded(service, {"sec-websocket-protocol": f"bearer, {token}"}, now=now)
            assert offered.subprotocol == "bearer"
        late = service.accept(request({"authorization": f"Bearer {token}"}), 601.0)
        assert isinstance(late, HttpAnswer)
        assert late.status == 401

    def test_an_access_token_is_no_key(self) -> None:
        service = face()
        token = minted(service)
        assert refused(service, {"authorization": f"ApiKey {token}"}).status == 401

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"authorization": "ApiKey wrong"},
            {"authorization": "ApiKey"},
            {"authorization": f"Basic {KEY}"},
            {"authorization": KEY},
            {"sec-websocket-protocol": "bearer, wrong"},
            {"sec-websocket-protocol": "bearer"},
            {"sec-websocket-protocol": KEY},
            {"sec-websocket-protocol": f"{KEY}, bearer"},
            {"xi-api-key": KEY},
        ],
    )
    def test_without_the_right_token_the_upgrade_is_refused(self, headers: dict[str, str]) -> None:
        answer = refused(face(), headers)
        assert answer.status == 401
        assert answer.headers["X-Error-Message"] == "Invalid or expired credentials"
        assert json.loads(answer.body)["code"] == "UNAUTHORIZED"

    def test_a_token_in_the_query_is_none(self) -> None:
        assert refused(face(), {}, token=KEY).status == 401

    @pytest.mark.parametrize("offered", ["bearer, whatever", "bearer"])
    def test_where_everybody_may_come_in_an_offer_is_answered_all_the_same(
        self, offered: str
    ) -> None:
        server = upgraded(face(tokens=()), {"sec-websocket-protocol": offered})
        assert server.subprotocol == "bearer"


class TestRefusals:
    def test_a_bad_parameter_is_named_with_what_is_allowed(self) -> None:
        answer = refused(face(), channels="10")
        assert answer.status == 400
        said = "channels: allowed is a whole number from 1 to 8"
        assert answer.headers["X-Error-Message"] == said
        assert json.loads(answer.body) == {"code": "INVALID_REQUEST", "message": said}

    @pytest.mark.parametrize("value", ["é\r\nX: y", "日本", "\ud83d"])
    def test_what_a_client_wrote_reaches_no_header(self, value: str) -> None:
        for name in ("encoding", "language", "patterns", "custom_model_id"):
            said = refused(face(), **{name: f"[{value}"}).headers["X-Error-Message"]
            assert said.isascii()
            assert said.isprintable()

    def test_a_model_that_is_not_there_is_not_found(self) -> None:
        answer = refused(face(), custom_model_id="garage")
        assert (answer.status, json.loads(answer.body)["code"]) == (404, "NOT_FOUND")

    def test_more_sessions_than_allowed_are_refused_until_one_leaves(self) -> None:
        service = face(Reson8Behaviour(max_sessions=1))
        first = upgraded(service)
        answer = refused(service)
        assert (answer.status, json.loads(answer.body)["code"]) == (429, "TOO_MANY_REQUESTS")
        first.leave(now=1.0)
        upgraded(service)

    def test_an_account_without_credit_is_refused(self) -> None:
        service = face(Reson8Behaviour(quota_s=2, segment_silence_s=0))
        server = upgraded(service)
        server.hear(bytes(32000), now=1.0)
        server.leave(now=1.0)
        other = upgraded(service)
        other.hear(bytes(32000), now=2.0)
        other.leave(now=2.0)
        answer = refused(service)
        assert (answer.status, json.loads(answer.body)["code"]) == (402, "PAYMENT_REQUIRED")

    def test_a_refused_upgrade_counts_as_no_session(self) -> None:
        service = face(Reson8Behaviour(max_sessions=1))
        refused(service, channels="10")
        refused(service, custom_model_id="garage")
        upgraded(service)


class TestModels:
    @pytest.mark.parametrize(
        ("query", "terms"),
        [
            ({}, ()),
            ({"custom_model_id": "kitchen"}, ("extractor hood", "dishwasher", "fan")),
            ({"custom_model_id": "empty", "phrases": "oven"}, ("oven",)),
            ({"custom_model_id": ""}, ()),
            (
                {"custom_model_id": "kitchen", "phrases": "oven, big oven"},
                ("extractor hood", "dishwasher", "fan", "oven", "big oven"),
            ),
        ],
    )
    def test_the_engine_is_biased_by_the_model_and_the_phrases(
        self, query: dict[str, str], terms: tuple[str, ...]
    ) -> None:
        assert upgraded(face(), **query).bias_terms == terms


@asynccontextmanager
async def serving(
    engine: Engine | None = None, *, tokens: Sequence[str] = (KEY,)
) -> AsyncIterator[LocalServer]:
    server = LocalServer(
        engine=engine or ScriptedEngine(),
        tokens=frozenset(tokens),
        behaviour=Behaviour(reson8=UNCUT),
    )
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def http(server: LocalServer) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(base_url=server.url.replace("ws:", "http:")) as session:
        yield session


def opening(
    server: LocalServer,
    *,
    headers: Mapping[str, str] | None = None,
    offer: Sequence[str] = (),
    **query: str,
) -> connect:
    return connect(
        f"{server.url}{PATH}?{urlencode(query)}",
        additional_headers=headers,
        subprotocols=[Subprotocol(each) for each in offer] or None,
        proxy=None,
    )


async def flushed(socket: ClientConnection) -> list[dict[str, object]]:
    """Flush; everything up to the confirmation."""
    await socket.send(FLUSH)
    said = []
    async for message in socket:
        said.append(json.loads(message))
        if said[-1]["type"] != "transcript":
            break
    return said


class TestTokenRequest:
    async def test_a_key_buys_an_access_token_that_opens_a_session(self) -> None:
        async with serving() as server, http(server) as session:
            async with session.post(
                "/v1/auth/token", headers={"Authorization": f"ApiKey {KEY}"}
            ) as answer:
                assert answer.status == 200
                assert answer.content_type == "application/json"
                body = await answer.json()
            assert {**body, "access_token": "t"} == {
                "access_token": "t",
                "token_type": "Bearer",
                "expires_in": 600,
            }
            bearer = {"Authorization": f"Bearer {body['access_token']}"}
            async with opening(server, headers=bearer) as socket:
                assert socket.subprotocol is None
                assert await flushed(socket) == [{"type": "flush_confirmation", "id": "abc123"}]

    async def test_a_client_secret_in_a_form_buys_one_too(self) -> None:
        form = {"grant_type": "client_credentials", "client_id": "c", "client_secret": KEY}
        async with (
            serving() as server,
            http(server) as session,
            session.post("/v1/auth/token", data=form) as answer,
        ):
            assert answer.status == 200
            assert (await answer.json())["token_type"] == "Bearer"

    @pytest.mark.parametrize(
        ("headers", "form"),
        [
            ({}, {}),
            ({"Authorization": "ApiKey wrong"}, {}),
            ({"Authorization": f"Bearer {KEY}"}, {}),
            ({}, {"grant_type": "client_credentials", "client_secret": "wrong"}),
            ({}, {"grant_type": "client_credentials"}),
            ({}, {"grant_type": "password", "client_secret": KEY}),
        ],
    )
    async def test_nothing_else_does(self, headers: dict[str, str], form: dict[str, str]) -> None:
        async with (
            serving() as server,
            http(server) as session,
            session.post("/v1/auth/token", headers=headers, data=form) as answer,
        ):
            assert answer.status == 401
            assert (await answer.json())["code"] == "UNAUTHORIZED"


class TestModelRequests:
    async def test_models_and_their_phrases_can_be_read(self) -> None:
        headers = {"Authorization": f"ApiKey {KEY}"}
        kitchen = {"id": "kitchen", "name": "kitchen", "description": "", "phraseCount": 3}
        async with serving() as server, http(server) as session:
            said = []
            for path in (
                "/v1/custom-model",
                "/v1/custom-model/kitchen",
                "/v1/custom-model/kitchen/phrases",
                "/v1/custom-model/kitchen/phrases?page=1&size=2",
            ):
                async with session.get(path, headers=headers) as answer:
                    assert answer.status == 200
                    said.append(await answer.json())
        assert said == [
            [kitchen, {"id": "empty", "name": "empty", "description": "", "phraseCount": 0}],
            kitchen,
            {
                "phrases": [{"value": phrase} for phrase in MODELS["kitchen"]],
                "page": 0,
                "size": 100,
                "total": 3,
            },
            {"phrases": [{"value": "fan"}], "page": 1, "size": 2, "total": 3},
        ]

    @pytest.mark.parametrize(
        ("method", "path", "key", "status"),
        [
            ("GET", "/v1/custom-model", "wrong", 401),
            ("GET", "/v1/custom-model/kitchen", "wrong", 401),
            ("GET", "/v1/custom-model/kitchen/phrases", "wrong", 401),
            ("GET", "/v1/custom-model/garage", KEY, 404),
            ("GET", "/v1/custom-model/garage/phrases", KEY, 404),
            ("GET", "/v1/custom-model/kitchen/phrases?size=0", KEY, 400),
            ("GET", "/v1/custom-model/kitchen/phrases?page=-1", KEY, 400),
            ("POST", "/v1/custom-model", KEY, 405),
            ("DELETE", "/v1/custom-model/kitchen", KEY, 405),
        ],
    )
    async def test_what_cannot_be_had_is_refused(
        self, method: str, path: str, key: str, status: int
    ) -> None:
        async with (
            serving() as server,
            http(server) as session,
            session.request(method, path, headers={"Authorization": f"ApiKey {key}"}) as answer,
        ):
            assert answer.status == status


class TestSocket:
    async def test_a_browser_gets_the_protocol_selected_and_never_sees_the_token(self) -> None:
        async with serving() as server, opening(server, offer=["bearer", KEY]) as socket:
            assert socket.subprotocol == "bearer"
            assert socket.response
            assert KEY not in str(socket.response.headers)
            await socket.send(SPEECH)
            assert await flushed(socket) == [
                {"type": "transcript", "text": " ".join(scripted_words(SPEECH))},
                {"type": "flush_confirmation", "id": "abc123"},
            ]

    async def test_a_refused_upgrade_carries_status_header_and_code(self) -> None:
        key = {"Authorization": f"ApiKey {KEY}"}
        async with serving() as server:
            for headers, query, status, code in (
                ({}, {}, 401, "UNAUTHORIZED"),
                (key, {"encoding": "mp3"}, 400, "INVALID_REQUEST"),
                (key, {"custom_model_id": "garage"}, 404, "NOT_FOUND"),
            ):
                with pytest.raises(InvalidStatus) as caught:
                    await opening(server, headers=headers, **query)
                response = caught.value.response
                assert response.status_code == status
                assert response.headers["X-Error-Message"]
                assert json.loads(bytes(response.body))["code"] == code

    async def test_everything_asked_for_is_there(self) -> None:
        flags = ("timestamps", "words", "confidence", "interim", "language")
        query = {f"include_{flag}": "true" for flag in flags} | {"diarize": "true"}
        async with serving(tokens=()) as server, opening(server, **query) as socket:
            await socket.send(SPEECH[:12800])
            *interims, final, _ = await flushed(socket)
        assert {interim["is_final"] for interim in interims} == {False}
        word = scripted_words(SPEECH[:6400])[0]
        times = {"duration_ms": 200, "confidence": 1.0}
        assert final == {
            "type": "transcript",
            "text": f"{word} {word}",
            "is_final": True,
            "start_ms": 0,
            "duration_ms": 400,
            "language": "en",
            "speaker_id": 0,
            "words": [{"text": word, "start_ms": start, **times} for start in (0, 200)],
        }

    async def test_a_model_biases_the_engine(self) -> None:
        pcm = b"".join(bytes([number]) * 6400 for number in range(1, 40))
        async with serving(tokens=()) as server:
            async with opening(server, custom_model_id="kitchen") as socket:
                await socket.send(pcm)
                biased, _ = await flushed(socket)
            async with opening(server) as socket:
                await socket.send(pcm)
                plain, _ = await flushed(socket)
        assert biased["text"] == " ".join(scripted_words(pcm, bias_terms=MODELS["kitchen"]))
        assert plain["text"] == " ".join(scripted_words(pcm))
        assert "dishwasher" in str(biased["text"]).split()

    async def test_an_engine_that_is_busy_is_too_many_requests(self) -> None:
        engine = ScriptedEngine(max_voices=1)
        async with serving(engine, tokens=()) as server, opening(server) as first:
            await flushed(first)
            async with opening(server) as second:
                error = json.loads(await second.recv())
                assert (error["type"], error["code"]) == ("error", "TOO_MANY_REQUESTS")
                await second.wait_closed()
                assert second.close_code == 1011

    async def test_mulaw_in_two_channels_is_heard(self) -> None:
        async with serving(tokens=()) as server:
            query = {"encoding": "mulaw", "sample_rate": "8000", "channels": "2"}
            async with opening(server, include_timestamps="true", **query) as socket:
                await socket.send(bytes(range(256)) * 125)  # 2 s
                final, _ = await flushed(socket)
        assert final["duration_ms"] == pytest.approx(2000, abs=1)


def recorded(name: str) -> bytes:
    with wave.open(str(SAMPLES / f"{name}.wav")) as file:
        return file.readframes(file.getnframes())


def encoded(pcm: bytes, container: str, codec: str) -> bytes:
    """16 kHz speech as a file."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as media:
        stream = media.add_stream(codec, rate=16000, layout="mono")
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
        frame.planes[0].update(pcm)
        frame.sample_rate = 16000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            media.mux(packet)
    return file.getvalue()


class TestContainers:
    @pytest.mark.parametrize(
        ("container", "codec"),
        [
            ("wav", "pcm_s16le"),
            ("flac", "flac"),
            ("ogg", "libopus"),
            ("webm", "libopus"),
        ],
    )
    async def test_a_container_in_pieces_is_heard_as_the_speech_in_it(
        self, container: str, codec: str
    ) -> None:
        # A second of silence behind it: what is in a page that is not complete is not heard yet.
        file = encoded(recorded("something") + bytes(32000), container, codec)
        query = {"sample_rate": "48000", "channels": "2"}  # a container knows better
        async with (
            serving(PocketsphinxEngine(), tokens=()) as server,
            opening(server, encoding="auto", **query) as socket,
        ):
            for start in range(0, len(file), 997):
                await socket.send(file[start : start + 997])
            said = await flushed(socket)
        assert [message["type"] for message in said] == ["transcript", "flush_confirmation"]
        assert said[0]["text"] == "go somewhere and do something"

    async def test_raw_audio_is_heard_where_no_container_is_recognised(self) -> None:
        async with serving(tokens=()) as server, opening(server, encoding="auto") as socket:
            for start in range(0, len(SPEECH), 3):
                await socket.send(SPEECH[start : start + 3])
            final, _ = await flushed(socket)
        assert final["text"] == " ".join(scripted_words(SPEECH))

    async def test_a_container_that_is_none_ends_the_session_with_an_error(self) -> None:
        async with serving(tokens=()) as server, opening(server) as socket:
            await socket.send(b"OggS" + bytes(range(256)) * 400)
            *_, error = await flushed(socket)
            assert error["type"] == "error"
            await socket.wait_closed()
            assert socket.close_code == 1011
