"""The statements of Reson8's page on realtime transcription, tested with the local server."""

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from websockets.exceptions import InvalidStatus

from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.local.faults import Fault, FaultKind
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.reson8.behaviour import Reson8Behaviour

PAGE = "Reson8, Realtime"
KEY = "the-right-key"
AUTH = {"Authorization": f"ApiKey {KEY}"}
SPEECH = bytes([5, 1]) * 16000
WORDS = scripted_words(SPEECH)
TEXT = " ".join(WORDS)
BEHAVIOUR = Reson8Behaviour(
    segment_silence_s=0, models={"house": ("extractor hood", "dishwasher"), "other": ("x",)}
)


@pytest.fixture
async def server(serve) -> AsyncIterator[LocalServer]:
    return await serve(services=(BEHAVIOUR,))


def at(server: LocalServer, **query: str) -> str:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{server.url}/v1/speech-to-text/realtime?{asked}"


async def refusal(dial, url: str, **options: object) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as caught:
        async with dial(url, **options):
            pass
    return caught.value


async def minted(server: LocalServer) -> str:
    url = f"{server.url.replace('ws:', 'http:')}/v1/auth/token"
    async with aiohttp.ClientSession() as http, http.post(url, headers=AUTH) as answer:
        body = await answer.json()
    return str(body["access_token"])


async def transcript(dial, server: LocalServer, audio: bytes = SPEECH, **query: str) -> dict:
    async with dial(at(server, **query), additional_headers=AUTH) as wire:
        await wire.audio(audio)
        await wire.send(type="flush_request", id="1")
        messages = [await wire.next()]
        while messages[-1]["type"] != "flush_confirmation":
            messages.append(await wire.next())
    return next(m for m in reversed(messages) if m["type"] == "transcript")


@pytest.mark.promise(PAGE, "Authorization: ApiKey <api_key>")
async def test_an_api_key_opens_a_session(dial, server: LocalServer) -> None:
    async with dial(at(server), additional_headers=AUTH) as wire:
        await wire.send(type="flush_request")
        assert await wire.next() == {"type": "flush_confirmation", "id": None}


@pytest.mark.promise(PAGE, "Authorization: Bearer <access_token>")
async def test_an_access_token_opens_a_session(dial, server: LocalServer) -> None:
    bearer = {"Authorization": f"Bearer {await minted(server)}"}

    async with dial(at(server), additional_headers=bearer) as wire:
        await wire.send(type="flush_request")
        assert await wire.next() == {"type": "flush_confirmation", "id": None}


@pytest.mark.promise(PAGE, "Sec-WebSocket-Protocol: bearer, <access_token>")
async def test_a_subprotocol_opens_a_session_and_is_not_echoed(dial, server: LocalServer) -> None:
    token = await minted(server)

    async with dial(at(server), subprotocols=["bearer", token]) as wire:
        assert wire.raw.subprotocol == "bearer"
        assert wire.raw.response
        assert token not in str(wire.raw.response.headers)


@pytest.mark.promise(PAGE, "encoding: Audio encoding: auto or pcm_s16le (default auto)")
async def test_raw_audio_has_the_same_result_with_both_encodings(dial, server: LocalServer) -> None:
    by_default = await transcript(dial, server)
    raw = await transcript(dial, server, encoding="pcm_s16le")
    auto = await transcript(dial, server, encoding="auto")

    assert by_default == raw == auto == {"type": "transcript", "text": TEXT}


@pytest.mark.promise(PAGE, "sample_rate: Sample rate in Hz (default 16000)")
async def test_audio_of_another_rate_has_its_own_duration(dial, server: LocalServer) -> None:
    heard = await transcript(
        dial, server, encoding="pcm_s16le", sample_rate="8000", include_timestamps="true"
    )

    assert heard["duration_ms"] == 2000


@pytest.mark.promise(PAGE, "channels: Number of audio channels (default 1)")
async def test_two_channels_are_mixed(dial, server: LocalServer) -> None:
    stereo = b"".join(SPEECH[at : at + 2] * 2 for at in range(0, len(SPEECH), 2))

    heard = await transcript(dial, server, stereo, encoding="pcm_s16le", channels="2")

    assert heard["text"] == TEXT


@pytest.mark.promise(PAGE, "custom_model_id: ID of a custom model to bias transcription")
async def test_a_custom_model_favours_its_phrases(dial, server: LocalServer) -> None:
    words = bytes(range(1, 255)) * 630
    plain = await transcript(dial, server, words)
    biased = await transcript(dial, server, words, custom_model_id="house")

    assert biased["text"] != plain["text"]
    assert "extractor hood" in biased["text"] or "dishwasher" in biased["text"]


@pytest.mark.promise(PAGE, "include_timestamps: Include start_ms and duration_ms on transcripts")
async def test_times_are_sent_only_on_request(dial, server: LocalServer) -> None:
    with_them = await transcript(dial, server, include_timestamps="true", include_words="true")
    without = await transcript(dial, server, include_words="true")

    assert (with_them["start_ms"], with_them["duration_ms"]) == (0, 1000)
    assert with_them["words"][0] == {"text": WORDS[0], "start_ms": 0, "duration_ms": 200}
    assert set(without) == {"type", "text", "words"}
    assert set(without["words"][0]) == {"text"}


@pytest.mark.promise(PAGE, "include_words: Include word-level detail on transcripts")
async def test_words_are_sent_only_on_request(dial, server: LocalServer) -> None:
    heard = await transcript(dial, server, include_words="true")

    assert [word["text"] for word in heard["words"]] == WORDS
    assert "words" not in await transcript(dial, server)


@pytest.mark.promise(PAGE, "include_confidence: Include confidence on words; score (0 to 1)")
async def test_confidence_is_a_number_from_0_to_1_on_request(dial, server: LocalServer) -> None:
    heard = await transcript(dial, server, include_words="true", include_confidence="true")

    assert all(0 <= word["confidence"] <= 1 for word in heard["words"])


@pytest.mark.promise(PAGE, "include_interim: Include interim results and the is_final flag")
@pytest.mark.promise(PAGE, "is_final: true for final, false for interim")
async def test_interim_texts_are_sent_before_the_final_text_on_request(
    dial, server: LocalServer
) -> None:
    async with dial(at(server, include_interim="true"), additional_headers=AUTH) as wire:
        await wire.audio(SPEECH)
        await wire.send(type="flush_request", id="1")
        interim = await wire.next()
        final = await wire.until(is_final=True)

    assert (interim["is_final"], interim["text"]) == (False, WORDS[0])
    assert final["text"] == TEXT


@pytest.mark.promise(PAGE, "By default only final results are returned.")
async def test_without_interim_texts_there_are_only_final_texts_and_no_flag(
    dial, server: LocalServer
) -> None:
    async with dial(at(server), additional_headers=AUTH) as wire:
        await wire.audio(SPEECH)
        await wire.send(type="flush_request", id="1")
        assert await wire.next() == {"type": "transcript", "text": TEXT}


@pytest.mark.promise(PAGE, "Audio: Binary WebSocket frame containing audio data.")
@pytest.mark.promise(PAGE, "Transcript: Returned when speech is recognized.")
@pytest.mark.promise(PAGE, "Force the server to finalize any buffered audio and return it.")
@pytest.mark.promise(PAGE, "flush_confirmation: Sent after a flush request has been processed.")
async def test_a_flush_gives_the_buffered_text_and_then_the_confirmation(
    dial, server: LocalServer
) -> None:
    async with dial(at(server), additional_headers=AUTH) as wire:
        await wire.audio(SPEECH)
        await wire.send(type="flush_request", id="abc123")
        said = [await wire.next(), await wire.next()]

    assert said == [
        {"type": "transcript", "text": TEXT},
        {"type": "flush_confirmation", "id": "abc123"},
    ]


@pytest.mark.promise(PAGE, "id: The identifier from the request, or null if none was provided")
async def test_every_confirmation_has_an_id(dial, server: LocalServer) -> None:
    async with dial(at(server), additional_headers=AUTH) as wire:
        for name in ("a", None, "b"):
            await wire.send(type="flush_request", **({"id": name} if name else {}))
        said = [await wire.next() for _ in range(3)]

    assert [each["id"] for each in said] == ["a", None, "b"]


@pytest.mark.promise(PAGE, "400 INVALID_REQUEST Missing or invalid parameters")
@pytest.mark.parametrize(
    ("name", "value"),
    [("encoding", "mp3"), ("sample_rate", "fast"), ("channels", "0"), ("include_words", "1")],
)
async def test_an_upgrade_with_an_invalid_parameter_is_refused_with_its_name(
    dial, server: LocalServer, name: str, value: str
) -> None:
    refused = await refusal(dial, at(server, **{name: value}), additional_headers=AUTH)

    assert refused.response.status_code == 400
    assert json.loads(refused.response.body)["code"] == "INVALID_REQUEST"
    assert refused.response.headers["X-Error-Message"].startswith(f"{name}: ")


@pytest.mark.promise(PAGE, "401 UNAUTHORIZED Invalid or expired credentials")
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"additional_headers": {"Authorization": "ApiKey wrong"}},
        {"additional_headers": {"Authorization": "Bearer wrong"}},
        {"subprotocols": ["bearer", "wrong"]},
    ],
)
async def test_an_upgrade_with_wrong_credentials_is_refused(
    dial, server: LocalServer, options: dict
) -> None:
    refused = await refusal(dial, at(server), **options)

    assert refused.response.status_code == 401
    assert json.loads(refused.response.body)["code"] == "UNAUTHORIZED"
    assert refused.response.headers["X-Error-Message"] == "Invalid or expired credentials"


@pytest.mark.promise(PAGE, "500 INTERNAL_ERROR Unexpected server error")
async def test_the_failure_of_the_server_is_reported_in_the_session(dial, serve) -> None:
    server = await serve(services=(BEHAVIOUR,))
    server.fault = Fault(kind=FaultKind.ERROR)

    async with dial(at(server), additional_headers=AUTH) as wire:
        said = await wire.rest()

    assert [each["code"] for each in said] == ["INTERNAL_ERROR"]
    assert wire.closed_with == 1011
