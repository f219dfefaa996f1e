"""Runs an Assist pipeline from audio to text or further, as the frontend does."""

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
    "SAMPLES",
    "SPOKEN_TEXT",
    "AssistRun",
    "PipelineEvent",
    "create_pipeline",
    "in_real_time",
    "room_noise",
    "sample",
    "speak",
    "utterance",
]

SAMPLES: Final = Path(__file__).parent.parent.parent / "samples"

SPOKEN_TEXT: Final = "go somewhere and do something"
"""The text that PocketSphinx recognises in the default utterance."""

_PAUSE_S: Final = 24
"""How much noise follows a command, so that a detector can find the end of the command. The command
and this pause are shorter than the longest utterance, 30 s."""

CHUNK_MS: Final = 10
"""The duration of a chunk, the same as in Home Assistant."""

_BYTES_PER_MS: Final = 32
_NOISE_LEVEL: Final = 20
"""The standard deviation of the noise in a quiet room, which is never completely silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineEvent:
    """An event of a pipeline run."""

    kind: str
    at_ms: int
    """Time since the first audio, in ms; 0 for events before it."""
    data: Json


@dataclass(slots=True, kw_only=True)
class AssistRun:
    """The events of a pipeline run."""

    events: list[PipelineEvent] = field(default_factory=list)

    def of_kind(self, kind: str) -> PipelineEvent:
        """Return the first event of a kind.

        Raises:
            LookupError: No event is of that kind; the message lists the events.
        """
        for event in self.events:
            if event.kind == kind:
                return event
        raise LookupError(f"no {kind} among {[(e.kind, e.data) for e in self.events]}")

    @property
    def kinds(self) -> list[str]:
        """The kinds of the events, in order."""
        return [event.kind for event in self.events]

    @property
    def text(self) -> str:
        """The transcript."""
        return text(mapping(self.of_kind("stt-end").data["stt_output"]), "text")

    @property
    def error(self) -> str:
        """The code of the error."""
        return text(self.of_kind("error").data, "code")

    @property
    def audio_processing(self) -> Json:
        """The audio processing that the engine asks for."""
        return mapping(self.of_kind("stt-start").data["audio_processing"])


def sample(name: str) -> bytes:
    """Return the audio of a sample, 16 kHz mono s16le."""
    with wave.open(str(SAMPLES / f"{name}.wav")) as clip:
        pcm: bytes = clip.readframes(clip.getnframes())
        return pcm


@cache
def room_noise(seconds: float, *, seed: int = 1) -> bytes:
    """Return the noise of a quiet room. The same seed gives the same noise."""
    noise = random.Random(seed)  # noqa: S311 - not for a secret
    count = int(seconds * 16000)
    return array.array("h", (int(noise.gauss(0, _NOISE_LEVEL)) for _ in range(count))).tobytes()


def utterance(name: str = "something") -> bytes:
    """Return a recorded command followed by the noise of a quiet room."""
    return sample(name) + room_noise(_PAUSE_S)


async def in_real_time(pcm: bytes) -> AsyncGenerator[bytes]:
    """Yield audio in chunks, each at the time when a microphone would deliver it."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    size = CHUNK_MS * _BYTES_PER_MS
    for start in range(0, len(pcm), size):
        due = began + (start + size) / (_BYTES_PER_MS * 1000)
        await asyncio.sleep(max(0.0, due - loop.time()))
        yield pcm[start : start + size]


async def create_pipeline(client: HassClient, *, engine: str, language: str = "en") -> str:
    """Create a pipeline with a speech-to-text engine and return its ID."""
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


async def speak(
    client: HassClient, pipeline: str, audio: AsyncGenerator[bytes], *, end_stage: str = "stt"
) -> AssistRun:
    """Run a pipeline from audio to ``end_stage``.

    The microphone is open until the text arrives, also if the audio is over by then because the
    machine is slow. So the run ends only if something finds the end of the command.

    Raises:
        RefusedError: The run cannot start.
        TimeoutError: The run does not end.
    """
    async with asyncio.timeout(PATIENCE_S), client.socket() as socket:
        number = await socket.send(
            "assist_pipeline/run",
            start_stage="stt",
            end_stage=end_stage,
            pipeline=pipeline,
            input={"sample_rate": 16000},
            timeout=PATIENCE_S,
        )
        await socket.result(number)
        return await _Speaker(socket, number, audio).run()


class _Speaker:
    """Sends audio and receives events at the same time."""

    def __init__(self, socket: HassSocket, number: int, audio: AsyncGenerator[bytes]) -> None:
        self._socket = socket
        self._number = number
        self._audio = audio
        self._run = AssistRun()
        self._times: list[float] = []
        self._began: float | None = None
        self._handler = b""
        self._ready = asyncio.Event()
        self._over = asyncio.Event()

    async def run(self) -> AssistRun:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(), name="listen")
            speaking = tasks.create_task(self._speak(), name="speak")
            await self._over.wait()
            speaking.cancel()
        return self._run

    async def _speak(self) -> None:
        await self._ready.wait()
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        async with aclosing(self._audio) as audio:
            async for chunk in audio:
                await self._socket.send_bytes(self._handler + chunk)

    async def _listen(self) -> None:
        kind = ""
        while kind != "run-end":
            event = mapping((await self._socket.receive(self._number))["event"])
            kind = text(event, "type")
            self._handle(kind, mapping(event.get("data") or {}))
        self._over.set()

    def _handle(self, kind: str, data: Json) -> None:
        now = asyncio.get_running_loop().time()
        at_ms = round((now - self._began) * 1000) if self._began is not None else 0
        self._run.events.append(PipelineEvent(kind=kind, at_ms=at_ms, data=data))
        if kind == "run-start":
            runner = mapping(data["runner_data"])
            self._handler = bytes([int(text(runner, "stt_binary_handler_id"))])
        elif kind == "stt-start":
            self._ready.set()
        elif kind in {"stt-end", "error"}:
            self._over.set()
