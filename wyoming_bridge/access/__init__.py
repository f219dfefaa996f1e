"""The access rules of a bridge, and the handshake: both sides prove that they know the token.

This module does not import ``proxy_header``, which only a bridge behind a balancer needs.
"""

from .addresses import address_key, host_of, is_address, is_loopback, is_private
from .balancers import Balancers
from .handshake import BridgeHandshake, ClientHandshake, Purpose
from .messages import (
    ACCESS_VERSION,
    ClearToken,
    Hello,
    Proof,
    SocketAddress,
    no_token_data,
    read_request,
)
from .rules import Access, Verdict

__all__ = [
    "ACCESS_VERSION",
    "Access",
    "Balancers",
    "BridgeHandshake",
    "ClearToken",
    "ClientHandshake",
    "Hello",
    "Proof",
    "Purpose",
    "SocketAddress",
    "Verdict",
    "address_key",
    "host_of",
    "is_address",
    "is_loopback",
    "is_private",
    "no_token_data",
    "read_request",
]
