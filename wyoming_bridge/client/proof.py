"""The client's side of the handshake: client and bridge prove that they know the token.

The client sends only random numbers and proofs before the bridge's own proof. The token is never
sent, even if the server does not answer.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from wyoming.event import Event

from ..access import ClientHandshake, SocketAddress
from ..errors import (
    AccessError,
    ConnectTimeoutError,
    ErrorText,
    NotListedError,
    UnprovenError,
)
from ..extensions.names import ACCESS_TYPE
from .connection import BridgeConnection

__all__ = ["prove"]

_NONCE_TIMEOUT_S: Final = 5.0
"""The longest wait for the answer to the first message. A bridge answers at once. A server that
does not know the message sends no answer."""

_CHECK_TIMEOUT_S: Final = 15.0
"""The longest wait for the answer to a proof. While strangers send wrong proofs, a bridge delays
this answer. With 256 strangers, the delay is at most 13 s."""


async def prove(
    bridge: BridgeConnection,
    token: str,
    *,
    expected_at: SocketAddress | None = None,
    nonce_timeout_s: float = _NONCE_TIMEOUT_S,
) -> SocketAddress:
    """Exchange proofs, and return the address at which the bridge says it was reached.

    ``expected_at`` is the bridge's own address if the client knows it. Then the proof gives no
    access to a machine in between, which forwards it to the bridge.

    Raises:
        UnprovenError: The bridge does not prove that it knows the token.
        AccessError: The bridge does not accept the client's proof or address.
        ConnectError: The bridge closed the connection or does not answer.
        BridgeError: The bridge reported another error.
    """
    handshake = ClientHandshake(token, expected_at=expected_at)
    try:
        challenge = await _exchange(bridge, handshake.hello(), timeout_s=nonce_timeout_s)
    except TimeoutError as err:
        raise UnprovenError(ErrorText.BRIDGE_PROVES_NOTHING, place=bridge.uri) from err
    except NotListedError:
        raise
    except AccessError as err:  # only older bridges ask for a token before they send a nonce
        raise UnprovenError(ErrorText.BRIDGE_WANTS_CLEAR_TOKEN, place=bridge.uri) from err
    try:
        answer = await _exchange(bridge, handshake.prove(challenge), timeout_s=_CHECK_TIMEOUT_S)
    except TimeoutError as err:
        raise ConnectTimeoutError(
            ErrorText.NO_ANSWER, place=bridge.uri, seconds=f"{_CHECK_TIMEOUT_S:g}"
        ) from err
    return handshake.check(answer)


async def _exchange(
    bridge: BridgeConnection, data: dict[str, object], *, timeout_s: float
) -> Mapping[str, object]:
    """Send a message of the handshake, and return the data of the bridge's answer.

    Raises:
        TimeoutError: The message did not come within ``timeout_s``.
    """
    await bridge.write(Event(type=ACCESS_TYPE, data=data))
    async with asyncio.timeout(timeout_s):
        answer: Mapping[str, object] = (await bridge.answer(ACCESS_TYPE)).data
    return answer
