"""The page's websockets: one shows what is said now, the other takes audio from a microphone."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Final

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from ..audio import AudioFormat, Encoding
from ..errors import BridgeError, LifecycleError
from ..transcriber import RequestOptions, Via
from .answers import fields_of, refused
from .live import MAX_VIEWERS, LiveUtterances
from .speech import Speech
from .viewers import Viewer

__all__ = ["PageSockets"]

_HEARTBEAT_S: Final = 30.0
"""The interval of pings, which detect lost connections."""

_CLOSE_S: Final = 1.0
"""How long a browser may take to answer the close of a websocket. Until then, the bridge reads what
the browser still sends."""

_MAX_MICROPHONES: Final = 8

_MAX_CHUNK_BYTES: Final = 64 * 1024
"""The largest message: 0.3 s of audio at 96 kHz. The page sends 64 ms per message."""

_SILENT_S: Final = 10.0
"""How long a microphone may send nothing. The reason may be a phone that went to sleep."""

_MAX_AHEAD_S: Final = 2.0
"""How far the received audio may be ahead of real time. If it is further ahead, it is not from a
microphone, and the bridge waits."""

_END: Final = "end"
"""The message that the page sends when the user has finished speaking."""


class PageSockets:
    """Serves the websockets of all open pages."""

    def __init__(
        self,
        *,
        live: LiveUtterances,
        speech: Speech,
        hello: Callable[[web.Request], Mapping[str, object]],
    ) -> None:
        """Create the handlers. ``hello`` returns the values of the first message to a page."""
        self._live = live
        self._speech = speech
        self._hello = hello
        self._open: set[web.WebSocketResponse] = set()
        self._microphones = 0

    def routes(self) -> list[web.RouteDef]:
        """Return the paths and their handlers."""
        return [web.get("/live", self._show), web.get("/microphone", self._listen)]

    async def stop(self) -> None:
        """Close all websockets."""
        await asyncio.gather(
            *(each.close(code=WSCloseCode.GOING_AWAY) for each in self._open),
            return_exceptions=True,
        )

    async def _show(self, request: web.Request) -> web.StreamResponse:
        """Send everything that happens, until the page is closed or does not keep up."""
        if self._live.is_full():
            return refused(503, f"max {MAX_VIEWERS} open pages reached")
        socket = await self._opened(request)
        if self._live.is_full():  # others joined while the websocket was opened
            await self._closed(socket)
            return socket
        more = asyncio.Event()

        def on_message() -> None:
            more.set()
            if viewer.is_lost and request.transport:
                request.transport.abort()  # a slow page would not read a close either

        viewer = Viewer(on_message=on_message)
        self._live.join(viewer, self._hello(request))
        sending = asyncio.create_task(_send(viewer, more, socket), name="show utterances")
        reading = asyncio.create_task(_until_closed(socket), name="notice a closed page")
        try:
            await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._live.leave(viewer)
            for task in (sending, reading):
                task.cancel()
            await asyncio.gather(sending, reading, return_exceptions=True)
            await self._closed(socket)
        return socket

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        """Transcribe the audio of a browser's microphone. All open pages show the utterance."""
        if self._microphones >= _MAX_MICROPHONES:
            return refused(503, f"max {_MAX_MICROPHONES} microphones at once reached")
        self._microphones += 1
        try:
            socket = await self._opened(request)
            try:
                await self._transcribe(socket, client=request.remote)
                await socket.send_json({"kind": "ended"})
            except BridgeError as error:
                if not socket.closed:
                    await socket.send_json({"kind": "failed", "text": error.with_advice})
            finally:
                await self._closed(socket)
        finally:
            self._microphones -= 1
        return socket

    async def _transcribe(self, socket: web.WebSocketResponse, *, client: str | None) -> None:
        first = await _received(socket)
        if not isinstance(first, str):
            raise LifecycleError("the first message of a microphone must be text")
        asked = fields_of(first)
        options = RequestOptions(client=client, via=Via.PAGE).identified()
        source = AudioFormat(
            encoding=Encoding.PCM_S16LE,
            sample_rate_hz=asked.whole("sample_rate_hz"),
            channels=1,
        )
        updates = self._speech.transcribe(
            _audio(socket, source),
            source=source,
            profile=asked.text("profile"),
            options=options,
        )
        await socket.send_json({"kind": "began", "id": options.utterance_id})
        async with aclosing(updates):
            async for _ in updates:
                pass

    async def _opened(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(
            timeout=_CLOSE_S,
            heartbeat=_HEARTBEAT_S,
            autoping=False,  # the framework would answer any number of pings at once
            compress=False,
            max_msg_size=_MAX_CHUNK_BYTES,
        )
        await socket.prepare(request)
        self._open.add(socket)
        return socket

    async def _closed(self, socket: web.WebSocketResponse) -> None:
        self._open.discard(socket)
        await socket.close()


async def _send(viewer: Viewer, more: asyncio.Event, socket: web.WebSocketResponse) -> None:
    while True:
        more.clear()
        while (message := viewer.take()) is not None:
            await socket.send_str(message)
        await more.wait()


async def _until_closed(socket: web.WebSocketResponse) -> None:
    """Wait until the page closes the websocket, or sends a message, which it should not do."""
    await _next(socket)


async def _next(socket: web.WebSocketResponse) -> WSMessage:
    """Return the next message of a browser, or its close. Answer pings.

    After each message, let the event loop run other tasks.
    """
    while True:
        message = await socket.receive()
        await asyncio.sleep(0)
        if message.type is WSMsgType.PING:
            await socket.pong(message.data)
        elif message.type is not WSMsgType.PONG:
            return message


async def _audio(socket: web.WebSocketResponse, source: AudioFormat) -> AsyncGenerator[bytes, None]:
    """Yield audio until the user has finished, at most ``_MAX_AHEAD_S`` ahead of real time."""
    loop = asyncio.get_running_loop()
    began, received_s = loop.time(), 0.0
    while (message := await _received(socket)) != _END:
        if isinstance(message, str):
            raise LifecycleError(f'a text after the first must be "{_END}"')
        received_s += source.duration_ms(len(message)) / 1000
        yield message
        ahead_s = received_s - (loop.time() - began)
        if ahead_s > _MAX_AHEAD_S:
            await asyncio.sleep(ahead_s - _MAX_AHEAD_S)


async def _received(socket: web.WebSocketResponse) -> str | bytes:
    """Return the next message.

    Raises:
        LifecycleError: The browser is gone, or silent for too long.
    """
    try:
        async with asyncio.timeout(_SILENT_S):
            message = await _next(socket)
    except TimeoutError as err:
        raise LifecycleError(f"the browser sent no audio for {_SILENT_S:g} s") from err
    if message.type is WSMsgType.TEXT:
        return str(message.data)
    if message.type is WSMsgType.BINARY:
        return bytes(message.data)
    raise LifecycleError("the page was closed, or its connection lost, before the end of the audio")
