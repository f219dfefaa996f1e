"""Clients that speak the protocol of a service themselves, without a bridge and its code."""

import asyncio
import json
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from streams import BYTES_PER_MS
from websockets.asyncio.client import ClientConnection, connect

_CHUNK_MS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """What a client sends to get one text."""

    path: str
    beginning: tuple[str, ...]
    """The messages before the audio."""
    audio: Callable[[bytes], str | bytes]
    """Returns the message with a piece of the audio."""
    end: str
    """The message that requests the text."""
    is_text: Callable[[dict[str, object]], bool]
    """Returns whether a message has the whole text."""


async def directly(
    url: str, protocol: Protocol, pcm: bytes, *, flush_at_ms: float, end_ms: float
) -> float:
    """Send a command in real time, and request the text after ``flush_at_ms`` of its audio.

    Return the time from ``end_ms``, the end of the speech, to the text, in ms.
    """
    end = int(flush_at_ms) * BYTES_PER_MS
    messages = _messages(protocol, pcm[:end])
    async with connect(url + protocol.path, compression=None, proxy=None) as service:
        for message in protocol.beginning:
            await service.send(message)
        begin = time.monotonic()
        for sent_ms, message in messages:
            await asyncio.sleep(max(0.0, begin + sent_ms / 1000 - time.monotonic()))
            await service.send(message)
        await service.send(protocol.end)
        await _text(service, protocol)
        return (time.monotonic() - begin) * 1000 - end_ms


def _messages(protocol: Protocol, pcm: bytes) -> list[tuple[float, str | bytes]]:
    """Return the messages with the audio, each with the time at which the audio was spoken."""
    size = _CHUNK_MS * BYTES_PER_MS
    pieces = [pcm[start : start + size] for start in range(0, len(pcm), size)]
    stops_ms = [min((i + 1) * _CHUNK_MS, len(pcm) / BYTES_PER_MS) for i in range(len(pieces))]
    return [
        (stop_ms, protocol.audio(piece)) for stop_ms, piece in zip(stops_ms, pieces, strict=True)
    ]


async def _text(service: ClientConnection, protocol: Protocol) -> None:
    async for message in service:
        if protocol.is_text(json.loads(message)):
            return
    raise RuntimeError("the service closed the connection before it sent the text")


def _append(pcm: bytes) -> str:
    return json.dumps({"type": "input_audio_buffer.append", "audio": b64encode(pcm).decode()})


def _at_24_khz(pcm: bytes) -> bytes:
    """Return a piece of the audio at 24 kHz. Linear interpolation is enough for a benchmark."""
    samples = np.frombuffer(pcm, dtype="<i2")
    places = np.arange(len(samples) * 3 // 2) * 2 / 3
    return np.interp(places, np.arange(len(samples)), samples).astype("<i2").tobytes()


PROTOCOLS: Final = {
    "reson8": Protocol(
        path="/reson8/v1/speech-to-text/realtime?encoding=pcm_s16le&include_interim=true",
        beginning=(),
        audio=bytes,
        end=json.dumps({"type": "flush_request", "id": "1"}),
        is_text=lambda message: bool(message.get("is_final")),
    ),
    "openai": Protocol(
        path="/openai/v1/realtime?intent=transcription",
        beginning=(
            json.dumps(
                {
                    "type": "session.update",
                    "session": {
                        "type": "transcription",
                        "audio": {
                            "input": {
                                "format": {"type": "audio/pcm", "rate": 24000},
                                "transcription": {"model": "gpt-live-transcribe"},
                                "turn_detection": None,
                            }
                        },
                    },
                }
            ),
        ),
        audio=lambda pcm: _append(_at_24_khz(pcm)),
        end=json.dumps({"type": "input_audio_buffer.commit"}),
        is_text=lambda message: str(message.get("type")).endswith("transcription.completed"),
    ),
    "vllm": Protocol(
        path="/vllm/v1/realtime",
        beginning=(
            json.dumps({"type": "session.update", "model": "any"}),
            json.dumps({"type": "input_audio_buffer.commit"}),
        ),
        audio=_append,
        end=json.dumps({"type": "input_audio_buffer.commit", "final": True}),
        is_text=lambda message: message.get("type") == "transcription.done",
    ),
}
