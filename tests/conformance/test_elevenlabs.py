"""The statements of ElevenLabs' page on realtime transcription, tested with the local server."""

import base64
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from wyoming_bridge.local.engines.scripted import ScriptedEngine, scripted_words
from wyoming_bridge.local.faults import Fault, FaultKind
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.elevenlabs.behaviour import ElevenLabsBehaviour

PAGE = "ElevenLabs, Realtime"
KEY = "the-right-key"
AUTH = {"xi-api-key": KEY}
SPEECH = bytes([5, 1]) * 16000
WORDS = scripted_words(SPEECH)
TEXT = " ".join(WORDS)
MODEL = "model_id=scribe_v2_realtime"


@pytest.fixture
async def server(serve) -> AsyncIterator[LocalServer]:
    return await serve()


def at(server: LocalServer, *query: str, model: str = MODEL) -> str:
    return f"{server.url}/v1/speech-to-text/realtime?{'&'.join([model, *query])}"


def chunk(audio: bytes = b"", **more: object) -> dict[str, object]:
    return {
        "message_type": "input_audio_chunk",
        "audio_base_64": base64.b64encode(audio).decode(),
        "commit": False,
        "sample_rate": 16000,
        **more,
    }


async def config(dial, server: LocalServer, *query: str) -> dict:
    async with dial(at(server, *query), additional_headers=AUTH) as wire:
        started = await wire.next()
    assert started["message_type"] == "session_started"
    return started["config"]


async def refusal(dial, server: LocalServer, *query: str) -> dict:
    async with dial(at(server, *query), additional_headers=AUTH) as wire:
        (said,) = await wire.rest()
    return said


@pytest.mark.promise(PAGE, "Audio chunks are sent as input_audio_chunk messages")
@pytest.mark.promise(PAGE, "sessionStarted: Sent when the session is successfully started.")
@pytest.mark.promise(PAGE, "partialTranscript: Interim transcription result that may change.")
@pytest.mark.promise(PAGE, "committedTranscript: result that will not change.")
@pytest.mark.promise(PAGE, "Supports manual commit; commit_strategy defaults to manual")
async def test_chunks_give_partial_texts_and_a_commit_gives_the_transcript(
    dial, server: LocalServer
) -> None:
    async with dial(at(server), additional_headers=AUTH) as wire:
        started = await wire.next()
        await wire.send(**chunk(SPEECH))
        partials = [await wire.next() for _ in WORDS]
        await wire.send(**chunk(commit=True))
        committed = await wire.next()

    assert started["message_type"] == "session_started"
    assert started["session_id"]
    assert {each["message_type"] for each in partials} == {"partial_transcript"}
    assert committed == {"message_type": "committed_transcript", "text": TEXT}


@pytest.mark.promise(PAGE, "Supports VAD-based automatic commit strategies")
@pytest.mark.promise(PAGE, "vad_silence_threshold_secs: 0.3-3, defaults to 1.5")
@pytest.mark.promise(PAGE, "vad_threshold: 0.1-0.9, defaults to 0.4")
async def test_speech_is_committed_automatically_after_the_silence(
    dial, server: LocalServer, sample
) -> None:
    asked = ("commit_strategy=vad", "vad_silence_threshold_secs=0.5")
    async with dial(at(server, *asked), additional_headers=AUTH) as wire:
        await wire.send(**chunk(sample("something") + bytes(64_000)))
        committed = await wire.until(message_type="committed_transcript")

    assert committed["text"]


@pytest.mark.promise(PAGE, "a valid API key in the xi-api-key header")
async def test_a_key_in_the_header_opens_a_session(dial, server: LocalServer) -> None:
    assert (await config(dial, server))["model_id"] == "scribe_v2_realtime"


@pytest.mark.promise(PAGE, "a valid token in the token query parameter")
@pytest.mark.promise(PAGE, "Tokens can be generated from the single use token endpoint.")
@pytest.mark.promise(PAGE, "If provided, xi-api-key is no longer required for authentication.")
async def test_a_single_use_token_opens_one_session(dial, server: LocalServer) -> None:
    url = f"{server.url.replace('ws:', 'http:')}/v1/single-use-token/realtime_scribe"
    async with aiohttp.ClientSession() as http, http.post(url, headers=AUTH) as answer:
        token = (await answer.json())["token"]

    async with dial(at(server, f"token={token}")) as wire:
        first = await wire.next()
    async with dial(at(server, f"token={token}")) as wire:
        second = await wire.next()

    assert (first["message_type"], second["message_type"]) == ("session_started", "auth_error")


@pytest.mark.promise(PAGE, "model_id: Required")
async def test_a_session_without_a_model_is_refused(dial, server: LocalServer) -> None:
    async with dial(at(server, model=""), additional_headers=AUTH) as wire:
        (said,) = await wire.rest()

    assert said == {"message_type": "invalid_request", "error": "model_id is required"}


@pytest.mark.promise(PAGE, "include_timestamps: the committed_transcript_with_timestamps event")
@pytest.mark.promise(PAGE, "committedTranscriptWithTimestamps: with word-level timestamps.")
async def test_with_timestamps_a_second_message_has_the_words(dial, server: LocalServer) -> None:
    async with dial(at(server, "include_timestamps=true"), additional_headers=AUTH) as wire:
        await wire.send(**chunk(SPEECH, commit=True))
        timed = await wire.until(message_type="committed_transcript_with_timestamps")

    assert "".join(word["text"] for word in timed["words"]) == timed["text"] == TEXT
    assert (timed["words"][0]["start"], timed["words"][0]["end"]) == (0.0, 0.2)
    assert timed["language_code"] is None


@pytest.mark.promise(PAGE, "include_language_detection: the detected language code")
async def test_with_language_detection_a_second_message_has_the_language(
    dial, server: LocalServer
) -> None:
    asked = "include_language_detection=true"
    async with dial(at(server, asked), additional_headers=AUTH) as wire:
        await wire.send(**chunk(SPEECH, commit=True))
        timed = await wire.until(message_type="committed_transcript_with_timestamps")

    assert (timed["language_code"], timed["words"]) == ("en", None)


@pytest.mark.promise(PAGE, "audio_format: Defaults to pcm_16000")
async def test_16_khz_is_the_default(dial, server: LocalServer) -> None:
    understood = await config(dial, server)

    assert (understood["audio_format"], understood["sample_rate"]) == ("pcm_16000", 16000)


@pytest.mark.promise(PAGE, "audio_format: Audio encoding format for speech-to-text.")
@pytest.mark.parametrize(
    ("name", "rate_hz", "second"),
    [(f"pcm_{rate}", rate, 2 * rate) for rate in (8000, 16000, 22050, 24000, 44100, 48000)]
    + [("ulaw_8000", 8000, 8000)],
)
async def test_a_second_of_audio_lasts_a_second_in_every_format(
    dial, server: LocalServer, name: str, rate_hz: int, second: int
) -> None:
    asked = (f"audio_format={name}", "include_timestamps=true")
    async with dial(at(server, *asked), additional_headers=AUTH) as wire:
        await wire.send(**chunk(bytes([5, 1]) * (second // 2), commit=True, sample_rate=rate_hz))
        timed = await wire.until(message_type="committed_transcript_with_timestamps")

    assert timed["words"][-1]["end"] == pytest.approx(1.0, abs=0.02)


@pytest.mark.promise(PAGE, "language_code: Language code in ISO 639-1 or ISO 639-3 format.")
@pytest.mark.parametrize("language", ["nl", "nld"])
async def test_both_forms_of_a_language_are_accepted(
    dial, server: LocalServer, language: str
) -> None:
    assert (await config(dial, server, f"language_code={language}"))["language_code"] == language


@pytest.mark.promise(PAGE, "keyterms: Maximum 50 keyterms, each up to 20 characters.")
async def test_keyterms_are_favoured_and_have_limits(dial, server: LocalServer) -> None:
    most = await config(dial, server, *(f"keyterms={'x' * 18}{n:02}" for n in range(50)))
    too_many = await refusal(dial, server, *["keyterms=x"] * 51)
    too_long = await refusal(dial, server, f"keyterms={'x' * 21}")
    async with dial(at(server, "keyterms=hoover"), additional_headers=AUTH) as wire:
        await wire.send(**chunk(bytes(range(1, 255)) * 630, commit=True))
        committed = await wire.until(message_type="committed_transcript")

    assert len(most["keyterms"]) == 50
    assert {too_many["message_type"], too_long["message_type"]} == {"invalid_request"}
    assert "at most 50" in too_many["error"]
    assert "20 characters" in too_long["error"]
    assert "hoover" in committed["text"]


@pytest.mark.promise(PAGE, "no_verbatim, enable_logging, include_timestamps: their defaults")
@pytest.mark.promise(PAGE, "min_speech_duration_ms: 50-2000, defaults to 100")
@pytest.mark.promise(PAGE, "min_silence_duration_ms: 50-2000, defaults to 100")
async def test_every_parameter_has_its_default(dial, server: LocalServer) -> None:
    understood = await config(dial, server)

    assert (
        understood.items()
        >= {
            "no_verbatim": False,
            "enable_logging": True,
            "include_timestamps": False,
            "include_language_detection": False,
            "commit_strategy": "manual",
            "vad_silence_threshold_secs": 1.5,
            "vad_threshold": 0.4,
            "min_speech_duration_ms": 100,
            "min_silence_duration_ms": 100,
            "keyterms": [],
        }.items()
    )


@pytest.mark.promise(PAGE, "The ranges of the four VAD parameters")
@pytest.mark.parametrize(
    ("name", "within", "outside"),
    [
        ("vad_silence_threshold_secs", ("0.3", "3"), ("0.29", "3.1", "nan", "x")),
        ("vad_threshold", ("0.1", "0.9"), ("0.09", "0.91")),
        ("min_speech_duration_ms", ("50", "2000"), ("49", "2001", "1.5")),
        ("min_silence_duration_ms", ("50", "2000"), ("49", "2001")),
    ],
)
async def test_a_parameter_outside_its_range_is_refused(
    dial, server: LocalServer, name: str, within: tuple[str, ...], outside: tuple[str, ...]
) -> None:
    for value in within:
        assert (await config(dial, server, f"{name}={value}"))[name] == float(value)
    for value in outside:
        said = await refusal(dial, server, f"{name}={value}")
        assert said["message_type"] == "invalid_request"
        assert said["error"].startswith(f"{name}: ")


@pytest.mark.promise(PAGE, "scribeAuthError: Authentication error during session.")
@pytest.mark.parametrize("headers", [{}, {"xi-api-key": "wrong"}])
async def test_a_wrong_key_is_an_auth_error(dial, server: LocalServer, headers: dict) -> None:
    async with dial(at(server), additional_headers=headers) as wire:
        (said,) = await wire.rest()

    assert said["message_type"] == "auth_error"


QUIET = bytes(64_000)


@pytest.mark.promise(PAGE, "scribeQuotaExceededError: Quota exceeded error.")
@pytest.mark.promise(PAGE, "scribeThrottledError: Throttled error.")
@pytest.mark.promise(PAGE, "scribeUnacceptedTermsError: Unaccepted terms error.")
@pytest.mark.promise(PAGE, "scribeQueueOverflowError: Queue overflow error.")
@pytest.mark.promise(PAGE, "scribeSessionTimeLimitExceededError: Session time limit exceeded.")
@pytest.mark.promise(PAGE, "scribeInputError: Input error.")
@pytest.mark.promise(PAGE, "scribeChunkSizeExceededError: Chunk size exceeded error.")
@pytest.mark.promise(PAGE, "scribeInsufficientAudioActivityError: Insufficient audio activity.")
@pytest.mark.parametrize(
    ("kind", "behaviour", "sent"),
    [
        ("quota_exceeded", {"quota_s": 1}, chunk(SPEECH)),
        ("commit_throttled", {}, chunk(SPEECH[:3200], commit=True)),
        ("unaccepted_terms", {"terms_accepted": False}, None),
        ("queue_overflow", {"max_ahead_s": 0.5}, chunk(SPEECH)),
        ("session_time_limit_exceeded", {"max_session_s": 0.1}, chunk(SPEECH)),
        ("input_error", {}, {"message_type": "commit"}),
        ("chunk_size_exceeded", {"max_chunk_bytes": 1000}, chunk(SPEECH)),
        ("insufficient_audio_activity", {"max_inactive_s": 1}, chunk(QUIET)),
    ],
)
async def test_each_limit_has_its_error(
    dial, serve, kind: str, behaviour: dict, sent: dict | None
) -> None:
    server = await serve(services=(ElevenLabsBehaviour(**behaviour),))

    async with dial(at(server), additional_headers=AUTH) as wire:
        for message in [sent] if sent else []:
            await wire.raw.send(json.dumps(message))
        *_, said = await wire.rest()

    assert said["message_type"] == kind
    assert said["error"]


@pytest.mark.promise(PAGE, "scribeRateLimitedError: Rate limited error during session.")
async def test_too_many_sessions_per_minute_are_rate_limited(dial, serve) -> None:
    server = await serve(services=(ElevenLabsBehaviour(max_sessions_per_minute=1),))
    await config(dial, server)

    assert (await refusal(dial, server))["message_type"] == "rate_limited"


@pytest.mark.promise(PAGE, "scribeResourceExhaustedError: Resource exhausted error.")
async def test_a_busy_engine_is_resource_exhausted(dial) -> None:
    server = LocalServer(engine=ScriptedEngine(max_voices=1), tokens=frozenset({KEY}))
    await server.start()
    async with dial(at(server), additional_headers=AUTH) as first:
        await first.next()
        await first.send(**chunk(SPEECH))
        await first.next()
        async with dial(at(server), additional_headers=AUTH) as second:
            await second.send(**chunk(SPEECH))
            *_, said = await second.rest()
    await server.stop()

    assert said["message_type"] == "resource_exhausted"


@pytest.mark.promise(PAGE, "scribeError: Error event during transcription.")
@pytest.mark.promise(PAGE, "scribeTranscriberError: Transcriber error during session.")
@pytest.mark.parametrize(("code", "kind"), [("", "transcriber_error"), ("error", "error")])
async def test_the_failure_of_the_engine_is_an_error(
    dial, server: LocalServer, code: str, kind: str
) -> None:
    server.fault = Fault(kind=FaultKind.ERROR, code=code)

    async with dial(at(server), additional_headers=AUTH) as wire:
        *_, said = await wire.rest()

    assert said == {"message_type": kind, "error": "told to fail"}
