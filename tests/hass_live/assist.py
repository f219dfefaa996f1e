"""Somebody speaks to Home Assistant: a pipeline run from audio to text, as the frontend does it."""

import array
import asyncio
import random
import wave
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from hass_client import HassClient, HassSocket, Json, mapping, text
from patience import PATIENCE_S

__all__ = [
    "SAID",
    "SAMPLES",
    "AssistRun",
    "PipelineEvent",
    "create_pipeline",
    "in_real_time",
    "room",
    "sample",
    "speak",
    "utterance",
]

SAMPLES: Final = Path(__file__).parent.parent.parent / "samples"

SAID: Final = "go somewhere and do something"
"""What is said where nothing else is, as the offline recogniser understands it."""

_ROOM_S: Final = 24
"""The microphone stays open after each command, so that the end has to be found. With the command
it is less than the 30 s that an utterance may last."""

CHUNK_MS: Final = 10
"""What Home Assistant itself passes on."""

_BYTES_PER_MS: Final = 32
_ROOM_LEVEL: Final = 20
"""Standard deviation of the samples: a quiet room. Nothing but zeros would be no room at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineEvent:
    """What Home Assistant tells while a pipeline runs."""

    kind: str
    at_ms: int
    """Since the first audio; before it where negative."""
    data: Json


@dataclass(slots=True, kw_only=True)
class AssistRun:
    """How somebody was heard."""

    events: list[PipelineEvent] = field(default_factory=list)
    audio_ended: bool = False
    """Whether the microphone had been closed when the run was over."""

    def of_kind(self, kind: str) -> PipelineEvent:
        """The one event of a kind.

        Raises:
            LookupError: There is none; it names those that came.
        """
        for event in self.events:
            if event.kind == kind:
                return event
        raise LookupError(f"no {kind} among {[(e.kind, e.data) for e in self.events]}")

    @property
    def kinds(self) -> list[str]:
        """What came, in order."""
        return [event.kind for event in self.events]

    @property
    def text(self) -> str:
        """What was understood."""
        return text(mapping(self.of_kind("stt-end").data["stt_output"]), "text")

    @property
    def error(self) -> str:
        """The code of the error."""
        return text(self.of_kind("error").data, "code")

    @property
    def audio_processing(self) -> Json:
        """What the engine wants to be done to audio before it gets it."""
        return mapping(self.of_kind("stt-start").data["audio_processing"])


def sample(name: str) -> bytes:
    """Recorded speech, 16 kHz mono s16le."""
    with wave.open(str(SAMPLES / f"{name}.wav")) as clip:
        pcm: bytes = clip.readframes(clip.getnframes())
        return pcm


@cache
def room(seconds: float, *, seed: int = 1) -> bytes:
    """The noise of a quiet room, the same each time."""
    noise = random.Random(seed)  # noqa: S311 - no secret
    count = int(seconds * 16000)
    return array.array("h", (int(noise.gauss(0, _ROOM_LEVEL)) for _ in range(count))).tobytes()


def utterance(name: str = "something") -> bytes:
    """A recorded command, and a room in which nobody speaks any more."""
    return sample(name) + room(_ROOM_S)


async def in_real_time(pcm: bytes) -> AsyncGenerator[bytes]:
    """Audio in pieces, each when a microphone would have it."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    size = CHUNK_MS * _BYTES_PER_MS
    for start in range(0, len(pcm), size):
        due = began + (start + size) / (_BYTES_PER_MS * 1000)
        await asyncio.sleep(max(0.0, due - loop.time()))
        yield pcm[start : start + size]


async def create_pipeline(client: HassClient, *, engine: str, language: str = "en") -> str:
    """Create a pipeline with a speech-to-text engine; returns its id."""
    pipeline = await client.command(
        "assist_pipeline/pipeline/create",
        name=f"{engine} {language}",
        language="en",
        conversation_engine="conversation.home_assistant",
        conversation_language="en",
        stt_engine=engine,
        stt_language=language,
        tts_engine=None,
        tts_language=None,
        tts_voice=None,
        wake_word_entity=None,
        wake_word_id=None,
    )
    return text(mapping(pipeline), "id")


async def speak(client: HassClient, pipeline: str, audio: AsyncGenerator[bytes]) -> AssistRun:
    """Run a pipeline from audio to text; who speaks stops when Home Assistant has understood.

    Raises:
        RefusedError: The run cannot begin.
        TimeoutError: It does not end.
    """
    async with asyncio.timeout(PATIENCE_S), client.socket() as socket:
        number = await socket.send(
            "assist_pipeline/run",
            start_stage="stt",
            end_stage="stt",
            pipeline=pipeline,
            input={"sample_rate": 16000},
            timeout=PATIENCE_S,
        )
        await socket.result(number)
        return await _Speaker(socket, number, audio).run()


class _Speaker:
    """Speaks and listens at the same time."""

    def __init__(self, socket: HassSocket, number: int, audio: AsyncGenerator[bytes]) -> None:
        self._socket = socket
        self._number = number
        self._audio = audio
        self._run = AssistRun()
        self._times: list[float] = []
        self._began: float | None = None
        self._handler = b""
        self._wanted = asyncio.Event()
        self._over = asyncio.Event()

    async def run(self) -> AssistRun:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(), name="listen")
            speaking = tasks.create_task(self._speak(), name="speak")
            await self._over.wait()
            speaking.cancel()
        return self._run

    async def _speak(self) -> None:
        await self._wanted.wait()
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        async with aclosing(self._audio) as audio:
            async for chunk in audio:
                await self._socket.send_bytes(self._handler + chunk)
        self._run.audio_ended = True
        await self._socket.send_bytes(self._handler)

    async def _listen(self) -> None:
        kind = ""
        while kind != "run-end":
            event = mapping((await self._socket.receive(self._number))["event"])
            kind = text(event, "type")
            self._hear(kind, mapping(event.get("data") or {}))
        self._over.set()

    def _hear(self, kind: str, data: Json) -> None:
        now = asyncio.get_running_loop().time()
        at_ms = round((now - self._began) * 1000) if self._began is not None else 0
        self._run.events.append(PipelineEvent(kind=kind, at_ms=at_ms, data=data))
        if kind == "run-start":
            runner = mapping(data["runner_data"])
            self._handler = bytes([int(text(runner, "stt_binary_handler_id"))])
        elif kind == "stt-start":
            self._wanted.set()
        elif kind in {"stt-end", "error"}:
            self._over.set()
