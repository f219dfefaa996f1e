"""Sends files: the page's own, and recordings, which can be long.

This module does not use the framework's ``FileResponse``. ``FileResponse`` leaves the sending to
the event loop, which logs a traceback for each connection that breaks meanwhile. It also sets no
time limit for a browser that reads nothing.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiohttp import web

from ..errors import ConfigError, reason_of
from ..web.server import connection_of

__all__ = ["own_files", "send_file"]

_STATIC: Final = Path(__file__).parent / "static"

_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
"""The content types by suffix. The machine's own table of types can be wrong, and browsers run a
script only if its type is right."""

_PIECE_BYTES: Final = 64 * 1024

_STALLED_S: Final = 10.0
"""How long a browser may take to read a piece of a file."""


def own_files() -> Mapping[str, tuple[bytes, str]]:
    """Return the content and the content type of the page's own files, by name; about 40 kB."""
    return {path.name: (path.read_bytes(), _TYPES[path.suffix]) for path in _STATIC.iterdir()}


async def send_file(
    request: web.Request, path: Path, *, content_type: str, headers: Mapping[str, str] = {}
) -> web.StreamResponse:
    """Send a file, or the part in the ``Range`` header, as fast as the browser reads.

    Raises:
        ConfigError: The file cannot be read.
        web.HTTPException: ``Range`` is not a part of the file.
    """
    try:
        file = await asyncio.to_thread(path.open, "rb")
    except OSError as err:
        raise ConfigError(f"{path.name}: {reason_of(err)}") from err
    try:
        size = await asyncio.to_thread(file.seek, 0, 2)
        begin, end = _part_of(request, size)
        answer = web.StreamResponse(
            headers={"Accept-Ranges": "bytes", "Content-Type": content_type, **headers}
        )
        answer.content_length = end - begin
        if "Range" in request.headers:
            answer.set_status(206)
            answer.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
        await answer.prepare(request)
        await asyncio.to_thread(file.seek, begin)
        while begin < end and request.method != "HEAD":
            piece = await asyncio.to_thread(file.read, min(_PIECE_BYTES, end - begin))
            if not piece:
                break  # the file has become shorter
            begin += len(piece)
            async with asyncio.timeout(_STALLED_S):
                # ``write_eof`` waits until the browser reads, ``write`` only after each 64 kB.
                await (answer.write(piece) if begin < end else answer.write_eof(piece))
    except TimeoutError:
        connection_of(request).drop()
    finally:
        await asyncio.to_thread(file.close)
    return answer


def _part_of(request: web.Request, size: int) -> tuple[int, int]:
    """Return the start and the end of the part in ``Range``, or those of the whole file."""
    try:
        begin, end, _ = request.http_range.indices(size)
    except ValueError:
        begin = end = size
    if begin >= end and "Range" in request.headers:
        raise web.HTTPRequestRangeNotSatisfiable(
            headers={"Content-Range": f"bytes */{size}"},
            text=f"Range must be a part of the file, which has {size} bytes",
        )
    return begin, end
