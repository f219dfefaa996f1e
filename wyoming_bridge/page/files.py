"""Files as answers: those of the page itself, and recordings, which can be long.

The framework's own answer with a file is not used. It leaves the sending to the event loop, which
logs a traceback for each connection that is dropped meanwhile, and it has no limit for a browser
that reads nothing.
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
"""The types by suffix. Those of the machine can be wrong, and browsers run no script of another."""

_PIECE_BYTES: Final = 64 * 1024

_STALLED_S: Final = 10.0
"""How long a browser may take to read a piece."""


def own_files() -> Mapping[str, tuple[bytes, str]]:
    """Return the content and the type of each file of the page, about 40 kB, by name."""
    return {path.name: (path.read_bytes(), _TYPES[path.suffix]) for path in _STATIC.iterdir()}


async def send_file(
    request: web.Request, path: Path, *, content_type: str, headers: Mapping[str, str] = {}
) -> web.StreamResponse:
    """Send a file, or the part of it that the browser wants, as fast as the browser reads.

    Raises:
        ConfigError: The file cannot be read.
        web.HTTPException: The file has no such part.
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
                await answer.write(piece)
    except TimeoutError:
        connection_of(request).drop()
    finally:
        await asyncio.to_thread(file.close)
    return answer


def _part_of(request: web.Request, size: int) -> tuple[int, int]:
    """Return where the part that a browser wants begins and ends: usually the whole file."""
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
