"""A Wyoming client for one utterance, against a bridge elsewhere."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error

from .audio import AudioFormat, Converter, Encoding
from .errors import ConnectError, ConnectionLostError, error_from_code
from .extensions import PARTIAL_TYPE, ask_for_partials, details_of, revision_of
from .transcriber import Revision

__all__ = ["Answer", "transcribe"]

_CONNECT_TIMEOUT_S: Final = 5.0
"""A bridge is in the house, or at most one slow link away."""

_ANSWER_TIMEOUT_S: Final = 90.0
"""Between two signs of life; the bridge's own deadlines are far shorter."""

_WIRE_FORMAT: Final = {Encoding.PCM_S8: 1, Encoding.PCM_S16LE: 2, Encoding.PCM_S24LE: 3}
"""What Wyoming has a width for; the rest is converted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the bridge made of the utterance."""

    text: str
    """Empty: nothing was said."""
    language: str | None = None
    details: dict[str, object] = field(default_factory=dict)
    """As ``Result.details``; empty from a server that is not this bridge."""


async def transcribe(
    audio: AsyncIterable[bytes],
    *,
    source: AudioFormat,
    host: str,
    port: int,
    name: str | None = None,
    language: str | None = None,
) -> AsyncGenerator[Revision | Answer, None]:
    """Send an utterance as it comes; revisions while it lasts, then one answer.

    Raises:
        BridgeError: The bridge cannot be reached, or reported this error.
    """
    client = AsyncTcpClient(
        host, port, connect_timeout=_CONNECT_TIMEOUT_S, read_timeout=_ANSWER_TIMEOUT_S
    )
    try:
        await client.connect()
    except (OSError, TimeoutError) as err:
        raise ConnectError(f"no bridge answers at tcp://{host}:{port}: {err}") from err
    request = Transcribe(name=name, language=language, context=ask_for_partials())
    sender = asyncio.create_task(_send(client, request, audio, source), name="send the utterance")
    try:
        while True:
            try:
                event = await client.read_event()
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as err:
                raise ConnectionLostError(f"the bridge at {host} went away") from err
            if event is None:
                raise ConnectionLostError(f"the bridge at {host} closed the connection")
            if event.type == PARTIAL_TYPE:
                yield revision_of(event.data)
            elif Transcript.is_type(event.type):
                transcript = Transcript.from_event(event)
                yield Answer(
                    text=transcript.text,
                    language=transcript.language,
                    details=details_of(transcript.context),
                )
                return
            elif Error.is_type(event.type):
                error = Error.from_event(event)
                raise error_from_code(error.code or "", error.text)
    finally:
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)
        with suppress(OSError):
            await client.disconnect()


async def _send(
    client: AsyncTcpClient,
    request: Transcribe,
    audio: AsyncIterable[bytes],
    source: AudioFormat,
) -> None:
    """Send everything. That the bridge went away is for the reader to notice."""
    wire = source
    if source.encoding not in _WIRE_FORMAT:
        wire = AudioFormat(
            encoding=Encoding.PCM_S16LE, sample_rate_hz=source.sample_rate_hz, channels=1
        )
    converter = Converter(source=source, target=wire) if wire is not source else None
    width = _WIRE_FORMAT[wire.encoding]
    with suppress(OSError):
        await client.write_event(request.event())
        await client.write_event(
            AudioStart(rate=wire.sample_rate_hz, width=width, channels=wire.channels).event()
        )
        async for chunk in audio:
            pcm = converter.convert(chunk) if converter else chunk
            if pcm:
                await client.write_event(
                    AudioChunk(
                        rate=wire.sample_rate_hz, width=width, channels=wire.channels, audio=pcm
                    ).event()
                )
        await client.write_event(AudioStop().event())
