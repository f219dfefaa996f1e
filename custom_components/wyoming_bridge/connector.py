"""Connections to the services through Home Assistant's TLS context and HTTP client."""

import asyncio
import socket
from typing import Final
from urllib.parse import urlsplit

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ServerDisconnectedError,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util.ssl import get_default_context

from .bridge import (
    ConnectError,
    ConnectTimeoutError,
    HttpAnswer,
    HttpRequest,
    WebsocketConnector,
)

_TIMEOUT_S: Final = 15.0
"""How long a connection or a request may take. The package has the same limit for a connection."""

_MAX_ANSWER_BYTES: Final = 64 * 1024
"""How much of a response is read. The services respond with one line of JSON, which is shorter."""


class HomeAssistantConnector(WebsocketConnector):
    """Opens websockets with Home Assistant's TLS context, and sends requests with its client."""

    def __init__(self, hass: HomeAssistant) -> None:
        super().__init__(ssl_context=get_default_context(), open_timeout_s=_TIMEOUT_S)
        self._hass = hass

    async def ask(self, request: HttpRequest, *, provider: str) -> HttpAnswer:
        """Send a request and return the response, whatever its status.

        Raises:
            RemoteError: There was no response; the message says why.
        """
        host = urlsplit(request.shown_url).netloc
        try:
            async with (
                asyncio.timeout(_TIMEOUT_S),
                async_get_clientsession(self._hass).request(
                    request.method,
                    request.url,
                    headers=dict(request.headers),
                    data=request.body or None,
                    allow_redirects=False,  # a redirect would send the token to another host
                ) as answer,
            ):
                body = b""
                async for block in answer.content.iter_any():
                    body += block
                    if len(body) >= _MAX_ANSWER_BYTES:
                        break
        except TimeoutError as err:
            raise ConnectTimeoutError(
                f"{host} did not respond within {_TIMEOUT_S:g} s", provider=provider
            ) from err
        except ClientError as err:
            if reason := _reason_of(err):
                raise self.unreachable(reason, place=host, provider=provider) from err
            raise ConnectError(
                f"cannot connect to {host}: {type(err).__name__}", provider=provider
            ) from err
        return HttpAnswer.received(
            status=answer.status, headers=answer.headers.items(), body=body[:_MAX_ANSWER_BYTES]
        )


def _reason_of(err: ClientError) -> OSError | None:
    """Return the error of the system or of TLS behind a client's error, or None."""
    match err:
        case ClientConnectorCertificateError():
            reason: Exception = err.certificate_error
        case ClientConnectorDNSError():
            # Home Assistant's resolver raises an error without a number.
            number = getattr(err.os_error, "errno", None) or socket.EAI_AGAIN
            reason = socket.gaierror(number, str(err.os_error))
        case ClientConnectorError():
            reason = err.os_error
        case ServerDisconnectedError():
            reason = ConnectionResetError()
        case OSError(errno=int() as number):
            reason = OSError(number, err.strerror)  # OSError selects the subclass by the number
        case _:
            reason = err
    return reason if isinstance(reason, OSError) else None
