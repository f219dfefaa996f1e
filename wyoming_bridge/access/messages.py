"""The messages of the handshake that ``handshake`` describes.

No message, error or ``repr`` may contain the token.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from ..errors import AccessError, ErrorText, RequestError

__all__ = [
    "ACCESS_VERSION",
    "NONCE_BYTES",
    "ClearToken",
    "Hello",
    "Proof",
    "SocketAddress",
    "hexadecimal",
    "no_token_data",
    "read_request",
]

ACCESS_VERSION: Final = 1
"""The version of the messages and of the proofs."""

NONCE_BYTES: Final = 32
"""The length of a nonce and of an HMAC-SHA256, in bytes. Random nonces of this length do not
repeat."""

_HEX: Final = re.compile(r"[0-9a-f]{64}")


class SocketAddress(NamedTuple):
    """The address of one end of a TCP connection."""

    host: str
    """The IP address in the spelling of ``host_of``; empty if it is not known."""
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """A client's request for a nonce, so that it can prove that it knows the token."""

    nonce: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A client's proof that it knows the token."""

    proof: bytes
    expected_at: SocketAddress | None = None
    """The address at which the client expects the bridge; None if it does not know that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearToken:
    """A token in clear text from an older client. The token is not kept."""


def read_request(data: Mapping[str, object]) -> Hello | Proof | ClearToken:
    """Return the client's message in the data of a ``wyoming-bridge-access`` event.

    Raises:
        AccessError: The data contains no nonce, no proof and no token.
        RequestError: The version is not known, or a field has the wrong form.
    """
    if "nonce" not in data and "proof" not in data:
        if isinstance(data.get("token"), str):
            return ClearToken()
        raise AccessError(ErrorText.TOKEN_MISSING)
    version = data.get("version")
    if isinstance(version, bool) or version != ACCESS_VERSION:
        raise RequestError(
            f"version of wyoming-bridge-access must be {ACCESS_VERSION}, got {version!r:.20}; "
            "update the client or the bridge, whichever is older"
        )
    if "proof" in data:
        return Proof(proof=hexadecimal(data, "proof"), expected_at=_expected_at(data))
    return Hello(nonce=hexadecimal(data, "nonce"))


def no_token_data() -> dict[str, object]:
    """Return what a bridge without a token answers to a ``Hello``."""
    return {"version": ACCESS_VERSION, "token": False}


def hexadecimal(data: Mapping[str, object], name: str) -> bytes:
    """Return a nonce or a proof from a message.

    Raises:
        RequestError: The field is missing or has the wrong form.
    """
    value = data.get(name)
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise RequestError(
            f"{name} of wyoming-bridge-access must be {2 * NONCE_BYTES} lower-case hexadecimal "
            f"digits, got {_shape_of(value)}"
        )
    return bytes.fromhex(value)


def _expected_at(data: Mapping[str, object]) -> SocketAddress | None:
    """Return the address at which a client expects the bridge, or None if it sends none."""
    if "host" not in data and "port" not in data:
        return None
    host, port = data.get("host"), data.get("port")
    if not isinstance(host, str) or isinstance(port, bool) or not isinstance(port, int):
        raise RequestError("host and port of wyoming-bridge-access must be a string and a number")
    return SocketAddress(host, port)


def _shape_of(value: object) -> str:
    """Describe a value without quoting it, because a client may have sent its token by mistake."""
    if isinstance(value, str):
        return f"{len(value)} characters"
    return "null" if value is None else f"a value of another type ({type(value).__name__})"
