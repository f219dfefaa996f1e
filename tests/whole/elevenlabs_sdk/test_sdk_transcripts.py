"""ElevenLabs' own client library, unmodified, against the local server: its transcripts."""

import math
import warnings
from collections.abc import Callable

import httpx
import pytest
from elevenlabs import AudioFormat, CommitStrategy, RealtimeEvents

from elevenlabs_library import SPEECH, WORDS, connect, library
from serving import Serve
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.local.service import LocalServer


async def test_a_commit_gives_partials_the_transcript_and_a_second_one_with_times(
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


async def test_language_detection_alone_gives_a_second_transcript_without_words(
    server: LocalServer,
) -> None:
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


async def test_keyterms_make_their_words_more_likely(server: LocalServer) -> None:
    session = await connect(server, keyterms=["hoover", "Mrs Jones & son"])
    started = await session.next(RealtimeEvents.SESSION_STARTED)
    await session.say(bytes(range(1, 255)) * 630)
    await session.connection.commit()
    committed = await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT)

    assert started["config"]["keyterms"] == ["hoover", "Mrs Jones & son"]
    assert {"hoover", "Mrs", "Jones", "son"} & set(committed["text"].split())


async def test_entities_are_detected_and_redacted(serve: Serve) -> None:
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


async def test_a_transcript_is_edited_as_the_server_is_configured(serve: Serve) -> None:
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


async def test_settled_text_comes_before_the_commit_and_transcripts_may_be_reversed(
    serve: Serve,
) -> None:
    server = await serve(settles=True, timed_first=True)
    session = await connect(server, include_timestamps=True)
    await session.say(SPEECH)
    await session.connection.commit()
    settled = await session.next(RealtimeEvents.FINAL_TRANSCRIPT)
    timed = await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT_WITH_TIMESTAMPS)
    plain = await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT)

    assert settled["text"] == timed["text"] == plain["text"] == WORDS


def mulaw(pcm: bytes) -> bytes:
    with warnings.catch_warnings(action="ignore"):  # audioop is deprecated on Python 3.11 and 3.12
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
async def test_a_second_of_audio_lasts_a_second_in_other_formats(
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


async def test_two_simultaneous_sessions_do_not_mix(server: LocalServer) -> None:
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


async def test_a_single_use_token_is_created_and_works_once(server: LocalServer) -> None:
    async with httpx.AsyncClient() as http:
        minted = await library(server, http=http).tokens.single_use.create("realtime_scribe")
    first = await connect(server, key=None, token=minted.token)
    await first.next(RealtimeEvents.SESSION_STARTED)
    await first.connection.close()
    second = await connect(server, key=None, token=minted.token)
    error = await second.next(RealtimeEvents.AUTH_ERROR)

    assert "authenticated" in error["error"]
