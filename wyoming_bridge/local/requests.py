"""Converts HTTP requests and answers between the web framework and the emulated services."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from aiohttp import web

from ..providers.contract import HttpAnswer
from ..providers.emulator import ServiceEmulator, json_answer
from ..providers.serving import ServerRequest
from ..web.server import headers_of

__all__ = ["Refusals", "audio_of", "head_of", "read_request", "written"]


MAX_BODY_BYTES: Final = 64 << 20
"""The largest recording: half an hour of 16 kHz PCM."""

_PIECE_BYTES: Final = 64 * 1024

_LEAST_BYTES: Final = 64 * 1024
"""The lowest rate of a client in bytes per second: twice the rate of 16 kHz PCM."""


async def read_request(request: web.Request, *, limit_s: float) -> ServerRequest:
    """Read a request with its body.

    Raises:
        web.HTTPException: The body is too large, or is not complete after ``limit_s`` seconds.
    """
    try:
        async with asyncio.timeout(limit_s):
            body = await request.read()
    except TimeoutError as err:
        raise web.HTTPRequestTimeout(text=f"the body must be complete after {limit_s:g} s") from err
    return replace(
        head_of(request),
        path_parameters=dict(request.match_info),
        body=body.decode(errors="replace"),
    )


def head_of(request: web.BaseRequest) -> ServerRequest:
    """Return the head of a request, without ``path_parameters``."""
    return ServerRequest(
        query={name: request.query.getall(name) for name in set(request.query)},
        headers={name: ", ".join(values) for name, values in headers_of(request).items()},
    )


async def audio_of(request: web.Request, *, limit_s: float) -> AsyncIterator[bytes]:
    """Yield the body of a request as it arrives.

    The time limit is ``limit_s`` seconds, and one second more per ``_LEAST_BYTES``. Only the time
    of waiting for the client counts.

    Raises:
        web.HTTPException: The body is too large or too slow.
    """
    loop = asyncio.get_running_loop()
    received, waited_s = 0, 0.0
    while True:
        began = loop.time()
        left_s = limit_s + received / _LEAST_BYTES - waited_s
        try:
            async with asyncio.timeout(left_s):
                piece = await request.content.read(_PIECE_BYTES)
        except TimeoutError as err:
            raise web.HTTPRequestTimeout(text="the body is sent too slowly") from err
        waited_s += loop.time() - began
        received += len(piece)
        if received > MAX_BODY_BYTES:
            raise web.HTTPRequestEntityTooLarge(max_size=MAX_BODY_BYTES, actual_size=received)
        if not piece:
            return
        yield piece


def written(answer: HttpAnswer, *, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return an answer as a response of the framework."""
    return web.Response(
        status=answer.status, headers={**answer.headers, **(headers or {})}, text=answer.body
    )


class Refusals:
    """Refuses requests in the form of the service that they are meant for."""

    def __init__(self, emulators: Sequence[ServiceEmulator]) -> None:
        self._emulators = emulators

    def refusal(self, request: web.Request, status: int, text: str) -> HttpAnswer:
        """Return an HTTP error. For a path of no service, it has a general form."""
        emulator = self._meant(request)
        return emulator.refusal(status, text) if emulator else json_answer(status, {"error": text})

    def of_error(self, request: web.Request, error: web.HTTPException) -> web.Response:
        """Return an error of the framework, in the form of the service."""
        match error.status:
            case 404:
                text = f"this server has no path {request.path}; GET / lists its paths"
            case 405:
                allowed = error.headers.get("Allow", "")
                text = f"the method must be {allowed or 'another one'}, got {request.method}"
            case 413:
                text = "the body is too large"
            case _:
                text = " ".join((error.text or error.reason).split())
        kept = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
        return written(self.refusal(request, error.status, text), headers=kept)

    def _meant(self, request: web.Request) -> ServiceEmulator | None:
        """Return the service whose paths have the same first part as the request's path."""
        first = _first_part(request.path)
        named = [each for each in self._emulators if each.name == first]
        near = named or [each for each in self._emulators if first in _first_parts(each)]
        if not near:
            return None
        asked = head_of(request)
        return next((each for each in near if each.recognises(asked)), near[-1])


def _first_parts(emulator: ServiceEmulator) -> set[str]:
    requests = (path for _, path in emulator.requests)
    paths = (*emulator.websockets, *emulator.uploads, *requests)
    return {_first_part(path) for path in paths}


def _first_part(path: str) -> str:
    return path.removeprefix("/").partition("/")[0]
