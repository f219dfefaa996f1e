"""The statements of Reson8's pages on turns and audio files, tested with the local server."""

from collections.abc import AsyncIterator
from io import BytesIO

import aiohttp
import pytest
from websockets.exceptions import InvalidStatus

from wyoming_bridge.local.engines.scripted import ScriptedEngine, scripted_words
from wyoming_bridge.local.service import LocalServer

TURNS = "Reson8, Turns"
RECORDINGS = "Reson8, Prerecorded"
AUTH = {"Authorization": "ApiKey the-right-key"}
SECOND = bytes([5, 1]) * 16000
TEXT = " ".join(scripted_words(SECOND))
SILENCE = bytes(32_000 * 2)


@pytest.fixture
async def server(serve) -> AsyncIterator[LocalServer]:
    return await serve()


def at(server: LocalServer, path: str = "turns", **query: str) -> str:
    asked = "&".join(
        f"{name}={value}" for name, value in {"encoding": "pcm_s16le", **query}.items()
    )
    return f"{server.url}/v1/speech-to-text/{path}?{asked}"


async def turn(dial, server: LocalServer, audio: bytes, **query: str) -> list[dict]:
    """Return the messages up to the end of the turn."""
    async with dial(at(server, **query), additional_headers=AUTH) as wire:
        for start in range(0, len(audio), 3200):
            await wire.audio(audio[start : start + 3200])
        messages = [await wire.next()]
        while messages[-1]["type"] != "turn_end":
            messages.append(await wire.next())
    return messages


@pytest.mark.promise(TURNS, "The server emits events at turn boundaries.")
@pytest.mark.promise(TURNS, "A turn start, a candidate end with text, and a confirmed end")
async def test_a_turn_has_a_start_a_candidate_with_its_text_and_an_end(
    dial, server: LocalServer, sample
) -> None:
    start, candidate, end = await turn(dial, server, sample("something") + SILENCE)

    assert start == {"type": "turn_start"}
    assert set(candidate) == {"type", "text"}
    assert candidate["text"]
    assert end == {"type": "turn_end"}


@pytest.mark.promise(TURNS, "A candidate end, and either a confirmed end or a continuation")
async def test_a_pause_within_a_turn_withdraws_the_candidate_and_the_next_has_the_whole_text(
    dial, server: LocalServer, sample
) -> None:
    speech = sample("something")
    query = {"eager_turn_probability": "0.3", "final_turn_probability": "0.98"}
    async with dial(at(server, **query), additional_headers=AUTH) as wire:
        await wire.audio(speech + bytes(8_000))
        first = await wire.until(type="turn_end_candidate")
        await wire.audio(speech + SILENCE)
        after = [await wire.next()]
        while after[-1]["type"] != "turn_end":
            after.append(await wire.next())

    assert after[0] == {"type": "turn_continuation"}
    assert "turn_start" not in str(after)
    last = next(each for each in reversed(after) if each["type"] == "turn_end_candidate")
    assert str(last["text"]).startswith(f"{first['text']} ")


@pytest.mark.promise(TURNS, "flush_request: ends the turn at once")
async def test_a_flush_ends_the_turn(dial, server: LocalServer) -> None:
    async with dial(at(server), additional_headers=AUTH) as wire:
        await wire.audio(SECOND)
        await wire.send(type="flush_request")
        messages = [await wire.next() for _ in range(3)]

    assert messages == [
        {"type": "turn_start"},
        {"type": "turn_end_candidate", "text": TEXT},
        {"type": "turn_end"},
    ]


@pytest.mark.promise(TURNS, "include_timestamps, include_words, include_language")
async def test_a_candidate_has_the_details_that_are_requested(dial, server: LocalServer) -> None:
    flags = {f"include_{each}": "true" for each in ("timestamps", "words", "language")}
    async with dial(at(server, **flags), additional_headers=AUTH) as wire:
        await wire.audio(SECOND)
        await wire.send(type="flush_request")
        candidate = await wire.until(type="turn_end_candidate")

    assert {name: candidate[name] for name in ("start_ms", "duration_ms", "language")} == {
        "start_ms": 0,
        "duration_ms": 1000,
        "language": "en",
    }
    assert candidate["words"][0] == {
        "text": scripted_words(SECOND)[0],
        "start_ms": 0,
        "duration_ms": 200,
    }


@pytest.mark.parametrize(
    "query",
    [
        {"eager_turn_probability": "1.1"},
        {"final_turn_probability": "x"},
        {"eager_turn_probability": "0.95"},
        {"encoding": "mp3"},
    ],
)
async def test_a_wrong_parameter_of_turns_is_refused(
    dial, server: LocalServer, query: dict[str, str]
) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with dial(at(server, **query), additional_headers=AUTH):
            pass

    assert caught.value.response.status_code == 400
    assert next(iter(query)) in caught.value.response.headers["X-Error-Message"]


async def test_turns_need_the_key(dial, server: LocalServer) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with dial(at(server)):
            pass

    assert caught.value.response.status_code == 401


async def posted(
    server: LocalServer, audio: bytes, headers: dict[str, str] = AUTH, **query: str
) -> tuple[int, dict]:
    url = at(server, "prerecorded", **query).replace("ws:", "http:")
    sent = {"Content-Type": "application/octet-stream", **headers}
    async with (
        aiohttp.ClientSession() as http,
        http.post(url, data=BytesIO(audio), headers=sent) as answer,
    ):
        return answer.status, await answer.json()


@pytest.mark.promise(RECORDINGS, "Transcribe a complete audio file.")
@pytest.mark.promise(RECORDINGS, "text: always, the full transcript of the audio file")
async def test_a_recording_has_one_transcript(server: LocalServer) -> None:
    assert await posted(server, SECOND) == (200, {"text": TEXT})


@pytest.mark.promise(RECORDINGS, "start_ms, duration_ms, words and confidence on request")
async def test_a_recording_has_the_details_that_are_requested(server: LocalServer) -> None:
    flags = {f"include_{each}": "true" for each in ("timestamps", "words", "confidence")}
    status, body = await posted(server, SECOND * 40, **flags)  # the server ends a segment at 30 s

    assert status == 200
    assert (body["start_ms"], body["duration_ms"]) == (0, 40_000)
    assert [word["text"] for word in body["words"]] == body["text"].split()
    assert body["words"][0] == {
        "text": scripted_words(SECOND)[0],
        "start_ms": 0,
        "duration_ms": 200,
        "confidence": 1.0,
    }


@pytest.mark.promise(RECORDINGS, "encoding: auto for detected container formats")
async def test_a_recording_may_be_in_a_container(server: LocalServer) -> None:
    header = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\1\0\x80\x3e\0\0\0\x7d\0\0\2\0\x10\0data"
    wav = header + b"\xff\xff\xff\xff" + SECOND

    assert await posted(server, wav, encoding="auto") == (200, {"text": TEXT})


async def test_an_empty_recording_has_an_empty_transcript(server: LocalServer) -> None:
    assert await posted(server, b"") == (200, {"text": ""})


@pytest.mark.promise(RECORDINGS, "Errors: INVALID_REQUEST, UNAUTHORIZED, PAYLOAD_TOO_LARGE")
@pytest.mark.parametrize(
    ("query", "audio", "status", "code"),
    [
        ({"encoding": "mp4"}, SECOND, 400, "INVALID_REQUEST"),
        ({"diarize": "true"}, SECOND, 400, "INVALID_REQUEST"),
        ({"custom_model_id": "none"}, SECOND, 404, "NOT_FOUND"),
        ({"encoding": "auto"}, b"fLaC" + bytes(5000), 400, "INVALID_REQUEST"),
    ],
)
async def test_a_recording_that_is_refused_has_the_services_code(
    server: LocalServer, query: dict[str, str], audio: bytes, status: int, code: str
) -> None:
    given, body = await posted(server, audio, **query)

    assert (given, body["code"]) == (status, code)
    assert body["message"]


async def test_a_recording_needs_the_key(server: LocalServer) -> None:
    status, body = await posted(server, SECOND, headers={})

    assert (status, body["code"]) == (401, "UNAUTHORIZED")


async def test_a_busy_engine_refuses_a_recording() -> None:
    server = LocalServer(engine=ScriptedEngine(max_voices=0))
    await server.start()
    try:
        status, body = await posted(server, SECOND)
    finally:
        await server.stop()

    assert (status, body["code"]) == (429, "TOO_MANY_REQUESTS")
