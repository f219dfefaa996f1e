"""Client and bridge prove to each other that they know the access token, which is never sent.

Each side chooses a random nonce for the connection. A proof is an HMAC-SHA256 of both nonces with
the token as its key. The client sends its proof first. Otherwise a stranger could get a proof from
the bridge, and use it to guess the token offline. The messages are::

    client -> bridge  {"version": 1, "nonce": "<64 hexadecimal digits>"}
    bridge -> client  {"version": 1, "nonce": "<64 hexadecimal digits>"}
    client -> bridge  {"version": 1, "proof": "<64 hexadecimal digits>"}
    bridge -> client  {"version": 1, "proof": "<...>", "host": "192.168.1.5", "port": 10300}

``host`` and ``port`` are the address at which the connection reached the bridge. The bridge's proof
covers them, so a client can detect a machine in between that forwards the connection.

No message, error or ``repr`` may contain the token. A nonce is used for only one proof. Proofs are
compared in constant time. Each side puts its own text before the nonces, so that neither side
accepts its own proof if someone sends it back.
"""

import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from ..errors import AccessError, ErrorText, RequestError, UnprovenError

__all__ = [
    "ACCESS_VERSION",
    "BridgeHandshake",
    "ClearToken",
    "ClientHandshake",
    "Hello",
    "Proof",
    "SocketAddress",
    "no_token_data",
    "read_request",
]

ACCESS_VERSION: Final = 1
"""The version of the messages and of the proofs."""

_BYTES: Final = 32
"""The length of a nonce and of an HMAC-SHA256, in bytes. Random nonces of this length do not
repeat."""

_HEX: Final = re.compile(r"[0-9a-f]{64}")

_CLIENT_PREFIX: Final = b"wyoming-bridge-access 1 client\n"
_BRIDGE_PREFIX: Final = b"wyoming-bridge-access 1 bridge\n"


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
        return Proof(proof=_bytes_of(data, "proof"))
    return Hello(nonce=_bytes_of(data, "nonce"))


def no_token_data() -> dict[str, object]:
    """Return what a bridge without a token answers to a ``Hello``."""
    return {"version": ACCESS_VERSION, "token": False}


class BridgeHandshake:
    """The bridge's side of the handshake, for one connection."""

    def __init__(self, token: str, *, reached_at: SocketAddress) -> None:
        """Prepare the handshake.

        ``reached_at`` is the address at which the client reached the bridge.
        """
        self._key = token.encode()
        self._reached_at = reached_at
        self._nonces: bytes | None = None

    def challenge(self, hello: Hello) -> dict[str, object]:
        """Return the answer to a ``Hello``, with a new nonce. An earlier nonce becomes invalid."""
        nonce = os.urandom(_BYTES)
        self._nonces = hello.nonce + nonce
        return {"version": ACCESS_VERSION, "nonce": nonce.hex()}

    def answer(self, proof: Proof) -> dict[str, object] | None:
        """Return the bridge's own proof, or None if the client's proof is wrong.

        Raises:
            RequestError: The client has not asked for a nonce since its last proof.
        """
        nonces, self._nonces = self._nonces, None
        if nonces is None:
            raise RequestError(
                "a proof must follow a nonce, and a nonce is valid for one proof only"
            )
        if not hmac.compare_digest(proof.proof, _client_proof(self._key, nonces)):
            return None
        host, port = self._reached_at
        return {
            "version": ACCESS_VERSION,
            "proof": _bridge_proof(self._key, nonces, self._reached_at).hex(),
            "host": host,
            "port": port,
        }


class ClientHandshake:
    """The client's side of the handshake, for one connection."""

    def __init__(self, token: str) -> None:
        # A token from JSON or a form can contain a lone surrogate, which is not valid UTF-8.
        self._key = token.encode("utf-8", "surrogatepass")
        self._nonce = os.urandom(_BYTES)
        self._nonces = b""

    def hello(self) -> dict[str, object]:
        """Return the first message, with the client's nonce."""
        return {"version": ACCESS_VERSION, "nonce": self._nonce.hex()}

    def prove(self, challenge: Mapping[str, object]) -> dict[str, object]:
        """Return the client's proof, in answer to the bridge's nonce.

        Raises:
            UnprovenError: The bridge has no token, or its answer has no valid nonce.
        """
        if challenge.get("token") is False:
            raise UnprovenError(ErrorText.BRIDGE_WITHOUT_TOKEN)
        self._nonces = self._nonce + _answered(challenge, "nonce")
        return {
            "version": ACCESS_VERSION,
            "proof": _client_proof(self._key, self._nonces).hex(),
        }

    def check(self, answer: Mapping[str, object]) -> SocketAddress:
        """Check the bridge's proof, and return the address at which the bridge was reached.

        Raises:
            UnprovenError: The proof is missing or wrong, or the answer has no address.
        """
        proof = _answered(answer, "proof")
        host, port = answer.get("host"), answer.get("port")
        if not isinstance(host, str) or not isinstance(port, int):
            raise UnprovenError("the bridge's proof does not say at which address it was reached")
        reached_at = SocketAddress(host, port)
        if not hmac.compare_digest(proof, _bridge_proof(self._key, self._nonces, reached_at)):
            raise UnprovenError(ErrorText.BRIDGE_PROOF_IS_WRONG)
        return reached_at


def _client_proof(key: bytes, nonces: bytes) -> bytes:
    return hmac.digest(key, _CLIENT_PREFIX + nonces, "sha256")


def _bridge_proof(key: bytes, nonces: bytes, reached_at: SocketAddress) -> bytes:
    # The nonces have a fixed length, so what follows them cannot be mistaken for a part of them.
    where = f"{reached_at.port}\n{reached_at.host}".encode("utf-8", "surrogatepass")
    return hmac.digest(key, _BRIDGE_PREFIX + nonces + where, "sha256")


def _bytes_of(data: Mapping[str, object], name: str) -> bytes:
    value = data.get(name)
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise RequestError(
            f"{name} of wyoming-bridge-access must be {2 * _BYTES} lower-case hexadecimal digits, "
            f"got {_shape_of(value)}"
        )
    return bytes.fromhex(value)


def _shape_of(value: object) -> str:
    """Describe a value without quoting it, because a client may have sent its token by mistake."""
    if isinstance(value, str):
        return f"{len(value)} characters"
    return "null" if value is None else f"a value of another type ({type(value).__name__})"


def _answered(data: Mapping[str, object], name: str) -> bytes:
    try:
        return _bytes_of(data, name)
    except RequestError as err:
        raise UnprovenError(f"the bridge's answer is not valid: {err.message}") from err
