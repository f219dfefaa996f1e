"""Transcribes one utterance with a remote bridge."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Final

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.ping import Ping, Pong

from ..audio import AudioFormat, Converter, Encoding
from ..errors import ConnectionLostError, ErrorText
from ..extensions.error import error_of
from ..extensions.names import PARTIAL_TYPE
from ..extensions.request import ENCODINGS_BY_WIDTH, ask_for_partials
from ..extensions.result import result_of, revision_of
from ..transcriber import DEFAULT_OPTIONS, RequestOptions, Result, Revision
from .connecting import connected
from .connection import BridgeConnection

__all__ = ["transcribe"]

SILENCE_S: Final = 15.0
"""After a bridge has answered a ping, a silence of this length means that it hangs or has lost its
power. If only its service is slow, a bridge answers pings until 20 s of audio are waiting."""

_PING_S: Final = 5.0

_ANSWER_TIMEOUT_S: Final = 90.0
"""The longest wait from the end of the audio until the result, and the longest silence of a server
that does not know ``ping``. The bridge's own deadlines are far shorter."""

_BATCH_MS: Final = 50
"""The least audio in one event. Home Assistant passes audio in pieces of 10 ms, which would be many
events. Because pieces wait to be sent together, the bridge finds the endpoint up to 50 ms later."""

_WIDTHS: Final = {encoding: width for width, encoding in ENCODINGS_BY_WIDTH.items()}


async def transcribe(
    audio: AsyncIterable[bytes],
    *,
    source: AudioFormat,
    host: str,
    port: int,
    name: str | None = None,
    options: RequestOptions = DEFAULT_OPTIONS,
    token: str | None = None,
    tls: ssl.SSLContext | None = None,
    silence_s: float = SILENCE_S,
    knows_ping: bool = False,
) -> AsyncGenerator[Revision | Result, None]:
    """Send audio as it arrives; yield revisions, then one result.

    ``token`` is the bridge's access token, if it has one. The token is not sent: bridge and client
    prove to each other that they know it, before any audio is sent. The result can be ready before
    the audio has ended; the rest of the audio is not read then. An error of the audio iterator is
    raised unchanged. Closing the generator ends the utterance. ``tls`` is the context for a bridge
    that encrypts its connections, such as ``tls_context()``.

    A bridge that has answered a ping may be silent for ``silence_s``. Set ``knows_ping`` if the
    bridge is known to answer pings, as every bridge that answers ``describe`` does. Then
    ``silence_s`` applies from the beginning.

    Raises:
        BridgeError: The bridge cannot be reached, closed the connection, or reported an error.
    """
    request = Transcribe(
        name=name,
        language=options.language,
        transcript_names=list(options.terms) or None,
        context=ask_for_partials(options),
    )
    async with connected(host, port, token=token, tls=tls) as bridge:
        sender = _Sender(bridge, source)
        sending = asyncio.create_task(sender.send(request, audio), name="send the utterance")
        pinging = asyncio.create_task(_ping(bridge), name="ping the bridge")
        limit_s = silence_s if knows_ping else _ANSWER_TIMEOUT_S
        try:
            while sender.since_end_ms() < _ANSWER_TIMEOUT_S * 1000:
                event = await _next(bridge, sending, limit_s=limit_s)
                if Pong.is_type(event.type):
                    limit_s = silence_s
                elif event.type == PARTIAL_TYPE:
                    yield revision_of(event.data)
                elif Transcript.is_type(event.type):
                    yield result_of(
                        event.data, audio_ms=sender.audio_ms, final_ms=sender.since_end_ms()
                    )
                    return
                elif Error.is_type(event.type):
                    raise error_of(event.data)
            raise ConnectionLostError(ErrorText.BRIDGE_DOES_NOT_ANSWER)
        finally:
            sending.cancel()
            pinging.cancel()
            await asyncio.gather(sending, pinging, return_exceptions=True)


async def _ping(bridge: BridgeConnection) -> None:
    while True:
        await bridge.write(Ping().event())
        await asyncio.sleep(_PING_S)


async def _next(bridge: BridgeConnection, sending: asyncio.Task[None], *, limit_s: float) -> Event:
    """Return the next event. An error of the audio iterator is raised first."""
    reading = asyncio.create_task(bridge.read(), name="read an event")
    waiting: set[asyncio.Task[None] | asyncio.Task[Event | None]] = {reading, sending}
    try:
        async with asyncio.timeout(limit_s) as deadline:
            if not sending.done():
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
            event = await reading
    except TimeoutError as err:
        if not deadline.expired():
            raise  # a timeout of the audio iterator
        raise ConnectionLostError(ErrorText.BRIDGE_IS_SILENT, seconds=f"{limit_s:g}") from err
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    if event is None:
        raise ConnectionLostError(ErrorText.BRIDGE_CLOSED)
    return event


class _Sender:
    """Sends one utterance, and measures its duration and the time since its end."""

    def __init__(self, bridge: BridgeConnection, source: AudioFormat) -> None:
        self.audio_ms = 0.0
        self._bridge = bridge
        self._source = source
        self._loop = asyncio.get_running_loop()
        self._ended_at = 0.0

    def since_end_ms(self) -> float:
        """Return the milliseconds since the end of the audio, or 0 before the end."""
        return (self._loop.time() - self._ended_at) * 1000 if self._ended_at else 0.0

    async def send(self, request: Transcribe, audio: AsyncIterable[bytes]) -> None:
        """Send the whole utterance."""
        source = wire = self._source
        if source.encoding not in _WIDTHS:
            wire = AudioFormat(
                encoding=Encoding.PCM_S16LE, sample_rate_hz=source.sample_rate_hz, channels=1
            )
        converter = Converter(source=source, target=wire) if wire is not source else None
        frame = {
            "rate": wire.sample_rate_hz,
            "width": _WIDTHS[wire.encoding],
            "channels": wire.channels,
        }
        await self._bridge.write(request.event())
        await self._bridge.write(AudioStart(**frame).event())
        held = bytearray()
        async for chunk in audio:
            self.audio_ms += source.duration_ms(len(chunk))
            held += converter.convert(chunk) if converter else chunk
            if len(held) >= wire.bytes_of(_BATCH_MS):
                await self._bridge.write(AudioChunk(audio=bytes(held), **frame).event())
                held.clear()
        self._ended_at = self._loop.time()
        if held:
            await self._bridge.write(AudioChunk(audio=bytes(held), **frame).event())
        await self._bridge.write(AudioStop().event())
