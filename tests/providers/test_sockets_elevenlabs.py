"""The ElevenLabs client and the local server on a real socket: errors and long sessions."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from elevenlabs_servers import elevenlabs_server
from serving import KEY, Serve, serving_each
from sessions import SessionEvents, noise, running
from wyoming_bridge.errors import (
    AuthenticationError,
    QuotaError,
    RateLimitedError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
    TermsError,
)
from wyoming_bridge.events import Failed, FinalText, Finished, FlushDone, SessionStarted
from wyoming_bridge.local.engines.scripted import ScriptedEngine, scripted_words
from wyoming_bridge.local.faults import Fault, FaultKind
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs.client import ElevenLabsClient
from wyoming_bridge.providers.elevenlabs.messages import ErrorKind
from wyoming_bridge.session import RealtimeSession, WebsocketConnector

SPEECH = noise(words=5)
"""One second of audio."""


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    async with serving_each(elevenlabs_server) as start:
        yield start


def session(server: LocalServer, received: SessionEvents, **settings: object) -> RealtimeSession:
    given = {"url": f"{server.url}/elevenlabs", "token": KEY, "language": "en"} | settings
    return RealtimeSession(
        client=ElevenLabsClient(ElevenLabsSettings(**given)),
        connector=WebsocketConnector(),
        provider="elevenlabs",
        on_event=received,
    )


async def failure(server: LocalServer, audio: bytes = SPEECH, **settings: object) -> RemoteError:
    """Return the error of a session that sends speech and a flush."""
    received = SessionEvents()
    async with running(speaking := session(server, received, **settings)):
        speaking.send_audio(audio)
        speaking.flush("1")
    [failed] = received.all(Failed)
    assert received.all(Finished) == []
    assert isinstance(failed.error, RemoteError)
    return failed.error


@dataclass(frozen=True, kw_only=True)
class Case:
    """The cause of an error, and the class that it is mapped to."""

    error: type[RemoteError]
    code: str
    retryable: bool
    behaviour: dict[str, object] = field(default_factory=dict)
    settings: dict[str, object] = field(default_factory=dict)
    fault: str | None = None
    audio: bytes = SPEECH


FAILED = {"error": ServiceError, "code": "service_error", "retryable": True}
LIMITED = {"error": RateLimitedError, "code": "rate_limited", "retryable": True}
UNFIT = {"error": ServiceRequestError, "code": "refused_by_service", "retryable": False}

CASES: dict[ErrorKind, Case] = {
    ErrorKind.ERROR: Case(**FAILED, fault="error"),
    ErrorKind.AUTH_ERROR: Case(
        error=AuthenticationError, code="auth_failed", retryable=False, settings={"token": "wrong"}
    ),
    ErrorKind.QUOTA_EXCEEDED: Case(
        error=QuotaError, code="quota_exceeded", retryable=False, behaviour={"quota_s": 1}
    ),
    ErrorKind.COMMIT_THROTTLED: Case(**FAILED, behaviour={"min_commit_s": 2}),
    ErrorKind.UNACCEPTED_TERMS: Case(
        error=TermsError,
        code="terms_not_accepted",
        retryable=False,
        behaviour={"terms_accepted": False},
    ),
    ErrorKind.RATE_LIMITED: Case(**LIMITED, fault="rate_limited"),
    ErrorKind.QUEUE_OVERFLOW: Case(**LIMITED, behaviour={"max_ahead_s": 0.5}),
    ErrorKind.RESOURCE_EXHAUSTED: Case(**LIMITED, fault="resource_exhausted"),
    ErrorKind.SESSION_TIME_LIMIT_EXCEEDED: Case(
        **FAILED, behaviour={"max_session_s": 0.1}, audio=b""
    ),
    ErrorKind.INPUT_ERROR: Case(**UNFIT, fault="input_error"),
    ErrorKind.INVALID_REQUEST: Case(**UNFIT, settings={"model": "scribe_v9"}),
    ErrorKind.CHUNK_SIZE_EXCEEDED: Case(**UNFIT, behaviour={"max_chunk_bytes": 31_999}),
    ErrorKind.INSUFFICIENT_AUDIO_ACTIVITY: Case(
        **FAILED, behaviour={"max_inactive_s": 1}, audio=bytes(32_000)
    ),
    ErrorKind.TRANSCRIBER_ERROR: Case(**FAILED, fault="transcriber_error"),
}


def test_the_table_has_each_error() -> None:
    assert set(CASES) == set(ErrorKind)


@pytest.mark.parametrize(("kind", "case"), list(CASES.items()), ids=list(CASES))
async def test_each_error_is_mapped(serve: Serve, kind: ErrorKind, case: Case) -> None:
    fault = Fault(kind=FaultKind.ERROR, code=case.fault) if case.fault else None
    server = await serve(fault=fault, **case.behaviour)
    error = await failure(server, case.audio, **case.settings)

    assert type(error) is case.error
    assert (error.code, error.retryable) == (case.code, case.retryable)
    assert error.placeholders["service_code"] == kind
    assert error.message.startswith(f"{kind}: ")
    assert KEY not in str(error)


async def test_a_key_that_the_handshake_refuses_is_an_authentication_error(serve: Serve) -> None:
    error = await failure(await serve(auth_refusal="http"), token="wrong")

    assert type(error) is AuthenticationError
    assert (error.code, error.retryable) == ("auth_failed", False)
    assert "HTTP 401" in error.message


async def test_too_many_open_sessions_are_a_rate_limit(serve: Serve) -> None:
    server = await serve(max_sessions=1)
    received = SessionEvents()
    async with running(first := session(server, received)):
        await received.first(SessionStarted)
        error = await failure(server)
        first.finish()

    assert type(error) is RateLimitedError
    assert error.retryable
    assert "HTTP 429" in error.message
    assert received.all(Failed) == []


async def test_too_many_sessions_per_minute_are_a_rate_limit(serve: Serve) -> None:
    server = await serve(max_sessions_per_minute=1)
    received = SessionEvents()
    async with running(first := session(server, received)):
        await received.first(SessionStarted)
        first.finish()
    error = await failure(server)

    assert type(error) is RateLimitedError
    assert error.placeholders["service_code"] == "rate_limited"


async def test_a_busy_engine_is_a_rate_limit(serve: Serve) -> None:
    engine = ScriptedEngine(max_voices=1)
    server = await serve(engine=engine)
    voice = await engine.open()
    error = await failure(server)
    await voice.close()

    assert type(error) is RateLimitedError
    assert error.placeholders["service_code"] == "resource_exhausted"


async def test_a_used_single_use_token_is_an_authentication_error(serve: Serve) -> None:
    error = await failure(await serve(), token="spent", auth="single_use")

    assert type(error) is AuthenticationError
    assert "spent" not in str(error)


async def test_silence_at_the_end_does_not_fail_the_session(serve: Serve) -> None:
    server = await serve(max_inactive_s=1)
    received = SessionEvents()
    async with running(speaking := session(server, received)):
        speaking.send_audio(bytes(32_000))
        speaking.finish()

    assert received.all(Failed) == []
    assert len(received.all(Finished)) == 1


async def test_no_word_is_lost_in_more_than_half_a_minute(serve: Serve) -> None:
    pcm = noise(words=325)  # 65 s
    received = SessionEvents()
    async with running(speaking := session(await serve(max_chunk_bytes=32_000), received)):
        speaking.send_audio(pcm)
        speaking.flush("1")
        speaking.finish()
    finals = received.all(FinalText)

    assert len(finals) == 3
    assert received.words == [
        word
        for start in range(0, len(pcm), 960_000)
        for word in scripted_words(pcm[start : start + 960_000])
    ]
    assert received.all(FlushDone) == [FlushDone(flush_id="1")]


async def test_if_the_service_commits_by_itself_no_sentence_is_lost(serve: Serve, sample) -> None:
    sentence = sample("something")[32 * 450 : 32 * 2250]
    said = bytes(32_000) + (sentence + bytes(64_000)) * 3 + sentence
    received = SessionEvents()
    speaking = session(
        await serve(), received, commit_strategy="vad", vad_silence_threshold_secs=0.5
    )
    async with running(speaking):
        speaking.send_audio(said)
        speaking.finish()
    events = received.events

    assert len([f for f in received.all(FinalText) if f.text]) == 4
    assert events.index(received.all(Finished)[0]) > events.index(received.all(FinalText)[-1])
    # Each block of sound gives a word, whichever segment the block is in.
    assert len(received.words) >= len(sentence) * 4 // 6400
