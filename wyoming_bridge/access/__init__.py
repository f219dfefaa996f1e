"""The access rules of a bridge, and the handshake in which both sides prove to know the token."""

from .addresses import address_key, host_of, is_loopback, is_private
from .balancers import UNKNOWN_HOST, Balancers
from .handshake import (
    ACCESS_VERSION,
    BridgeHandshake,
    ClearToken,
    ClientHandshake,
    Hello,
    Proof,
    SocketAddress,
    no_token_data,
    read_request,
)
from .proxy_header import LOCAL_HEADER, ProxyHeader, ProxyHeaderError, ProxyHeaderReader
from .rules import Access, Verdict

__all__ = [
    "ACCESS_VERSION",
    "LOCAL_HEADER",
    "UNKNOWN_HOST",
    "Access",
    "Balancers",
    "BridgeHandshake",
    "ClearToken",
    "ClientHandshake",
    "Hello",
    "Proof",
    "ProxyHeader",
    "ProxyHeaderError",
    "ProxyHeaderReader",
    "SocketAddress",
    "Verdict",
    "address_key",
    "host_of",
    "is_loopback",
    "is_private",
    "no_token_data",
    "read_request",
]
