"""OpenAI's and vLLM's paths of the local server, on real sockets."""

import asyncio
import io
import json
import wave
from collections.abc import AsyncIterator

import aiohttp
import pytest

from patience import PATIENCE_S
from saying_engine import SayingEngine
from serving import serving
from sessions import noise
from utterances import until
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engines.scripted import ScriptedEngine, scripted_words
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.openai.behaviour import OpenAIBehaviour

SPEECH = noise(words=3)
WORDS = " ".join(scripted_words(SPEECH))
BATCH = "/v1/audio/transcriptions"


def recording(pcm: bytes = SPEECH) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(16_000)
        wav.writeframes(pcm)
    return file.getvalue()


def form(*, file_first: bool = False, **fields: str) -> aiohttp.FormData:
    data = aiohttp.FormData()
    if file_first:
        data.add_field("file", recording(), filename="a.wav", content_type="audio/wav")
    for name, value in ({"model": "whisper-1"} | fields).items():
        data.add_field(name, value)
    if not file_first:
        data.add_field("file", recording(), filename="a.wav", content_type="audio/wav")
    return data


def a_server(**values: object) -> LocalServer:
    behaviour = Behaviour(services=(OpenAIBehaviour(agreeing_partials=1, **values),))
    return LocalServer(engine=ScriptedEngine(), behaviour=behaviour)


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    async with serving(a_server()) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield session


def at(server: LocalServer, path: str) -> str:
    return f"{server.url.replace('ws:', 'http:')}{path}"


@pytest.mark.parametrize(
    ("path", "protocols", "is_openai"),
    [
        ("/v1/realtime?intent=transcription", (), True),
        ("/v1/realtime?model=gpt-realtime", (), True),
        ("/v1/realtime", ("realtime",), True),
        ("/v1/realtime", (), False),
        ("/openai/v1/realtime", (), True),
        ("/vllm/v1/realtime?model=m&intent=transcription", (), False),
    ],
)
async def test_the_request_shows_which_service_is_meant(
    server: LocalServer,
    http: aiohttp.ClientSession,
    path: str,
    protocols: tuple[str, ...],
    is_openai: bool,  # noqa: FBT001 - a test parameter
) -> None:
    async with http.ws_connect(f"{server.url}{path}", protocols=protocols) as socket:
        greeting = await socket.receive_json()

    assert ("session" in greeting) is is_openai
    assert socket.protocol == ("realtime" if protocols else None)


@pytest.mark.parametrize("file_first", [False, True])
async def test_the_fields_may_follow_the_file(
    server: LocalServer,
    http: aiohttp.ClientSession,
    file_first: bool,  # noqa: FBT001 - a test parameter
) -> None:
    data = form(file_first=file_first, response_format="text")
    async with http.post(at(server, BATCH), data=data) as response:
        assert (response.status, await response.text()) == (200, f"{WORDS}\n")


async def test_the_text_is_sent_while_the_recording_arrives(
    server: LocalServer, http: aiohttp.ClientSession
) -> None:
    pcm = noise(words=10)
    wav, words = recording(pcm), scripted_words(pcm)
    may_continue = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield (
            b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n'
            b'--x\r\nContent-Disposition: form-data; name="stream"\r\n\r\ntrue\r\n'
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        )
        yield wav[:32_000]
        await may_continue.wait()
        yield wav[32_000:] + b"\r\n--x--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with http.post(at(server, BATCH), data=slowly(), headers=headers) as response:
        assert response.content_type == "text/event-stream"
        first = await response.content.readuntil(b"\n\n")
        may_continue.set()
        rest = await response.text()

    events = [json.loads(line[6:]) for line in (first.decode() + rest).split("\n\n") if line]
    assert events[0] == {"type": "transcript.text.delta", "delta": words[0]}
    assert [event["type"] for event in events[-2:]] == [
        "transcript.text.delta",
        "transcript.text.done",
    ]
    assert events[-1]["text"] == " ".join(words)


async def test_a_form_of_too_many_fields_is_refused(
    server: LocalServer, http: aiohttp.ClientSession
) -> None:
    data = form(**{f"field{number}": "x" for number in range(200)})
    async with http.post(at(server, BATCH), data=data) as response:
        answer = await response.json()

    assert response.status == 400
    assert answer["error"]["type"] == "invalid_request_error"
    assert "the form must have at most 100 fields" in answer["error"]["message"]


async def test_a_field_that_is_too_long_is_refused(
    server: LocalServer, http: aiohttp.ClientSession
) -> None:
    async with http.post(at(server, BATCH), data=form(prompt="x" * 70_000)) as response:
        error = (await response.json())["error"]
        assert response.status == 413
        assert error["code"] == "payload_too_large"
        assert error["message"] == "a field of the form must have at most 65536 bytes"
    async with http.post(at(server, BATCH), data=form(prompt="x" * 10_001)) as response:
        error = (await response.json())["error"]
        assert response.status == 400
        assert error["message"] == "'prompt': must have at most 10000 characters, got 10001"


async def test_all_fields_of_a_form_together_have_a_limit(
    server: LocalServer, http: aiohttp.ClientSession
) -> None:
    data = form(**{f"field{number}": "x" * 9_000 for number in range(20)})
    async with http.post(at(server, BATCH), data=data) as response:
        error = (await response.json())["error"]
        assert response.status == 413
        assert error["code"] == "payload_too_large"
        assert "all fields of the form together must have at most 131072 bytes" in error["message"]


@pytest.mark.parametrize("body", [b"", b"not a form", b"--x\r\n\r\n"])
async def test_a_body_that_is_not_a_form_is_refused(
    server: LocalServer, http: aiohttp.ClientSession, body: bytes
) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with http.post(at(server, BATCH), data=body, headers=headers) as response:
        assert response.status == 400
        assert (await response.json())["error"]["message"]


async def test_a_web_page_may_not_use_a_server_without_tokens(
    server: LocalServer, http: aiohttp.ClientSession
) -> None:
    headers = {"Origin": "http://evil.example"}
    for path in ("/v1/models", "/v1/realtime?intent=transcription"):
        async with http.get(at(server, path), headers=headers) as response:
            assert response.status == 403
            assert "Origin: must be" in (await response.json())["error"]["message"]
    async with http.post(at(server, BATCH), data=form(), headers=headers) as response:
        assert response.status == 403


async def test_a_used_up_quota_and_too_many_sessions_are_refused(
    http: aiohttp.ClientSession,
) -> None:
    async with serving(a_server(quota_s=0.5, max_sessions=1)) as server:
        url = f"{server.url}/openai/v1/realtime"
        async with http.ws_connect(url) as socket:
            await socket.receive_json()
            async with http.get(at(server, "/openai/v1/realtime")) as refused:
                answer = await refused.json()
            assert (refused.status, answer["error"]["code"]) == (429, "rate_limit_exceeded")
        await until(lambda: not server.sessions)
        async with http.post(at(server, BATCH), data=form()) as response:
            assert response.status == 200
        async with http.post(at(server, BATCH), data=form()) as response:
            assert (await response.json())["error"]["code"] == "insufficient_quota"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("{", "a message is not JSON"),
        ('{"expires_after": {"seconds": 5}}', "expires_after.seconds: must be 10 to 7200, got 5.0"),
        ('{"session": {"type": "realtime"}}', "session.type: must be transcription"),
    ],
)
async def test_the_error_names_what_is_wrong_with_a_client_secret(
    server: LocalServer, http: aiohttp.ClientSession, body: str, problem: str
) -> None:
    path = "/v1/realtime/client_secrets"
    async with http.post(at(server, path), data=body) as response:
        answer = await response.json()

    assert response.status == 400
    assert problem in answer["error"]["message"]


async def test_times_of_words_that_the_engine_does_not_know_are_refused(
    http: aiohttp.ClientSession,
) -> None:
    wanted = {"response_format": "verbose_json", "timestamp_granularities[]": "word"}
    async with serving(LocalServer(engine=SayingEngine("turn on"))) as server:
        url = server.url.replace("ws://", "http://") + BATCH
        async with http.post(url, data=form(**wanted)) as refused:
            error = (await refused.json())["error"]
        wanted["timestamp_granularities[]"] = "segment"
        async with http.post(url, data=form(**wanted)) as accepted:
            answer = await accepted.json()
    assert (refused.status, error["type"]) == (400, "invalid_request_error")
    assert error["message"] == (
        "timestamp_granularities: must be segment, because the engine does not know the times of "
        "words, got 'word'"
    )
    assert (accepted.status, answer["text"]) == (200, "turn on")


async def test_a_recording_without_speech_is_not_refused_because_of_word_times(
    http: aiohttp.ClientSession,
) -> None:
    wanted = {"response_format": "verbose_json", "timestamp_granularities[]": "word"}
    async with serving(LocalServer(engine=SayingEngine(""))) as server:
        url = server.url.replace("ws://", "http://") + BATCH
        async with http.post(url, data=form(**wanted)) as response:
            answer = await response.json()

    assert (response.status, answer["text"], answer["words"]) == (200, "", [])
