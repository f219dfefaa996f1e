"""Builds the page's answers in JSON, and reads JSON in requests."""

import json
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from ..errors import AccessError, BridgeError, LocalError, ProtocolViolationError
from ..json_fields import JsonFields
from ..web.server import connection_of

__all__ = [
    "HEADERS",
    "MAX_BODY_BYTES",
    "error_answer",
    "fields_in_body",
    "fields_of",
    "json_answer",
    "refused",
]

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'; object-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""The headers of every answer. ``frame-ancestors 'self'`` lets Home Assistant show the page through
ingress, where the page has the same origin as Home Assistant."""

MAX_BODY_BYTES: Final = 64 * 1024
"""The largest body of a request. In the longest ones, a user writes what was really said."""

_MAX_DEPTH: Final = 4

_BROWSER: Final = "page"
"""The name of the browser in the errors of ``JsonFields``, which otherwise name a provider."""


def json_answer(values: Mapping[str, object], *, status: int = 200) -> web.Response:
    """Return an answer in JSON, encoded as ASCII.

    An error may quote a lone surrogate, which UTF-8 cannot encode.
    """
    return web.Response(status=status, text=json.dumps(values), content_type="application/json")


def refused(status: int, text: str) -> web.Response:
    """Return an error in JSON."""
    return json_answer({"error": text}, status=status)


def error_answer(error: BridgeError) -> web.Response:
    """Return the answer to a request that failed."""
    match error:
        case ProtocolViolationError() if error.provider == _BROWSER:
            return refused(400, error.message)  # the browser sent bad JSON, not a service
        case AccessError():
            return refused(403, error.with_advice)
        case LocalError():
            return refused(400, error.with_advice)
        case _:
            return refused(502, error.with_advice)


async def fields_in_body(request: web.Request) -> JsonFields:
    """Return the fields of the JSON object in the body of a request.

    Raises:
        ProtocolViolationError: The body is not a JSON object.
        web.HTTPException: The body is too large, or not complete.
        OSError: The connection was closed, because the body came too slowly.
    """
    connection = connection_of(request)
    connection.wait_for_request()
    try:
        body = await request.read()
    except web.RequestPayloadError as err:
        raise web.HTTPBadRequest(text="the body is not valid") from err
    connection.answer_request()
    return fields_of(body)


def fields_of(text: str | bytes) -> JsonFields:
    """Return the fields of a JSON object from a browser.

    Raises:
        ProtocolViolationError: The text is not a JSON object.
    """
    return JsonFields.parse(text, provider=_BROWSER, max_depth=_MAX_DEPTH)
