"""Client and bridge prove to each other that they know the access token, which is never sent.

Each side chooses a random nonce for the connection. A proof is an HMAC-SHA256 of both nonces with
the token as its key. The client sends its proof first. Otherwise a stranger could get a proof from
the bridge, and use it to guess the token offline. The messages are::

    client -> bridge  {"version": 1, "nonce": "<64 hexadecimal digits>"}
    bridge -> client  {"version": 1, "nonce": "<64 hexadecimal digits>"}
    client -> bridge  {"version": 1, "proof": "<64 hexadecimal digits>"}
    bridge -> client  {"version": 1, "proof": "<...>", "host": "192.168.1.5", "port": 10300}

``host`` and ``port`` are the address at which the connection reached the bridge. The bridge's proof
covers them, so a client can detect a machine in between that forwards the connection. The third
message may have ``host`` and ``port`` too: the address at which the client expects the bridge. The
client's proof covers them. If they are not those of the bridge, the bridge gives no access, so the
machine in between cannot use the client's proof.

No message, error or ``repr`` may contain the token. A nonce is used for only one proof. Proofs are
compared in constant time. Each side puts its own text before the nonces, so that neither side
accepts its own proof if someone sends it back. A proof for the page has a text of its own too, so
that a machine in between cannot log in to the page with the proof of a Wyoming client.
"""

import hmac
import os
from collections.abc import Mapping
from enum import Enum
from typing import Final

from ..errors import ErrorText, RequestError, UnprovenError
from .messages import ACCESS_VERSION, NONCE_BYTES, Hello, Proof, SocketAddress, hexadecimal

__all__ = ["BridgeHandshake", "ClientHandshake", "Purpose"]

_BRIDGE_PREFIX: Final = b"wyoming-bridge-access 1 bridge\n"


class Purpose(Enum):
    """What a client gets access to by its proof. The value is the text before the nonces."""

    BRIDGE = b"wyoming-bridge-access 1 client\n"
    PAGE = b"wyoming-bridge-access 1 page\n"


class BridgeHandshake:
    """The bridge's side of the handshake, for one connection."""

    def __init__(
        self, token: str, *, reached_at: SocketAddress, purpose: Purpose = Purpose.BRIDGE
    ) -> None:
        """Prepare the handshake.

        ``reached_at`` is the address at which the client reached the bridge.
        """
        self._key = token.encode()
        self._purpose = purpose
        self._reached_at = reached_at
        self._nonces: bytes | None = None

    def challenge(self, hello: Hello) -> dict[str, object]:
        """Return the answer to a ``Hello``, with a new nonce. An earlier nonce becomes invalid."""
        nonce = os.urandom(NONCE_BYTES)
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
        if not hmac.compare_digest(proof.proof, self._right(nonces, proof.expected_at)):
            return None
        host, port = self._reached_at
        return {
            "version": ACCESS_VERSION,
            "proof": _bridge_proof(self._key, nonces, self._reached_at).hex(),
            "host": host,
            "port": port,
        }

    def expects_us(self, proof: Proof) -> bool:
        """Return whether a client reached the bridge at the address at which it expects the bridge.

        If not, its proof may be right, but a machine in between has forwarded it.
        """
        return proof.expected_at in {None, self._reached_at}

    def _right(self, nonces: bytes, expected_at: SocketAddress | None) -> bytes:
        return _client_proof(self._key, nonces, expected_at, purpose=self._purpose)


class ClientHandshake:
    """The client's side of the handshake, for one connection."""

    def __init__(
        self,
        token: str,
        *,
        expected_at: SocketAddress | None = None,
        purpose: Purpose = Purpose.BRIDGE,
    ) -> None:
        """Prepare the handshake.

        ``expected_at`` is the bridge's own address if the client knows it. The address to which
        the client has connected can be another one, for example that of a proxy.
        """
        # A token from JSON or a form can contain a lone surrogate, which is not valid UTF-8.
        self._key = token.encode("utf-8", "surrogatepass")
        self._expected_at = expected_at
        self._purpose = purpose
        self._nonce = os.urandom(NONCE_BYTES)
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
        expected_at = self._expected_at
        proof = _client_proof(self._key, self._nonces, expected_at, purpose=self._purpose)
        place = expected_at._asdict() if expected_at else {}
        return {"version": ACCESS_VERSION, "proof": proof.hex(), **place}

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


def _client_proof(
    key: bytes, nonces: bytes, expected_at: SocketAddress | None, *, purpose: Purpose
) -> bytes:
    place = _place(expected_at) if expected_at else b""
    return hmac.digest(key, purpose.value + nonces + place, "sha256")


def _bridge_proof(key: bytes, nonces: bytes, reached_at: SocketAddress) -> bytes:
    return hmac.digest(key, _BRIDGE_PREFIX + nonces + _place(reached_at), "sha256")


def _place(address: SocketAddress) -> bytes:
    # The nonces have a fixed length, so what follows them cannot be mistaken for a part of them.
    return f"{address.port}\n{address.host}".encode("utf-8", "surrogatepass")


def _answered(data: Mapping[str, object], name: str) -> bytes:
    try:
        return hexadecimal(data, name)
    except RequestError as err:
        raise UnprovenError(f"the bridge's answer is not valid: {err.message}") from err
