"""What the OpenAI services of LiveKit Agents and Pipecat send, and which answers they need.

Both treat any ``error`` as the end of the session.
"""

import base64

import pytest

from openai_library import resampled
from serving import KEY, Serve

LIVEKIT = "LiveKit Agents 1.8.9, OpenAI STT"
PIPECAT = "Pipecat 1.14.0, OpenAI STT"

Json = dict[str, object]

HEADERS = {"Authorization": f"Bearer {KEY}"}
ITEM = "conversation.item.input_audio_transcription"

LIVEKIT_VAD = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 600,
    "silence_duration_ms": 350,
}


def update(transcription: Json, **fields: object) -> Json:
    audio_format = {"type": "audio/pcm", "rate": 24_000}
    audio_input = {"format": audio_format, "transcription": transcription, **fields}
    return {"type": "transcription", "audio": {"input": audio_input}}


async def append(wire, pcm: bytes, *, step: int) -> None:
    for start in range(0, len(pcm), step):
        audio = base64.b64encode(pcm[start : start + step]).decode()
        await wire.send(type="input_audio_buffer.append", audio=audio)


async def up_to_completed(wire) -> list[Json]:
    """Return the messages up to the text of an item. An error fails the test."""
    messages: list[Json] = []
    while not messages or messages[-1]["type"] != f"{ITEM}.completed":
        messages.append(await wire.next())
        assert messages[-1]["type"] != "error", messages[-1]
    return messages


def texts(messages: list[Json]) -> tuple[str, object]:
    """Return all deltas together, and the text."""
    deltas = [str(each["delta"]) for each in messages if each["type"] == f"{ITEM}.delta"]
    return "".join(deltas), messages[-1]["transcript"]


@pytest.mark.promise(LIVEKIT, "a model with server VAD: speech_started and speech_stopped")
async def test_livekit_lets_the_server_end_segments(serve: Serve, dial, sample) -> None:
    server = await serve()
    place = f"{server.url}/v1/realtime?intent=transcription&model=gpt-4o-mini-transcribe"
    pcm = resampled(sample("something") + bytes(48_000), rate_hz=24_000)
    async with dial(place, additional_headers=HEADERS) as wire:
        transcription: Json = {"model": "gpt-4o-mini-transcribe", "language": "en"}
        session = update(transcription, turn_detection=LIVEKIT_VAD)
        await wire.send(type="session.update", session=session)
        await append(wire, pcm, step=2400)
        messages = await up_to_completed(wire)

    ids = {each["type"]: each["item_id"] for each in messages if "item_id" in each}
    assert len(set(ids.values())) == 1
    assert list(ids)[-1] == f"{ITEM}.completed"
    assert {"input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"} <= set(ids)
    together, text = texts(messages)
    assert text
    assert together == text


@pytest.mark.promise(LIVEKIT, "a model without server VAD: the client commits; empty keywords")
async def test_livekit_commits_itself(serve: Serve, dial, sample) -> None:
    server = await serve()
    place = f"{server.url}/v1/realtime?intent=transcription&model=gpt-live-transcribe"
    async with dial(place, additional_headers=HEADERS) as wire:
        transcription: Json = {"model": "gpt-live-transcribe", "keywords": [], "languages": ["en"]}
        session = update(transcription, noise_reduction={"type": "far_field"})
        await wire.send(type="session.update", session=session)
        await append(wire, resampled(sample("goforward"), rate_hz=24_000), step=2400)
        await wire.send(type="input_audio_buffer.commit")
        messages = await up_to_completed(wire)

    together, text = texts(messages)
    assert text
    assert together == text
    assert messages[-1]["languages"] == [{"code": "en"}]


@pytest.mark.promise(PIPECAT, "no model in the address; audio before session.updated; delay")
async def test_pipecat_sends_audio_before_the_session_is_configured(
    serve: Serve, dial, sample
) -> None:
    server = await serve()
    pcm = resampled(sample("goforward"), rate_hz=24_000)
    place = f"{server.url}/v1/realtime?intent=transcription"
    async with dial(place, additional_headers=HEADERS) as wire:
        await append(wire, pcm[:9600], step=960)
        await wire.until(type="session.created")
        transcription: Json = {"model": "gpt-realtime-whisper", "language": "en", "delay": "low"}
        noise_reduction = {"type": "near_field"}
        session = update(transcription, turn_detection=None, noise_reduction=noise_reduction)
        await wire.send(type="session.update", session=session)
        await append(wire, pcm[9600:], step=960)
        await wire.send(type="input_audio_buffer.commit")
        first = await up_to_completed(wire)
        await append(wire, pcm, step=960)
        await wire.send(type="input_audio_buffer.commit")
        second = await up_to_completed(wire)

    assert [each["type"] for each in first].count("session.updated") == 1
    for messages in (first, second):
        together, text = texts(messages)
        assert text
        assert together == text
    assert first[-1]["item_id"] != second[-1]["item_id"]
    # Both items have the same amount of audio, so none was lost before the update.
    assert first[-1]["usage"] == second[-1]["usage"]
