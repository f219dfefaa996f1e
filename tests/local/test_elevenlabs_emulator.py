"""The emulator of ElevenLabs: access, tokens and audio formats."""

import base64
import json
from collections.abc import AsyncIterator, Mapping

import aiohttp
import pytest
from yarl import URL

from patience import PATIENCE_S
from wyoming_bridge.audio import PCM_16K_MONO, Converter
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engines.scripted import ScriptedEngine, scripted_words
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.elevenlabs.behaviour import ElevenLabsBehaviour
from wyoming_bridge.providers.elevenlabs.emulator import ElevenLabsEmulator
from wyoming_bridge.providers.elevenlabs.server import AUDIO_FORMATS
from wyoming_bridge.providers.server_request import ServerRequest

KEY = "the-right-key"
WITH_KEY = {"xi-api-key": KEY}
MODEL = "scribe_v2_realtime"
PATH = "/v1/speech-to-text/realtime"
TOKEN_PATH = "/v1/single-use-token/{token_type}"
REFUSED = {
    "detail": {
        "status": "invalid_api_key",
        "message": "You must be authenticated to use this endpoint.",
    }
}


def emulator(*, tokens: tuple[str, ...] = (KEY,), **behaviour: object) -> ElevenLabsEmulator:
    return ElevenLabsEmulator(
        tokens=frozenset(tokens), language="en", behaviour=ElevenLabsBehaviour(**behaviour)
    )


def request(
    headers: Mapping[str, str] = WITH_KEY,
    *,
    kind: str = "realtime_scribe",
    **query: str,
) -> ServerRequest:
    return ServerRequest(
        query={name: [value] for name, value in query.items()},
        headers=headers,
        path_parameters={"token_type": kind},
    )


def first_message(
    service: ElevenLabsEmulator,
    headers: Mapping[str, str] = WITH_KEY,
    *,
    now: float = 0.0,
    **query: str,
) -> object:
    """Return the type of the first message that the server sends after an upgrade."""
    server = service.accept(request(headers, **{"model_id": MODEL} | query), now)
    assert not isinstance(server, HttpAnswer)
    server.open(now=now)
    return json.loads(server.messages_to_send()[0])["message_type"]


def refused(service: ElevenLabsEmulator, headers: Mapping[str, str]) -> HttpAnswer:
    answer = service.accept(request(headers, model_id=MODEL), 0.0)
    assert isinstance(answer, HttpAnswer)
    return answer


def mint(
    service: ElevenLabsEmulator,
    headers: Mapping[str, str] = WITH_KEY,
    *,
    kind: str = "realtime_scribe",
    now: float = 0.0,
) -> HttpAnswer:
    return service.requests["POST", TOKEN_PATH](request(headers, kind=kind), now)


def minted(service: ElevenLabsEmulator, *, now: float = 0.0) -> str:
    token = json.loads(mint(service, now=now).body)["token"]
    assert isinstance(token, str)
    return token


class TestAccess:
    def test_a_key_in_the_header_is_accepted_any_number_of_times(self) -> None:
        service = emulator()
        assert [first_message(service) for _ in range(3)] == ["session_started"] * 3

    def test_a_token_opens_one_session_without_a_key(self) -> None:
        service = emulator()
        token = minted(service)
        assert first_message(service, {}, token=token) == "session_started"
        assert first_message(service, {}, token=token) == "auth_error"

    def test_a_token_takes_precedence_over_a_key(self) -> None:
        service = emulator()
        assert first_message(service, {"xi-api-key": "wrong"}, token=minted(service)) == (
            "session_started"
        )
        assert first_message(service, WITH_KEY, token="wrong") == "auth_error"

    @pytest.mark.parametrize(
        ("headers", "query"),
        [
            ({}, {}),
            ({}, {"token": ""}),
            ({}, {"token": "wrong"}),
            ({}, {"token": KEY}),  # a key is not a single-use token
            ({"xi-api-key": "wrong"}, {}),
            ({"xi-api-key": ""}, {}),
            ({"xi-api-key": f" {KEY}"}, {}),
            ({"authorization": f"Bearer {KEY}"}, {}),
        ],
    )
    def test_a_client_without_a_key_or_a_token_is_refused(
        self, headers: dict[str, str], query: dict[str, str]
    ) -> None:
        assert first_message(emulator(), headers, **query) == "auth_error"

    def test_a_token_is_not_accepted_as_a_key(self) -> None:
        service = emulator()
        assert first_message(service, {"xi-api-key": minted(service)}) == "auth_error"

    @pytest.mark.parametrize("query", [{}, {"token": "anything"}])
    def test_a_server_without_tokens_ignores_keys_and_tokens(self, query: dict[str, str]) -> None:
        assert first_message(emulator(tokens=()), {}, **query) == "session_started"

    @pytest.mark.parametrize("headers", [{}, {"xi-api-key": "wrong"}])
    def test_a_session_can_be_refused_with_an_http_status(self, headers: dict[str, str]) -> None:
        answer = refused(emulator(auth_refusal="http"), headers)
        assert answer.status == 401
        assert json.loads(answer.body) == REFUSED

    def test_a_refused_client_learns_nothing_about_the_parameters(self) -> None:
        assert first_message(emulator(), {}, model_id="none", vad_threshold="7") == "auth_error"


class TestTokens:
    def test_each_token_is_different_and_is_not_the_key(self) -> None:
        service = emulator()
        assert len({KEY, minted(service), minted(service)}) == 3

    @pytest.mark.parametrize(
        ("lifetime_s", "after_s", "said"),
        [
            (900, 899.9, "session_started"),
            (900, 900.0, "auth_error"),
            (1, 1.0, "auth_error"),
        ],
    )
    def test_a_token_is_valid_for_its_lifetime(
        self, lifetime_s: float, after_s: float, said: str
    ) -> None:
        service = emulator(token_lifetime_s=lifetime_s)
        token = minted(service, now=50.0)
        assert first_message(service, {}, now=50.0 + after_s, token=token) == said

    @pytest.mark.parametrize("headers", [{}, {"xi-api-key": "wrong"}, {"authorization": KEY}])
    def test_a_token_is_issued_only_for_a_key(self, headers: dict[str, str]) -> None:
        answer = mint(emulator(), headers)
        assert answer.status == 401
        assert json.loads(answer.body)["detail"]["status"] == "invalid_api_key"

    def test_a_token_cannot_be_used_to_get_another_token(self) -> None:
        service = emulator()
        assert mint(service, {"xi-api-key": minted(service)}).status == 401

    @pytest.mark.parametrize(
        ("token_type", "status", "named"),
        [
            ("tts_websocket", 400, "realtime_scribe"),
            ("batch_scribe", 400, "realtime_scribe"),
            ("all", 422, "batch_scribe"),
        ],
    )
    def test_the_refusal_of_a_type_lists_the_types_that_are_served(
        self, token_type: str, status: int, named: str
    ) -> None:
        answer = mint(emulator(), kind=token_type)
        assert answer.status == status
        assert named in json.loads(answer.body)["detail"]["message"]

    def test_the_answer_is_json(self) -> None:
        answer = mint(emulator())
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/json"
        assert set(json.loads(answer.body)) == {"token"}


class TestRecognition:
    @pytest.mark.parametrize(
        ("headers", "query"),
        [({}, {"model_id": MODEL}), ({}, {"token": "t"}), ({"xi-api-key": "k"}, {})],
    )
    def test_a_request_of_its_own_clients_is_recognised(
        self, headers: dict[str, str], query: dict[str, str]
    ) -> None:
        assert emulator().recognises(request(headers, **query))

    def test_a_request_of_another_service_is_not_recognised(self) -> None:
        assert not emulator().recognises(request({"authorization": "ApiKey k"}, language="nl"))


class TestUnsupported:
    @pytest.mark.parametrize(
        "query",
        [
            {"model_id": "scribe_v1"},
            {"transcript_edit": "in capitals"},
            {"audio_format": "mp3"},
        ],
    )
    def test_an_unsupported_parameter_is_an_invalid_request(self, query: dict[str, str]) -> None:
        assert first_message(emulator(), **query) == "invalid_request"


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    server = LocalServer(engine=ScriptedEngine(), tokens=frozenset({KEY}), behaviour=Behaviour())
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE_S)) as session:
        yield session


def chunk(audio: bytes, rate_hz: int, *, commit: bool) -> dict[str, object]:
    return {
        "message_type": "input_audio_chunk",
        "audio_base_64": base64.b64encode(audio).decode(),
        "commit": commit,
        "sample_rate": rate_hz,
        "previous_text": None,
    }


class TestOnASocket:
    @pytest.mark.parametrize("name", list(AUDIO_FORMATS))
    async def test_each_format_is_decoded(
        self, server: LocalServer, http: aiohttp.ClientSession, name: str
    ) -> None:
        source = AUDIO_FORMATS[name]
        audio = bytes(range(256)) * 2 * (source.bytes_per_second // 256)
        converter = Converter(source=source, target=PCM_16K_MONO)
        expected = scripted_words(converter.convert(audio) + converter.flush())
        url = f"{server.url}{PATH}?model_id={MODEL}&audio_format={name}"
        async with http.ws_connect(url, headers=WITH_KEY) as socket:
            await socket.receive_json()
            half = len(audio) // 2 - 1  # in the middle of a sample of two bytes
            await socket.send_json(chunk(audio[:half], source.sample_rate_hz, commit=False))
            await socket.send_json(chunk(audio[half:], source.sample_rate_hz, commit=True))
            message = await socket.receive_json()
            while message["message_type"] == "partial_transcript":
                message = await socket.receive_json()

        assert message == {"message_type": "committed_transcript", "text": " ".join(expected)}

    @pytest.mark.parametrize("space", ["%20", "+"])
    async def test_both_encodings_of_a_space_are_equal(
        self, server: LocalServer, http: aiohttp.ClientSession, space: str
    ) -> None:
        query = f"model_id={MODEL}&keyterms=a{space}b%26c&keyterms=x%2By"
        url = URL(f"{server.url}{PATH}?{query}", encoded=True)
        async with http.ws_connect(url, headers=WITH_KEY) as socket:
            started = await socket.receive_json()

        assert started["config"]["keyterms"] == ["a b&c", "x+y"]

    @pytest.mark.parametrize("prefix", ["", "/elevenlabs"])
    async def test_a_token_is_issued_and_used_at_both_addresses(
        self, server: LocalServer, http: aiohttp.ClientSession, prefix: str
    ) -> None:
        mint_url = server.url.replace("ws:", "http:") + prefix + TOKEN_PATH
        async with http.post(
            mint_url.format(token_type="realtime_scribe"), headers=WITH_KEY
        ) as answer:
            assert answer.content_type == "application/json"
            token = (await answer.json())["token"]
        url = f"{server.url}{prefix}{PATH}?model_id={MODEL}&token={token}"
        said = []
        for _ in range(2):
            async with http.ws_connect(url) as socket:
                said.append((await socket.receive_json())["message_type"])

        assert said == ["session_started", "auth_error"]

    async def test_a_binary_message_is_an_input_error_and_ends_the_session(
        self, server: LocalServer, http: aiohttp.ClientSession
    ) -> None:
        url = f"{server.url}{PATH}?model_id={MODEL}"
        async with http.ws_connect(url, headers=WITH_KEY) as socket:
            await socket.receive_json()
            await socket.send_bytes(bytes(3200))
            error = await socket.receive_json()
            end = await socket.receive()

        assert error == {
            "message_type": "input_error",
            "error": "Message must be a valid protocol message",
        }
        assert (end.type, end.data, end.extra) == (aiohttp.WSMsgType.CLOSE, 1008, "input_error")
