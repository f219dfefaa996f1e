"""ElevenLabs' own client library, unmodified, against the local realtime server."""

import asyncio
import base64
import math
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress

import httpx
import pytest
from elevenlabs import AsyncElevenLabs, AudioFormat, CommitStrategy, RealtimeEvents
from websockets.exceptions import ConnectionClosed, InvalidStatus

from serving import KEY, serving
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engines import ScriptedEngine, scripted_words
from wyoming_bridge.local.faults import Fault, FaultKind
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.elevenlabs.behaviour import ElevenLabsBehaviour

SPEECH = bytes([5, 1]) * 16000
WORDS = " ".join(scripted_words(SPEECH))

Serve = Callable[..., Awaitable[LocalServer]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    async with AsyncExitStack() as servers:

        async def start(
            *, engine: ScriptedEngine | None = None, **behaviour: object
        ) -> LocalServer:
            server = LocalServer(
                engine=engine or ScriptedEngine(),
                tokens=frozenset({KEY}),
                behaviour=Behaviour(elevenlabs=ElevenLabsBehaviour(**behaviour)),
            )
            return await servers.enter_async_context(serving(server))

        yield start


@pytest.fixture
async def server(serve: Serve) -> LocalServer:
    return await serve()


class Session:
    """Collects what the library reports."""

    def __init__(self, connection) -> None:
        self.connection = connection
        self.heard: asyncio.Queue[tuple[str, dict]] = asyncio.Queue()
        for event in RealtimeEvents:
            connection.on(event, lambda data=None, name=event: self.heard.put_nowait((name, data)))

    async def say(self, pcm: bytes) -> None:
        await self.connection.send({"audio_base_64": base64.b64encode(pcm).decode()})

    async def next(self, name: RealtimeEvents) -> dict:
        while True:
            kind, data = await asyncio.wait_for(self.heard.get(), 10)
            if kind == name:
                return data


OPENED: list[Session] = []


@pytest.fixture(autouse=True)
async def _close_all() -> AsyncIterator[None]:
    """The library leaves a connection that the server has ended to whoever opened it."""
    yield
    while OPENED:
        await OPENED.pop().connection.close()


def library(
    server: LocalServer, key: str | None = KEY, http: httpx.AsyncClient | None = None
) -> AsyncElevenLabs:
    base_url = server.url.replace("ws:", "http:")
    return AsyncElevenLabs(api_key=key or "", base_url=base_url, httpx_client=http)


async def connect(server: LocalServer, key: str | None = KEY, **options: object) -> Session:
    wanted = {
        "model_id": "scribe_v2_realtime",
        "audio_format": AudioFormat.PCM_16000,
        "sample_rate": 16000,
        **options,
    }
    session = Session(await library(server, key).speech_to_text.realtime.connect(wanted))
    OPENED.append(session)
    return session


async def test_a_commit_gives_partials_the_transcript_and_its_timed_twin(
    server: LocalServer,
) -> None:
    session = await connect(server, include_timestamps=True, include_language_detection=True)
    started = await session.next(RealtimeEvents.SESSION_STARTED)
    await session.say(SPEECH)
    partial = await session.next(RealtimeEvents.PARTIAL_TRANSCRIPT)
    await session.connection.commit()
    committed = await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT)
    timed = await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT_WITH_TIMESTAMPS)

    assert started["config"]["model_id"] == "scribe_v2_realtime"
    assert WORDS.startswith(partial["text"])
    assert committed["text"] == timed["text"] == WORDS
    assert "".join(word["text"] for word in timed["words"]) == WORDS
    assert timed["language_code"] == "en"


async def test_language_detection_alone_gives_a_twin_without_words(server: LocalServer) -> None:
    session = await connect(server, include_language_detection=True)
    await session.say(SPEECH)
    await session.connection.commit()
    timed = await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT_WITH_TIMESTAMPS)

    assert (timed["language_code"], timed["words"]) == ("en", None)


async def test_the_vad_commits_at_a_pause(server: LocalServer, sample) -> None:
    session = await connect(
        server,
        commit_strategy=CommitStrategy.VAD,
        vad_silence_threshold_secs=0.5,
        vad_threshold=0.4,
        min_speech_duration_ms=100,
        min_silence_duration_ms=100,
    )
    started = await session.next(RealtimeEvents.SESSION_STARTED)
    await session.say(sample("something") + bytes(48_000))
    committed = await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT)

    assert started["config"]["vad_commit_strategy"] is True
    assert committed["text"]


async def test_keyterms_are_understood_and_bias(server: LocalServer) -> None:
    session = await connect(server, keyterms=["hoover", "Mrs Jones & son"])
    started = await session.next(RealtimeEvents.SESSION_STARTED)
    await session.say(bytes(range(1, 255)) * 630)
    await session.connection.commit()
    committed = await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT)

    assert started["config"]["keyterms"] == ["hoover", "Mrs Jones & son"]
    assert {"hoover", "Mrs", "Jones", "son"} & set(committed["text"].split())


async def test_entities_are_found_and_taken_out(serve: Serve) -> None:
    first = WORDS.split()[0]
    server = await serve(entities={first: "name"})
    session = await connect(server, entity_detection="all", entity_redaction=["name"])
    await session.say(SPEECH)
    await session.connection.commit()
    found = await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT_ENTITIES)
    redacted = await session.next(RealtimeEvents.REDACTED_TRANSCRIPT)

    assert found["entities"][0] == {
        "text": first,
        "entity_type": "name",
        "start_char": 0,
        "end_char": len(first),
    }
    assert redacted["redacted_text"].startswith("{NAME_1} ")


async def test_a_transcript_is_edited_as_the_server_was_told(serve: Serve) -> None:
    first, *rest = WORDS.split()
    server = await serve(edits={first: "lamp"})
    session = await connect(server, transcript_edit="say lamp")
    await session.say(SPEECH)
    await session.connection.commit()
    edited = await session.next(RealtimeEvents.EDITED_TRANSCRIPT)

    assert edited["text"] == WORDS
    assert edited["edited_text"] == " ".join(
        "lamp" if word == first else word for word in [first, *rest]
    )


async def test_settled_text_comes_before_the_commit_and_twins_may_be_reversed(
    serve: Serve,
) -> None:
    server = await serve(settles=True, twins_reversed=True)
    session = await connect(server, include_timestamps=True)
    await session.say(SPEECH)
    await session.connection.commit()
    settled = await session.next(RealtimeEvents.FINAL_TRANSCRIPT)
    timed = await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT_WITH_TIMESTAMPS)
    plain = await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT)

    assert settled["text"] == timed["text"] == plain["text"] == WORDS


def mulaw(pcm: bytes) -> bytes:
    with warnings.catch_warnings(action="ignore"):  # audioop says goodbye on Python 3.11 and 3.12
        import audioop

    return audioop.lin2ulaw(pcm, 2)


@pytest.mark.parametrize(
    ("audio_format", "rate_hz", "encode"),
    [
        (AudioFormat.ULAW_8000, 8000, mulaw),
        (AudioFormat.PCM_8000, 8000, bytes),
        (AudioFormat.PCM_48000, 48000, bytes),
    ],
)
async def test_a_second_is_a_second_in_other_formats(
    server: LocalServer, audio_format: AudioFormat, rate_hz: int, encode: Callable[[bytes], bytes]
) -> None:
    samples = [round(9000 * math.sin(n / 9)) for n in range(rate_hz)]
    pcm = b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples)
    session = await connect(
        server, audio_format=audio_format, sample_rate=rate_hz, include_timestamps=True
    )
    await session.say(encode(pcm))
    await session.connection.commit()
    timed = await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT_WITH_TIMESTAMPS)

    assert timed["words"][-1]["end"] == pytest.approx(1.0, abs=0.02)


async def test_two_sessions_at_once_do_not_mix(server: LocalServer) -> None:
    voices = [bytes([voice, 1]) * 16000 for voice in (5, 9)]
    sessions = [await connect(server) for _ in voices]
    for session, pcm in zip(sessions, voices, strict=True):
        await session.say(pcm)
    for session in sessions:
        await session.connection.commit()
    texts = [
        (await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT))["text"] for session in sessions
    ]

    assert texts == [" ".join(scripted_words(pcm)) for pcm in voices]


async def test_a_single_use_token_is_minted_and_good_once(server: LocalServer) -> None:
    async with httpx.AsyncClient() as http:
        minted = await library(server, http=http).tokens.single_use.create("realtime_scribe")
    first = await connect(server, key=None, token=minted.token)
    await first.next(RealtimeEvents.SESSION_STARTED)
    await first.connection.close()
    second = await connect(server, key=None, token=minted.token)
    error = await second.next(RealtimeEvents.AUTH_ERROR)

    assert "authenticated" in error["error"]


async def test_a_wrong_key_is_an_auth_error(server: LocalServer) -> None:
    session = await connect(server, "wrong-key")
    error = await session.next(RealtimeEvents.AUTH_ERROR)

    assert "authenticated" in error["error"]


async def test_a_wrong_key_may_be_a_refused_handshake(serve: Serve) -> None:
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
async def test_each_limit_is_an_event_of_its_own(
    serve: Serve, event: RealtimeEvents, behaviour: dict
) -> None:
    session = await connect(await serve(**behaviour))
    with suppress(ConnectionClosed):  # some say it at once, and close
        await session.say(SPEECH)
    error = await session.next(event)

    assert error["error"]


async def test_silence_is_insufficient_audio_activity(serve: Serve) -> None:
    session = await connect(await serve(max_inactive_s=1))
    await session.say(bytes(64_000))

    assert (await session.next(RealtimeEvents.INSUFFICIENT_AUDIO_ACTIVITY))["error"]


async def test_a_commit_of_nothing_is_throttled_and_closes_normally(server: LocalServer) -> None:
    session = await connect(server)
    await session.next(RealtimeEvents.SESSION_STARTED)
    await session.connection.commit()
    error = await session.next(RealtimeEvents.COMMIT_THROTTLED)
    closed = await session.next(RealtimeEvents.CLOSE)

    assert "at least 0.3s" in error["error"]
    assert closed == {"code": 1000, "reason": "commit_throttled"}


async def test_a_rate_is_limited(serve: Serve) -> None:
    server = await serve(max_sessions_per_minute=1)
    first = await connect(server)
    await first.next(RealtimeEvents.SESSION_STARTED)
    await first.connection.close()
    second = await connect(server)

    assert (await second.next(RealtimeEvents.RATE_LIMITED))["error"]


async def test_an_engine_without_room_is_exhausted(serve: Serve) -> None:
    server = await serve(engine=ScriptedEngine(max_voices=1))
    first = await connect(server)
    await first.say(SPEECH)
    await first.next(RealtimeEvents.PARTIAL_TRANSCRIPT)
    second = await connect(server)
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
async def test_a_server_that_fails_says_how(
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
            "filter_background_audio: not with include_timestamps",
        ),
    ],
)
async def test_a_parameter_that_is_not_allowed_is_an_invalid_request(
    server: LocalServer, options: dict, said: str
) -> None:
    session = await connect(server, **options)
    error = await session.next(RealtimeEvents.INVALID_REQUEST)

    assert error["error"].startswith(said)


async def test_a_rate_that_is_not_the_sessions_is_an_input_error(server: LocalServer) -> None:
    session = await connect(server, sample_rate=8000)
    await session.say(SPEECH)
    error = await session.next(RealtimeEvents.INPUT_ERROR)

    assert "sample_rate is 8000" in error["error"]


def test_no_error_of_the_library_is_forgotten_above() -> None:
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
