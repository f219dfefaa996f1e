"""Plain clients of each service, for a local server with a fault.

A second session shows that a silent server really sends nothing. When the server has served the
second session completely, it has also processed all bytes that the first session sent before.
"""

import asyncio
import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from patience import PATIENCE_S
from wyoming_bridge.local.engines.scripted import (
    ScriptedEngine,
    ScriptedVoice,
    Words,
    scripted_words,
)
from wyoming_bridge.local.faults import Fault, FaultKind, FaultPoint
from wyoming_bridge.local.service import LocalServer

DELAY_S = 0.05

SPEECH = bytes([7, 1]) * 16 * 500
"""Half a second without a pause: one word, which is recognised only at the flush."""
WORD = " ".join(scripted_words(SPEECH, words=Words.RUNS))
AFTER_MS = 300
ERROR_TEXT = "told to fail"


@dataclass(frozen=True, kw_only=True)
class Service:
    """The messages that a client of a service sends and expects."""

    path: str
    begin: Sequence[str] = ()
    wrap: Callable[[bytes], str | bytes] = bytes
    flush: str
    greeting: str | None = None
    end: int | None = None
    """The close code after the answer to the flush; None if the session stays open."""
    error: dict[str, str]
    error_end: int


def _chunk(pcm: bytes, *, commit: bool = False) -> str:
    return json.dumps(
        {
            "message_type": "input_audio_chunk",
            "audio_base_64": base64.b64encode(pcm).decode(),
            "commit": commit,
            "sample_rate": 16000,
        }
    )


SERVICES = {
    "elevenlabs": Service(
        path="/elevenlabs/v1/speech-to-text/realtime?model_id=scribe_v2_realtime",
        wrap=_chunk,
        flush=_chunk(b"", commit=True),
        greeting="session_started",
        error={"message_type": "transcriber_error", "error": ERROR_TEXT},
        error_end=1008,
    ),
    "reson8": Service(
        path="/reson8/v1/speech-to-text/realtime?encoding=pcm_s16le",
        flush='{"type": "flush_request", "id": "1"}',
        error={"type": "error", "code": "INTERNAL_ERROR", "message": ERROR_TEXT},
        error_end=1011,
    ),
    "scriptix": Service(
        path="/scriptix/v2/realtime",
        begin=['{"action": "start"}'],
        flush='{"action": "stop"}',
        greeting="listening",
        end=1000,
        error={"error": ERROR_TEXT},
        error_end=1000,
    ),
}


def fault_at(point: FaultPoint, kind: FaultKind, **values: object) -> Fault:
    if point is FaultPoint.AUDIO:
        values["after_audio_ms"] = AFTER_MS
    return Fault(kind=kind, at=point, **{"times": 1, **values})


async def say_all(socket: ClientConnection, service: Service) -> None:
    for message in (*service.begin, service.wrap(SPEECH), service.flush):
        await socket.send(message)


async def rest(socket: ClientConnection) -> list[str]:
    """Return all messages until the connection is closed."""
    said = []
    async with asyncio.timeout(PATIENCE_S):
        try:
            while True:
                said.append(str(await socket.recv()))
        except ConnectionClosed:
            return said


async def until_the_word(socket: ClientConnection) -> list[str]:
    """Return all messages up to the final that contains ``WORD``."""
    said: list[str] = []
    async with asyncio.timeout(PATIENCE_S):
        while not said or not is_final(said[-1]):
            said.append(str(await socket.recv()))
    return said


def is_final(message: str) -> bool:
    """Return whether a message is the final of a service."""
    marks = ('"committed_transcript"', '"type":"transcript"', '"is_final":true')
    return WORD in message and any(mark in message.replace(" ", "") for mark in marks)


async def another_works(server: LocalServer, service: Service) -> list[str]:
    async with connect(server.url + service.path) as socket:
        await say_all(socket, service)
        return await until_the_word(socket)


class ListeningVoice:
    """A voice that records the audio that it gets."""

    def __init__(self, voice: ScriptedVoice, engine: "ListeningEngine") -> None:
        self._voice = voice
        self._engine = engine
        self._number = len(engine.received)
        self.results = voice.results
        engine.received.append(bytearray())
        engine.flushes.append(0)
        engine.closed.append(asyncio.Event())

    async def feed(self, pcm: bytes) -> None:
        self._engine.received[self._number] += pcm
        await self._voice.feed(pcm)

    async def flush(self) -> None:
        self._engine.flushes[self._number] += 1
        await self._voice.flush()

    async def close(self) -> None:
        await self._voice.close()
        self._engine.closed[self._number].set()


class ListeningEngine(ScriptedEngine):
    def __init__(self) -> None:
        super().__init__(words=Words.RUNS)
        self.received: list[bytearray] = []
        self.flushes: list[int] = []
        self.closed: list[asyncio.Event] = []

    async def open(self, *, bias_terms: Sequence[str] = ()) -> ListeningVoice:
        return ListeningVoice(await super().open(bias_terms=bias_terms), self)
