"""Sends one HTTP request with the standard library, which every installation has.

Hard rules:

- No redirect is followed: it would send our token headers to another host.
- The body is read up to a limit; the services answer with one line of JSON.
"""

import asyncio
import http.client
import ssl
import urllib.request
from email.message import Message
from typing import IO, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from ..access import is_loopback
from ..errors import ProtocolViolationError
from ..providers.contract import HttpAnswer, HttpRequest
from .failures import unreachable

__all__ = ["send_request"]

_MAX_ANSWER_BYTES: Final = 64 * 1024


async def send_request(
    request: HttpRequest, *, provider: str, ssl_context: ssl.SSLContext | None, timeout_s: float
) -> HttpAnswer:
    """Send a request and return the answer, whatever its status.

    If it is cancelled, its thread goes on until the timeout.

    Raises:
        RemoteError: There was no answer; the message says why.
    """
    place = urlsplit(request.shown_url).netloc
    try:
        async with asyncio.timeout(timeout_s):
            return await asyncio.to_thread(_send, request, ssl_context, timeout_s)
    except OSError as err:
        cause = err.reason if isinstance(err, URLError) else err
        raise unreachable(
            cause if isinstance(cause, OSError) else err,
            place=place,
            limit_s=timeout_s,
            provider=provider,
        ) from err
    except http.client.HTTPException as err:
        raise ProtocolViolationError(
            f"the answer of {place} is not HTTP", provider=provider
        ) from err


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Returns a redirect as an answer instead of following it."""

    def redirect_request(  # noqa: PLR0917 - the library's signature
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        """Return None, so that the redirect is not followed."""


def _send(request: HttpRequest, ssl_context: ssl.SSLContext | None, timeout_s: float) -> HttpAnswer:
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
    if ssl_context:
        handlers.append(urllib.request.HTTPSHandler(context=ssl_context))
    if is_loopback(urlsplit(request.url).hostname):
        handlers.append(urllib.request.ProxyHandler({}))
    opener = urllib.request.build_opener(*handlers)
    wire = urllib.request.Request(  # noqa: S310 - the settings allow no other scheme than HTTP's
        request.url,
        method=request.method,
        headers=dict(request.headers),
        data=b"" if request.method == "POST" else None,
    )
    try:
        with opener.open(wire, timeout=timeout_s) as answer:
            return _read(answer.status, answer.headers, answer)
    except HTTPError as err:  # an answer with a status of 300 or more
        with err:
            return _read(err.code, err.headers, err)


def _read(status: int, headers: "Message[str, str]", body: IO[bytes]) -> HttpAnswer:
    return HttpAnswer(
        status=status,
        headers=dict(headers.items()),
        body=body.read(_MAX_ANSWER_BYTES).decode("utf-8", "replace"),
    )
