"""ElevenLabs' own client library, unmodified, against the local server: each of its errors."""

from contextlib import suppress

import pytest
from elevenlabs import RealtimeEvents
from websockets.exceptions import ConnectionClosed, InvalidStatus

from elevenlabs_library import SPEECH, connect
from serving import Serve
from wyoming_bridge.local.engines.scripted import ScriptedEngine
from wyoming_bridge.local.faults import Fault, FaultKind
from wyoming_bridge.local.service import LocalServer


async def test_a_wrong_key_is_an_auth_error(server: LocalServer) -> None:
    session = await connect(server, "wrong-key")
    error = await session.next(RealtimeEvents.AUTH_ERROR)

    assert "authenticated" in error["error"]


async def test_a_wrong_key_can_be_a_refused_handshake(serve: Serve) -> None:
    server = await serve(auth_refusal="http")

    with pytest.raises(InvalidStatus) as caught:
        await connect(server, "wrong-key")

    assert caught.value.response.status_code == 401


async def test_too_many_sessions_are_a_refused_handshake(serve: Serve) -> None:
    server = await serve(max_sessions=1)
    first = await connect(server)
    await first.next(RealtimeEvents.SESSION_STARTED)

    with pytest.raises(InvalidStatus) as caught:
        await connect(server)
    await first.connection.close()

    assert caught.value.response.status_code == 429


LIMITS = [
    (RealtimeEvents.QUOTA_EXCEEDED, {"quota_s": 1}),
    (RealtimeEvents.QUEUE_OVERFLOW, {"max_ahead_s": 0.5}),
    (RealtimeEvents.CHUNK_SIZE_EXCEEDED, {"max_chunk_bytes": 1000}),
    (RealtimeEvents.SESSION_TIME_LIMIT_EXCEEDED, {"max_session_s": 0.1}),
    (RealtimeEvents.UNACCEPTED_TERMS, {"terms_accepted": False}),
]


@pytest.mark.parametrize(("event", "behaviour"), LIMITS, ids=str)
async def test_each_limit_has_its_own_event(
    serve: Serve, event: RealtimeEvents, behaviour: dict
) -> None:
    session = await connect(await serve(**behaviour))
    with suppress(ConnectionClosed):  # after some errors the server closes at once
        await session.say(SPEECH)
    error = await session.next(event)

    assert error["error"]


async def test_silence_is_insufficient_audio_activity(serve: Serve) -> None:
    session = await connect(await serve(max_inactive_s=1))
    await session.say(bytes(64_000))

    assert (await session.next(RealtimeEvents.INSUFFICIENT_AUDIO_ACTIVITY))["error"]


async def test_an_empty_commit_is_throttled_and_closes_normally(server: LocalServer) -> None:
    session = await connect(server)
    await session.next(RealtimeEvents.SESSION_STARTED)
    await session.connection.commit()
    error = await session.next(RealtimeEvents.COMMIT_THROTTLED)
    closed = await session.next(RealtimeEvents.CLOSE)

    assert "at least 0.3s" in error["error"]
    assert closed == {"code": 1000, "reason": "commit_throttled"}


async def test_too_many_sessions_per_minute_are_rate_limited(serve: Serve) -> None:
    server = await serve(max_sessions_per_minute=1)
    first = await connect(server)
    await first.next(RealtimeEvents.SESSION_STARTED)
    await first.connection.close()
    second = await connect(server)

    assert (await second.next(RealtimeEvents.RATE_LIMITED))["error"]


async def test_a_full_engine_is_resource_exhausted(serve: Serve) -> None:
    server = await serve(engine=ScriptedEngine(max_voices=1))
    first = await connect(server)
    await first.say(SPEECH)
    await first.next(RealtimeEvents.PARTIAL_TRANSCRIPT)
    second = await connect(server)
    await second.say(SPEECH)
    error = await second.next(RealtimeEvents.RESOURCE_EXHAUSTED)
    await first.connection.close()

    assert error["error"]


@pytest.mark.parametrize(
    ("code", "event"),
    [
        ("", RealtimeEvents.TRANSCRIBER_ERROR),
        ("error", RealtimeEvents.ERROR),
        ("input_error", RealtimeEvents.INPUT_ERROR),
    ],
)
async def test_a_failing_server_sends_the_event_of_its_failure(
    server: LocalServer, code: str, event: RealtimeEvents
) -> None:
    server.fault = Fault(kind=FaultKind.ERROR, code=code, after_audio_ms=100)
    session = await connect(server)
    await session.say(SPEECH)

    assert (await session.next(event))["error"] == "told to fail"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model_id": "scribe_v9"}, "The model_id 'scribe_v9' is invalid. Supported models: "),
        ({"vad_threshold": 0.95}, "vad_threshold: "),
        ({"keyterms": ["x" * 21]}, "keyterms: "),
        (
            {"filter_background_audio": True, "include_timestamps": True},
            "filter_background_audio: must not be true if include_timestamps is true",
        ),
    ],
)
async def test_a_parameter_that_is_not_allowed_is_an_invalid_request(
    server: LocalServer, options: dict, said: str
) -> None:
    session = await connect(server, **options)
    error = await session.next(RealtimeEvents.INVALID_REQUEST)

    assert error["error"].startswith(said)


async def test_a_sample_rate_other_than_the_sessions_is_an_input_error(server: LocalServer) -> None:
    session = await connect(server, sample_rate=8000)
    await session.say(SPEECH)
    error = await session.next(RealtimeEvents.INPUT_ERROR)

    assert "sample_rate must be 16000" in error["error"]


def test_the_tests_above_cover_every_error_of_the_library() -> None:
    met = {event for event, _ in LIMITS} | {
        RealtimeEvents.INSUFFICIENT_AUDIO_ACTIVITY,
        RealtimeEvents.COMMIT_THROTTLED,
        RealtimeEvents.RATE_LIMITED,
        RealtimeEvents.RESOURCE_EXHAUSTED,
        RealtimeEvents.TRANSCRIBER_ERROR,
        RealtimeEvents.ERROR,
        RealtimeEvents.INPUT_ERROR,
        RealtimeEvents.INVALID_REQUEST,
        RealtimeEvents.AUTH_ERROR,
    }
    no_errors = {
        RealtimeEvents.OPEN,
        RealtimeEvents.CLOSE,
        RealtimeEvents.SESSION_STARTED,
        RealtimeEvents.UNACCEPTED_TERMS_ERROR,  # an older name of the same event
    }
    transcripts = {event for event in RealtimeEvents if "transcript" in event.value}
    transcripts.discard(RealtimeEvents.TRANSCRIBER_ERROR)

    assert set(RealtimeEvents) == met | no_errors | transcripts
