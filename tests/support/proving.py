"""The proofs of access, implemented independently of the package, and helpers that send them."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from wyoming.event import Event

NONCE = bytes(range(32)).hex()
OTHER_NONCE = bytes(range(32, 64)).hex()
NO_PROOF = "0" * 64


def client_proof(token: str, client_nonce: str, bridge_nonce: str, *, place: str = "") -> str:
    """Return the proof of a client that knows the token.

    ``place`` is the address at which it expects the bridge: the port, a line feed and the host.
    """
    said = (
        b"wyoming-bridge-access 1 client\n"
        + bytes.fromhex(client_nonce + bridge_nonce)
        + place.encode()
    )
    return hmac.new(token.encode(), said, hashlib.sha256).hexdigest()


def bridge_proof(token: str, client_nonce: str, bridge_nonce: str, host: str, port: int) -> str:
    """Return the proof of a bridge that knows the token."""
    said = (
        b"wyoming-bridge-access 1 bridge\n"
        + bytes.fromhex(client_nonce + bridge_nonce)
        + f"{port}\n{host}".encode()
    )
    return hmac.new(token.encode(), said, hashlib.sha256).hexdigest()


async def send_access(client: Any, **data: object) -> None:
    """Send one message of the exchange with the client of the fixture ``wyoming_client``."""
    await client.write("wyoming-bridge-access", **data)


async def asked_nonce(client: Any, *, nonce: str = NONCE) -> str:
    """Send the client's nonce, and return the bridge's."""
    await send_access(client, version=1, nonce=nonce)
    event = await client.raw.read_event()
    assert event.type == "wyoming-bridge-access", event
    return str(event.data["nonce"])


async def try_token(client: Any, token: str) -> Event:
    """Try to prove that the client knows a token, and return the bridge's answer."""
    theirs = await asked_nonce(client)
    await send_access(client, version=1, proof=client_proof(token, NONCE, theirs))
    event: Event = await client.raw.read_event()
    return event


def is_proof_of(token: str, data: Mapping[str, Any], bridge_nonce: str) -> bool:
    """Return whether ``data`` is a bridge's proof for ``NONCE`` and ``bridge_nonce``."""
    where = str(data["host"]), int(data["port"])
    return bool(data["proof"] == bridge_proof(token, NONCE, bridge_nonce, *where))
