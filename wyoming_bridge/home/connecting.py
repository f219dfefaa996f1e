"""Opens Home Assistant's websocket API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from ..errors import (
    AuthenticationError,
    ConnectionLostError,
    ConnectTimeoutError,
    ProtocolViolationError,
    ServiceRequestError,
)
from ..providers.contract import ConnectRequest
from ..session import Connector, Transport, TransportClosed, WebsocketConnector
from .api import HomeAssistantApi
from .messages import HOME_ASSISTANT

__all__ = ["connected", "new_connector"]

_MAX_MESSAGE_BYTES: Final = 8 << 20
"""The largest message that is accepted. The largest answer is the device registry, which has about
a kilobyte per device. While a message is parsed, it is in memory three times."""

_FORBIDDEN: Final = "403"
"""The HTTP status for an address that Home Assistant has banned: ``components/http/ban.py``."""


def new_connector() -> Connector:
    """Return a connector that accepts the large answers of Home Assistant."""
    return WebsocketConnector(max_message_bytes=_MAX_MESSAGE_BYTES)


@asynccontextmanager
async def connected(
    api: HomeAssistantApi, connector: Connector, *, answer_s: float
) -> AsyncIterator[Transport]:
    """Open the websocket, and close it after the block. The block has to log in.

    The block must raise ``TimeoutError`` if no answer comes within ``answer_s``.

    Raises:
        BridgeError: Home Assistant cannot be reached, refuses or closes the connection, or does not
            answer in time.
    """
    transport = await _open(api, connector)
    try:
        yield transport
    except TransportClosed as closed:
        said = closed.reason or (f"code {closed.code}" if closed.code else "")
        raise ConnectionLostError(
            f"{api.place} closed the connection{f' ({said})' if said else ''}",
            provider=HOME_ASSISTANT,
        ) from closed
    except TimeoutError as err:
        raise ConnectTimeoutError(
            f"{api.place} did not answer within {answer_s:g} s", provider=HOME_ASSISTANT
        ) from err
    finally:
        await transport.close()


async def _open(api: HomeAssistantApi, connector: Connector) -> Transport:
    url = api.websocket_url
    try:
        return await connector.open(ConnectRequest(url=url, shown_url=url), provider=HOME_ASSISTANT)
    except AuthenticationError as error:
        if error.placeholders.get("status") != _FORBIDDEN:
            raise
        raise error.with_message(
            f"{api.place} refuses this machine (HTTP 403); Home Assistant may have banned its "
            "address in ip_bans.yaml"
        ) from error
    except ServiceRequestError as error:
        status = error.placeholders.get("status", "")
        raise ProtocolViolationError(
            f"{url} is not Home Assistant's websocket API (HTTP {status})", provider=HOME_ASSISTANT
        ) from error
