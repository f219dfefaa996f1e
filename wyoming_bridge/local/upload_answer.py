"""Answers a request whose body is audio, with one text or with pieces as they become ready."""

import asyncio
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from ..providers.contract import HttpAnswer, Message
from ..providers.serving import UploadProtocol
from .engine import Engine
from .rare_log import RareLog
from .requests import upload_of, written
from .upload import UploadSession

__all__ = ["answer_upload"]

_HEADERS: Final = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}


async def answer_upload(
    request: web.Request,
    protocol: UploadProtocol,
    *,
    engine: Engine,
    refused: RareLog,
    limit_s: float,
    gone: asyncio.Event,
) -> web.StreamResponse:
    """Transcribe the body of a request. ``gone`` is set when the client has disconnected."""
    answer = _Answer(request)
    session = UploadSession(protocol=protocol, engine=engine, refused=refused, write=answer.write)
    body = upload_of(request, limit_s=limit_s)
    # Often nothing is written before the answer, so a lost client has to be noticed here.
    running = asyncio.create_task(session.run(body), name="transcribe an upload")
    leaving = asyncio.create_task(gone.wait(), name="leave")
    try:
        await asyncio.wait({running, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return await answer.end(await running) if running.done() else web.Response(status=503)
    finally:
        for task in (running, leaving):
            task.cancel()
        await asyncio.gather(running, leaving, return_exceptions=True)


class _Answer:
    """The answer to one request. If it has no pieces, ``end`` returns it whole, with its status."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._response: web.StreamResponse | None = None

    async def write(self, pieces: Sequence[Message]) -> None:
        """Send pieces of the body."""
        for piece in pieces:
            if self._response is None:
                self._response = web.StreamResponse(headers=_HEADERS)
                await self._response.prepare(self._request)
            await self._response.write(piece if isinstance(piece, bytes) else piece.encode())

    async def end(self, answer: HttpAnswer) -> web.StreamResponse:
        """Return the complete response. If pieces were sent, ``answer`` is sent as the last piece.

        An error is sent in this way too, because the HTTP status was sent before the pieces.
        """
        if self._response is None:
            return written(answer)
        if answer.body:
            await self.write([f"data: {answer.body}\n\n"])
        await self._response.write_eof()
        return self._response
