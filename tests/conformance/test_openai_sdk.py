"""OpenAI's own client library, unmodified, with the local server: sessions."""

import asyncio
import base64
from collections.abc import Coroutine
from typing import TYPE_CHECKING

import openai
import pytest
from openai import AsyncOpenAI

from openai_library import SPEECH, WORDS, NewLibrary, as_wav, resampled
from patience import PATIENCE_S
from serving import Serve
from sessions import noise
from wyoming_bridge.audio import AudioFormat, Encoding
from wyoming_bridge.local.engines.scripted import scripted_words

if TYPE_CHECKING:
    from openai.resources.realtime.realtime import AsyncRealtimeConnection
    from openai.types.realtime import RealtimeServerEvent

PAGE = "OpenAI's client library 3.57.0, realtime transcription"

SESSION = {
    "type": "transcription",
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": 16_000},
            "transcription": {"model": "gpt-live-transcribe"},
            "turn_detection": None,
        }
    },
}

WITH_KEYWORD = {
    "type": "transcription",
    "audio": {"input": {"transcription": {"keywords": ["Kitchen"]}}},
}

COMPLETED = "conversation.item.input_audio_transcription.completed"
DELTA = "conversation.item.input_audio_transcription.delta"


async def until(connection: "AsyncRealtimeConnection", kind: str) -> "list[RealtimeServerEvent]":
    """Return the events up to the first one of this type."""
    events: list[RealtimeServerEvent] = []
    async with asyncio.timeout(PATIENCE_S):
        while not events or events[-1].type != kind:
            events.append(await connection.recv())
    return events


async def append(connection: "AsyncRealtimeConnection", pcm: bytes) -> None:
    await connection.input_audio_buffer.append(audio=base64.b64encode(pcm).decode())


@pytest.mark.promise(PAGE, "session.update: The server will respond with a session.updated event.")
@pytest.mark.promise(
    PAGE, "Committing the input audio buffer will trigger input audio transcription."
)
async def test_a_commit_gives_deltas_and_the_text(library: NewLibrary) -> None:
    async with library().realtime.connect(extra_query={"intent": "transcription"}) as connection:
        [created] = await until(connection, "session.created")
        await connection.session.update(session=SESSION)
        [updated] = await until(connection, "session.updated")
        await append(connection, SPEECH)
        await connection.input_audio_buffer.commit()
        events = await until(connection, COMPLETED)

    assert created.session.type == "transcription"
    assert updated.session.audio.input.transcription.model == "gpt-live-transcribe"
    assert updated.session.audio.input.turn_detection is None
    *others, completed = events
    assert completed.transcript == WORDS
    assert "".join(each.delta for each in others if each.type == DELTA) == WORDS
    assert completed.usage.seconds == 0.8
    [committed] = [each for each in others if each.type == "input_audio_buffer.committed"]
    assert {committed.item_id, completed.item_id} == {completed.item_id}
    assert completed.languages[0].code == "en"
    assert completed.logprobs is None


@pytest.mark.promise(PAGE, "keywords: Words or phrases to guide transcription of the input audio.")
async def test_the_engine_favours_the_keywords(library: NewLibrary) -> None:
    async with library().realtime.connect(extra_query={"intent": "transcription"}) as connection:
        await connection.session.update(session=WITH_KEYWORD)
        await append(connection, SPEECH)
        await connection.input_audio_buffer.commit()
        *_, completed = await until(connection, COMPLETED)

    assert completed.transcript.split() == scripted_words(SPEECH, bias_terms=["Kitchen"])


async def test_the_model_in_the_address_opens_the_same_session(library: NewLibrary) -> None:
    async with library().realtime.connect(model="gpt-realtime") as connection:
        [created] = await until(connection, "session.created")

    assert created.session.audio.input.format.rate == 16_000


@pytest.mark.promise(PAGE, "previous_item_id: Can be null if the item has no predecessor.")
async def test_items_follow_each_other(library: NewLibrary) -> None:
    async with library().realtime.connect(extra_query={"intent": "transcription"}) as connection:
        await connection.session.update(session=SESSION)
        for seed in (1, 2):
            await append(connection, noise(seed, words=2))
            await connection.input_audio_buffer.commit()
        events = [*await until(connection, COMPLETED), *await until(connection, COMPLETED)]

    committed = [each for each in events if each.type == "input_audio_buffer.committed"]
    texts = [each.transcript for each in events if each.type == COMPLETED]
    assert texts == [" ".join(scripted_words(noise(seed, words=2))) for seed in (1, 2)]
    assert [each.previous_item_id for each in committed] == [None, committed[0].item_id]


@pytest.mark.promise(PAGE, "item.input_audio_transcription.logprobs: Include logprobs.")
async def test_probabilities_are_sent_on_request(library: NewLibrary) -> None:
    included = SESSION | {"include": ["item.input_audio_transcription.logprobs"]}
    async with library().realtime.connect(extra_query={"intent": "transcription"}) as connection:
        await connection.session.update(session=included)
        await append(connection, SPEECH)
        await connection.input_audio_buffer.commit()
        *_, completed = await until(connection, COMPLETED)

    assert "".join(token.token for token in completed.logprobs) == WORDS
    assert {token.logprob for token in completed.logprobs} == {0.0}


@pytest.mark.promise(PAGE, "error: Most errors are recoverable and the session will stay open.")
@pytest.mark.promise(PAGE, "event_id: The event_id of the client event that caused the error.")
async def test_errors_name_the_message_and_leave_the_session_open(library: NewLibrary) -> None:
    async with library().realtime.connect(extra_query={"intent": "transcription"}) as connection:
        await connection.input_audio_buffer.commit(event_id="c1")
        *_, empty = await until(connection, "error")
        await connection.send({"type": "response.create"})
        [unknown] = await until(connection, "error")
        session = {"type": "transcription", "audio": {"input": {"format": {"type": "audio/x"}}}}
        await connection.session.update(session=session, event_id="u1")
        [refused] = await until(connection, "error")
        await connection.session.update(session=SESSION)
        await until(connection, "session.updated")

    assert (empty.error.code, empty.error.event_id) == ("input_audio_buffer_commit_empty", "c1")
    assert "session.update, input_audio_buffer.append" in unknown.error.message
    assert refused.error.event_id == "u1"
    assert refused.error.message == (
        "format.type: must be audio/pcm or audio/pcmu or audio/pcma, got 'audio/x'"
    )


@pytest.mark.promise(
    PAGE, "cleared: Returned when the input audio buffer is cleared by the client."
)
async def test_cleared_audio_has_no_text(library: NewLibrary) -> None:
    async with library().realtime.connect(extra_query={"intent": "transcription"}) as connection:
        await connection.session.update(session=SESSION)
        await append(connection, noise(9, words=2))
        await connection.input_audio_buffer.clear()
        await until(connection, "input_audio_buffer.cleared")
        await connection.input_audio_buffer.clear()
        await until(connection, "input_audio_buffer.cleared")
        await append(connection, SPEECH)
        await connection.input_audio_buffer.commit()
        *_, completed = await until(connection, COMPLETED)

    assert completed.transcript == WORDS


@pytest.mark.promise(PAGE, "server_vad: off after a period of silence; silence_duration_ms")
async def test_the_server_commits_at_a_pause(library: NewLibrary, serve: Serve, sample) -> None:
    server = await serve()
    detecting = {
        "type": "transcription",
        "audio": {"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 500}}},
    }
    pcm = resampled(sample("something") + bytes(48_000), rate_hz=24_000)
    client = library(url=server.url)
    async with client.realtime.connect(extra_query={"intent": "transcription"}) as connection:
        await connection.session.update(session=detecting)
        await append(connection, pcm)
        events = await until(connection, COMPLETED)

    kinds = [each.type for each in events if each.type.startswith("input_audio_buffer.")]
    assert kinds == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
    ]
    assert events[-1].transcript


@pytest.mark.promise(PAGE, "The PCM audio format, the G.711 μ-law format, the G.711 A-law format")
@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ({"type": "audio/pcm", "rate": 24_000}, (Encoding.PCM_S16LE, 24_000)),
        ({"type": "audio/pcmu"}, (Encoding.MULAW, 8_000)),
        ({"type": "audio/pcma"}, (Encoding.ALAW, 8_000)),
    ],
)
async def test_every_format_is_read_at_its_rate(
    library: NewLibrary, serve: Serve, kind: dict[str, object], source: tuple[Encoding, int]
) -> None:
    server = await serve()
    encoding, rate_hz = source
    audio_format = AudioFormat(encoding=encoding, sample_rate_hz=rate_hz, channels=1)
    session = {"type": "transcription", "audio": {"input": {"format": kind}}}
    client = library(url=server.url)
    async with client.realtime.connect(extra_query={"intent": "transcription"}) as connection:
        await connection.session.update(session=session)
        await append(connection, b"\x55" * audio_format.bytes_of(1000))
        await connection.input_audio_buffer.commit()
        *_, completed = await until(connection, COMPLETED)

    assert completed.usage.seconds == 1.0
    assert len(completed.transcript.split()) == 5  # one word per 200 ms


async def test_a_client_secret_opens_a_session_with_its_configuration(
    library: NewLibrary,
) -> None:
    secret = await library().realtime.client_secrets.create(
        session=WITH_KEYWORD, expires_after={"anchor": "created_at", "seconds": 60}
    )
    browser = library(api_key=secret.value)
    async with browser.realtime.connect(extra_query={"intent": "transcription"}) as connection:
        [created] = await until(connection, "session.created")

    assert secret.value.startswith("ek_")
    assert secret.session.type == "transcription"
    assert created.session.audio.input.transcription.keywords == ["Kitchen"]


async def test_a_wrong_key_is_refused_everywhere(library: NewLibrary) -> None:
    stranger = library(api_key="wrong")

    async def connect() -> None:
        async with stranger.realtime.connect(extra_query={"intent": "transcription"}):
            pass

    calls: list[Coroutine[None, None, object]] = [
        _list(stranger),
        stranger.realtime.client_secrets.create(session=SESSION),
        stranger.audio.transcriptions.create(model="m", file=("a.wav", as_wav(SPEECH))),
    ]
    for call in calls:
        with pytest.raises(openai.AuthenticationError) as caught:
            await call
        assert caught.value.code == "invalid_api_key"
    with pytest.raises(Exception, match="401"):
        await connect()


async def _list(client: AsyncOpenAI) -> list[str]:
    return [model.id async for model in client.models.list()]


async def test_the_models_are_listed(library: NewLibrary) -> None:
    names = await _list(library())
    one = await library().models.retrieve("whisper-1")
    with pytest.raises(openai.NotFoundError) as caught:
        await library().models.retrieve("gpt-5")

    assert names[0] == "gpt-live-transcribe"
    assert (one.id, one.object) == ("whisper-1", "model")
    assert caught.value.code == "model_not_found"
