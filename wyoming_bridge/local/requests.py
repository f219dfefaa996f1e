"""Converts HTTP requests and answers between the web framework and the emulated services."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from aiohttp import BodyPartReader, web

from ..providers.contract import HttpAnswer
from ..providers.emulator import ServiceEmulator, json_answer
from ..providers.server_request import ServerRequest
from ..reading_time import reading_timeout
from ..web.server import headers_of

__all__ = [
    "FormField",
    "Refusals",
    "head_of",
    "read_request",
    "upload_of",
    "written",
]


MAX_BODY_BYTES: Final = 64 << 20
"""The largest body of an upload: half an hour of 16 kHz PCM."""

_PIECE_BYTES: Final = 64 * 1024

_LEAST_BYTES: Final = 64 * 1024
"""The lowest allowed rate of a body in bytes per second: twice the rate of 16 kHz PCM."""


_FILE_FIELD: Final = "file"
"""The field of a form that contains the audio."""

_MAX_FIELD_BYTES: Final = 64 * 1024
_MAX_FIELDS_BYTES: Final = 128 * 1024
"""The largest size of all fields of a form together, except the audio. They are kept until the
answer. The longest field of a usual client is a prompt of 1 kB."""
_PART_BYTES: Final = 1024
"""The size that is counted for each part of a form in addition to its content. It limits the number
of empty parts."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """A field of a form that does not contain the audio."""

    name: str
    value: str


async def read_request(request: web.Request, *, limit_s: float) -> ServerRequest:
    """Read a request with its body.

    Raises:
        web.HTTPException: The body is too large, or is not complete after ``limit_s`` seconds.
    """
    try:
        async with reading_timeout(limit_s):
            body = await request.read()
    except TimeoutError as err:
        raise web.HTTPRequestTimeout(
            text=f"the body must be complete within {limit_s:g} s"
        ) from err
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
        unix_time_s=time.time(),
    )


class _Pace:
    """The limits of a body: its size, and the time that the server waits for the client's data.

    The time limit is ``limit_s`` seconds, and one second more per ``_LEAST_BYTES`` received.
    """

    def __init__(self, *, limit_s: float) -> None:
        self._limit_s = limit_s
        self._received = 0
        self._waited_s = 0.0

    async def next(self, read: Callable[[], Awaitable[T]], *, size: Callable[[T], int]) -> T:
        """Return what ``read`` returns, and count its size.

        Raises:
            web.HTTPException: The body is too large or too slow.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        left_s = self._limit_s + self._received / _LEAST_BYTES - self._waited_s
        try:
            async with asyncio.timeout(left_s):
                piece = await read()
        except TimeoutError as err:
            raise web.HTTPRequestTimeout(text="the body is sent too slowly") from err
        self._waited_s += loop.time() - began
        self._received += size(piece)
        if self._received > MAX_BODY_BYTES:
            raise _too_large("the body", MAX_BODY_BYTES, self._received)
        return piece


async def upload_of(request: web.Request, *, limit_s: float) -> AsyncIterator[bytes | FormField]:
    """Yield the body of a request as it arrives: audio, or the parts of a form with audio.

    Raises:
        web.HTTPException: The body is too large or too slow, or is not a valid form.
    """
    pace = _Pace(limit_s=limit_s)
    if request.content_type != "multipart/form-data":
        while piece := await pace.next(lambda: request.content.read(_PIECE_BYTES), size=len):
            yield piece
        return
    try:
        async for part in _form_of(request, pace):
            yield part
    except ValueError as err:  # aiohttp's error for a body that is not a valid form
        raise web.HTTPBadRequest(text=f"the form cannot be read: {err}") from err


async def _form_of(request: web.Request, pace: _Pace) -> AsyncIterator[bytes | FormField]:
    reader = await request.multipart()
    kept = 0
    while part := await pace.next(reader.next, size=lambda _: _PART_BYTES):
        if not isinstance(part, BodyPartReader):
            raise web.HTTPBadRequest(text="a part of a form must not be a form itself")
        name = part.name or ""
        if name == _FILE_FIELD:
            while piece := await pace.next(part.read_chunk, size=len):
                yield piece
        else:
            value = b""
            while piece := await pace.next(part.read_chunk, size=len):
                value += piece[: _MAX_FIELD_BYTES + 1 - len(value)]
            if len(value) > _MAX_FIELD_BYTES:
                raise _too_large("a field of the form", _MAX_FIELD_BYTES, len(value))
            kept += len(name) + len(value)
            if kept > _MAX_FIELDS_BYTES:
                raise _too_large("all fields of the form together", _MAX_FIELDS_BYTES, kept)
            yield FormField(name=name, value=value.decode(errors="replace"))


def _too_large(what: str, most: int, size: int) -> web.HTTPException:
    text = f"{what} must have at most {most} bytes"
    return web.HTTPRequestEntityTooLarge(max_size=most, actual_size=size, text=text)


def written(answer: HttpAnswer, *, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return an answer as a response of the framework."""
    return web.Response(
        status=answer.status, headers={**answer.headers, **(headers or {})}, text=answer.body
    )


class Refusals:
    """Refuses requests, in the format of the service that a request is meant for."""

    def __init__(self, emulators: Sequence[ServiceEmulator]) -> None:
        self._emulators = emulators

    def refusal(self, request: web.Request, status: int, text: str) -> HttpAnswer:
        """Return an HTTP error; in a general format if the path belongs to no service."""
        emulator = self._meant(request)
        return emulator.refusal(status, text) if emulator else json_answer(status, {"error": text})

    def of_error(self, request: web.Request, error: web.HTTPException) -> web.Response:
        """Return an error of the framework, in the format of the service."""
        match error.status:
            case 404:
                text = f"this server has no path {request.path}; GET / lists its websockets"
            case 405:
                allowed = error.headers.get("Allow", "")
                text = f"the method must be {allowed or 'another one'}, got {request.method}"
            case _:
                text = " ".join((error.text or error.reason).split())
        kept = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
        return written(self.refusal(request, error.status, text), headers=kept)

    def _meant(self, request: web.Request) -> ServiceEmulator | None:
        """Return the service that the request is meant for, judged by its path.

        It is the service that the first part of the path names, or else a service that has the
        path, or else a service that has a path with the same first part. Return None if no service
        fits. If several fit, return one that recognises the request, or the last one.
        """
        path, first = request.path, _first_part(request.path)
        named = [each for each in self._emulators if each.name == first]
        owners = named or [each for each in self._emulators if path in _paths(each)]
        near = owners or [each for each in self._emulators if first in _first_parts(each)]
        if not near:
            return None
        asked = head_of(request)
        return next((each for each in near if each.recognises(asked)), near[-1])


def _paths(emulator: ServiceEmulator) -> set[str]:
    requests = (path for _, path in emulator.requests)
    return {*emulator.websockets, *emulator.uploads, *requests}


def _first_parts(emulator: ServiceEmulator) -> set[str]:
    return {_first_part(path) for path in _paths(emulator)}


def _first_part(path: str) -> str:
    return path.removeprefix("/").partition("/")[0]
