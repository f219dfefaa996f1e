"""Wyoming clients that send recorded audio in real time, many at once, with little CPU.

The ``wyoming`` library encodes all chunks in advance, and one task sends the chunks of all streams,
so that the benchmarks measure the server and not the load.
"""

import asyncio
import io
import time
import wave
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event, async_read_event, write_event

__all__ = ["BYTES_PER_MS", "Answer", "recording", "recordings", "speak"]

BYTES_PER_MS: Final = 32
"""16 kHz, 16 bits, mono."""

_RATE_HZ: Final = 16_000
_SAMPLES: Final = Path(__file__).resolve().parent.parent / "samples"
_PHASES: Final = 5
"""The streams are divided into this many groups, which send at different moments within the
duration of a chunk. Real satellites do not all send at the same moment."""

_CONNECTING: Final = 50
"""How many streams connect at the same moment. If more than 128 did, the busy benchmark could not
send all of their first events within 10 ms, and the bridge would disconnect some of them."""

_ANSWER_S: Final = 20.0
"""The longest wait for a transcript, in addition to the duration of the audio. After that, the
transcript counts as missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The transcript of one stream."""

    text: str
    """The transcript; empty if the bridge sent no transcript."""
    at_s: float
    """The time of the transcript, by the monotonic clock; 0 if the bridge sent no transcript."""
    sent_at_s: Sequence[float] = ()
    """The time at which each chunk was sent, by the monotonic clock."""
    audio_ms: float = 0
    """The duration of the audio that the bridge used, if the details were requested."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What the bridge says about the result, if the details were requested."""


@cache
def recording(name: str) -> bytes:
    """Return a recording in the folder ``samples`` as s16le audio."""
    with wave.open(str(_SAMPLES / f"{name}.wav")) as clip:
        return clip.readframes(clip.getnframes())


def recordings(*, streams: int, seconds: float) -> list[bytes]:
    """Return speech for each stream: all recordings in a loop, from a different offset each."""
    spoken = b"".join(recording(path.stem) for path in sorted(_SAMPLES.glob("*.wav")))
    size = int(seconds * 1000) * BYTES_PER_MS
    starts = [index * len(spoken) // streams // 2 * 2 for index in range(streams)]
    endless = spoken * (size // len(spoken) + 2)
    return [endless[at : at + size] for at in starts]


async def speak(
    port: int,
    speech: Sequence[bytes],
    *,
    chunk_ms: int,
    details: bool = False,
    spread_ms: int = 1000,
) -> list[Answer]:
    """Send all streams concurrently, each until its audio ends or its transcript arrives.

    The streams begin one after the other within ``spread_ms``, so that they end at different times.
    """
    streams = [
        _Stream(
            pcm,
            chunk_ms=chunk_ms,
            details=details,
            later=index * spread_ms // len(speech) // chunk_ms,
        )
        for index, pcm in enumerate(speech)
    ]
    for first in range(0, len(streams), _CONNECTING):
        await asyncio.gather(
            *(stream.connect(port) for stream in streams[first : first + _CONNECTING])
        )
    clock = asyncio.create_task(_send_all(streams, chunk_ms=chunk_ms))
    answers = await asyncio.gather(*(stream.answer() for stream in streams))
    await clock
    await asyncio.gather(*(stream.close() for stream in streams))
    return answers


async def _send_all(streams: Sequence["_Stream"], *, chunk_ms: int) -> None:
    loop = asyncio.get_running_loop()
    begin = loop.time() + 0.1
    turns = [streams[phase::_PHASES] for phase in range(_PHASES)]
    sent = True
    chunk = 0
    while sent:
        sent = False
        for phase, streams_of_it in enumerate(turns):
            due = begin + (chunk + phase / _PHASES) * chunk_ms / 1000
            await asyncio.sleep(max(0.0, due - loop.time()))
            for stream in streams_of_it:
                sent |= stream.send()
        chunk += 1


class _Stream:
    def __init__(self, pcm: bytes, *, chunk_ms: int, details: bool, later: int) -> None:
        self._later = later
        self._context = {"wyoming_bridge": {"partials": True}} if details else None
        self._sent_at_s: list[float] = []
        size = chunk_ms * BYTES_PER_MS
        self._chunks = [_encoded(_chunk(pcm[at : at + size])) for at in range(0, len(pcm), size)]
        self._chunks.append(_encoded(AudioStop().event()))
        self._chunk_ms = chunk_ms
        self._sent = 0
        self._answered = False

    async def connect(self, port: int) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        start = AudioStart(rate=_RATE_HZ, width=2, channels=1).event()
        request = Transcribe(language="en", context=self._context).event()
        for piece in (*_encoded(request), *_encoded(start)):
            self._writer.write(piece)

    def send(self) -> bool:
        """Send the next chunk, unless it is too early for this stream to begin.

        Return False if nothing more will be sent: everything is sent, or the answer has come.
        """
        if self._later:
            self._later -= 1
            return True
        if self._answered or self._sent == len(self._chunks):
            return False
        for piece in self._chunks[self._sent]:
            self._writer.write(piece)
        self._sent_at_s.append(time.monotonic())
        self._sent += 1
        return True

    async def answer(self) -> Answer:
        text, at_s, audio_ms = "", 0.0, 0.0
        details: Mapping[str, Any] = {}
        limit_s = _ANSWER_S + len(self._chunks) * self._chunk_ms / 1000
        try:
            async with asyncio.timeout(limit_s):
                while event := await async_read_event(self._reader):
                    if Transcript.is_type(event.type):
                        at_s = time.monotonic()
                        transcript = Transcript.from_event(event)
                        text = transcript.text
                        details = (transcript.context or {}).get("wyoming_bridge", {})
                        audio_ms = float(details.get("timing", {}).get("audio_ms", 0))
                        break
        except (TimeoutError, ConnectionError):
            pass
        self._answered = True
        return Answer(
            text=text, at_s=at_s, sent_at_s=self._sent_at_s, audio_ms=audio_ms, details=details
        )

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


def _chunk(pcm: bytes) -> Event:
    return AudioChunk(rate=_RATE_HZ, width=2, channels=1, audio=pcm).event()


def _encoded(event: Event) -> list[bytes]:
    """Return an event in the pieces in which the library writes it to the socket."""
    pieces = _Pieces()
    write_event(event, pieces)
    return pieces.written


class _Pieces(io.BytesIO):
    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def writelines(self, lines: Iterable[bytes]) -> None:  # type: ignore[override]
        self.written.append(b"".join(lines))

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.written.append(data)
        return len(data)
