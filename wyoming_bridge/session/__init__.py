"""One websocket session with a service: its transport, and the I/O loop of all providers."""

from .realtime import RealtimeSession
from .transport import (
    Connector,
    Transport,
    TransportClosed,
    WebsocketConnector,
    shared_tls_context,
)

__all__ = [
    "Connector",
    "RealtimeSession",
    "Transport",
    "TransportClosed",
    "WebsocketConnector",
    "shared_tls_context",
]
